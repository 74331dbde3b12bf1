import type { Strokes } from "./drawing.js";

/** Side of the square that drawings are made in, in its own units, as Omniglot's are. */
export const SIDE = 105;

/** A point of a stroke: `[x, y, pressure]`, in units of the sheet; pressure 0…1. */
export type Point = [x: number, y: number, pressure: number];

/** A stroke's points, in units of the sheet. */
export interface Stroke {
  /** In the order drawn. */
  points: Point[];
  /** Whether the pressure is the pen's own; otherwise ink thins with speed. */
  pressed: boolean;
}

/** The least and the greatest of numbers, however many there are. */
export function extent(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
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
