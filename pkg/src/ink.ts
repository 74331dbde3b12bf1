/**
 * Drawing: a sheet that pointers and keys draw on, and ink that looks like ink, on the site and in `<glimpse-pad>`.
 *
 * @packageDocumentation
 */
import { getStroke } from "perfect-freehand";
import type { Stroke } from "./stroke.js";

export { listen, type ListenOptions } from "./listen.js";
export { Sheet, type KeyPress, type PointerSample, type Writing } from "./sheet.js";
export { cut, isolate } from "./text.js";
export { extent, fromStrokes, SIDE, toStrokes, type Point, type Stroke } from "./stroke.js";

/** The outline of a stroke's ink as SVG path data, in units of the sheet. `finished`: whether the pen is lifted. */
export function outline({ points, pressed }: Stroke, finished: boolean): string {
  const edge = getStroke(points, {
    size: 4,
    thinning: pressed ? 0.6 : 0.35,
    smoothing: 0.6,
    streamline: 0.35,
    simulatePressure: !pressed,
    last: finished,
  });
  const [first] = edge;
  if (!first) return "";
  const curves = edge.map(([x, y], i) => {
    const [nextX, nextY] = edge[(i + 1) % edge.length]!;
    return `Q${round(x!)} ${round(y!)} ${round((x! + nextX!) / 2)} ${round((y! + nextY!) / 2)}`;
  });
  return `M${round(first[0]!)} ${round(first[1]!)}${curves.join("")}Z`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
