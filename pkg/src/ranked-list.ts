/**
 * Known characters with their scores, best first, on the site and in `<glimpse-pad>`.
 *
 * @packageDocumentation
 */
import { h, isCalm, s } from "./dom.js";
import { SIDE } from "./ink.js";
import type { Ranked } from "./types.js";

/** How items are filled. */
export interface RankedListOptions<Face> {
  /** The ink of a drawing, as path data in units of the sheet. */
  ink: (face: Face) => string;
  /** What an item has at its end. */
  extras?: (label: string) => Node[];
  /** Called when an item shows another drawing, to say in `count` how many its label has. */
  onface?: (label: string, count: HTMLElement) => void;
}

/** A list of known characters, each with the drawing that stands for it: its face. */
export class RankedList<Face extends object> {
  readonly #list: HTMLElement;
  readonly #options: RankedListOptions<Face>;
  readonly #items = new Map<string, HTMLLIElement>();
  readonly #faces = new WeakMap<HTMLLIElement, Face>();

  constructor(list: HTMLElement, options: RankedListOptions<Face>) {
    this.#list = list;
    this.#options = options;
  }

  /** The item of a label, which shows this face. */
  put(label: string, face: Face): HTMLLIElement {
    let item = this.#items.get(label);
    if (!item) {
      item = this.#newItem(label);
      this.#items.set(label, item);
      this.#list.append(item);
    }
    if (this.#faces.get(item) !== face) {
      this.#faces.set(item, face);
      item.querySelector("path")!.setAttribute("d", this.#options.ink(face));
      this.#options.onface?.(label, item.querySelector(".count")!);
    }
    return item;
  }

  /**
   * Shows the scores of characters; without any, the characters in their order.
   *
   * @param settled whether items may change places
   */
  show(faces: ReadonlyMap<string, Face>, ranking: readonly Ranked[] = [], settled = true): void {
    for (const [label, item] of this.#items) {
      if (faces.has(label)) continue;
      item.remove();
      this.#items.delete(label);
    }
    for (const [label, face] of faces) this.put(label, face);
    const known = ranking.filter(({ label }) => faces.has(label));
    const scores = new Map(known.map(({ label, score }) => [label, score]));
    const labels = [...(known.length > 0 ? scores : faces).keys()];
    if (settled || known.length === 0) this.#order(labels.map((label) => this.#items.get(label)!));
    this.#list.classList.toggle("ranked", known.length > 0);
    for (const [label, item] of this.#items) {
      const score = scores.get(label);
      item.classList.toggle("best", label === known[0]?.label);
      item.querySelector<HTMLElement>(".bar")!.style.setProperty("--score", `${score ?? 0}`);
      item.querySelector(".points")!.textContent = score?.toFixed(2) ?? "";
    }
  }

  /** Moves the items to their places, in sight of the visitor. */
  #order(items: HTMLElement[]): void {
    if (items.every((item, i) => this.#list.children[i] === item)) return;
    const top = (item: HTMLElement): number => item.getBoundingClientRect().top;
    const before = items.map(top);
    this.#list.append(...items);
    if (isCalm()) return;
    const moved = items.map((item, i) => before[i]! - top(item));
    items.forEach((item, i) => {
      if (moved[i] === 0) return;
      item.animate([{ transform: `translateY(${moved[i]}px)` }, {}], { duration: 320, easing: "cubic-bezier(.2,.8,.2,1)" });
    });
  }

  #newItem(label: string): HTMLLIElement {
    const thumbnail = s("svg", { class: "thumbnail", viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" }, s("path", { class: "ink" }));
    const item = h(
      "li",
      "character",
      { className: "card" },
      h("span", "", { className: "face" }, thumbnail),
      h(
        "span",
        "",
        { className: "middle" },
        h("span", "label", { className: "label" }, label),
        h("span", "", { className: "count" }),
        h("span", "bar", { className: "bar", ariaHidden: "true" }),
      ),
      h("span", "score", { className: "points" }),
      ...(this.#options.extras?.(label) ?? []),
    );
    item.dataset.label = label;
    return item;
  }
}
