/**
 * The door: whatever a caller hands over is checked here, once, before anything is sent. What comes through is a copy of the
 * caller's own, in the form that the engines take.
 */
import { MAX, wellFormed } from "./bounds.js";
import type { PlainExample } from "./calls.js";
import { isPicture, toPixels, type Example, type PlainDrawing, type Strokes } from "./drawing.js";
import { GlimpseError, type GlimpseErrorKind } from "./error.js";
import type { ModuleName } from "./modules.js";
import type {
  AbortOptions,
  ArchiveFile,
  ClassifyOptions,
  FineTuneOptions,
  ForgetOptions,
  InventOptions,
  LearnOptions,
  LoadOptions,
  ReplayOptions,
} from "./options.js";
import { extent } from "./stroke.js";
import { ENGINES, PROTOCOLS, SYSTEMS, type EngineKind, type Protocol, type System } from "./types.js";

/** Names of modules. */
const MODULES: readonly ModuleName[] = [...ENGINES, "archives"];

/** @throws GlimpseError `BadLabel` if this is neither text nor a number, or too long */
export function checkLabel(label: unknown): string {
  if (typeof label === "number" && Number.isFinite(label)) return `${label}`;
  demand(typeof label === "string", "BadLabel", "A label is text or a number", label);
  demand(label.length <= MAX.letters, "BadLabel", `A label has at most ${MAX.letters} letters`, label.length);
  return wellFormed(label);
}

/**
 * The strokes or pixels of a drawing, copied at once; pictures and files take a while to become pixels.
 *
 * @throws GlimpseError `BadDrawing` if it is not a drawing, `TooLarge` if it has too many points; see {@link toPixels} also.
 */
export function checkDrawing(drawing: unknown): PlainDrawing | Promise<PlainDrawing> {
  if (isPicture(drawing)) return toPixels(drawing);
  demand(isObject(drawing), "BadDrawing", `A drawing is { strokes: [[x0, y0, x1, y1, …], …] }, pixels, a canvas or an image file`, drawing);
  if ("strokes" in drawing) return checkStrokes(drawing);
  const { width, height, data } = drawing;
  const pixels = data instanceof Uint8ClampedArray || data instanceof Uint8Array;
  demand(pixels, "BadDrawing", "A drawing has `strokes`, or `width`, `height` and pixel `data` as a Uint8ClampedArray", data ?? drawing);
  const isSide = (side: unknown): side is number => isWhole(side) && side >= 0;
  const sides = isSide(width) && isSide(height);
  demand(sides, "BadDrawing", "A picture's `width` and `height` are whole numbers", isSide(width) ? height : width);
  demand(width * height > 0, "WrongSize", "A picture is 1 pixel wide and high at least", 0);
  const expected = width * height * 4;
  demand(data.length === expected, "WrongSize", `${width} × ${height} pixels are ${expected} bytes`, data.length);
  return { width, height, data: new Uint8ClampedArray(data) };
}

/** Strokes, copied. Errors are those of {@link checkDrawing}. */
export function checkStrokes({ strokes, pressures, size, traced }: Partial<Record<keyof Strokes, unknown>>): Strokes {
  demand(Array.isArray(strokes), "BadDrawing", "`strokes` is a list of lists of numbers", strokes);
  const points = strokes.reduce((sum: number, stroke: unknown) => sum + lengthOf(stroke) / 2, 0);
  demand(strokes.length <= MAX.points && points <= MAX.points, "TooLarge", `A drawing has at most ${MAX.points} points`, Math.max(points, strokes.length));
  const copied = Array.from(strokes, checkStroke);
  checkFlag("traced", traced, "BadDrawing");
  if (size !== undefined) {
    const isSide = typeof size === "number" && size > 0 && size <= MAX.coordinate;
    demand(isSide, "BadDrawing", "`size` is the sheet’s longer side, above 0", size);
    const dot = tap(copied, size);
    if (dot) return { strokes: [dot], size };
  }
  const rest = { ...(size !== undefined && { size: size as number }), ...(traced === true && { traced }) };
  if (pressures === undefined) return { strokes: copied, ...rest };
  const ofEach = Array.isArray(pressures) && pressures.length === copied.length;
  demand(ofEach, "BadDrawing", "`pressures` has a list for each stroke", pressures);
  return { strokes: copied, ...rest, pressures: Array.from(pressures, (pressure, i) => checkPressure(pressure, copied[i]!.length / 2)) };
}

