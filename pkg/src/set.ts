/**
 * Sets: files of signs with a drawing each, that people draw in order to find them. Reads them, fetches those that come with the package,
 * and puts together what looks the same.
 */
import { MAX as SANE, wellFormed } from "./bounds.js";
import type { Example, Strokes } from "./drawing.js";
import { GlimpseError } from "./error.js";
import { parseJson, type Readable } from "./json.js";
import { Missing, twice } from "./twice.js";

/** Where drawings of a set come from: a font. */
export interface SetSource {
  /** What it is called. */
  name: string;
  /** Which version of it. */
  version?: string;
  /** Its licence, by its SPDX name. */
  licence?: string;
  /** Whose it is. */
  copyright?: string;
  /** Where it is. */
  url?: string;
}

/** A sign, and how it is written where it cannot be typed. */
export interface Sign {
  /** What ranking says; no other sign of the set has it. */
  label: string;
  /** In words. */
  name?: string;
  /** Its code points, "U+03B1", several separated by a space. */
  unicode?: string;
  /** Its command in LaTeX. */
  latex?: string;
  /** Its name in Typst. */
  typst?: string;
  /** Its reference in HTML. */
  html?: string;
  /** What signs share that look the same, in all sets: Latin A, Greek Α and Cyrillic А have one key. */
  alike?: string;
  /** Which of the set's sources its drawings come from. */
  source: number;
  /** How it is drawn, in a square of 100 × 100, y downwards: each drawing is a list of strokes. */
  drawings: readonly Strokes["strokes"][];
}

/** A set of signs. */
export interface SignSet {
  /** What it is called. */
  name: string;
  /** Where its drawings come from; none of a visitor's own. */
  sources: readonly SetSource[];
  /** Its signs, in an order that people know. */
  signs: readonly Sign[];
}

/** Signs that look the same: to recognition they are one. */
export interface SignGroup {
  /** What they are taught as: their `alike`, or the label of the only one. */
  label: string;
  /** Those of the first set come first. */
  signs: readonly Sign[];
}

/** What may be written in a sign's place. */
export const FORMATS = ["sign", "latex", "typst", "html", "unicode"] as const;

/** One of {@link FORMATS}. */
export type SignFormat = (typeof FORMATS)[number];

/** The sets that come with the package. Spelled out, since that is how bundlers find and copy them. */
const BESIDE = {
  latin: new URL("./sets/latin.json", import.meta.url).href,
  digits: new URL("./sets/digits.json", import.meta.url).href,
  greek: new URL("./sets/greek.json", import.meta.url).href,
  cyrillic: new URL("./sets/cyrillic.json", import.meta.url).href,
  hebrew: new URL("./sets/hebrew.json", import.meta.url).href,
  arabic: new URL("./sets/arabic.json", import.meta.url).href,
  devanagari: new URL("./sets/devanagari.json", import.meta.url).href,
  gurmukhi: new URL("./sets/gurmukhi.json", import.meta.url).href,
  kannada: new URL("./sets/kannada.json", import.meta.url).href,
  malayalam: new URL("./sets/malayalam.json", import.meta.url).href,
  tibetan: new URL("./sets/tibetan.json", import.meta.url).href,
  ethiopic: new URL("./sets/ethiopic.json", import.meta.url).href,
  hiragana: new URL("./sets/hiragana.json", import.meta.url).href,
  katakana: new URL("./sets/katakana.json", import.meta.url).href,
  hangul: new URL("./sets/hangul.json", import.meta.url).href,
  bopomofo: new URL("./sets/bopomofo.json", import.meta.url).href,
  arrows: new URL("./sets/arrows.json", import.meta.url).href,
  mathematics: new URL("./sets/mathematics.json", import.meta.url).href,
  punctuation: new URL("./sets/punctuation.json", import.meta.url).href,
  music: new URL("./sets/music.json", import.meta.url).href,
  games: new URL("./sets/games.json", import.meta.url).href,
} as const;

/** Name of a set that comes with the package. */
export type SetName = keyof typeof BESIDE;

/** The names of the sets that come with the package. */
export const SETS = Object.keys(BESIDE) as readonly SetName[];

/** Whether a set of this name comes with the package. */
export function isSetName(name: unknown): name is SetName {
  return (SETS as readonly unknown[]).includes(name);
}

const FORMAT = "glimpse-set";
const VERSION = 1;
const NO_SET = "This file is no Glimpse set.";

/** What a document may be, and what is said of one that is not. */
const READABLE: Readable = {
  bytes: 2 ** 24,
  tooLarge: () => new GlimpseError("BadSet", "This file is larger than any set."),
  noJson: () => new GlimpseError("BadSet", NO_SET),
};

/**
 * The set in a file: its text, or its bytes.
 *
 * @throws GlimpseError `BadSet` if it is none, or of a newer version; the message says which field of which sign is wrong.
 */
