import { afterInput, calm, nextFrame } from "./dom.js";
import { listen, outline, Sheet, SIDE, type Stroke } from "./ink.js";

/** Radius of the mark where the arrow keys' pen is, in units of the sheet. */
const NIB = 2.4;

/** A sheet on a canvas. */
export class Paper {
  /** What is on it. */
  readonly sheet = new Sheet();
  /** Called when strokes were finished, taken back or taken away. */
  onchange: () => void = () => {};
  /** Called when a stroke begins. */
  onbegin: () => void = () => {};
  /** Called, once a frame, when a stroke grew. */
  ongrow: () => void = () => {};

  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  /** Outlines of strokes, made once. */
  readonly #outlines = new WeakMap<Stroke, Path2D>();
  /** Whether the arrow keys' pen is to be seen. */
  #penShown = false;
  #frame = 0;
  #resolution = devicePixelRatio;
  #colour = { ink: "", nib: "" };

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d")!;
    listen(this.sheet, canvas, {
      // These work wherever the focus is.
      leave: ["Enter", "Escape"],
      onkeys: (used) => {
        this.#penShown = used;
        this.#drawSoon();
      },
    });
    this.sheet.onbegin = (by) => {
      // What is typed next is not meant for a field or a button any more.
      if (by === "pointer" && document.activeElement instanceof HTMLElement) document.activeElement.blur();
      this.onbegin();
    };
    this.sheet.onchange = (settled) => {
      if (!settled) return this.#drawSoon();
      this.onchange();
      afterInput(() => this.#draw());
    };
    const recolour = (): void => {
      const style = getComputedStyle(canvas);
      this.#colour = { ink: style.color, nib: style.getPropertyValue("--accent") };
      this.#draw();
    };
    recolour();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#watchResolution();
  }

  /** Draws strokes as a hand would, after clearing the sheet, until the visitor does something else. `frames`: what each stroke takes at most. */
  async write(strokes: readonly Stroke[], frames = 24): Promise<void> {
    const writing = this.sheet.write(strokes);
    const points = (): number => (calm.matches ? Infinity : 1 + Math.floor((writing.rest[0]?.points.length ?? 0) / frames));
    while (this.sheet.advance(writing, points())) if (!calm.matches) await nextFrame();
  }

  /** The canvas has as many pixels as the screen, which changes where the page is zoomed or moved to another screen. */
  #watchResolution(): void {
    const changed = (): void => {
      this.#resize();
      this.#watchResolution();
    };
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", changed, { once: true });
  }

  #resize(): void {
    this.#resolution = devicePixelRatio;
    this.#canvas.width = this.#canvas.height = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    this.#draw();
  }

  #drawSoon(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#draw();
      if (this.sheet.wet.length > 0) this.ongrow();
    });
  }

  #draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    // Not every browser tells of it at once.
    if (this.#resolution !== devicePixelRatio) return this.#resize();
    const { strokes, wet } = this.sheet;
    const scale = this.#canvas.width / SIDE;
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#context.fillStyle = this.#colour.ink;
    this.#context.setTransform(scale, 0, 0, scale, 0, 0);
    for (const stroke of strokes) this.#context.fill(this.#outline(stroke));
    for (const stroke of wet) this.#context.fill(new Path2D(outline(stroke, stroke !== wet.at(-1))));
    if (this.#penShown) this.#drawPen();
  }

  #outline(stroke: Stroke): Path2D {
    let path = this.#outlines.get(stroke);
    if (!path) this.#outlines.set(stroke, (path = new Path2D(outline(stroke, true))));
    return path;
  }

  /** A ring where the arrow keys' pen is, filled while it is down. */
  #drawPen(): void {
    const ring = new Path2D();
    ring.arc(...this.sheet.nib, NIB, 0, 2 * Math.PI);
    this.#context.fillStyle = this.#context.strokeStyle = this.#colour.nib;
    if (this.sheet.penDown) this.#context.fill(ring);
    this.#context.stroke(ring);
  }
}
