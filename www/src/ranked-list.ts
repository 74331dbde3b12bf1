import type { Ranked } from "glimpse";
import { calm, element } from "./dom.js";
import { thumbnail, type Stroke } from "./ink.js";
import type { Support } from "./support.js";
import { words, write } from "./words/index.js";

/** Known characters with their scores, best first. */
export class RankedList {
  readonly #list: HTMLElement;
  readonly #support: Support;
  readonly #items = new Map<string, HTMLLIElement>();
  readonly #faces = new WeakMap<HTMLLIElement, Stroke[]>();
  readonly #extras: (label: string) => Node[];

  /** @param extras what each item has at its end */
  constructor(list: HTMLElement, support: Support, extras: (label: string) => Node[] = () => []) {
    this.#list = list;
    this.#support = support;
    this.#extras = extras;
  }

  /** The item of a label. */
  item(label: string): HTMLLIElement {
    const { drawings } = this.#support.characters.get(label)!;
    const face = this.#support.face(label);
    let item = this.#items.get(label);
    if (!item) {
      item = this.#newItem(label);
      this.#items.set(label, item);
      this.#list.append(item);
    }
    if (this.#faces.get(item) !== face) {
      this.#faces.set(item, face);
      item.querySelector(".face")!.replaceChildren(thumbnail(face));
      const count = drawings.length;
      write(item.querySelector(".count")!, count > 1 ? () => words.teach.drawings(count) : "");
    }
    return item;
  }

  /**
   * Shows the scores; without any, the characters by age.
   *
   * @param settled whether items may change places
   */
  rank(ranking: readonly Ranked[], settled: boolean): void {
    const { characters } = this.#support;
    for (const [label, item] of this.#items) {
      if (characters.has(label)) continue;
      item.remove();
      this.#items.delete(label);
    }
    const known = ranking.filter(({ label }) => characters.has(label));
    const scores = new Map(known.map(({ label, score }) => [label, score]));
    const labels = known.length > 0 ? [...scores.keys()] : [...characters.keys()];
    const items = labels.map((label) => this.item(label));
    if (settled || known.length === 0) this.#order(items);
    this.#list.classList.toggle("ranked", known.length > 0);
    items.forEach((item, i) => {
      const score = scores.get(labels[i]!);
      item.classList.toggle("best", i === 0 && score !== undefined);
      item.querySelector<HTMLElement>(".bar")!.style.setProperty("--score", `${score ?? 0}`);
      item.querySelector(".points")!.textContent = score?.toFixed(2) ?? "";
    });
  }

  /** Moves the items to their places. */
  #order(items: HTMLElement[]): void {
    if (items.every((item, i) => this.#list.children[i] === item)) return;
    const before = new Map(items.map((item) => [item, item.getBoundingClientRect().top]));
    this.#list.append(...items);
    if (calm.matches) return;
    const from = new Map(items.map((item) => [item, before.get(item)! - item.getBoundingClientRect().top]));
    for (const [item, y] of from) {
      if (y === 0) continue;
      item.animate([{ transform: `translateY(${y}px)` }, {}], { duration: 320, easing: "cubic-bezier(.2,.8,.2,1)" });
    }
  }

  #newItem(label: string): HTMLLIElement {
    const item = element(
      "li",
      { className: "card" },
      element("span", { className: "face" }),
      element(
        "span",
        { className: "middle" },
        element("span", { className: "label" }, label),
        element("span", { className: "count" }),
        element("span", { className: "bar", ariaHidden: "true" }),
      ),
      element("span", { className: "points" }),
      ...this.#extras(label),
    );
    item.dataset.label = label;
    return item;
  }
}
