import { set, shape } from "./dom.js";
import { wilson } from "./wilson.js";
import { number, words } from "./words/index.js";

/** An accuracy that was published, 0…1. */
export interface Published {
  who: string;
  accuracy: number;
}

const WIDTH = 460;
const HEIGHT = 300;
const LEFT = 34;
const RIGHT = 150;
const TOP = 12;
const BOTTOM = 26;
const LABEL_GAP = 16;

/** Where the scale may begin, in per cent. */
const FLOORS = [90, 80, 50, 0];

/** The running accuracy as a line that grows, in the band of its 95 % interval, with published figures beside it. */
export class Chart {
  readonly #svg: SVGSVGElement;
  readonly #line = shape("path", { class: "running" });
  readonly #band = shape("path", { class: "band" });
  readonly #tip = shape("circle", { class: "tip absent", r: 4 });
  #trials = 1;
  #floor = 50;
  #count = 0;
  #correct = 0;
  #points: { x: number; share: number; low: number; high: number }[] = [];
  #published: readonly Published[] = [];

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
    set(svg, { viewBox: `0 0 ${WIDTH} ${HEIGHT}` });
  }

  /** Begins anew. @param trials how many trials the whole width stands for */
  reset(trials: number, published: readonly Published[]): void {
    this.#trials = trials;
    this.#count = this.#correct = 0;
    this.#points = [];
    const values = published.map(({ accuracy }) => 100 * accuracy);
    const lowest = values.length > 0 ? Math.min(...values) : 60;
    this.#floor = FLOORS.find((floor) => floor < lowest - 1) ?? 0;
    this.#published = published;
    this.letter();
    this.draw();
  }

  /** Writes scales and names. */
  letter(): void {
    const around = [...this.#frame(), ...this.#labels(this.#published)];
    this.#svg.replaceChildren(...around, this.#band, this.#line, this.#tip);
  }

  /** Counts one more trial; {@link draw} shows it. */
  add(correct: boolean): void {
    this.#count += 1;
    this.#correct += Number(correct);
    const [low, high] = wilson(this.#correct, this.#count);
    const point = { x: this.#x(this.#count), share: this.#correct / this.#count, low, high };
    // No more points than can be seen.
    const before = this.#points.at(-2);
    if (before && point.x - before.x < 1) this.#points.pop();
    this.#points.push(point);
  }

  draw(): void {
    const path = (ends: string[]): string => (ends.length > 0 ? `M${ends.join("L")}` : "");
    const along = (value: "share" | "low" | "high"): string[] =>
      this.#points.map((point) => `${point.x.toFixed(1)} ${this.#y(100 * point[value]).toFixed(1)}`);
    set(this.#line, { d: path(along("share")) });
    set(this.#band, { d: path([...along("high"), ...along("low").reverse()]) });
    const last = this.#points.at(-1);
    if (last) set(this.#tip, { cx: last.x, cy: this.#y(100 * last.share) });
    this.#tip.classList.toggle("absent", !last);
  }

  #frame(): SVGElement[] {
    const step = (100 - this.#floor) / 5;
    const rules = Array.from({ length: 6 }, (_, i) => this.#floor + i * step).flatMap((value) => [
      shape("line", { class: "rule", x1: LEFT, x2: WIDTH - RIGHT, y1: this.#y(value), y2: this.#y(value) }),
      shape("text", { x: LEFT - 8, y: this.#y(value) + 4, "text-anchor": "end" }, `${value}`),
    ]);
    const counts = [0, this.#trials / 2, this.#trials].map((count) => {
      const label = count === this.#trials ? words.replay.trials(number(count)) : number(count);
      return shape("text", { x: this.#x(count), y: HEIGHT - 6, "text-anchor": "middle" }, label);
    });
    return [...rules, ...counts];
  }

  /** Published figures, best first, each beside its height as near as there is room. */
  #labels(published: readonly Published[]): SVGElement[] {
    const sorted = [...published].sort((a, b) => b.accuracy - a.accuracy);
    const places: number[] = [];
    for (const { accuracy } of sorted) {
      places.push(Math.max(this.#y(100 * accuracy), (places.at(-1) ?? -Infinity) + LABEL_GAP));
    }
    for (let i = places.length - 1, below = HEIGHT - BOTTOM; i >= 0; i -= 1, below -= LABEL_GAP) {
      places[i] = Math.min(places[i]!, below);
    }
    return sorted.flatMap(({ who, accuracy }, i) => {
      const y = this.#y(100 * accuracy);
      const at = places[i]!;
      return [
        shape("line", { class: "published", x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y }),
        shape("path", { class: "lead-line", d: `M${WIDTH - RIGHT} ${y}L${WIDTH - RIGHT + 10} ${at}` }),
        shape("text", { class: "who", x: WIDTH - RIGHT + 14, y: at + 4 }, `${(100 * accuracy).toFixed(1)} ${words.scores[who] ?? who}`),
      ];
    });
  }

  #x(trials: number): number {
    return LEFT + (trials / this.#trials) * (WIDTH - LEFT - RIGHT);
  }

  #y(value: number): number {
    const share = (100 - Math.max(value, this.#floor)) / (100 - this.#floor);
    return TOP + share * (HEIGHT - TOP - BOTTOM);
  }
}
