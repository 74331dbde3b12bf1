import type { Collection } from "../collection.js";
import { GlimpseError } from "../error.js";
import { codeOf, examplesOf, fetchSet, FORMATS, groups, isSetName, namesIn, readSet, textOf, type Sign, type SignFormat, type SignGroup } from "../set.js";
import type { Classification, Ranked } from "../types.js";
import { h, s } from "../dom.js";
import type { ChooseDetail } from "./events.js";
import { fetchFile } from "./fetch.js";
import style from "./find.css?inline";
import { glyph, rove } from "../glyph.js";
import { fill, type Words } from "./words.js";

export { style };

/** How many signs are shown. */
const BEST = 12;

/** What is searched where the page names no sets. */
const FIRST = "greek mathematics arrows";

/** The best signs of sets for a drawing, as tiles, one of which is chosen. */
export class Finder {
  readonly element = h("ol", "found", { className: "found" });
  /** Called with the sign that the visitor chose; or, not `chosen`, with that sign in another format. */
  onchoose: (detail: ChooseDetail, chosen: boolean) => void = () => {};
  readonly #words: Words;
  readonly #settle = rove(this.element);
  readonly #tiles = new Map<string, HTMLLIElement>();
  readonly #buttons = new Map<HTMLButtonElement, Sign>();
  #groups = new Map<string, SignGroup>();
  #format: SignFormat = "sign";
  #chosen: Sign | undefined;
  #shown: SignGroup[] = [];

  constructor(words: Words) {
    this.#words = words;
    this.element.ariaLabel = words.found;
  }

  /** What the value is, of a sign: its code in this format. */
  set format(format: string | null) {
    this.#format = FORMATS.find((known) => known === format) ?? "sign";
    for (const [button, sign] of this.#buttons) this.#say(button, sign);
    if (this.#chosen) this.#tell(this.#chosen, false);
  }

  /** Fetches the sets that an attribute lists, by name or by URL, and gives what a network is to know of them. */
  async fetch(listed: string | null, base: string, signal: AbortSignal): Promise<Collection> {
    const asked = namesIn(listed ?? FIRST).map(async (one) => {
      if (isSetName(one)) return fetchSet(one, { signal });
      const response = await fetchFile(new URL(one, base), signal);
      return readSet(await response.arrayBuffer());
    });
    const found = groups(await Promise.all(asked));
    if (found.length < 2) throw new GlimpseError("BadSet", "`support` names no set with two signs that look different.");
    this.#groups = new Map(found.map((group) => [group.label, group]));
    this.#show([]);
    return { support: examplesOf(found), tuned: {} };
  }

  /** Has the keys of a sheet choose: Enter the first tile, digits the one that they count to. */
  listen(sheet: HTMLElement): void {
    sheet.addEventListener("keydown", (event) => {
      const nth = event.key === "Enter" ? 0 : /^[0-9]$/.test(event.key) ? (Number(event.key) + 9) % 10 : -1;
      if (nth < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.#chooseNth(nth);
    });
  }

  /** Shows the tiles of an answer, and gives what is to be read above them. */
  answer({ ranking = [], known = false }: Partial<Classification> = {}): string {
    this.#show(ranking, known);
    const [best] = ranking;
    if (!best) return this.#words.find;
    const name = this.nameOf(best.label);
    return known ? name : fill(this.#words.unknown, { label: name });
  }

  /** Shows the best of a ranking; without any, some of what there is. `known`: the first is an answer. */
  #show(ranking: readonly Ranked[], known = false): void {
    const all = [...this.#groups.values()];
    const some = all.filter((_, i) => i % Math.ceil(all.length / BEST) === 0);
    const found = ranking.slice(0, BEST).map(({ label }) => this.#groups.get(label)!);
    this.#shown = found.length > 0 ? found : some;
    const focused = (this.element.getRootNode() as ShadowRoot).activeElement;
    const tiles = this.#shown.map((group) => this.#tile(group));
    const before = new Map(tiles.map((tile) => [tile, tile.isConnected ? tile.getBoundingClientRect() : undefined]));
    if (tiles.length !== this.element.childElementCount || tiles.some((tile, i) => tile !== this.element.children[i])) {
      const held = this.element.contains(focused);
      this.element.replaceChildren(...tiles);
      if (held) this.element.querySelector("button")?.focus();
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches) for (const tile of tiles) glide(tile, before.get(tile));
    }
    tiles.forEach((tile, i) => tile.classList.toggle("best", known && i === 0));
    this.#settle();
  }

  /** What the best sign of a label is called. */
  nameOf(label: string): string {
    const [sign] = this.#groups.get(label)?.signs ?? [];
    return sign?.name ?? label;
  }

  /** Chooses the first sign of the nth tile, if there is one. */
  #chooseNth(nth: number): void {
    const [sign] = this.#shown[nth]?.signs ?? [];
    if (sign) this.choose(sign);
  }

  /** Chooses a sign as the visitor does; without any, none is chosen any more. */
  choose(sign: Sign | undefined): void {
    this.#chosen = sign;
    for (const [button, its] of this.#buttons) button.ariaPressed = `${its === sign}`;
    if (sign) this.#tell(sign, true);
  }

  #tell(sign: Sign, chosen: boolean): void {
    this.onchoose({ sign, value: codeOf(sign, this.#format), format: this.#format }, chosen);
  }

  #tile(group: SignGroup): HTMLLIElement {
    let tile = this.#tiles.get(group.label);
    if (tile) return tile;
    const [first, ...others] = group.signs as [Sign, ...Sign[]];
    const name = h("span", "name-of", { className: "of", lang: "en" }, first.name ?? first.label);
    const main = this.#button(first, "sign");
    main.append(h("bdi", "", { className: "text" }, textOf(first)), name, h("code", "code"));
    tile = h("li", "found-sign", {}, main);
    if (others.length > 0) tile.append(h("span", "alike", { className: "alike" }, ...others.map((sign) => this.#button(sign, "alike-sign"))));
    for (const [i, button] of tile.querySelectorAll("button").entries()) this.#say(button, group.signs[i]!);
    this.#tiles.set(group.label, tile);
    return tile;
  }

  #button(sign: Sign, part: string): HTMLButtonElement {
    const { d, viewBox } = glyph(sign.drawings[0]!);
    const picture = s("svg", { class: "glyph", viewBox, "aria-hidden": "true" }, s("path", { d }));
    const button = h("button", part, { type: "button", ariaPressed: `${sign === this.#chosen}`, onclick: () => this.choose(sign) }, picture);
    this.#buttons.set(button, sign);
    return button;
  }

  #say(button: HTMLButtonElement, sign: Sign): void {
    const code = codeOf(sign, this.#format);
    const shown = button.querySelector("code");
    button.title = sign.name ?? sign.label;
    // What stands on a button is its name.
    if (shown) shown.textContent = code;
    else button.ariaLabel = fill(this.#words.sign, { sign: textOf(sign), name: sign.name ?? sign.label, code });
  }
}

/** Glides from where it was; one that was not there comes up. */
function glide(tile: HTMLElement, before: DOMRect | undefined): void {
  const now = tile.getBoundingClientRect();
  const [x, y] = before ? [before.left - now.left, before.top - now.top] : [0, 0];
  if (before && x === 0 && y === 0) return;
  const from = before ? { transform: `translate(${x}px, ${y}px)` } : { opacity: 0 };
  tile.animate([from, {}], { duration: 240, easing: "cubic-bezier(.2,.8,.2,1)" });
}
