// Files of signs: read as they are, or refused with words that say which sign and which field; what looks alike is one.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import { codeOf, FORMATS, groups, readSet, SETS, textOf } from "../../pkg/dist/index.js";
import { examplesOf } from "../../pkg/dist/set.js";

const ALPHA = {
  label: "α", name: "Greek small letter alpha", unicode: "U+03B1", latex: "\\alpha", typst: "alpha", html: "&alpha;", alike: "a", source: 0,
  drawings: [[[12, 40, 30, 22, 55, 60], [70, 10, 70, 90]]],
};
const GREEK = {
  name: "Greek",
  sources: [{ name: "Noto Sans", version: "5.2.7", licence: "OFL-1.1", copyright: "Copyright 2022", url: "https://notofonts.github.io" }],
  signs: [ALPHA],
};

/** A set as its file has it. @param {typeof GREEK} set */
const plain = (set) => ({ format: "glimpse-set", version: 1, ...set });

/** How a file is refused. @param {string | Uint8Array} file */
function refused(file) {
  try {
    readSet(file);
    return "read";
  } catch (error) {
    return `${/** @type {any} */ (error).kind}: ${/** @type {Error} */ (error).message}`;
  }
}

test("a set comes out as it went in, from text and from bytes", () => {
  const text = JSON.stringify(plain(GREEK));
  assert.deepEqual(readSet(text), GREEK);
  assert.deepEqual(readSet(new TextEncoder().encode(text)), GREEK);
  assert.deepEqual(readSet(new TextEncoder().encode(text).buffer), GREEK);
});

test("a sign needs no more than a label and a drawing; labels are in NFC", () => {
  const { signs } = readSet(JSON.stringify({ ...plain(GREEK), sources: [], signs: [{ label: "e\u0301", drawings: [[[1, 2]]], more: 7 }] }));
  assert.deepEqual(signs, [{ label: "\u00e9", source: 0, drawings: [[[1, 2]]] }]);
});

test("what is no set is said to be none, and a newer version is named", () => {
  for (const file of ["", "hello", "[]", "null", '{"format":"glimpse-collection"}', "[".repeat(1e6), Uint8Array.of(0xff, 0xfe)]) {
    assert.equal(refused(file), "BadSet: This file is no Glimpse set.");
  }
  assert.equal(refused(JSON.stringify({ ...plain(GREEK), version: 2 })), "BadSet: This set is of a newer Glimpse (version 2); this one reads version 1.");
  assert.equal(refused(`"${"a".repeat(2 ** 24)}"`), "BadSet: This file is larger than any set.");
  assert.equal(refused(`[${"0,".repeat(4_000_000)}0]`), "BadSet: This file is larger than any set.");
});

test("an error says which sign and which field", () => {
  const set = plain(GREEK);
  const [sign] = set.signs;
  const beta = { label: "β", drawings: [[[1, 2]]] };
  /** @param {object} change */
  const of = (change) => ({ ...set, signs: [sign, { ...beta, ...change }] });
  /** @type {[RegExp, unknown][]} */
  const documents = [
    [/: the set: `version`/, { ...set, version: "1" }],
    [/: the set: `name`/, { ...set, name: 7 }],
    [/: the set: `sources`/, { ...set, sources: {} }],
    [/: source 0: `name`/, { ...set, sources: [{}] }],
    [/: source 0: `url`/, { ...set, sources: [{ name: "x", url: "javascript:alert(1)" }] }],
    [/: source 0: `licence`/, { ...set, sources: [{ name: "x", licence: [] }] }],
    [/: the set: `signs`/, { ...set, signs: null }],
    [/: the set: `signs` holds at most/, { ...set, signs: Array(20_001).fill(sign) }],
    [/: sign 1: a sign is/, { ...set, signs: [sign, []] }],
    [/: sign 1: `label` is text/, of({ label: "" })],
    [/: sign 1: `label` is text/, of({ label: "x".repeat(1001) })],
    [/: sign 1, “α”: `label` differs/, of({ label: "α" })],
    [/: sign 1, “β”: `name`/, of({ name: null })],
    [/: sign 1, “β”: `unicode`/, of({ unicode: "03B2" })],
    [/: sign 1, “β”: `unicode`/, of({ unicode: "U+D800" })],
    [/: sign 1, “β”: `unicode`/, of({ unicode: "U+110000" })],
    [/: sign 1, “β”: `unicode`/, of({ unicode: "U+03B2  U+0301" })],
    [/: sign 1, “β”: `latex`/, of({ latex: 7 })],
    [/: sign 1, “β”: `typst`/, of({ typst: {} })],
    [/: sign 1, “β”: `html`/, of({ html: [] })],
    [/: sign 1, “β”: `alike`/, of({ alike: 0 })],
    [/: sign 1, “β”: `source`/, of({ source: 1 })],
    [/: sign 1, “β”: `source`/, of({ source: -1 })],
    [/: sign 1, “β”: `source`/, of({ source: 0.5 })],
    [/: sign 1, “β”: `drawings`/, of({ drawings: undefined })],
    [/: sign 1, “β”: `drawings`/, of({ drawings: [] })],
    [/: sign 1, “β”: a drawing of `drawings`/, of({ drawings: [[]] })],
    [/: sign 1, “β”: a drawing of `drawings`/, of({ drawings: [{ strokes: [[1, 2]] }] })],
    [/: sign 1, “β”: a stroke of `drawings`/, of({ drawings: [[[]]] })],
    [/: sign 1, “β”: a stroke of `drawings`/, of({ drawings: [[[1]]] })],
    [/: sign 1, “β”: a stroke of `drawings` holds/, of({ drawings: [[[1, 101]]] })],
    [/: sign 1, “β”: a stroke of `drawings` holds/, of({ drawings: [[[1, -1]]] })],
    [/: sign 1, “β”: a stroke of `drawings` holds/, of({ drawings: [[[1, 0.5]]] })],
    [/: sign 1, “β”: a drawing of `drawings` has at most/, of({ drawings: [[Array(200_002).fill(1)]] })],
  ];
  for (const [wrong, document] of documents) {
    const said = refused(JSON.stringify(document));
    assert.match(said, /^BadSet: This set cannot be read: /, said);
    assert.match(said, wrong);
  }
});

