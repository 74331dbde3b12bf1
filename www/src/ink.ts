import type { Strokes } from "glimpse";
import { getStroke } from "perfect-freehand";
import { shape } from "./dom.js";

/** Side of the square that drawings are made in, in its own units, as Omniglot's are. */
export const SIDE = 105;

/** A stroke's points `[x, y, pressure]`, in units of the sheet; pressure 0…1. */
export interface Stroke {
  points: [number, number, number][];
  /** Whether the pressure is the pen's own; otherwise ink thins with speed. */
  pressed: boolean;
}

/** Strokes without their pressure, as the network takes them. */
export function toStrokes(strokes: readonly Stroke[]): Strokes {
  return { strokes: strokes.map(({ points }) => points.flatMap(([x, y]) => [x, y])) };
}

/** Strokes as if drawn by mouse. */
export function fromStrokes({ strokes }: Strokes): Stroke[] {
  return strokes.map((flat) => {
    const points: Stroke["points"] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) points.push([flat[i]!, flat[i + 1]!, 0.5]);
    return { points, pressed: false };
  });
}

/** The outline of a stroke's ink as SVG path data, in units of the sheet. */
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
  canvas.width = side * pictures.length;
  canvas.height = side;
  const context = canvas.getContext("2d")!;
  pictures.forEach((grey, i) => {
    const image = context.createImageData(side, side);
    const pixels = new Uint32Array(image.data.buffer);
    grey.forEach((ink, at) => (pixels[at] = (ink << 24) | INK));
    context.putImageData(image, i * side, 0);
  });
}

/** A new canvas with a grey picture (255 = ink). */
export function greyPicture(grey: Uint8Array, side: number, label: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "picture";
  canvas.role = "img";
  canvas.ariaLabel = label;
  drawGrey(canvas, side, grey);
  return canvas;
}
