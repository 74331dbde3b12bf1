import { MAX as SANE, wellFormed } from "./bounds.js";
import type { Example } from "./drawing.js";
import { GlimpseError } from "./error.js";
import { parseJson, type Readable } from "./json.js";
import { SYSTEMS, type System } from "./types.js";

/** All that one file keeps: what was taught, and the weights that were fine-tuned on it. */
export interface Collection {
  /** In the visitor's own words. */
  name?: string;
  /** The system that it was last used with. */
  system?: System;
  /** In the order taught. */
  support: readonly Example[];
  /** Of each system that was fine-tuned its changed weights, as `Glimpse.tunedWeights` gives them. */
  tuned: Partial<Record<System, Uint8Array>>;
}

const FORMAT = "glimpse-collection";
const VERSION = 1;
const NO_COLLECTION = "This file is no Glimpse collection.";
const TOO_LARGE = "This file is larger than any collection.";
const UNREADABLE = "This collection holds something that Glimpse cannot read";

/** Bounds of what a file may hold: some 20,000 drawings as hands make them. */
const MAX = { ...SANE, bytes: 2 ** 24 };

/** What a document may be, and what is said of one that is not. */
const READABLE: Readable = { bytes: MAX.bytes, tooLarge: () => bad(TOO_LARGE), noJson: () => bad(NO_COLLECTION) };

/**
 * A collection as the bytes of one file: gzip of a JSON document.
 *
 * @throws GlimpseError `BadCollection` if {@link unpackCollection} would refuse the file.
 */
export async function packCollection(collection: Collection): Promise<Uint8Array> {
  const { tuned, ...rest } = readCollection(collection);
  const text = Object.entries(tuned).map(([system, weights]) => [system, toBase64(weights)]);
  const document = JSON.stringify({ format: FORMAT, version: VERSION, ...rest, tuned: Object.fromEntries(text) });
  if (new Blob([document]).size > MAX.bytes) throw bad("This collection is too large for a file.");
  return new Uint8Array(await new Response(through(document, new CompressionStream("gzip"))).arrayBuffer());
}

/**
 * The collection that a file of {@link packCollection} holds.
 *
 * @throws GlimpseError `BadCollection` if the file is no collection, damaged, too large, or of a newer version.
 */
export async function unpackCollection(file: Uint8Array): Promise<Collection> {
  if (file[0] !== 0x1f || file[1] !== 0x8b) throw bad(NO_COLLECTION);
  return readDocument(parseJson(await gunzip(file), READABLE));
}

/** The collection in the text of a JSON document that need not hold more than a `support`. */
export function readPlain(text: string): Collection {
  const document = parseJson(text, READABLE);
  return readDocument(isObject(document) ? { format: FORMAT, version: VERSION, tuned: {}, ...document } : document);
}

function readDocument(document: unknown): Collection {
  if (!isObject(document) || document.format !== FORMAT) throw bad(NO_COLLECTION);
  const { version, tuned } = document;
  if (typeof version === "number" && version > VERSION) {
    throw bad(`This file was saved by a newer Glimpse (version ${version}); this one reads version ${VERSION}.`);
  }
  demand(version === VERSION, "its version");
  demand(isObject(tuned), "its weights");
  const weights = Object.entries(tuned).map(([system, text]) => [system, fromBase64(text)]);
  return readCollection({ ...document, tuned: Object.fromEntries(weights) });
}

/** The collection in a value that may be anything. */
function readCollection(value: object): Collection {
  const { name, system, support, tuned } = value as Record<keyof Collection, unknown>;
  demand(name === undefined || isWords(name), "its name");
  demand(system === undefined || isSystem(system), "its system");
  demand(Array.isArray(support) && support.length <= MAX.examples, "its drawings");
  demand(isObject(tuned), "its weights");
  const weights = Object.entries(tuned);
  demand(weights.every(([system, bytes]) => isSystem(system) && bytes instanceof Uint8Array), "its weights");
  return {
    ...(name !== undefined && { name: wellFormed(name) }),
    ...(system !== undefined && { system }),
    support: support.map(readExample),
    tuned: Object.fromEntries(weights),
  };
}

function readExample(example: unknown): Example {
  demand(isObject(example) && isWords(example.label), "a label");
  const { drawing } = example;
  const label = wellFormed(example.label);
  demand(isObject(drawing), `a drawing of “${label}”`);
  const { strokes, pressures, size, traced } = drawing;
  demand(isLists(strokes) && strokes.every(isStroke), `a drawing of “${label}”`);
  const numbers = strokes.reduce((sum, { length }) => sum + length, 0);
  demand(numbers > 0 && numbers <= 2 * MAX.points, `a drawing of “${label}”`);
  const isSide = size === undefined || (typeof size === "number" && size > 0 && size <= MAX.coordinate);
  demand(isSide && (traced === undefined || typeof traced === "boolean"), `a drawing of “${label}”`);
  const rest = { ...(size !== undefined && { size }), ...(traced && { traced }) };
  if (pressures === undefined) return { label, drawing: { strokes, ...rest } };
  demand(isLists(pressures) && pressures.length === strokes.length, `the pen’s pressure in “${label}”`);
  const fits = (pressure: readonly number[], i: number): boolean =>
    (pressure.length === 0 || 2 * pressure.length === strokes[i]!.length) && pressure.every((p) => p >= 0 && p <= 1);
  demand(pressures.every(fits), `the pen’s pressure in “${label}”`);
  return { label, drawing: { strokes, ...rest, pressures } };
}

function bad(why: string): GlimpseError {
  return new GlimpseError("BadCollection", why);
}

function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw bad(`${UNREADABLE}: ${what}.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWords(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX.letters;
}

function isSystem(value: unknown): value is System {
  return (SYSTEMS as readonly unknown[]).includes(value);
}

function isLists(value: unknown): value is number[][] {
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((number) => typeof number === "number");
  return Array.isArray(value) && value.every(isList);
}

function isStroke(stroke: readonly number[]): boolean {
  return stroke.length % 2 === 0 && stroke.every((number) => Math.abs(number) <= MAX.coordinate);
}

/** Gzip ends with a checksum, so what comes out is what went in. */
async function gunzip(file: Uint8Array): Promise<string> {
  const reader = through(file, new DecompressionStream("gzip")).getReader();
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  for (;;) {
    const { value, done } = await reader.read().catch(() => {
      throw bad("This file is damaged: part of it is missing or changed. Use another copy of it.");
    });
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > MAX.bytes) {
      void reader.cancel();
      throw bad(TOO_LARGE);
    }
    text += decoder.decode(value, { stream: true });
  }
}

function through(data: string | Uint8Array, stream: GenericTransformStream): ReadableStream<Uint8Array> {
  return new Response(data as BodyInit).body!.pipeThrough(stream as ReadableWritablePair<Uint8Array, BufferSource>);
}

/** How many bytes become text at once. */
const PIECE = 3 * 2 ** 13;

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += PIECE) text += btoa(String.fromCharCode(...bytes.subarray(i, i + PIECE)));
  return text;
}

function fromBase64(text: unknown): Uint8Array {
  demand(typeof text === "string", "its weights");
  const letters = decoded(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

function decoded(text: string): string {
  try {
    return atob(text);
  } catch {
    throw bad(`${UNREADABLE}: its weights.`);
  }
}
