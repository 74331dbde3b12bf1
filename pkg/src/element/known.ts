import type { Example } from "../drawing.js";
import type { Ranked } from "../types.js";
import { h, s } from "./dom.js";
import { extent, fromStrokes, outline, SIDE } from "../ink.js";
import { fill, type Words } from "./words.js";

/** The ink of an example as path data. Of what fits another square than the sheet's, drawn into the sheet's. */
export function inkOf({ drawing }: Example): string {
  const numbers = drawing.strokes.flat();
  const along = (axis: 0 | 1): [number, number] => extent(numbers.filter((_, i) => i % 2 === axis));
  const [[left, right], [top, bottom]] = [along(0), along(1)];
  const scale = Math.min(2, 85 / Math.max(right - left, bottom - top, 1));
  const fitted = (at: number, i: number): number =>
    SIDE / 2 + scale * (at - (i % 2 === 0 ? left + right : top + bottom) / 2);
  const strokes = drawing.strokes.map((stroke) => stroke.map(fitted));
  return fromStrokes({ ...drawing, strokes })
    .map((stroke) => outline(stroke, true))
    .join("");
}

/** The characters that are known, with their scores, best first. */
export class KnownList {
  readonly element: HTMLElement;
  /** Called when a character is to be forgotten; absent where none can be. */
  onforget: ((label: string) => void) | undefined;
  readonly #words: Words;
  readonly #items = new Map<string, HTMLLIElement>();

  constructor(words: Words) {
    this.#words = words;
    this.element = h("ol", "list", { className: "list", ariaLabel: words.known });
  }

  /** Shows what is known, by score where there is a ranking. Items change places where it is `settled`. */
  show(examples: readonly Example[], ranking: readonly Ranked[] = [], settled = true): void {
    const faces = new Map([...examples].reverse().map((example) => [example.label, example]));
    for (const [label, item] of this.#items) {
      if (faces.has(label)) continue;
      item.remove();
      this.#items.delete(label);
    }
    for (const { label } of examples) if (!this.#items.has(label)) this.#add(faces.get(label)!);
    const ranked = ranking.filter(({ label }) => this.#items.has(label));
    this.element.classList.toggle("ranked", ranked.length > 0);
    if (settled) this.#order(ranked.length > 0 ? ranked : examples);
    for (const item of this.#items.values()) item.classList.remove("best");
    ranked.forEach(({ label, score }, i) => {
      const item = this.#items.get(label)!;
      item.classList.toggle("best", i === 0);
      item.style.setProperty("--score", `${score}`);
      item.querySelector(".score")!.textContent = score.toFixed(2);
    });
  }

  #add(example: Example): void {
    const { label } = example;
    const item = h(
      "li",
      "character",
      {},
      s("svg", { class: "face", viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" }, s("path", { d: inkOf(example) })),
      h("span", "label", { className: "label", textContent: label }),
      h("span", "bar", { className: "bar", ariaHidden: "true" }),
      h("span", "score", { className: "score" }),
    );
    if (this.onforget) {
      const ariaLabel = fill(this.#words.forget, { label });
      item.append(h("button", "forget", { className: "icon", ariaLabel, onclick: () => this.onforget?.(label) }, "×"));
    }
    this.#items.set(label, item);
    this.element.append(item);
  }

  /** Moves the items to their places, in sight of the visitor. */
  #order(labels: readonly { label: string }[]): void {
    const items = [...new Set(labels.map(({ label }) => this.#items.get(label)!))];
    if (items.every((item, i) => this.element.children[i] === item)) return;
    const before = items.map((item) => item.offsetTop);
    this.element.append(...items);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    items.forEach((item, i) => {
      const frames = [{ transform: `translateY(${before[i]! - item.offsetTop}px)` }, {}];
      item.animate(frames, { duration: 320, easing: "cubic-bezier(.2,.8,.2,1)" });
    });
  }
}
