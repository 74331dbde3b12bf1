import { outline, SIDE, type Stroke } from "glimpse/ink";
import { drawGrey } from "glimpse/stage";
import { shape } from "./dom.js";

export { cut, extent, fromStrokes, isolate, listen, outline, Sheet, SIDE, toStrokes, type Stroke } from "glimpse/ink";

/** The ink of strokes as path data, in units of the sheet. */
export function pathData(strokes: readonly Stroke[]): string {
  return strokes.map((stroke) => outline(stroke, true)).join("");
}

/** The ink of strokes as one shape, in units of the sheet. */
export function inkPath(strokes: readonly Stroke[]): SVGPathElement {
  return shape("path", { class: "ink", d: pathData(strokes) });
}

/** A square picture of strokes. */
export function thumbnail(strokes: readonly Stroke[]): SVGSVGElement {
  return shape("svg", { class: "thumbnail", viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" }, inkPath(strokes));
}

/** A new canvas with a grey picture (255 = ink), and what it is to those who do not see it. */
export function greyPicture(grey: Uint8Array, side: number, label?: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "picture";
  canvas.role = "img";
  if (label) canvas.ariaLabel = label;
  else canvas.ariaHidden = "true";
  drawGrey(canvas, side, [grey]);
  return canvas;
}
