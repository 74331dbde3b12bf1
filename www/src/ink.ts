import { outline, SIDE, type Stroke } from "glimpse/ink";
import { shape } from "./dom.js";

export { cut, extent, fromStrokes, isolate, listen, outline, Sheet, SIDE, toStrokes, type Stroke } from "glimpse/ink";

/** The ink of strokes as one shape, in units of the sheet. */
export function inkPath(strokes: readonly Stroke[]): SVGPathElement {
  return shape("path", { class: "ink", d: strokes.map((stroke) => outline(stroke, true)).join("") });
}

/** A square picture of strokes. */
export function thumbnail(strokes: readonly Stroke[]): SVGSVGElement {
  return shape("svg", { class: "thumbnail", viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" }, inkPath(strokes));
}

/** Ink in pictures: blue, green, red, as a pixel's lower bytes. The style sheet inverts it on dark paper. */
const INK = 0x181b1d;

/** Draws grey pictures (255 = ink) side by side into a canvas that becomes their size, paper transparent. */
export function drawGrey(canvas: HTMLCanvasElement, side: number, ...pictures: readonly Uint8Array[]): void {
  // Whoever sets a canvas's size has the page laid out anew, even if it stays as it is.
  if (canvas.width !== side * pictures.length) canvas.width = side * pictures.length;
  if (canvas.height !== side) canvas.height = side;
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(canvas.width, side);
  const pixels = new Uint32Array(image.data.buffer);
  for (const [i, grey] of pictures.entries()) {
    for (let y = 0; y < side; y += 1) {
      const from = y * side;
      const to = y * image.width + i * side;
      for (let x = 0; x < side; x += 1) pixels[to + x] = (grey[from + x]! << 24) | INK;
    }
  }
  context.putImageData(image, 0, 0);
}

/** A new canvas with a grey picture (255 = ink), and what it is to those who do not see it. */
export function greyPicture(grey: Uint8Array, side: number, label?: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "picture";
  canvas.role = "img";
  if (label) canvas.ariaLabel = label;
  else canvas.ariaHidden = "true";
  drawGrey(canvas, side, grey);
  return canvas;
}
