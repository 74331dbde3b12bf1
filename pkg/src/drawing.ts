import { GlimpseError } from "./error.js";

/** Pen strokes, in the order drawn. */
export interface Strokes {
  /** Each stroke is `[x0, y0, x1, y1, …]`, in any unit, y downwards. */
  strokes: readonly (readonly number[])[];
}

/** Pixels, four bytes each: red, green, blue, alpha. `ImageData` is one. Dark is ink; light or transparent is paper. */
export interface Pixels {
  /** Width in pixels. */
  width: number;
  /** Height in pixels. */
  height: number;
  /** `width * height * 4` bytes, row after row. */
  data: Uint8ClampedArray;
}

/** A drawing of one character: strokes, pixels, a canvas that shows it, or an image file. */
export type Drawing = Strokes | Pixels | HTMLCanvasElement | OffscreenCanvas | ImageBitmap | Blob;

/** What the modules understand, and what crosses to the worker. */
export type PlainDrawing = Strokes | Pixels;

/**
 * Canvases and image files become pixels.
 *
 * @throws GlimpseError `BadImage` if a file is no image, `WrongSize` or `TooLarge` if it cannot be drawn.
 */
export async function toPlain(drawing: Drawing): Promise<PlainDrawing> {
  if (drawing instanceof Blob) {
    const image = await createImageBitmap(drawing).catch(() => {
      throw new GlimpseError("BadImage", "This file is not an image that the browser can read.");
    });
    try {
      return readPixels(image);
    } finally {
      image.close();
    }
  }
  if ("strokes" in drawing) return { strokes: drawing.strokes.map((stroke) => [...stroke]) };
  if ("data" in drawing) return { width: drawing.width, height: drawing.height, data: drawing.data };
  return readPixels(drawing);
}

function readPixels(image: HTMLCanvasElement | OffscreenCanvas | ImageBitmap): Pixels {
  const { width, height } = image;
  if (width === 0 || height === 0) throw new GlimpseError("WrongSize", "The picture is 0 pixels wide or high.");
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (!context) throw new GlimpseError("TooLarge", `A picture of ${width} × ${height} pixels is too large to read.`);
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, data };
}
