import { GlimpseError } from "./error.js";

/** Pen strokes, in the order drawn. */
export interface Strokes {
  /** Each stroke is `[x0, y0, x1, y1, …]`, in any unit, y downwards. */
  strokes: readonly (readonly number[])[];
  /** Of each stroke the pen's pressure at its points, 0…1, or none. Kept with the strokes; recognition does not see it. */
  pressures?: readonly (readonly number[])[];
  /**
   * Longer side of the sheet that was drawn on, in the strokes' unit. A drawing smaller than a fiftieth of it is a tap, a dot, however the pen trembled; without it the
   * smallest drawing is as good as any. Where it is known of all drawings, size and place on the sheet can count: see `place` of `Glimpse.classify`.
   */
  size?: number;
  /**
   * True where the strokes are the centre lines of a picture or a glyph, as `Glimpse.trace` gives them, so that their order says nothing. Otherwise what is taught is also known
   * where it is drawn without lifting the pen between strokes.
   */
  traced?: boolean;
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
  const head = new Uint8Array(await picture.slice(0, HEAD).arrayBuffer());
  if (isSvg(head) || (picture.type === "image/svg+xml" && !head.includes(0))) return readSvg(picture);
  const image = await createImageBitmap(picture, { imageOrientation: "from-image" }).catch(() => {
    const format = formatOf(head);
    throw badImage(format ? `This is a ${format} file, which this browser cannot read` : "This file is not an image that the browser can read");
  });
  const pixels = await readPixels(image).finally(() => image.close());
  return isBlank(pixels) ? ((await laterFrame(picture, head)) ?? pixels) : pixels;
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

/** How much of a file tells what it is, in bytes: comments and definitions may come before the root of an SVG. */
const HEAD = 2 ** 16;

/** What may come before the root of an XML document. */
const PROLOGUE = /\s+|<\?[^]*?\?>|<!--[^]*?-->|<!doctype[^[>]*(?:\[[^]*?\]\s*)?>/iy;

/** Whether a file is SVG, by what it holds: its type is whatever a server or a system says. */
function isSvg(head: Uint8Array): boolean {
  const text = decoded(head);
  let root = 0;
  for (PROLOGUE.lastIndex = 0; PROLOGUE.test(text); ) root = PROLOGUE.lastIndex;
  return /^<([\w-]+:)?svg[\s/>]/i.test(text.slice(root, root + 100));
}

/** Text in the encoding that its first bytes tell. */
function decoded(bytes: Uint8Array): string {
  const mark = (bytes[0]! << 8) | bytes[1]!;
  return new TextDecoder(mark === 0xfeff ? "utf-16be" : mark === 0xfffe ? "utf-16le" : "utf-8").decode(bytes);
}

/** Formats that not every browser reads, by how their files begin. */
const FORMATS: readonly (readonly [RegExp, string])[] = [
  [/^(II[*+]\0|MM\0[*+])/, "TIFF"],
  [/^....ftyp(hei|hev|mif1|msf1)/s, "HEIC"],
  [/^....ftypavi/s, "AVIF"],
  [/^(\xff\n|\0\0\0\fJXL )/, "JPEG XL"],
  [/^\0\0\0\fjP/, "JPEG 2000"],
  [/^%PDF/, "PDF"],
  [/^8BPS/, "Photoshop"],
];

function formatOf(head: Uint8Array): string | undefined {
  const start = String.fromCharCode(...head.subarray(0, 16));
  return FORMATS.find(([begins]) => begins.test(start))?.[1];
}

/** Whether a picture is one colour. */
function isBlank({ data }: Pixels): boolean {
  const pixels = new Uint32Array(data.buffer);
  return pixels.every((pixel) => pixel === pixels[0]);
}

/** How many frames of a moving picture are looked at. */
const FRAMES = 100;

/** The first frame of a moving picture that is not blank, where the browser shows frames one by one. */
async function laterFrame(file: Blob, head: Uint8Array): Promise<Pixels | undefined> {
  const start = String.fromCharCode(...head.subarray(0, 16));
  const type = /^GIF8/.test(start) ? "image/gif" : /^RIFF....WEBP/s.test(start) ? "image/webp" : "image/png";
  try {
    const decoder = new ImageDecoder({ data: await file.arrayBuffer(), type });
    await decoder.tracks.ready;
    await decoder.completed;
    const frames = Math.min(decoder.tracks.selectedTrack?.frameCount ?? 0, FRAMES);
    for (let frameIndex = 1; frameIndex < frames; frameIndex += 1) {
      const { image } = await decoder.decode({ frameIndex });
      const bitmap = await createImageBitmap(image).finally(() => image.close());
      const pixels = await readPixels(bitmap).finally(() => bitmap.close());
      if (!isBlank(pixels)) return pixels;
    }
  } catch {
    // The browser has no decoder for it: the first frame stands for the picture.
  }
  return undefined;
}

/** Browsers draw SVG by an `img` only, and some need to be told its size. */
async function readSvg(file: Blob): Promise<Pixels> {
  if (typeof DOMParser === "undefined") throw badImage("SVG files can be read in a page only, not in a worker");
  const text = decoded(new Uint8Array(await file.arrayBuffer()));
  const parse = (text: string): Element => new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  let svg = parse(text);
  // As it is copied from a page, an SVG does not name its namespace.
  if (!svg.namespaceURI) svg = parse(text.replace(/<svg\b/i, '$& xmlns="http://www.w3.org/2000/svg"'));
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