/** A drawing smaller than this share of its sheet is a tap. */
const TAP = 1 / 50;

/** The middle of strokes that are all in one spot of a sheet. */
function tap(strokes: readonly number[][], size: number): [number, number] | undefined {
  const along = (axis: 0 | 1): [number, number] => extent(strokes.flatMap((stroke) => stroke.filter((_, i) => i % 2 === axis)));
  const [[left, right], [top, bottom]] = [along(0), along(1)];
  const side = Math.max(right - left, bottom - top);
  return side >= 0 && side < TAP * size ? [(left + right) / 2, (top + bottom) / 2] : undefined;
}

function checkStroke(stroke: unknown): number[] {
  const what = "A stroke is a flat list of numbers, [x0, y0, x1, y1, …]";
  demand(isList(stroke), "BadDrawing", what, stroke);
  const numbers: unknown[] = Array.from(stroke);
  for (const number of numbers) {
    demand(typeof number === "number", "BadDrawing", `${what}, and holds nothing else`, number);
    const near = Math.abs(number) <= MAX.coordinate;
    demand(near, "BadDrawing", `A coordinate is a number from −${MAX.coordinate} to ${MAX.coordinate}`, number);
  }
  demand(numbers.length % 2 === 0, "BadDrawing", "A stroke has as many y as x, so an even count of numbers", numbers.length);
  return numbers as number[];
}

function checkPressure(pressure: unknown, points: number): number[] {
  const what = "A stroke's pressures are numbers in 0…1, one for each point, or none";
  demand(isList(pressure), "BadDrawing", what, pressure);
  demand(pressure.length === 0 || pressure.length === points, "BadDrawing", what, pressure.length);
  return Array.from(pressure, (number) => {
    demand(typeof number === "number" && number >= 0 && number <= 1, "BadDrawing", what, number);
    return number;
  });
}

/** @throws GlimpseError `TooLarge` if so many drawings are known that there is no room for more */
export function checkRoom(known: number, more = 1): void {
  demand(known + more <= MAX.examples, "TooLarge", `An instance knows at most ${MAX.examples} drawings`, known + more);
}

/** Drawings to learn, each as {@link checkDrawing} gives it. @throws GlimpseError `BadLabel`, `BadDrawing`, `TooLarge` or `BadOption` */
export function checkMany(examples: unknown): (PlainExample | Promise<PlainExample>)[] {
  demand(Array.isArray(examples), "BadOption", "`examples` is a list of { label, drawing }", examples);
  checkRoom(0, examples.length);
  return Array.from(examples, (example: unknown) => {
    demand(isObject(example), "BadOption", "`examples` is a list of { label, drawing }", example);
    const label = checkLabel(example.label);
    const drawing = checkDrawing(example.drawing);
    return drawing instanceof Promise ? drawing.then((drawing) => ({ label, drawing })) : { label, drawing };
  });
}

/** What is to be known from the start, in two: sets, by name or as they are, and what else is listed. */
export function partSupport(support: unknown): { sets: unknown[]; others: unknown[] } {
  const isSet = (one: unknown): boolean => typeof one === "string" || (isObject(one) && "signs" in one);
  const all: unknown[] = Array.isArray(support) ? support : isSet(support) ? [support] : [];
  return { sets: all.filter(isSet), others: all.filter((one) => !isSet(one)) };
}

