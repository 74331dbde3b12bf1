import type { FineTuneProgress, Measured } from "glimpse";
import { set, shape } from "./dom.js";
import { number, onlanguage, words, write } from "./words/index.js";

/** Room in pixels: left for the scales, right for the newest values, above each curve for its name, at the foot for the best. */
const LEFT = 52;
const RIGHT = 62;
const NAME = 22;
const FOOT = 22;

/** Height in pixels of either curve, and of what lies between them. */
const ACCURACY = 32;
const LOSS = 74;
const GAP = 14;

const ACCURACY_TOP = NAME;
const LOSS_TOP = ACCURACY_TOP + ACCURACY + GAP + NAME;
const HEIGHT = LOSS_TOP + LOSS + FOOT;

/** The smallest loss that is told from 0. */
const LEAST = 1e-6;

type Point = readonly [x: number, y: number];

/** Fine-tuning as two curves along its steps: the share of held-out variations told apart, and the loss of each step. */
export class Curves {
  readonly #svg: SVGSVGElement;
  readonly #rules = shape("g");
  readonly #bestLine = shape("line", { class: "best-line" });
  readonly #bestWords = shape("text", { class: "best-words", y: HEIGHT - 5 });
  readonly #accuracy = shape("path", { class: "accuracy" });
  readonly #marks = shape("g");
  readonly #told = shape("text", { class: "value" });
  readonly #loss = shape("path", { class: "loss" });
  readonly #tip = shape("circle", { class: "tip", r: 3 });
  readonly #lost = shape("text", { class: "value" });
  #width = 0;
  #steps = 1;
  #best = 0;
  #losses: number[] = [];
  #measured: (Measured & { step: number })[] = [];
  #frame = 0;

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
    const accuracyName = shape("text", { x: LEFT, y: ACCURACY_TOP - 10 });
    const lossName = shape("text", { x: LEFT, y: LOSS_TOP - 10 });
    write(accuracyName, () => words.tuning.toldApart);
    write(lossName, () => words.tuning.loss);
    onlanguage(() => this.#draw());
    svg.append(
      this.#rules,
      this.#bestLine,
      accuracyName,
      lossName,
      ...[this.#bestWords, this.#accuracy, this.#marks, this.#told, this.#loss, this.#tip, this.#lost],
    );
    new ResizeObserver(([entry]) => {
      this.#width = entry!.contentRect.width;
      set(svg, { viewBox: `0 0 ${this.#width} ${HEIGHT}` });
      this.#draw();
    }).observe(svg);
  }

  /** Shows one more step. Step 0 begins anew. */
  add({ step, steps, loss, measured, best }: FineTuneProgress): void {
    if (step === 0) {
      this.#losses = [];
      this.#measured = [];
    }
    this.#steps = steps;
    this.#best = best;
    if (loss !== undefined) this.#losses.push(Math.max(loss, LEAST));
    if (measured) this.#measured.push({ step, ...measured });
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#frame = 0;
    if (this.#width === 0) return;
    this.#rules.replaceChildren();
    this.#drawAccuracy();
    this.#drawLoss();
    const [told, lost] = [this.#told.textContent, this.#lost.textContent];
    const { labelTold, labelLoss } = words.tuning;
    set(this.#svg, {
      "aria-label":
        (told ? labelTold(told, this.#bestWords.textContent) : "") + (lost ? labelLoss(this.#losses.length, lost) : ""),
    });
  }

  #drawAccuracy(): void {
    const [low, high] = tenths(this.#measured.map(({ accuracy }) => accuracy));
    const y = (share: number): number => ACCURACY_TOP + (ACCURACY * (high - share)) / (high - low);
    for (const share of [low, high]) this.#rule(y(share), words.percent(`${Math.round(100 * share)}`));

    const points = this.#measured.map(({ step, accuracy }): Point => [this.#x(step), y(accuracy)]);
    const best = this.#measured.find(({ step }) => step === this.#best);
    set(this.#accuracy, { d: path(points) });
    this.#marks.replaceChildren(
      ...points.map(([cx, cy], i) =>
        this.#measured[i] === best
          ? shape("circle", { class: "mark best", cx, cy, r: 5 })
          : shape("circle", { class: "mark", cx, cy, r: 3 }),
      ),
    );
    const last = this.#measured.at(-1);
    set(this.#told, { x: this.#x(this.#steps) + 12, y: (points.at(-1)?.[1] ?? 0) + 4 });
    this.#told.textContent = last ? count(last) : "";

    const [left, x, right] = [0, this.#best, this.#steps].map((step) => this.#x(step)) as [number, number, number];
    const anchor = x - left < 70 ? "start" : right - x < 70 ? "end" : "middle";
    set(this.#bestLine, { x1: x, x2: x, y1: y(best?.accuracy ?? high) + 5, y2: LOSS_TOP + LOSS + 5 });
    set(this.#bestWords, { x: { start: left, middle: x, end: right }[anchor], "text-anchor": anchor });
    this.#bestLine.classList.toggle("absent", !best);
    this.#bestWords.textContent = best ? words.tuning.best(best.step, count(best)) : "";
  }

  #drawLoss(): void {
    const [low, high] = decades(this.#losses);
    const y = (loss: number): number => LOSS_TOP + (LOSS * (high - Math.log10(loss))) / (high - low);
    const sparse = high - low > 3 ? 2 : 1;
    for (let power = low; power <= high; power += 1) {
      this.#rule(y(10 ** power), (high - power) % sparse === 0 ? tidy(10 ** power) : "");
    }

    const points = this.#losses.map((loss, i): Point => [this.#x(i + 1), y(loss)]);
    const [tipX, tipY] = points.at(-1) ?? [0, 0];
    set(this.#loss, { d: path(points) });
    set(this.#tip, { cx: tipX, cy: tipY });
    set(this.#lost, { x: this.#x(this.#steps) + 12, y: tipY + 4 });
    this.#tip.classList.toggle("absent", points.length === 0);
    this.#lost.textContent = points.length > 0 ? tidy(this.#losses.at(-1)!) : "";
  }

  #rule(y: number, words: string): void {
    this.#rules.append(
      shape("line", { class: "rule", x1: LEFT, x2: this.#x(this.#steps), y1: y, y2: y }),
      shape("text", { x: LEFT - 8, y: y + 4, "text-anchor": "end" }, words),
    );
  }

  #x(step: number): number {
    return LEFT + (step / this.#steps) * (this.#width - LEFT - RIGHT);
  }
}

function count({ accuracy, drawings }: Measured): string {
  return words.tuning.count(Math.round(accuracy * drawings), drawings);
}

/** The tenths that lie around some shares. */
function tenths(shares: readonly number[]): Point {
  if (shares.length === 0) return [0.9, 1];
  const high = Math.max(Math.ceil(10 * Math.max(...shares)), 1) / 10;
  return [Math.min(Math.floor(10 * Math.min(...shares)) / 10, high - 0.1), high];
}

/** The powers of ten that lie around some numbers: two of them at least. */
function decades(numbers: readonly number[]): Point {
  if (numbers.length === 0) return [-2, 0];
  const high = Math.ceil(Math.log10(Math.max(...numbers)));
  return [Math.min(Math.floor(Math.log10(Math.min(...numbers))), high - 2), high];
}

function path(points: readonly Point[]): string {
  return points.length > 0 ? `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}` : "";
}

/** A loss in two digits, as people write it. */
export function tidy(loss: number): string {
  return number(Number(loss.toPrecision(2)), { maximumFractionDigits: 8, useGrouping: false });
}