test("whatever is in a file, it is read as a set that can be shown, or refused as one", () => {
  const words = ["α", "U+03B1", "", "https://x", "\ud800", "__proto__"];
  const leaf = fc.oneof(fc.constantFrom(...words, null, 0, 1, 100, 101, -1, 0.5, true, 1e300), fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 4 }));
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("any"), { maxLength: 3 }), fc.dictionary(fc.constantFrom(...words, "strokes"), tie("any"), { maxKeys: 3 })),
  })).any;
  const base = plain(GREEK);
  const paths = [["name"], ["version"], ["sources"], ["sources", "0"], ["signs"], ["signs", "0"], ["sources", "0", "url"], ["signs", "0", "drawings"], ["signs", "0", "drawings", "0"]];
  for (const field of Object.keys(ALPHA)) paths.push(["signs", "0", field]);
  let read = 0;
  fc.assert(
    fc.property(fc.constantFrom(...paths), value, (path, other) => {
      const document = structuredClone(base);
      /** @type {any} */
      let at = document;
      for (const step of path.slice(0, -1)) at = at[step];
      at[/** @type {string} */ (path.at(-1))] = other;
      const said = refused(JSON.stringify(document));
      if (said !== "read") return said.startsWith("BadSet: ");
      read += 1;
      const set = readSet(JSON.stringify(document));
      for (const sign of set.signs) for (const format of FORMATS) assert.equal(typeof codeOf(sign, format), "string");
      return examplesOf(groups(set)).every(({ label, drawing }) => !/\p{Surrogate}/u.test(label) && drawing.strokes.every(({ length }) => length > 1));
    }),
    { numRuns: 3000 },
  );
  assert.ok(read > 50, `${read} were read`);
});

test("a text cut short or with a letter changed is read or refused, and nothing else", () => {
  const text = JSON.stringify(plain(GREEK));
  for (let at = 0; at < text.length; at += 1) {
    assert.match(refused(text.slice(0, at)), /^BadSet: /);
    for (const letter of ['"', "[", "}", "9", "\u0000"]) assert.match(refused(text.slice(0, at) + letter + text.slice(at + 1)), /^(read|BadSet: .+)$/);
  }
});

test("signs that look alike are one, in the order of the sets, with each drawing once", () => {
  /** @param {string} label @param {number} x @param {string} [alike] */
  const sign = (label, x, alike) => ({ label, source: 0, ...(alike && { alike }), drawings: [[[x, 0, x, 9]]] });
  const sets = [
    { name: "Latin", sources: [], signs: [sign("A", 1, "A"), sign("B", 2)] },
    { name: "Greek", sources: [], signs: [sign("Α", 1, "A"), sign("Γ", 4), sign("Β", 5, "B")] },
  ];
  const all = groups(sets);
  assert.deepEqual(all.map(({ label, signs }) => [label, signs.map(({ label }) => label)]), [["A", ["A", "Α"]], ["B", ["B", "Β"]], ["Γ", ["Γ"]]]);
  assert.deepEqual(examplesOf(all).map(({ label, drawing }) => [label, drawing.strokes[0]?.[0]]), [["A", 1], ["B", 2], ["B", 5], ["Γ", 4]]);
  assert.deepEqual(groups(sets[0]).length, 2);
});

test("a sign is written as a sign, in LaTeX, Typst and HTML, and as code points", () => {
  const codes = (/** @type {Parameters<typeof codeOf>[0]} */ sign) => FORMATS.map((format) => codeOf(sign, format));
  assert.deepEqual(codes(ALPHA), ["α", "\\alpha", "alpha", "&alpha;", "U+03B1"]);
  assert.deepEqual(codes({ label: "heart", unicode: "U+2764 U+FE0F" }), ["❤️", "❤️", "❤️", "&#x2764;&#xFE0F;", "U+2764 U+FE0F"]);
  assert.deepEqual(codes({ label: "A" }), ["A", "A", "A", "&#x41;", "U+0041"]);
  assert.equal(textOf({ label: "x", unicode: "U+1D11E" }), "𝄞");
});

test("the package names its sets, each of which can be read", async () => {
  assert.deepEqual(SETS, [
    ...["latin", "digits", "greek", "cyrillic", "hebrew", "arabic", "devanagari", "gurmukhi", "kannada", "malayalam", "tibetan", "ethiopic"],
    ...["hiragana", "katakana", "hangul", "bopomofo", "arrows", "mathematics", "punctuation", "music", "games"],
  ]);
  for (const name of SETS) {
    const set = readSet(await readFile(new URL(`../../pkg/dist/sets/${name}.json`, import.meta.url)));
    assert.ok(set.signs.length >= 10 && set.sources.every(({ licence }) => licence), name);
  }
});