export function readSet(file: string | Uint8Array | ArrayBuffer): SignSet {
  const document = parseJson(typeof file === "string" ? file : decoded(file), READABLE);
  if (!isObject(document) || document.format !== FORMAT) throw READABLE.noJson();
  const { version } = document;
  if (typeof version === "number" && version > VERSION) {
    throw bad(`This set is of a newer Glimpse (version ${version}); this one reads version ${VERSION}.`);
  }
  demand(version === VERSION, `\`version\` is ${VERSION}`);
  return checkSet(document);
}

function decoded(file: Uint8Array | ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(file);
  } catch {
    throw READABLE.noJson();
  }
}

/** A set in a value that may be anything, copied. @throws GlimpseError `BadSet` */
export function checkSet(value: unknown): SignSet {
  demand(isObject(value), "a set is an object");
  const { name, sources, signs } = value;
  demand(isWords(name), "`name` is text");
  demand(Array.isArray(sources) && sources.length <= SANE.sources, "`sources` is a list");
  demand(Array.isArray(signs), "`signs` is a list");
  demand(signs.length <= SANE.examples, `\`signs\` holds at most ${SANE.examples}`);
  const labels = new Set<string>();
  return {
    name: wellFormed(name),
    sources: sources.map(checkSource),
    signs: signs.map((value: unknown, i) => {
      const sign = checkSign(value, i, sources.length);
      demand(!labels.has(sign.label), "`label` differs from all others", of(i, sign.label));
      labels.add(sign.label);
      return sign;
    }),
  };
}

const OF_SOURCE = ["version", "licence", "copyright", "url"] as const;

