import { afterInput, h, s } from "../dom.js";
import { listen, outline, Sheet, SIDE, toStrokes } from "../ink.js";
import type { Strokes } from "../drawing.js";
import type { Words } from "./words.js";

/** The strokes of the ghost that shows what the sheet is for. */
const GHOST = ["M31 29c8-3 25-4 42-4-8 13-26 30-44 50", "M35 51c11-5 22-8 38-7", "M62 58c-2 8-1 17 10 22"];

/** A sheet as SVG. */
export class Paper {
  readonly element: HTMLElement;
  /** What is on it. */
  readonly sheet: Sheet;
  /** Called when the ink changed. */
  onchange: () => void = () => {};

  readonly #ink = s("path", { part: "ink" });
  readonly #nib = s("circle", { class: "nib", r: 3, cx: SIDE / 2, cy: SIDE / 2 });
  #frame = 0;

  /** @param leave keys that the page has a use for */
  constructor(sheet: Sheet, words: Words, leave: readonly string[]) {
    const ghost = s("g", { class: "ghost" }, ...GHOST.map((d) => s("path", { d, pathLength: 1 })));
    const guides = s("path", { class: "guides", d: `M5 5h95v95h-95zM52.5 5v95M5 52.5h95` });
    const svg = s("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" }, guides, ghost, this.#ink, this.#nib);
    this.element = h(
      "div",
      "sheet",
      { className: "sheet", tabIndex: 0, role: "application", ariaLabel: words.sheet, ariaDescription: words.keys },
      svg,
      h("p", "invitation", { className: "invitation", ariaHidden: "true" }, words.invitation),
    );
    this.sheet = sheet;
    listen(sheet, this.element, { leave, onkeys: (used) => used && this.element.classList.remove("touched") });
    sheet.onbegin = (by) => {
      if (by === "keys") return;
      this.element.classList.add("touched");
      this.element.focus({ preventScroll: true });
    };
    sheet.onchange = (lifted) => (lifted ? this.#settle() : this.#soon());
    this.#paint();
  }

  /** The drawing, the stroke under way included; `undefined` while there is none. */
  get drawing(): Strokes | undefined {
    const { ink } = this.sheet;
    return ink.length > 0 ? toStrokes(ink) : undefined;
  }

  /** Writes the ghost, once. */
  invite(): void {
    this.element.classList.add("inviting");
  }

  #settle(): void {
    this.onchange();
    afterInput(() => this.#paint());
  }

  #soon(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#paint();
      // It may be finished by now, and its answer awaited.
      if (this.sheet.wet.length > 0) this.onchange();
    });
  }

  #paint(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const { strokes, wet, nib, penDown } = this.sheet;
    const ink = [...strokes, ...wet];
    this.#ink.setAttribute("d", ink.map((stroke) => outline(stroke, stroke !== wet.at(-1))).join(""));
    this.#nib.setAttribute("cx", `${nib[0]}`);
    this.#nib.setAttribute("cy", `${nib[1]}`);
    this.#nib.classList.toggle("down", penDown);
    this.element.classList.toggle("used", ink.length > 0);
  }
}