/** Drawings taught, copied. @throws GlimpseError `BadLabel`, `BadDrawing`, `TooLarge` or `BadOption` */
export function checkExamples(examples: unknown): Example[] {
  demand(Array.isArray(examples), "BadOption", "`support` is a list of { label, drawing }", examples);
  demand(examples.length <= MAX.examples, "TooLarge", `An instance knows at most ${MAX.examples} drawings`, examples.length);
  return Array.from(examples, (example: unknown) => {
    demand(isObject(example), "BadOption", "`support` is a list of { label, drawing }", example);
    const label = checkLabel(example.label);
    demand(isObject(example.drawing), "BadDrawing", `The drawing of “${label}” is { strokes }`, example.drawing);
    return { label, drawing: checkStrokes(example.drawing) };
  });
}

/** Weights that fine-tuning changed, copied. What they hold is checked by the engine that reads them. @throws GlimpseError `BadWeights` */
export function checkWeights(weights: unknown): Uint8Array | undefined {
  if (weights === undefined) return undefined;
  const bytes = weights instanceof ArrayBuffer ? new Uint8Array(weights) : weights;
  demand(bytes instanceof Uint8Array, "BadWeights", "Tuned weights are a Uint8Array, as `tunedWeights` gave it", weights);
  return bytes.slice();
}

/** A collection's name, or none. @throws GlimpseError `BadOption` */
export function checkName(name: unknown): string | undefined {
  if (name === undefined) return undefined;
  const fits = typeof name === "string" && name.length <= MAX.letters;
  demand(fits, "BadOption", `A name is text of at most ${MAX.letters} letters`, name);
  return wellFormed(name);
}

/** The bytes of a file. @throws GlimpseError of `kind` if it is none */
export async function checkFile(file: unknown, kind: GlimpseErrorKind): Promise<Uint8Array> {
  if (file instanceof Uint8Array) return file.slice();
  if (file instanceof ArrayBuffer) return new Uint8Array(file.slice(0));
  demand(isPicture(file) && file instanceof Blob, kind, "A file is a Blob, an ArrayBuffer or a Uint8Array", file);
  return new Uint8Array(await file.arrayBuffer());
}

/** Options with what they stand for where nothing is said. */
export type Loading = Omit<LoadOptions, "engine" | "support"> & {
  system: System;
  engine: "auto" | readonly EngineKind[];
  support: readonly Example[];
  worker: boolean | string;
};

/** @throws GlimpseError `NoSystem` if there is no such system, `BadOption` and {@link checkExamples}'s if an option is not one */
export function checkLoad(options: unknown): Loading {
  const { system = "siamese", engine = "auto", worker = true, support = [], ...rest } = checkOptions(options);
  if (!isOneOf(SYSTEMS, system)) {
    throw new GlimpseError("NoSystem", `There is no system called ${found(system)}: choose among ${SYSTEMS.join(", ")}.`);
  }
  const engines = typeof engine === "string" ? [engine] : engine;
  const known = Array.isArray(engines) && engines.length > 0 && engines.every((kind) => isOneOf(ENGINES, kind));
  demand(engine === "auto" || known, "BadOption", `\`engine\` is "auto", or one or more of ${ENGINES.join(", ")}`, engine);
  const place = typeof worker === "boolean" || typeof worker === "string";
  demand(place, "BadOption", "`worker` is true, false or a worker's name", worker);
  const { allowSoftware, weights, wasm, assets } = rest;
  checkFlag("allowSoftware", allowSoftware);
  if (weights !== undefined) checkSource("weights", weights);
  if (assets !== undefined) checkSource("assets", assets);
  demand(wasm === undefined || isObject(wasm), "BadOption", "`wasm` holds modules by name", wasm);
  for (const [name, source] of Object.entries(wasm ?? {})) {
    demand(isOneOf(MODULES, name), "BadOption", `\`wasm\` holds modules by name: ${MODULES.join(", ")}`, name);
    if (!(source instanceof WebAssembly.Module)) checkSource(`wasm.${name}`, source);
  }
  const tuned = checkWeights(rest.tuned);
  return {
    ...(rest as LoadOptions),
    ...checkFunctions(rest, ["onprogress", "onrecover", "onengine"]),
    system,
    engine: engine === "auto" ? engine : [...(engines as EngineKind[])],
    worker,
    support: checkExamples(support),
    ...(tuned && { tuned }),
  };
}

