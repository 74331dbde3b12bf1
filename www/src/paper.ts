import { calm, nextFrame } from "./dom.js";
import { ArrowPen, outline, SIDE, type Stroke } from "./ink.js";

/** Radius of the mark where the arrow keys' pen is, in units of the sheet. */
const NIB = 2.4;

/** A sheet to draw on, by mouse, finger, pen or arrow keys. */
export class Paper {
  /** Hears when a stroke ends or is taken back, and when the sheet is cleared. */
  onchange: () => void = () => {};
  /** Hears when a stroke begins. */
  onbegin: () => void = () => {};
  /** Hears, once a frame, that a stroke grew. */
  ongrow: () => void = () => {};
  /** Hears that the arrow keys' pen was lowered or lifted. */
  onpen: (down: boolean) => void = () => {};

  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #strokes: Stroke[] = [];
  #outlines: Path2D[] = [];
  /** The stroke that is being made, by the visitor or by {@link write}. */
  #unfinished: Stroke | undefined;
  #pointer: number | undefined;
  /** What {@link write} has still to finish. */
  #writing: Stroke[] = [];
  readonly #pen = new ArrowPen(SIDE);
  /** Whether the stroke that is being made is the arrow keys'. */
  #penDown = false;
  /** Whether the arrow keys' pen is to be seen. */
  #penShown = false;
  #frame = 0;
  #colour = { ink: "", nib: "" };

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d")!;
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    // Who draws neither focuses the paper nor selects anything. WebKit hears no more of a pen whose pointerdown is prevented.
    canvas.addEventListener("mousedown", (event) => event.preventDefault());
    canvas.addEventListener("pointermove", (event) => this.#extend(event));
    canvas.addEventListener("pointerup", (event) => this.#end(event));
    canvas.addEventListener("pointercancel", (event) => this.#end(event));
    canvas.addEventListener("keydown", (event) => this.#press(event));
    canvas.addEventListener("keyup", ({ key }) => this.#pen.release(key));
    canvas.addEventListener("blur", () => {
      this.#pen.release();
      this.lift();
      this.#showPen(false);
    });
    const recolour = (): void => {
      const style = getComputedStyle(canvas);
      this.#colour = { ink: style.color, nib: style.getPropertyValue("--accent") };
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
    this.#writing = [];
    if (this.#penDown) this.#dropPen();
    else {
      if (this.#pointer === undefined) this.#unfinished = undefined;
      this.#strokes = this.#strokes.slice(0, -1);
      this.#outlines.pop();
    }
    this.#draw();
    this.onchange();
  }

  /** Takes away all strokes. */
  clear(): void {
    this.#dropPen();
    this.#writing = [];
    this.#pointer = this.#unfinished = undefined;
    this.#strokes = [];
    this.#outlines = [];
    this.#draw();
    this.onchange();
  }

  /** Ends at once what is being written, or drawn by the arrow keys. */
  finish(): void {
    this.lift();
    const rest = this.#writing;
    this.#writing = [];
    for (const stroke of rest) this.#add(stroke);
  }

  /** Ends the arrow keys' stroke, if there is one. */
  lift(): void {
    if (!this.#penDown) return;
    this.#penDown = false;
    this.#add(this.#unfinished!);
    this.onpen(false);
  }

  /**
   * Draws strokes as a hand would, after clearing the sheet. A stroke of the visitor's own, or clearing, ends it.
   *
   * @param frames what each stroke takes at most
   */
  async write(strokes: readonly Stroke[], frames = 24): Promise<void> {
    this.clear();
    const writing = (this.#writing = [...strokes]);
    for (const { points, pressed } of strokes) {
      for (let shown = 1; shown < points.length && !calm.matches; shown += 1 + Math.floor(points.length / frames)) {
        this.#unfinished = { points: points.slice(0, shown), pressed };
        this.#draw();
        this.ongrow();
        await nextFrame();
        if (this.#writing !== writing) return;
      }
      writing.shift();
      this.#add({ points, pressed });
    }
  }

  #begin(event: PointerEvent): void {
    if (this.#pointer !== undefined || event.button !== 0) return;
    this.lift();
    this.#writing = [];
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
    // Pages without HTTPS have none of it, nor do Safaris before 18.2.
    const passed = event.getCoalescedEvents?.() ?? [];
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

  /** Arrows move a pen that the space bar lowers and lifts; backspace takes back a stroke. */
  #press(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || this.#pointer !== undefined) return;
    if (this.#pen.press(event)) {
      if (this.#penDown) this.#unfinished!.points.push(this.#nib());
      this.#showPen(true);
    } else if (event.key === " ") {
      if (this.#penDown) this.lift();
      else this.#lowerPen();
    } else if (event.key === "Backspace") {
      this.undo();
    } else return;
    event.preventDefault();
  }

  #lowerPen(): void {
    this.#writing = [];
    this.#penDown = true;
    this.#unfinished = { points: [this.#nib()], pressed: false };
    this.#showPen(true);
    this.onbegin();
    this.onpen(true);
  }

  /** Takes back the arrow keys' stroke, if there is one. */
  #dropPen(): void {
    if (!this.#penDown) return;
    this.#penDown = false;
    this.#unfinished = undefined;
    this.onpen(false);
  }

  #showPen(shown: boolean): void {
    this.#penShown = shown;
    this.#drawSoon();
  }

  #nib(): [number, number, number] {
    return [...this.#pen.place, 0.5];
  }

  #point(event: PointerEvent): [number, number, number] {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const pressure = event.pointerType === "pen" ? event.pressure : 0.5;
    return [((event.clientX - left) / width) * SIDE, ((event.clientY - top) / height) * SIDE, pressure];
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
    this.#context.fillStyle = this.#colour.ink;
    this.#context.setTransform(scale, 0, 0, scale, 0, 0);
    for (const path of this.#outlines) this.#context.fill(path);
    if (this.#unfinished) this.#context.fill(new Path2D(outline(this.#unfinished, false)));
    if (this.#penShown) this.#drawPen();
  }

  /** A ring where the arrow keys' pen is, filled while it is down. */
  #drawPen(): void {
    const ring = new Path2D();
    ring.arc(...this.#pen.place, NIB, 0, 2 * Math.PI);
    this.#context.fillStyle = this.#context.strokeStyle = this.#colour.nib;
    if (this.#penDown) this.#context.fill(ring);
    this.#context.stroke(ring);
  }
}
