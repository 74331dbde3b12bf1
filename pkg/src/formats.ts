/**
 * Drawings as SVG and InkML, and back. Works wherever JavaScript does.
 *
 * @packageDocumentation
 */
import { MAX } from "./bounds.js";
import { checkStrokes } from "./check.js";
import type { Strokes } from "./drawing.js";
import { GlimpseError } from "./error.js";
import { extent } from "./stroke.js";

/** The width of a line in SVG, as a share of the drawing's longer side. */
const LINE = 1 / 24;

/**
 * A drawing as an SVG file: a polyline a stroke, a dot where it is one point. Pressure is left out.
 *
 * @throws GlimpseError `BadDrawing` or `TooLarge` if it is no drawing
 */
export function toSvg(drawing: Strokes): string {
  const { strokes } = checkStrokes(drawing);
  const along = (axis: 0 | 1): number[] => strokes.flatMap((stroke) => stroke.filter((_, i) => i % 2 === axis));
  const [[left, right], [top, bottom]] = [extent(along(0)), extent(along(1))];
  const line = LINE * (Math.max(right - left, bottom - top) || 1);
  const box = [left - line, top - line, right - left + 2 * line, bottom - top + 2 * line].map(short).join(" ");
  // A line of no length has round ends, and so is a dot.
  const points = strokes.map((stroke) => pairs(stroke.length === 2 ? [...stroke, ...stroke] : stroke).join(" "));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" fill="none" stroke="currentColor" stroke-width="${short(line)}" stroke-linecap="round" stroke-linejoin="round">
${points.map((points) => `  <polyline points="${points}"/>\n`).join("")}</svg>
`;
}

/**
 * The strokes of an SVG file whose lines are straight: its `polyline`, `polygon`, `line` and `path` elements, in order. A file with curves or transforms is given to
 * `learn` as it is, as a `Blob`, which traces what it shows.
 *
 * @throws GlimpseError `BadDrawing` if there are no such lines, or others
 */
export function fromSvg(text: string): Strokes {
  const shapes = elements(text, "polyline|polygon|line|path");
  const strokes = shapes.flatMap(({ name, attributes }) => {
    if (attributes.transform) throw unlike("SVG", "a transform");
    if (name === "path") return path(attributes.d ?? "");
    if (name === "line") return [["x1", "y1", "x2", "y2"].map((side) => Number(attributes[side] ?? 0))];
    const points = numbers(attributes.points ?? "");
    return [name === "polygon" ? [...points, ...points.slice(0, 2)] : points];
  });
  if (/<g\b[^>]*\stransform\s*=/i.test(text)) throw unlike("SVG", "a transform");
  return read(strokes, undefined, "SVG");
}

/**
 * A drawing as an InkML file (W3C 2011), with the pen's pressure where it is known.
 *
 * @throws GlimpseError `BadDrawing` or `TooLarge` if it is no drawing
 */
export function toInkML(drawing: Strokes): string {
  const { strokes, pressures } = checkStrokes(drawing);
  const pressed = pressures?.every((pressure) => pressure.length > 0) ? pressures : undefined;
  const traces = strokes.map((stroke, i) => {
    const points = pairs(stroke).map((point, at) => point.replace(",", " ") + (pressed ? ` ${short(pressed[i]![at]!)}` : ""));
    return `  <trace>${points.join(", ")}</trace>\n`;
  });
  const channels = ["X", "Y", ...(pressed ? ["F"] : [])].map((name) => `<channel name="${name}" type="decimal"/>`);
  return `<ink xmlns="http://www.w3.org/2003/InkML">
  <traceFormat>${channels.join("")}</traceFormat>
${traces.join("")}</ink>
`;
}

/**
 * The strokes of an InkML file, with the pen's pressure where it is in 0…1. Values have to be written out, not as differences.
 *
 * @throws GlimpseError `BadDrawing` if there are no traces, or differences
 */
export function fromInkML(text: string): Strokes {
  const named = elements(text, "channel").map(({ attributes }) => attributes.name);
  const channels = named.length > 0 ? named : ["X", "Y"];
  const [x, y, force] = ["X", "Y", "F"].map((name) => channels.indexOf(name)) as [number, number, number];
  if (x < 0 || y < 0) throw unlike("InkML", "no channels X and Y");
  const traces = [...uncommented(text).matchAll(/<(?:\w+:)?trace\b[^>]*>([^<]*)</g)].map(([, points]) => points!);
  if (traces.some((points) => /['"!*?]/.test(points))) throw unlike("InkML", "values written as differences");
  const rows = traces.map((points) => points.split(",").map(numbers).filter(({ length }) => length > 0));
  const strokes = rows.map((points) => points.flatMap((point) => [point[x]!, point[y]!]));
  const pressures = rows.map((points) => points.map((point) => point[force]!));
  const pressed = force >= 0 && pressures.flat().every((pressure) => pressure >= 0 && pressure <= 1);
  return read(strokes, pressed ? pressures : undefined, "InkML");
}

/** How many numbers a command of path data takes. */
const TAKES: Readonly<Record<string, number>> = { M: 2, L: 2, H: 1, V: 1, Z: 0 };

/** The lines of path data. */
function path(data: string): number[][] {
  const strokes: number[][] = [];
  let [x, y] = [0, 0];
  for (const [, command, given] of data.matchAll(/([a-df-z])([^a-df-z]*)/gi)) {
    const name = command!.toUpperCase();
    const takes = TAKES[name];
    if (takes === undefined) throw unlike("SVG", "curves");
    const values = numbers(given!);
    const stroke = name === "M" ? [] : (strokes.at(-1) ?? []);
    if (name === "M") strokes.push(stroke);
    if (name === "Z") {
      [x = x, y = y] = stroke;
      stroke.push(x, y);
    }
    const [fromX, fromY] = command === name ? [() => 0, () => 0] : [() => x, () => y];
    for (let i = 0; i < values.length; i += takes) {
      const [first, second] = values.slice(i, i + takes) as [number, number];
      if (name === "V") y = first + fromY();
      else x = first + fromX();
      if (takes === 2) y = second + fromY();
      stroke.push(x, y);
    }
  }
  return strokes;
}

/** Strokes as they were read from a file, checked. */
function read(strokes: readonly number[][], pressures: readonly number[][] | undefined, format: string): Strokes {
  const inked = strokes.map((_, i) => i).filter((i) => strokes[i]!.length > 0);
  if (inked.length === 0) throw unlike(format, "no lines");
  return checkStrokes({
    strokes: inked.map((i) => strokes[i]),
    ...(pressures && { pressures: inked.map((i) => pressures[i]) }),
  });
}

/** The elements of these names, in order, with their attributes. */
function elements(text: string, names: string): { name: string; attributes: Record<string, string | undefined> }[] {
  const found = uncommented(text).matchAll(new RegExp(`<(?:\\w+:)?(${names})\\b([^>]*)>`, "gi"));
  return [...found].map(([, name, rest]) => ({
    name: name!.toLowerCase(),
    attributes: Object.fromEntries([...rest!.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, key, one, other]) => [key, one ?? other])),
  }));
}

/** @throws GlimpseError `TooLarge` */
function uncommented(text: string): string {
  if (text.length > LONGEST) throw new GlimpseError("TooLarge", `A drawing's file has at most ${LONGEST} letters: found ${text.length}.`);
  return text.replace(/<!--.*?-->/gs, "");
}

/** Letters of a file: a drawing's points, and what stands between them. */
const LONGEST = 100 * MAX.points;

function numbers(text: string): number[] {
  return [...text.matchAll(/[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi)].map(Number);
}

function pairs(stroke: readonly number[]): string[] {
  return stroke.flatMap((x, i) => (i % 2 === 0 ? [`${short(x)},${short(stroke[i + 1]!)}`] : []));
}

/** As exact as any pen. */
function short(value: number): string {
  return `${Number(value.toFixed(3))}`;
}

function unlike(format: string, why: string): GlimpseError {
  const way = format === "SVG" ? "pass the file to `learn` or `classify` as a Blob, which traces what it shows" : "write the points out as decimals";
  return new GlimpseError("BadDrawing", `This ${format} holds ${why}, which cannot be read as strokes: ${way}.`);
}