function checkSource(name: string, source: unknown): void {
  if (source instanceof URL || source instanceof ArrayBuffer || source instanceof Uint8Array) return;
  demand(typeof source === "string", "BadOption", `\`${name}\` is a URL or bytes`, source);
  demand(URL.canParse(source, globalThis.document?.baseURI), "BadOption", `\`${name}\` is a URL or bytes`, source);
}

/** @throws GlimpseError `BadOption` */
export function checkAbort(options: unknown): AbortOptions {
  return checkOptions(options) as AbortOptions;
}

/** @throws GlimpseError `BadOption` */
export function checkForget(options: unknown): ForgetOptions {
  const { drawing, ...rest } = checkOptions(options);
  if (drawing !== undefined) checkWhole("drawing", drawing, 0, MAX.examples);
  return { ...(rest as AbortOptions), ...(drawing !== undefined && { drawing: drawing as number }) };
}

/** Drawings, as a list. @throws GlimpseError `BadOption` */
export function checkList(drawings: unknown): readonly unknown[] {
  demand(Array.isArray(drawings), "BadOption", "`drawings` is a list of drawings", drawings);
  return drawings;
}

/** @throws GlimpseError `BadOption` */
export function checkLearn(options: unknown): LearnOptions {
  const checked = checkOptions(options);
  return { ...(checked as LearnOptions), ...checkFunctions(checked, ["onprogress"]) };
}

/** @throws GlimpseError `BadOption` */
export function checkClassify(options: unknown): ClassifyOptions {
  const { limit, threshold, place, ...rest } = checkOptions(options);
  if (limit !== undefined) checkWhole("limit", limit, 1, MAX.whole);
  const isShare = typeof threshold === "number" && threshold >= 0 && threshold <= 1;
  demand(threshold === undefined || isShare, "BadOption", "`threshold` is a number from 0 to 1", threshold);
  checkFlag("place", place);
  return {
    ...(rest as AbortOptions),
    ...(limit !== undefined && { limit: limit as number }),
    ...(isShare && { threshold }),
    ...(place === true && { place }),
  };
}

/** @throws GlimpseError `BadOption` */
export function checkFineTune(options: unknown): FineTuneOptions {
  const checked = checkOptions(options);
  if (checked.steps !== undefined) checkWhole("steps", checked.steps, 0, MAX.steps);
  if (checked.seed !== undefined) checkWhole("seed", checked.seed, 0, MAX.whole);
  return { ...(checked as FineTuneOptions), ...checkFunctions(checked, ["onstep"]) };
}

/** @throws GlimpseError `BadOption` */
export function checkInvent(options: unknown): InventOptions {
  const checked = checkOptions(options);
  const { seed, characters, drawers } = checked;
  checkWhole("seed", seed, 0, MAX.whole);
  checkWhole("characters", characters, 0, MAX.characters);
  checkWhole("drawers", drawers, 0, MAX.invented);
  const drawings = (characters as number) * (drawers as number);
  demand(drawings <= MAX.invented, "BadOption", `At most ${MAX.invented} drawings are invented at once`, drawings);
  return checked as unknown as InventOptions;
}

/** Which episodes to replay of what, by how many. */
export interface Replaying extends Pick<ReplayOptions, "signal" | "onprogress"> {
  protocol: Protocol;
  files: readonly ArchiveFile[];
  seed: number;
  /** How many. */
  total: number;
  /** The number of each. */
  episode(i: number): number;
  workers: number;
}

