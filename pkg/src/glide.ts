import { isCalm } from "./dom.js";

/** x and y. */
export type Point = readonly [number, number];

/** How long a point takes to come most of its way, in milliseconds. */
const PACE = 90;

/** Named points that glide to where they are sent; at once where the visitor wants little motion. */
export class Glide {
  readonly #draw: (points: ReadonlyMap<string, Point>) => void;
  #points = new Map<string, Point>();
  #targets: ReadonlyMap<string, Point> = new Map();
  #frame = 0;
  #last = 0;

  /** @param draw called with the points whenever they moved */
  constructor(draw: (points: ReadonlyMap<string, Point>) => void) {
    this.#draw = draw;
  }

  /** Sends the points. A new one begins where it belongs; one that is not named any more is gone. */
  to(targets: ReadonlyMap<string, Point>): void {
    this.#targets = targets;
    this.#points = new Map([...targets].map(([name, target]) => [name, this.#points.get(name) ?? target]));
    this.#last = performance.now();
    this.#step(this.#last);
  }

  #step(now: number): void {
    cancelAnimationFrame(this.#frame);
    const share = isCalm() || document.hidden ? 1 : 1 - Math.exp((this.#last - now) / PACE);
    this.#last = now;
    let rests = true;
    for (const [name, [x, y]] of this.#targets) {
      const [fromX, fromY] = this.#points.get(name)!;
      const near = Math.hypot(x - fromX, y - fromY) < 0.2;
      rests &&= near || share === 1;
      this.#points.set(name, near ? [x, y] : [fromX + (x - fromX) * share, fromY + (y - fromY) * share]);
    }
    this.#draw(this.#points);
    if (!rests) this.#frame = requestAnimationFrame((now) => this.#step(now));
  }
}

/** The largest of 1, 2, 5, 10, … (and 0.5, 0.2, …) that is at most `value`. */
export function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].map((factor) => factor * power).find((step) => step <= value * (1 + 1e-9)) ?? power;
}
