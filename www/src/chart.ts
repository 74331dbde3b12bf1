import { wilson } from "./wilson.js";

/** Accuracy in per cent on the official runs, as published. */
const PUBLISHED = [
  { who: "BPL", value: 96.7 },
  { who: "people", value: 95.5 },
  { who: "Siamese, Koch", value: 92.0 },
  { who: "Hausdorff", value: 61.2 },
];

const WIDTH = 460;
const HEIGHT = 300;
const LEFT = 34;
const RIGHT = 116;
const TOP = 12;
const BOTTOM = 26;
const LOWEST = 50;
const LABEL_GAP = 16;

/** The running accuracy as a line that grows, in the band of its 95 % interval, with published figures beside it. */
export class Chart {
  readonly #line: SVGPathElement;
  readonly #band: SVGPathElement;
  readonly #tip: SVGCircleElement;
  readonly #trials: number;

  /** @param trials how many trials the whole width stands for */
  constructor(svg: SVGSVGElement, trials: number) {
    this.#trials = trials;
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    for (const value of [50, 60, 70, 80, 90, 100]) {
      add(svg, "line", { class: "rule", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) });
      add(svg, "text", { class: "tick", x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, `${value}`);
    }
    for (const count of [0, trials / 2, trials]) {
      const label = count === trials ? `${count} trials` : `${count}`;
      add(svg, "text", { class: "tick", x: this.#x(count), y: HEIGHT - 6, "text-anchor": "middle" }, label);
    }
    let above = -Infinity;
    for (const { who, value } of PUBLISHED) {
      const at = Math.max(y(value), above + LABEL_GAP);
      above = at;
      add(svg, "line", { class: "published", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) });
      add(svg, "path", { class: "lead-line", d: `M${WIDTH - RIGHT} ${y(value)}L${WIDTH - RIGHT + 10} ${at}` });
      add(svg, "text", { class: "who", x: WIDTH - RIGHT + 14, y: at + 4 }, `${value.toFixed(1)} ${who}`);
    }
    this.#band = add(svg, "path", { class: "band" });
    this.#line = add(svg, "path", { class: "running" });
    this.#tip = add(svg, "circle", { class: "tip", r: 4 });
    this.show([]);
  }

  /** @param outcomes whether each trial so far was right, in order */
  show(outcomes: readonly boolean[]): void {
    let correct = 0;
    const line: string[] = [];
    const upper: string[] = [];
    const lower: string[] = [];
    outcomes.forEach((right, i) => {
      correct += Number(right);
      const trials = i + 1;
      const [low, high] = wilson(correct, trials);
      const x = this.#x(trials).toFixed(1);
      line.push(`${x} ${y((100 * correct) / trials).toFixed(1)}`);
      upper.push(`${x} ${y(100 * high).toFixed(1)}`);
      lower.unshift(`${x} ${y(100 * low).toFixed(1)}`);
    });
    const path = (points: string[]): string => (points.length > 0 ? `M${points.join("L")}` : "");
    this.#line.setAttribute("d", path(line));
    this.#band.setAttribute("d", path([...upper, ...lower]));
    const [x = "0", top = "0"] = line.at(-1)?.split(" ") ?? [];
    this.#tip.setAttribute("cx", x);
    this.#tip.setAttribute("cy", top);
    this.#tip.classList.toggle("absent", line.length === 0);
  }

  #x(trials: number): number {
    return LEFT + (trials / this.#trials) * (WIDTH - LEFT - RIGHT);
  }
}

function y(value: number): number {
  return TOP + ((100 - Math.max(value, LOWEST)) / (100 - LOWEST)) * (HEIGHT - TOP - BOTTOM);
}

function add<K extends keyof SVGElementTagNameMap>(
  parent: SVGElement,
  tag: K,
  attributes: Record<string, string | number>,
  text = "",
): SVGElementTagNameMap[K] {
  const created = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, `${value}`);
  created.textContent = text;
  parent.append(created);
  return created;
}