/** @throws GlimpseError `BadOption`; `BadArchive` if the protocol needs other files */
export function checkReplay(options: unknown): Replaying {
  const spare = globalThis.navigator?.hardwareConcurrency > 2 ? 2 : 1;
  const { protocol = "official", archive, seed = 0, workers = spare, ...rest } = checkOptions(options);
  demand(isOneOf(PROTOCOLS, protocol), "BadOption", `\`protocol\` is one of ${PROTOCOLS.join(", ")}`, protocol);
  checkWhole("seed", seed, 0, MAX.whole);
  checkWhole("workers", workers, 1, MAX.workers);
  const { episodes = protocol === "official" ? 20 : 100, signal } = rest;
  const listed = Array.isArray(episodes) ? Array.from(episodes as unknown[]) : undefined;
  checkWhole("episodes", listed ? listed.length : episodes, 0, MAX.episodes);
  for (const episode of listed ?? []) checkWhole("episodes", episode, 0, MAX.whole);

  demand(isObject(archive), "BadArchive", "`archive` is a Blob, an ArrayBuffer or a Uint8Array, or two of them as { images, labels }", archive);
  const files = "images" in archive ? [archive.images, archive.labels] : [archive];
  const needs = protocol === "mnist" ? "two files, { images, labels }" : "one file";
  demand(files.length === (protocol === "mnist" ? 2 : 1), "BadArchive", `${protocol} needs ${needs}`, files.length);
  for (const file of files) {
    const fits = file instanceof Blob || file instanceof ArrayBuffer || file instanceof Uint8Array;
    demand(fits, "BadArchive", "A file is a Blob, an ArrayBuffer or a Uint8Array", file);
  }
  return {
    protocol,
    files: files as ArchiveFile[],
    seed: seed as number,
    total: listed ? listed.length : (episodes as number),
    episode: (i) => (listed ? (listed[i] as number) : i),
    workers: workers as number,
    ...(signal !== undefined && { signal: signal as AbortSignal }),
    ...checkFunctions(rest, ["onprogress"]),
  };
}

/** Options of any call: an object or nothing, its signal an `AbortSignal`. */
function checkOptions(options: unknown = {}): Record<string, unknown> {
  demand(isObject(options), "BadOption", "Options are an object", options);
  const { signal } = options;
  const aborts = signal === undefined || (isObject(signal) && typeof signal.aborted === "boolean");
  demand(aborts, "BadOption", "`signal` is an AbortSignal", signal);
  return options;
}

type Listener = (...given: unknown[]) => void;

/** The functions among options. One that throws is reported as a listener's error is, and harms no call. */
function checkFunctions<Name extends string>(options: Record<string, unknown>, names: readonly Name[]): Partial<Record<Name, Listener>> {
  const checked: Partial<Record<Name, Listener>> = {};
  for (const name of names) {
    const given = options[name];
    demand(given === undefined || typeof given === "function", "BadOption", `\`${name}\` is a function`, given);
    if (given) checked[name] = harmless(given);
  }
  return checked;
}

function harmless(listener: Function): Listener {
  return (...given) => {
    try {
      listener(...given);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}

function checkWhole(name: string, value: unknown, least: number, most: number): void {
  const fits = isWhole(value) && value >= least && value <= most;
  demand(fits, "BadOption", `\`${name}\` is a whole number from ${least} to ${most}`, value);
}

function checkFlag(name: string, value: unknown, kind: GlimpseErrorKind = "BadOption"): void {
  demand(value === undefined || typeof value === "boolean", kind, `\`${name}\` is true or false`, value);
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}

function isOneOf<T extends string>(all: readonly T[], value: unknown): value is T {
  return (all as readonly unknown[]).includes(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Whether this is a list or a typed array. */
function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function lengthOf(value: unknown): number {
  return isList(value) ? value.length : 0;
}

/** @throws GlimpseError that says what was expected and what was found */
function demand(holds: boolean, kind: GlimpseErrorKind, expected: string, value: unknown): asserts holds {
  if (!holds) throw new GlimpseError(kind, `${expected}: found ${found(value)}.`);
}

/** A value in words. */
function found(value: unknown): string {
  if (typeof value === "string") return value.length > 40 ? `“${value.slice(0, 40)}…”` : `“${value}”`;
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object" || value === null) return String(value);
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return /^[AEIOU]/.test(name) ? `an ${name}` : `a ${name}`;
}