function checkSource(value: unknown, i: number): SetSource {
  const where = `source ${i}`;
  demand(isObject(value), "a source is an object", where);
  demand(isWords(value.name), "`name` is text", where);
  const { url } = value;
  // It becomes a link.
  demand(url === undefined || (isWords(url) && /^https?:\/\//.test(url)), "`url` begins with https://", where);
  return { name: wellFormed(value.name), ...texts(value, OF_SOURCE, where) };
}

const OF_SIGN = ["name", "unicode", "latex", "typst", "html", "alike"] as const;

function checkSign(value: unknown, i: number, sources: number): Sign {
  demand(isObject(value), "a sign is an object", of(i));
  demand(isWords(value.label) && value.label !== "", "`label` is text", of(i));
  const label = wellFormed(value.label);
  const where = of(i, label);
  const { unicode, source = 0, drawings } = value;
  const given = texts(value, OF_SIGN, where);
  demand(unicode === undefined || isCodePoints(unicode), "`unicode` is U+ and four to six digits, as U+03B1", where);
  const known = typeof source === "number" && Number.isInteger(source) && source >= 0 && source < Math.max(sources, 1);
  demand(known, "`source` is an index into `sources`", where);
  demand(Array.isArray(drawings) && drawings.length > 0, "`drawings` is a list of one or more", where);
  demand(drawings.length <= SANE.examples, `\`drawings\` holds at most ${SANE.examples}`, where);
  return { label, ...given, source, drawings: drawings.map((strokes: unknown) => checkDrawing(strokes, where)) };
}

function checkDrawing(strokes: unknown, where: string): Strokes["strokes"] {
  demand(Array.isArray(strokes) && strokes.length > 0, "a drawing of `drawings` is a list of strokes", where);
  let points = 0;
  for (const stroke of strokes as unknown[]) {
    demand(Array.isArray(stroke) && stroke.length > 0 && stroke.length % 2 === 0, "a stroke of `drawings` is x, y, x, y and so on", where);
    const inside = stroke.every((at) => Number.isInteger(at) && at >= 0 && at <= SANE.square);
    demand(inside, `a stroke of \`drawings\` holds whole numbers from 0 to ${SANE.square}`, where);
    points += stroke.length / 2;
  }
  demand(points <= SANE.points, `a drawing of \`drawings\` has at most ${SANE.points} points`, where);
  return (strokes as number[][]).map((stroke) => [...stroke]);
}

/** The texts among an object's fields. */
function texts<Field extends string>(value: Record<string, unknown>, fields: readonly Field[], where: string): Partial<Record<Field, string>> {
  const given: Partial<Record<Field, string>> = {};
  for (const field of fields) {
    const { [field]: text } = value;
    demand(text === undefined || isWords(text), `\`${field}\` is text`, where);
    if (text !== undefined) given[field] = wellFormed(text);
  }
  return given;
}

function isCodePoints(value: unknown): boolean {
  return typeof value === "string" && value.split(" ").every((code) => /^U\+[0-9A-F]{4,6}$/.test(code) && isScalar(pointOf(code)));
}

function isScalar(point: number): boolean {
  return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

function pointOf(code: string): number {
  return parseInt(code.slice(2), 16);
}

/** What an error says of where it is. */
function of(i: number, label?: string): string {
  return label === undefined ? `sign ${i}` : `sign ${i}, “${label}”`;
}

function bad(why: string): GlimpseError {
  return new GlimpseError("BadSet", why);
}

function demand(holds: boolean, expected: string, where = "the set"): asserts holds {
  if (!holds) throw bad(`This set cannot be read: ${where}: ${expected}.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWords(value: unknown): value is string {
  return typeof value === "string" && value.length <= SANE.letters;
}

/** Where to fetch a set from, and when to give up. */
export interface FetchSetOptions {
  /** The folder, ending in `/`, that `sets/` lies in; default: the one of the package's code. */
  assets?: string | URL;
  /** Gives up; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * A set that comes with the package, by name, or one at a URL.
 *
 * @throws GlimpseError `LoadFailed` if it could not be fetched, `BadSet` if it is none.
 */
export async function fetchSet(set: SetName | URL, { assets, signal = new AbortController().signal }: FetchSetOptions = {}): Promise<SignSet> {
  const base = globalThis.document?.baseURI;
  const beside = (name: SetName): string => (assets === undefined ? BESIDE[name] : new URL(`sets/${name}.json`, new URL(assets, base)).href);
  const url = set instanceof URL ? set.href : beside(set);
  const load = async (): Promise<ArrayBuffer> => {
    const response = await fetch(url, { signal });
    const what = set instanceof URL ? url.split("/").at(-1) : `The set “${set}”`;
    if (response.status === 404) throw new Missing("LoadFailed", `${what} is not there.`);
    if (!response.ok) throw new GlimpseError("LoadFailed", `${what} could not be fetched (HTTP ${response.status}).`);
    return response.arrayBuffer();
  };
  const bytes = await twice(load, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    if (error instanceof GlimpseError) throw error;
    throw new GlimpseError("LoadFailed", `The set ${url} could not be fetched (${String(error)}). Is the network there?`);
  });
  return readSet(bytes);
}

/** What looks alike in sets, as one: `alike`, or else the label, is what a network is taught it as. */
export function groups(sets: SignSet | readonly SignSet[]): SignGroup[] {
  const all = new Map<string, Sign[]>();
  for (const { signs } of "signs" in sets ? [sets] : sets) {
    for (const sign of signs) {
      const label = sign.alike ?? sign.label;
      const group = all.get(label);
      if (group) group.push(sign);
      else all.set(label, [sign]);
    }
  }
  return [...all].map(([label, signs]) => ({ label, signs }));
}

/** What to teach a network of groups: each drawing once. */
export function examplesOf(groups: readonly SignGroup[]): Example[] {
  return groups.flatMap(({ label, signs }) => {
    const drawings = new Map(signs.flatMap(({ drawings }) => drawings.map((strokes) => [JSON.stringify(strokes), strokes])));
    return [...drawings.values()].map((strokes) => ({ label, drawing: { strokes, traced: true } }));
  });
}

/** A sign as text; its label, where no code points are known. */
export function textOf({ label, unicode }: Pick<Sign, "label" | "unicode">): string {
  return unicode ? String.fromCodePoint(...unicode.split(" ").map(pointOf)) : label;
}

/** What to write for a sign. Where it has no command, LaTeX and Typst take the sign itself. */
export function codeOf(sign: Pick<Sign, "label" | "unicode" | "latex" | "typst" | "html">, format: SignFormat): string {
  const text = textOf(sign);
  const points = [...text].map((letter) => letter.codePointAt(0)!.toString(16).toUpperCase());
  switch (format) {
    case "html":
      return sign.html ?? points.map((point) => `&#x${point};`).join("");
    case "unicode":
      return sign.unicode ?? points.map((point) => `U+${point.padStart(4, "0")}`).join(" ");
    case "sign":
      return text;
    default:
      return sign[format] ?? text;
  }
}

/**
 * What a network is to know of sets, which are given as they are or by name, several in a text: all of them together as {@link groups}.
 *
 * @throws GlimpseError `BadOption` if there is no set of a name, `BadSet` if one is none; what {@link fetchSet} throws
 */
export async function knownOf(given: readonly unknown[], options: FetchSetOptions): Promise<Example[]> {
  const named = given.flatMap((one) => (typeof one === "string" ? namesIn(one) : [one]));
  const sets = named.map((one) => (typeof one === "string" ? fetchSet(nameOf(one), options) : checkSet(one)));
  return examplesOf(groups(await Promise.all(sets)));
}

/** Names of sets as an attribute or an address lists them. */
export function namesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== "");
}

function nameOf(name: string): SetName {
  if (isSetName(name)) return name;
  throw new GlimpseError("BadOption", `There is no set called “${name}”: choose among ${SETS.join(", ")}.`);
}
