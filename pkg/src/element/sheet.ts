import { h, s } from "./dom.js";
import { ArrowPen, outline, SIDE, toStrokes, type Stroke } from "../ink.js";
import type { Strokes } from "../drawing.js";
import type { Words } from "./words.js";

/** The strokes of the ghost that shows what the sheet is for. */
const GHOST = ["M31 29c8-3 25-4 42-4-8 13-26 30-44 50", "M35 51c11-5 22-8 38-7", "M62 58c-2 8-1 17 10 22"];

/** A sheet to draw on, by mouse, finger, pen or arrow keys. */
export class Sheet {
  readonly element: HTMLElement;
  /** Hears that the ink changed, and whether the pen is lifted. */
  onchange: (lifted: boolean) => void = () => {};
  /** Hears that the arrow keys' pen was lowered or lifted. */
  onpen: (down: boolean) => void = () => {};

  readonly #dry = s("path", { part: "ink" });
  readonly #wet = s("path", { part: "ink" });
  readonly #nib = s("circle", { class: "nib", r: 3, cx: SIDE / 2, cy: SIDE / 2 });
  #strokes: Stroke[] = [];
  #stroke: Stroke | undefined;
  #pointer: number | undefined;
  #frame = 0;
  readonly #pen = new ArrowPen(SIDE);

  constructor(words: Words) {
    const ghost = s("g", { class: "ghost" }, ...GHOST.map((d) => s("path", { d, pathLength: 1 })));
    const guides = s("path", { class: "guides", d: `M5 5h95v95h-95zM52.5 5v95M5 52.5h95` });
    const svg = s("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" }, guides, ghost, this.#dry, this.#wet, this.#nib);
    this.element = h(
      "div",
      "sheet",
      { className: "sheet", tabIndex: 0, role: "application", ariaLabel: words.sheet, ariaDescription: words.keys },
      svg,
      h("p", "invitation", { className: "invitation", ariaHidden: "true" }, words.invitation),
    );
    const { element } = this;
    element.addEventListener("pointerdown", (event) => this.#begin(event));
    element.addEventListener("pointermove", (event) => this.#extend(event));
    element.addEventListener("pointerup", (event) => this.#end(event));
    element.addEventListener("pointercancel", (event) => this.#end(event));
    element.addEventListener("keydown", (event) => this.#press(event));
    element.addEventListener("keyup", ({ key }) => this.#pen.release(key));
    element.addEventListener("blur", () => this.#pen.release());
  }

  /** The drawing, the stroke under way included; `undefined` while there is none. */
  get drawing(): Strokes | undefined {
    const ink = this.#stroke ? [...this.#strokes, this.#stroke] : this.#strokes;
    return ink.length > 0 ? toStrokes(ink) : undefined;
  }

  /** Writes the ghost, once. */
  invite(): void {
    this.element.classList.add("inviting");
  }

  /** Takes back the last stroke. */
  undo(): void {
    if (this.#stroke) this.#stroke = this.#pointer = undefined;
    else this.#strokes = this.#strokes.slice(0, -1);
    this.#paint();
    this.onchange(true);
  }

  /** Takes away all ink. */
  clear(): void {
    this.#stroke = this.#pointer = undefined;
    this.#strokes = [];
    this.#paint();
    this.onchange(true);
  }

  #begin(event: PointerEvent): void {
    if (this.#pointer !== undefined || event.button !== 0) return;
    this.element.classList.add("touched");
    this.element.setPointerCapture(event.pointerId);
    this.#lift();
    this.#pointer = event.pointerId;
    this.#stroke = { points: [this.#point(event)], pressed: event.pointerType === "pen" && event.pressure > 0 };
    this.#soon();
  }

  #extend(event: PointerEvent): void {
    if (event.pointerId !== this.#pointer) return;
    // Pages without HTTPS have none of it, nor do Safaris before 18.2.
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const between of passed.length > 0 ? passed : [event]) this.#stroke!.points.push(this.#point(between));
    this.#soon();
  }

  #end(event: PointerEvent): void {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = undefined;
    this.#lift();
  }

  #point({ clientX, clientY, pointerType, pressure }: PointerEvent): [number, number, number] {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const at = [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE] as const;
    return [...at, pointerType === "pen" ? pressure : 0.5];
  }

  #press(event: KeyboardEvent): void {
    const { key, altKey, ctrlKey, metaKey } = event;
    if (altKey || ctrlKey || metaKey || this.#pointer !== undefined) return;
    if (this.#pen.press(event)) this.#moved();
    else if (key === " " || key === "Enter") this.#toggle();
    else if (key === "Escape") this.clear();
    else if (key === "Backspace") this.undo();
    else return;
    this.element.classList.remove("touched");
    event.preventDefault();
    event.stopPropagation();
  }

  /** The arrow keys' pen moved. */
  #moved(): void {
    this.#stroke?.points.push([...this.#pen.place, 0.5]);
    this.#soon();
  }

  #toggle(): void {
    if (this.#stroke) this.#lift();
    else {
      this.#stroke = { points: [[...this.#pen.place, 0.5]], pressed: false };
      this.#soon();
    }
    this.onpen(this.#stroke !== undefined);
  }

  #lift(): void {
    if (!this.#stroke) return;
    this.#strokes = [...this.#strokes, this.#stroke];
    this.#stroke = undefined;
    this.#paint();
    this.onchange(true);
  }

  #soon(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#paint();
      if (this.#stroke) this.onchange(false);
    });
  }

  #paint(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#dry.setAttribute("d", this.#strokes.map((stroke) => outline(stroke, true)).join(""));
    this.#wet.setAttribute("d", this.#stroke ? outline(this.#stroke, false) : "");
    const [x, y] = this.#pen.place;
    this.#nib.setAttribute("cx", `${x}`);
    this.#nib.setAttribute("cy", `${y}`);
    this.#nib.classList.toggle("down", this.#stroke !== undefined);
    this.element.classList.toggle("used", this.drawing !== undefined);
  }
}
