// Charts as SVG, in colours that can be read on light and on dark.
import { parse, View } from "vega";
import { compile } from "vega-lite";

/**
 * Where a contender is in a panel, and its quartiles where it has any.
 *
 * @typedef {{ name: string, panel: string, value: number, low?: number, high?: number }} Mark
 */

const COLOURS = { Glimpse: "#d9480f", "LiteRT.js": "#2b9348", "ONNX Runtime": "#2f80d0", "TF.js": "#8a63d2", "jax-js": "#b5651d" };
const INK = "#7a828e";
const FAINT = "#7a828e40";

/** @type {import("vega-lite").Config} */
const CONFIG = {
  background: "transparent",
  font: "system-ui, sans-serif",
  view: { stroke: FAINT },
  axis: {
    labelColor: INK,
    labelLimit: 0,
    titleColor: INK,
    titleFontWeight: "normal",
    gridColor: FAINT,
    domainColor: FAINT,
    tickColor: FAINT,
  },
  header: { labelColor: INK, labelFontSize: 11 },
};

/**
 * Contenders below each other, in panels side by side, on one logarithmic scale.
 *
 * @param {Mark[]} marks
 * @param {string} title of the scale
 */
export async function chart(marks, title) {
  const [names, panels] = [new Set(marks.map(({ name }) => name)), new Set(marks.map(({ panel }) => panel))];
  const values = marks.map((mark) => ({ ...mark, runtime: runtime(mark.name) }));
  /** @type {import("vega-lite").TopLevelSpec} */
  const spec = {
    config: CONFIG,
    data: { values },
    facet: { column: { field: "panel", type: "nominal", sort: [...panels], title: null } },
    spec: {
      width: 165,
      height: { step: 17 },
      encoding: {
        y: { field: "name", type: "nominal", sort: [...names], title: null },
        color: {
          field: "runtime",
          type: "nominal",
          scale: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
          legend: null,
        },
      },
      layer: [
        {
          mark: { type: "rule", strokeWidth: 4, opacity: 0.4 },
          encoding: { x: { field: "low", type: "quantitative" }, x2: { field: "high" } },
        },
        {
          mark: { type: "point", filled: true, size: 45, opacity: 1 },
          encoding: {
            x: {
              field: "value",
              type: "quantitative",
              scale: { type: "log", nice: false, padding: 8 },
              title,
              axis: { format: "~g", values: ticks(marks.flatMap(({ value, low, high }) => [low ?? value, high ?? value])) },
            },
          },
        },
      ],
    },
  };
  return new View(parse(compile(spec).spec), { renderer: "none" }).toSVG();
}

/** Powers of ten among some values; the closer these are together, the more multiples of them too. @param {number[]} values */
function ticks(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const steps = most / least > 100 ? [1] : most / least > 5 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 7];
  const decades = Array.from({ length: 12 }, (_, i) => 10 ** (i - 4));
  return decades.flatMap((decade) => steps.map((step) => step * decade)).filter((tick) => tick >= least && tick <= most);
}

/** @param {string} name */
function runtime(name) {
  return Object.keys(COLOURS).find((runtime) => name.startsWith(runtime));
}
