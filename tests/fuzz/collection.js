// Fuzzes the reader of collection files, guided by coverage: of every input that runs a branch or statement of collection.ts another
// number of times than any before (in powers of two), later inputs are made. Istanbul counts; mutations are those of AFL's havoc
// stage, and a dictionary of the format's own words.
//
//     node collection.js [inputs] [seed]
import { readFile, readdir, mkdir, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { createInstrumenter } from "istanbul-lib-instrument";
import { transformWithOxc } from "vite";

const here = new URL("./", import.meta.url);
const source = new URL("../../pkg/src/", here);
const work = new URL("work/", here);
const found = new URL("corpus/collection/", here);

/** Longest that an input may take, in milliseconds of the processor, and most memory of the process, in bytes, beyond that before the first input. */
const LONGEST = 1000;
const MOST = 64 * 2 ** 20;

/** Largest input, in bytes. */
const LARGEST = 4096;

const WORDS = [
  "format", "glimpse-collection", "version", "name", "system", "support", "tuned", "siamese", "triplet", "relation", "label", "drawing",
  "strokes", "pressures", "__proto__", "constructor", "toString", "null", "true", "1", "0", "-1", "0.5", "1e9", "1e999", "1e-320", "[]", "{}",
  "[[0,0]]", "[[]]", ",", ":", "\"", "\\u0000", "\\ud800", "AAAA", "====", "\u{1f58a}",
];

/** A generator of whole numbers under a bound (mulberry32). @param {number} seed */
function random(seed) {
  return (/** @type {number} */ bound) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

/** pkg/src/collection.ts, its branches and statements counted. */
async function instrumented() {
  await mkdir(work, { recursive: true });
  const instrumenter = createInstrumenter({ esModules: true, coverageVariable: "__coverage__" });
  for (const name of ["error", "types", "bounds", "json", "collection"]) {
    const path = new URL(`${name}.ts`, source).pathname;
    const { code } = await transformWithOxc(await readFile(path, "utf8"), path);
    await writeFile(new URL(`${name}.js`, work), name === "collection" ? instrumenter.instrumentSync(code, path) : code);
  }
  await writeFile(new URL("package.json", work), '{ "type": "module" }');
  return import(new URL("collection.js", work).href);
}

/** What begins an input that is a text, which a file would hold gzipped; any other is a file as it is. */
const TEXT = "z".charCodeAt(0);

/**
 * Of so many inputs one is a file, or a text that is gzipped and read as one; of the others the text is read, by the same code. Streams
 * take a thousand times as long.
 */
const PACKED = 64;

/** Inputs to begin with. */
async function seeds() {
  const documents = [
    { format: "glimpse-collection", version: 1, support: [], tuned: {} },
    {
      format: "glimpse-collection", version: 1, name: "a", system: "triplet", tuned: { siamese: "AAAA", triplet: "" },
      support: [{ label: "b", drawing: { strokes: [[0, 0, 1, 1], [2, 2]], pressures: [[0.5, 1], []] } }, { label: "c", drawing: { strokes: [[0, 0]] } }],
    },
    { format: "glimpse-collection", version: 2 },
  ];
  const texts = [...documents.map((document) => JSON.stringify(document)), "[]", "null", "{"];
  const packed = texts.map((text) => Buffer.from(`z${text}`));
  const kept = await readdir(found).catch(() => []);
  const before = await Promise.all(kept.map((name) => readFile(new URL(name, found))));
  return [...packed, ...texts.map((text) => gzipSync(text)), Buffer.from([]), ...before];
}

/** What a JSON text is made of. @param {Buffer} text */
const tokens = (text) => String(text).match(/"[^"]*"|-?[\d.e+-]+|\w+|./gsu) ?? [];

/**
 * Another input made of some that are there: a text of a text, a file of a file.
 *
 * @param {Buffer[]} corpus
 * @param {(bound: number) => number} below
 */
function mutated(corpus, below) {
  const one = corpus[below(corpus.length)] ?? Buffer.from([]);
  const isText = one[0] === TEXT;
  let input = one.subarray(isText ? 1 : 0);
  for (let times = 1 << below(3); times > 0; times -= 1) {
    const other = (corpus[below(corpus.length)] ?? one).subarray(1);
    input = isText && below(2) === 0 ? withOtherTokens(input, other, below) : withOtherBytes(input, other, below);
  }
  return (isText ? Buffer.concat([one.subarray(0, 1), input]) : input).subarray(0, LARGEST);
}

/**
 * A few of its tokens make way for a word of the dictionary, or for a token of another text.
 *
 * @param {Buffer} input
 * @param {Buffer} other
 * @param {(bound: number) => number} below
 */
function withOtherTokens(input, other, below) {
  const [own, others] = [tokens(input), tokens(other)];
  const word = below(2) === 0 ? WORDS[below(WORDS.length)] : others[below(others.length)];
  own.splice(below(own.length + 1), below(3), word ?? "");
  return Buffer.from(own.join(""));
}

/**
 * A few of its bytes are changed, dropped, doubled, or make way for a word of the dictionary or for another input's.
 *
 * @param {Buffer} input
 * @param {Buffer} other
 * @param {(bound: number) => number} below
 */
function withOtherBytes(input, other, below) {
  const at = below(input.length + 1);
  const to = Math.min(input.length, at + (1 << below(7)));
  const [head, part, tail] = [input.subarray(0, at), input.subarray(at, to), input.subarray(to)];
  const word = Buffer.from(WORDS[below(WORDS.length)] ?? "");
  const from = other.subarray(below(other.length + 1));
  const byte = Buffer.from([below(2) === 0 ? below(256) : (input[at] ?? 0) ^ (1 << below(8))]);
  switch (below(6)) {
    case 0:
      return Buffer.concat([head, byte, input.subarray(at + 1)]);
    case 1:
      return Buffer.concat([head, tail]);
    case 2:
      return Buffer.concat([head, part, part, tail]);
    case 3:
      return Buffer.concat([head, word, tail]);
    case 4:
      return Buffer.concat([head, from]);
    default:
      return Buffer.concat([head, from.subarray(0, 1 << below(7)), tail]);
  }
}

const [inputs = "10000000", seed = "17"] = process.argv.slice(2);
const { readPlain, unpackCollection } = await instrumented();
const below = random(Number(seed));

/** @type {{ s: Record<string, number>; b: Record<string, number[]> }[]} */
const files = Object.values(/** @type {any} */ (globalThis).__coverage__);
const counters = files.flatMap(({ s, b }) => [
  ...Object.keys(s).map((key) => ({ of: s, key })),
  ...Object.values(b).flatMap((ways) => ways.map((_, way) => ({ of: /** @type {any} */ (ways), key: String(way) }))),
]);
/** For each counter the powers of two that it has reached, a bit each. */
const reached = new Uint32Array(counters.length);

/** Whether the input just read reached something new. */
function isNew() {
  let fresh = false;
  counters.forEach(({ of, key }, index) => {
    const count = of[key] ?? 0;
    of[key] = 0;
    const bit = count === 0 ? 0 : 1 << Math.min(31, Math.floor(Math.log2(count)));
    if ((reached[index] & bit) !== bit) {
      reached[index] |= bit;
      fresh = true;
    }
  });
  return fresh;
}

/** What was new. @type {Buffer[]} */
const corpus = [];
/** Texts among them, and of those the ones that were read. @type {Buffer[]} */
const texts = [];
/** @type {Buffer[]} */
const sound = [];
let slowest = 0;
const outcomes = { read: 0, refused: 0 };

/** @param {Buffer} input */
function read(input) {
  if (input[0] !== TEXT) return unpackCollection(input);
  const text = input.subarray(1);
  return below(PACKED) === 0 ? unpackCollection(gzipSync(text, { level: 1 })) : readPlain(String(text));
}

/** Whether it was read; refused is the other outcome that there may be. @param {Buffer} input */
async function attempt(input) {
  try {
    const { support, tuned } = await read(input);
    if (!Array.isArray(support) || typeof tuned !== "object") throw new Error("this is no collection");
    return true;
  } catch (error) {
    if (/** @type {{ kind?: string }} */ (error).kind !== "BadCollection") await fail(input, error);
    return false;
  }
}

/** @param {Buffer} input */
async function run(input) {
  const started = performance.now();
  const isSound = await attempt(input);
  outcomes[isSound ? "read" : "refused"] += 1;
  const isFresh = isNew();
  // What was long by the clock is timed again by the processor, which takes a while to tell.
  if (performance.now() - started > slowest) {
    const before = process.cpuUsage();
    await attempt(input);
    isNew();
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    if (took > slowest) console.log(`slowest so far: ${(slowest = took).toFixed(3)} ms`);
    if (took > LONGEST) await fail(input, new Error(`took ${took} ms`));
  }
  if (!isFresh) return;
  const copy = Buffer.from(input);
  corpus.push(copy);
  if (copy[0] !== TEXT) return;
  texts.push(copy);
  if (isSound) sound.push(copy);
}

/** @param {Buffer} input @param {unknown} error @returns {Promise<never>} */
async function fail(input, error) {
  await mkdir(new URL("artifacts/", here), { recursive: true });
  const name = createHash("sha1").update(input).digest("hex");
  await writeFile(new URL(`artifacts/collection-${name}`, here), input);
  throw error;
}

for (const input of await seeds()) await run(input);
const before = process.memoryUsage.rss();
const started = performance.now();
let peak = before;
for (let done = 1; done <= Number(inputs); done += 1) {
  await run(mutated(below(PACKED) === 0 ? corpus : below(2) === 0 ? sound : texts, below));
  if (done % 1000 === 0) peak = Math.max(peak, process.memoryUsage.rss());
  if (done % 100_000 === 0 || done === Number(inputs)) {
    const { read, refused } = outcomes;
    const rate = Math.round((1000 * done) / (performance.now() - started));
    const megabytes = (peak / 1e6).toFixed(0);
    console.log(`${done} inputs, ${rate} a second: ${read} read, ${refused} refused; ${corpus.length} kept; ${megabytes} MB at most`);
  }
}
if (peak - before > MOST) console.log(`the process grew by ${((peak - before) / 1e6).toFixed(0)} MB`);

// What is kept, without what others reach as well.
await mkdir(found, { recursive: true });
reached.fill(0);
for (const input of corpus.toSorted((a, b) => a.length - b.length)) {
  corpus.length = 0;
  await run(input);
  const name = createHash("sha1").update(input).digest("hex").slice(0, 12);
  if (corpus.length > 0) await writeFile(new URL(name, found), input);
}
