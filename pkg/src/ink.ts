/**
 * Ink that looks like ink: the outlines of strokes, on the site and in `<glimpse-pad>`.
 *
 * @packageDocumentation
 */
import { getStroke } from "perfect-freehand";
import type { Strokes } from "./drawing.js";

export { ArrowPen } from "./arrow-pen.js";
export { extent } from "./drawing.js";

/** Side of the square that drawings are made in, in its own units, as Omniglot's are. */
export const SIDE = 105;

/** A stroke's points `[x, y, pressure]`, in units of the sheet; pressure 0…1. */
export interface Stroke {
  /** In the order drawn. */
  points: [number, number, number][];
  /** Whether the pressure is the pen's own; otherwise ink thins with speed. */
  pressed: boolean;
}

/** Strokes as the package takes them, the pen's own pressure included. */
export function toStrokes(strokes: readonly Stroke[]): Strokes {
  const flat = strokes.map(({ points }) => points.flatMap(([x, y]) => [x, y]));
  if (!strokes.some(({ pressed }) => pressed)) return { strokes: flat, size: SIDE };
  return { strokes: flat, size: SIDE, pressures: strokes.map(({ points, pressed }) => (pressed ? points.map(([, , p]) => p) : [])) };
}

/** Strokes as if drawn by mouse, where no pen's pressure comes with them. */
export function fromStrokes({ strokes, pressures }: Strokes): Stroke[] {
  return strokes.map((flat, nth) => {
    const pressure = pressures?.[nth] ?? [];
    const points: Stroke["points"] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) points.push([flat[i]!, flat[i + 1]!, pressure[i / 2] ?? 0.5]);
    return { points, pressed: pressure.length > 0 };
  });
}

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
