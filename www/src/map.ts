import type { Glimpse } from "glimpse";
import { Plane } from "glimpse/plane";
import { byId } from "./dom.js";
import { pathData } from "./ink.js";
import type { Lens, Look } from "./look.js";
import type { Support } from "./support.js";
import { label, onlanguage, words, write } from "./words/index.js";

/** The map of feature space, and how much of it two dimensions hold. */
export class MapLens implements Lens {
  readonly #support: Support;
  readonly #svg = byId<SVGSVGElement>("map-plane");
  readonly #caption = byId("map-caption");
  readonly #plane = new Plane(this.#svg, {
    drawing: (label, nth) => this.#support.characters.get(label)?.drawings[nth],
    ink: pathData,
    distance: (distance) => words.map.distance(distance),
  });

  constructor(support: Support) {
    this.#support = support;
    onlanguage(() => this.#plane.layOut());
  }

  async show(glimpse: Glimpse, look: Look | undefined): Promise<void> {
    if (this.#support.characters.size === 0) return;
    const map = await glimpse.map(look?.drawing);
    const best = look?.ranking[0]?.label;
    this.#plane.show(map, best);
    const count = map.support.length;
    write(this.#caption, () => {
      const share = words.percent((100 * map.explained).toFixed(0));
      return count < 2 ? words.map.tooFew : words.map.caption(share, count, look !== undefined);
    });
    label(this.#svg, { "aria-label": () => words.map.label(count, best) });
  }
}
