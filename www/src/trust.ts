import { element, set, shape } from "./dom.js";
import { percent } from "./wilson.js";
import { number, words } from "./words/index.js";

/** Side of a plot's field, and room for the numbers beside it, in units of the drawing. */
const SIDE = 120;
const ROOM = { left: 30, right: 10, top: 8, bottom: 32 };

/** Where a scale of mistakes may end. */
const ENDS = [0.05, 0.1, 0.2, 0.5, 1];

/** What a system's scores are worth on a set of drawings: how often a score was right, and how many mistakes are left where only the surest answers are given. */
export function trustFigure({ set, way, shots, calibration_error, refused, lost, ...row }: TrustRow): HTMLElement {
  const task = element("span", { className: "task" }, `${way}-way ${shots}-shot`);
  return element(
    "section",
    { className: "plot trusted" },
    element("header", {}, element("h3", {}, `${words.scores[set] ?? set}, `, task)),
    element("div", { className: "pair" }, reliability(row.reliability), risk(row.risk)),
    element("p", {}, words.results.trust(number(calibration_error, { maximumFractionDigits: 3 }), percent(refused), percent(lost))),
  );
}

/** A reliability diagram: on the diagonal a score is how often it is right. */
function reliability(bins: TrustRow["reliability"]): SVGSVGElement {
  const { x, y, svg } = field([0, 0.5, 1], [0, 0.5, 1], words.results.score, words.results.right);
  const most = Math.max(...bins.map(({ trials }) => trials));
  const said = bins.map(({ trials, score, right }) => words.results.bin(score.toFixed(2), percent(right), number(trials)));
  svg.append(
    shape("path", { class: "published", d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}` }),
    shape("path", { class: "running", d: line(bins.map(({ score, right }) => [x(score), y(right)])) }),
    ...bins.map(({ trials, score, right }, i) =>
      shape("circle", { class: "tip", cx: x(score), cy: y(right), r: 2 + 4 * Math.sqrt(trials / most) }, shape("title", {}, said[i]!)),
    ),
  );
  return named(svg, `${words.results.reliability}: ${said.join("; ")}`);
}

/** A risk–coverage curve. */
function risk(shares: readonly number[]): SVGSVGElement {
  const highest = Math.max(...shares);
  const end = ENDS.find((end) => end >= highest) ?? 1;
  const { x, y, svg } = field([0, 0.5, 1], [0, end / 2, end], words.results.answered, words.results.wrong);
  const points = shares.map((share, i) => [x((i + 1) / shares.length), y(share)] as const);
  const last = points.at(-1)!;
  svg.append(
    shape("path", { class: "band", d: `${line(points)}L${last[0]} ${y(0)}L${points[0]![0]} ${y(0)}Z` }),
    shape("path", { class: "running", d: line(points) }),
    ...points.map(([cx, cy], i) => {
      const said = shape("title", {}, words.results.risk(percent((i + 1) / shares.length), percent(shares[i]!)));
      return shape("circle", { class: i === shares.length - 1 ? "tip" : "spot", cx, cy, r: 4 }, said);
    }),
  );
  const told = [0.5, 0.8, 1].map((part) => words.results.risk(percent(part), percent(shares[Math.round(part * shares.length) - 1]!)));
  return named(svg, `${words.results.risks}: ${told.join("; ")}`);
}

/** An empty field with its two scales, in per cent. */
function field(across: readonly number[], up: readonly number[], below: string, beside: string) {
  const svg = shape("svg", { viewBox: `0 0 ${ROOM.left + SIDE + ROOM.right} ${ROOM.top + SIDE + ROOM.bottom}`, class: "chart" });
  const x = (value: number): number => ROOM.left + (SIDE * value) / across.at(-1)!;
  const y = (value: number): number => ROOM.top + SIDE - (SIDE * value) / up.at(-1)!;
  const bottom = ROOM.top + SIDE;
  const said = (value: number): string => number(100 * value);
  svg.append(
    ...up.map((value) => shape("path", { class: "rule", d: `M${ROOM.left} ${y(value)}h${SIDE}` })),
    ...up.map((value) => shape("text", { x: ROOM.left - 5, y: y(value) + 4, "text-anchor": "end" }, said(value))),
    ...across.map((value) => shape("text", { x: x(value), y: bottom + 14, "text-anchor": "middle" }, said(value))),
    shape("text", { class: "who", x: ROOM.left + SIDE / 2, y: bottom + 28, "text-anchor": "middle" }, below),
    shape("text", { class: "who", x: ROOM.left + 4, y: ROOM.top + 10 }, beside),
  );
  return { svg, x, y };
}

function line(points: readonly (readonly [number, number] | number[])[]): string {
  return `M${points.map(([x, y]) => `${x!.toFixed(1)} ${y!.toFixed(1)}`).join("L")}`;
}

/** Says what is to be seen to those who hear it. */
function named(svg: SVGSVGElement, label: string): SVGSVGElement {
  set(svg, { role: "img", "aria-label": label });
  return svg;
}
