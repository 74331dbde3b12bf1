import { byId, element } from "./dom.js";
import type { EngineBadge } from "./engine.js";
import { fromStrokes, thumbnail, type Stroke } from "./ink.js";
import { placeBeside } from "./place.js";
import { label, words } from "./words/index.js";

/** How many characters are offered at once, and by how many hands each is written. */
const OFFERED = 8;
const HANDS = 6;

/** Sample characters for whoever cannot draw: each time that one is chosen, another hand writes it. */
export class Samples {
  /** Called with the ink of a sample, the number that it is offered under, and that of the hand. */
  onchoose: (ink: Stroke[], nth: number, hand: number) => void = () => {};
  /** Called with what went wrong. */
  onfail: (error: unknown) => void = () => {};

  readonly #engine: EngineBadge;
  readonly #menu = byId("samples");
  readonly #list = byId("sample-list");
  readonly #button = byId<HTMLButtonElement>("choose-sample");
  #seed = 0;

  constructor(engine: EngineBadge) {
    this.#engine = engine;
    this.#menu.addEventListener("beforetoggle", ({ newState }) => {
      if (newState === "open") placeBeside(this.#menu, this.#button);
    });
    this.#menu.addEventListener("toggle", ({ newState }) => {
      if (newState === "open") void this.#offer(Math.max(this.#seed, 1));
    });
    byId("other-samples").addEventListener("click", () => void this.#offer(this.#seed + 1));
  }

  /** There is a network to invent characters. */
  ready(): void {
    this.#button.disabled = false;
  }

  async #offer(seed: number): Promise<void> {
    try {
      if (seed !== this.#seed) {
        const invented = await this.#engine.glimpse!.invent({ seed, characters: OFFERED, drawers: HANDS });
        this.#list.replaceChildren(...invented.map((written, i) => this.#item(i + 1, written.map(fromStrokes))));
        this.#seed = seed;
      }
      this.#list.querySelector("button")?.focus();
    } catch (error) {
      this.onfail(error);
    }
  }

  #item(nth: number, written: readonly Stroke[][]): HTMLLIElement {
    const button = element("button", {}, thumbnail(written[0]!));
    label(button, { "aria-label": () => words.samples.sample(nth) });
    let chosen = 0;
    button.addEventListener("click", () => {
      const hand = chosen % HANDS;
      chosen += 1;
      this.#menu.hidePopover();
      this.onchoose(written[hand]!, nth, hand + 1);
    });
    return element("li", {}, button);
  }
}
