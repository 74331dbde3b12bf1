import type { Strokes } from "../drawing.js";
import { extent, fromStrokes, outline, SIDE } from "../ink.js";

/** The ink of a drawing as path data. Of what fits another square than the sheet's, drawn into the sheet's. */
export function inkOf(drawing: Strokes): string {
  const numbers = drawing.strokes.flat();
  const along = (axis: 0 | 1): [number, number] => extent(numbers.filter((_, i) => i % 2 === axis));
  const [[left, right], [top, bottom]] = [along(0), along(1)];
  const scale = Math.min(2, 85 / Math.max(right - left, bottom - top, 1));
  const fitted = (at: number, i: number): number =>
    SIDE / 2 + scale * (at - (i % 2 === 0 ? left + right : top + bottom) / 2);
  const strokes = drawing.strokes.map((stroke) => stroke.map(fitted));
  return fromStrokes({ ...drawing, strokes })
    .map((stroke) => outline(stroke, true))
    .join("");
}
