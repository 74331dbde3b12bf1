import { calm, nextFrame } from "./dom.js";
import { outline, SIDE, type Stroke } from "./ink.js";

/** A sheet to draw on, by mouse, finger or pen. */
export class Paper {
  /** Hears when a stroke ends or is taken back, and when the sheet is cleared. */
  onchange: () => void = () => {};
  /** Hears when a stroke begins. */
  onbegin: () => void = () => {};
  /** Hears, once a frame, that a stroke grew. */
  ongrow: () => void = () => {};

  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #strokes: Stroke[] = [];
  #outlines: Path2D[] = [];
  /** The stroke that is being made, by the visitor or by {@link write}. */
  #unfinished: Stroke | undefined;
  #pointer: number | undefined;
  #frame = 0;
  #colour = "";

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d")!;
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#extend(event));
    canvas.addEventListener("pointerup", (event) => this.#end(event));
    canvas.addEventListener("pointercancel", (event) => this.#end(event));
    const recolour = (): void => {
      this.#colour = getComputedStyle(canvas).color;
      this.#draw();
    };
    recolour();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
    new ResizeObserver(() => {
      canvas.width = canvas.height = Math.round(canvas.clientWidth * devicePixelRatio);
      this.#draw();
    }).observe(canvas);
  }

  /** The finished strokes. */
  get strokes(): readonly Stroke[] {
    return this.#strokes;
  }

  /** The finished strokes, and what there is of the next one. */
  get ink(): readonly Stroke[] {
    return this.#unfinished && this.#unfinished.points.length > 1 ? [...this.#strokes, this.#unfinished] : this.#strokes;
  }

  /** Takes back the last stroke. */
  undo(): void {
    if (this.#pointer === undefined) this.#unfinished = undefined;
    this.#strokes = this.#strokes.slice(0, -1);
    this.#outlines.pop();
    this.#draw();
    this.onchange();
  }

  /** Takes away all strokes. */
  clear(): void {
    this.#pointer = this.#unfinished = undefined;
    this.#strokes = [];
    this.#outlines = [];
    this.#draw();
    this.onchange();
  }

  /** Draws strokes as a hand would, after clearing the sheet. A stroke of the visitor's own, or clearing, ends it. */
  async write(strokes: readonly Stroke[]): Promise<void> {
    this.clear();
    let written = this.#strokes;
    for (const { points, pressed } of strokes) {
      for (let shown = 1; shown < points.length && !calm.matches; shown += 1 + Math.floor(points.length / 24)) {
        this.#unfinished = { points: points.slice(0, shown), pressed };
        this.#draw();
        this.ongrow();
        await nextFrame();
        if (this.#strokes !== written || this.#pointer !== undefined) return;
      }
      this.#add({ points, pressed });
      written = this.#strokes;
    }
  }

  #begin(event: PointerEvent): void {
    if (this.#pointer !== undefined || event.button !== 0) return;
    event.preventDefault();
    // What is typed next is not meant for a field or a button any more.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.#unfinished = { points: [this.#point(event)], pressed: event.pointerType === "pen" && event.pressure > 0 };
    this.onbegin();
    this.#drawSoon();
  }

  #extend(event: PointerEvent): void {
    if (event.pointerId !== this.#pointer) return;
    const passed = event.getCoalescedEvents();
    for (const between of passed.length > 0 ? passed : [event]) this.#unfinished!.points.push(this.#point(between));
    this.#drawSoon();
  }

  #end(event: PointerEvent): void {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = undefined;
    this.#add(this.#unfinished!);
  }

  #add(stroke: Stroke): void {
    this.#unfinished = undefined;
    this.#strokes = [...this.#strokes, stroke];
    this.#outlines.push(new Path2D(outline(stroke, true)));
    this.#draw();
    this.onchange();
  }

  #point(event: PointerEvent): [number, number, number] {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * SIDE, ((event.clientY - top) / height) * SIDE, event.pressure];
  }

  #drawSoon(): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
      if (this.#unfinished) this.ongrow();
    });
  }

  #draw(): void {
    const scale = this.#canvas.width / SIDE;
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#context.fillStyle = this.#colour;
    this.#context.setTransform(scale, 0, 0, scale, 0, 0);
    for (const path of this.#outlines) this.#context.fill(path);
    if (this.#unfinished) this.#context.fill(new Path2D(outline(this.#unfinished, false)));
  }
}
