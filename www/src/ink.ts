import type { Strokes } from "glimpse";
import { getStroke } from "perfect-freehand";

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

/** The outline of a stroke's ink, in units of the sheet. */
export function outline({ points, pressed }: Stroke, finished: boolean): Path2D {
  const edge = getStroke(points, {
    size: 4,
    thinning: pressed ? 0.6 : 0.35,
    smoothing: 0.6,
    streamline: 0.35,
    simulatePressure: !pressed,
    last: finished,
  });
  const path = new Path2D();
  const [first] = edge;
  if (!first) return path;
  path.moveTo(first[0]!, first[1]!);
  edge.forEach(([x, y], i) => {
    const [nextX, nextY] = edge[(i + 1) % edge.length]!;
    path.quadraticCurveTo(x!, y!, (x! + nextX!) / 2, (y! + nextY!) / 2);
  });
  path.closePath();
  return path;
}

/** Ink in pictures: red, green, blue. The style sheet inverts it on dark paper. */
const INK = [29, 27, 24] as const;

/** A square picture of strokes, `side` CSS pixels wide. */
export function thumbnail(strokes: readonly Stroke[], side: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "picture";
  canvas.width = canvas.height = side * Math.min(3, Math.ceil(devicePixelRatio));
  const context = canvas.getContext("2d")!;
  context.fillStyle = `rgb(${INK.join(" ")})`;
  context.scale(canvas.width / SIDE, canvas.width / SIDE);
  for (const stroke of strokes) context.fill(outline(stroke, true));
  return canvas;
}

/** Draws grey pixels (255 = ink) into a canvas of their size, paper transparent. */
export function drawGrey(canvas: HTMLCanvasElement, grey: Uint8Array, side: number): void {
  canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  grey.forEach((ink, i) => image.data.set([...INK, ink], 4 * i));
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}

/** A new canvas with grey pixels (255 = ink). */
export function greyPicture(grey: Uint8Array, side: number, label: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "picture";
  canvas.role = "img";
  canvas.ariaLabel = label;
  drawGrey(canvas, grey, side);
  return canvas;
}
