import { GlimpseError } from "./error.js";

/** Pen strokes, in the order drawn. */
export interface Strokes {
  /** Each stroke is `[x0, y0, x1, y1, …]`, in any unit, y downwards. */
  strokes: readonly (readonly number[])[];
  /** Of each stroke the pen's pressure at its points, 0…1, or none. Kept with the strokes; recognition does not see it. */
  pressures?: readonly (readonly number[])[];
  /**
   * Longer side of the sheet that was drawn on, in the strokes' unit. A drawing smaller than a fiftieth of it is a tap, a dot, however the pen trembled; without it the
   * smallest drawing is as good as any. It is not kept.
   */
  size?: number;
}

/**
 * Pixels, four bytes each: red, green, blue, alpha. `ImageData` is one. What stands out against the paper around it is
 * ink: of a photo, paper and shadows are taken away. Transparent is paper.
 */
export interface Pixels {
  /** Width in pixels. */
  width: number;
  /** Height in pixels. */
  height: number;
  /** `width * height * 4` bytes, row after row. */
  data: Uint8ClampedArray;
}

/**
 * A drawing of one character: strokes, pixels, a canvas that shows it, or an image file: PNG, JPEG, WebP, SVG, or what
 * else the browser can show. Pictures over 1024 pixels a side are scaled down to that.
 */
export type Drawing = Strokes | Pixels | HTMLCanvasElement | OffscreenCanvas | ImageBitmap | Blob;

/** A drawing that was taught, and its label. */
export interface Example {
  /** What it is called. */
  label: string;
  /** How it was drawn. */
  drawing: Strokes;
}

/** The least and the greatest of numbers, however many there are. */
export function extent(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
}

/** What the modules understand, and what crosses to the worker. */
export type PlainDrawing = Strokes | Pixels;

/** Longest side of pictures that become pixels, in pixels. */
const LONGEST = 1024;

/** Longest side that SVG files, which fit any, are drawn at, in pixels. */
const SVG_SIDE = 512;

/** What shows a drawing: a canvas, a bitmap, an image file. */
export type PictureOf = HTMLCanvasElement | OffscreenCanvas | ImageBitmap | Blob;

const PICTURES: readonly unknown[] = ["HTMLCanvasElement", "OffscreenCanvas", "ImageBitmap", "Blob", "File"];

/** Whether this is a picture that {@link toPixels} reads; one of another frame of the page is, too. */
export function isPicture(value: unknown): value is PictureOf {
  return PICTURES.includes(Object.prototype.toString.call(value).slice(8, -1));
}

/**
 * The pixels of a picture.
 *
 * @throws GlimpseError `BadImage` if a file is no image, or a canvas shows one of another origin; `WrongSize` or `TooLarge` if it
 * cannot be drawn.
 */
export async function toPixels(picture: PictureOf): Promise<Pixels> {
  if (!("size" in picture)) return readPixels(picture);
  if (await isSvg(picture)) return readSvg(picture);
  const image = await createImageBitmap(picture, { imageOrientation: "from-image" }).catch(() => {
    throw badImage("This file is not an image that the browser can read");
  });
  return readPixels(image).finally(() => image.close());
}

function badImage(what: string): GlimpseError {
  return new GlimpseError("BadImage", `${what}. Save it as PNG, JPEG, WebP or SVG and try again.`);
}

async function readPixels(image: HTMLCanvasElement | OffscreenCanvas | ImageBitmap): Promise<Pixels> {
  const { width, height } = image;
  if (width === 0 || height === 0) throw new GlimpseError("WrongSize", "The picture is 0 pixels wide or high.");
  const scale = LONGEST / Math.max(width, height);
  if (scale >= 1) return draw(image, width, height);
  const size = { resizeWidth: scaled(width, scale), resizeHeight: scaled(height, scale) };
  const smaller = await createImageBitmap(image, { ...size, resizeQuality: "high" }).catch(() => {
    throw new GlimpseError("TooLarge", `A picture of ${width} × ${height} pixels is too large to read.`);
  });
  try {
    return draw(smaller, smaller.width, smaller.height);
  } finally {
    smaller.close();
  }
}

function scaled(side: number, scale: number): number {
  return Math.max(1, Math.round(side * scale));
}

function draw(image: CanvasImageSource, width: number, height: number): Pixels {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new GlimpseError("TooLarge", `A picture of ${width} × ${height} pixels is too large to read.`);
  context.drawImage(image, 0, 0, width, height);
  try {
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, data };
  } catch {
    throw badImage("The browser does not let this picture be read, since part of it comes from another site");
  }
}

/** Whether a file is SVG, by its type, or by how it begins where it has none. */
async function isSvg(file: Blob): Promise<boolean> {
  if (file.type) return file.type === "image/svg+xml";
  return /^\s*(<\?xml[^>]*>|<!--.*?-->|<!doctype[^>]*>|\s)*<svg\b/is.test(await file.slice(0, 4096).text());
}

/** Browsers draw SVG by an `img` only, and some need to be told its size. */
async function readSvg(file: Blob): Promise<Pixels> {
  if (typeof DOMParser === "undefined") throw badImage("SVG files can be read in a page only, not in a worker");
  const { documentElement: svg } = new DOMParser().parseFromString(await file.text(), "image/svg+xml");
  if (!(svg instanceof SVGSVGElement) || svg.querySelector("parsererror")) throw badImage("This SVG file is damaged");
  if (!svg.hasAttribute("viewBox")) {
    const [width, height] = ["width", "height"].map((side) => parseFloat(svg.getAttribute(side) ?? ""));
    if (width! > 0 && height! > 0) svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }
  const { width, height } = svg.viewBox.baseVal ?? { width: 0, height: 0 };
  const scale = SVG_SIDE / Math.max(width, height);
  const [drawnWidth, drawnHeight] =
    width > 0 && height > 0 ? [scaled(width, scale), scaled(height, scale)] : [SVG_SIDE, SVG_SIDE];
  svg.setAttribute("width", `${drawnWidth}`);
  svg.setAttribute("height", `${drawnHeight}`);

  const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode().catch(() => {
      throw badImage("This SVG file cannot be drawn");
    });
    return draw(image, drawnWidth, drawnHeight);
  } finally {
    URL.revokeObjectURL(url);
  }
}
