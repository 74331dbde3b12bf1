// A collection's file: what goes in comes out, and what is no sound collection is refused in words for a person.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync, strToU8 } from "fflate";
import { openPackage } from "../harness/package.js";

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage();
});
after(() => opened?.close());

/** @type {import("glimpse").Collection} */
const COLLECTION = {
  name: "Zeichen ✎",
  system: "triplet",
  support: [
    { label: "α", drawing: { strokes: [[1.123456789012345, -2, 3, 4e5], [5, 6]], pressures: [[], [0.25]] } },
    { label: "constructor", drawing: { strokes: [[0, 0]] } },
    { label: "α", drawing: { strokes: [[7, 8, 9, 10]], size: 105 } },
  ],
  tuned: {},
};

/** A document of version 1 that holds nothing. */
const EMPTY = { format: "glimpse-collection", version: 1, support: [], tuned: {} };

/**
 * A gzipped document.
 *
 * @param {unknown} document
 */
const file = (document) => gzipSync(strToU8(typeof document === "string" ? document : JSON.stringify(document)));

/**
 * The file of {@link COLLECTION}.
 *
 * @returns {Promise<Uint8Array>}
 */
async function packed() {
  const bytes = await opened.page.evaluate(async (collection) => [...(await glimpse.packCollection(collection))], COLLECTION);
  return Uint8Array.from(bytes);
}

/**
 * What reading a file gives: the collection, or how it is refused.
 *
 * @param {Uint8Array} bytes
 */
function read(bytes) {
  return opened.page.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    try {
      return await glimpse.unpackCollection(bytes);
    } catch (error) {
      return error instanceof glimpse.GlimpseError ? `${error.kind}: ${error.message}` : `not ours: ${error}`;
    }
  }, Buffer.from(bytes).toString("base64"));
}

test("labels, strokes, pressures, name and system come out as they went in, in their order", async () => {
  assert.deepEqual(await read(await packed()), COLLECTION);
});

for (const [name, text] of Object.entries({
  "a list of millions": `{"support":[${"0,".repeat(8_000_000)}0]}`,
  "lists in lists": "[".repeat(16_000_000),
  "a text without end": `"${"a".repeat(40_000_000)}"`,
})) {
  test(`a small file that holds ${name} is refused within a second, and in little memory`, async () => {
    const bytes = Buffer.from(gzipSync(strToU8(text), { level: 9 })).toString("base64");
    assert.ok(bytes.length < 100_000, `${bytes.length} letters`);
    const { answer, took, held } = await opened.page.evaluate(async (letters) => {
      const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
      const memory = /** @type {any} */ (performance).memory;
      const before = memory.usedJSHeapSize;
      const started = performance.now();
      const answer = await glimpse.unpackCollection(bytes).then(() => "read", (error) => `${error.kind}: ${error.message}`);
      return { answer, took: performance.now() - started, held: (memory.usedJSHeapSize - before) / 2 ** 20 };
    }, bytes);
    assert.match(answer, /^BadCollection: This file is (larger than any|no Glimpse) collection/);
    assert.ok(took < 3000, `${took} ms`);
    assert.ok(held < 100, `${held} MB`);
  });
}

test("weights of any length come out as they went in", async () => {
  const same = await opened.page.evaluate(async () => {
    const weights = [0, 1, 2, 3, 24_575, 24_577, 3_000_000].map((length) =>
      Uint8Array.from({ length }, (_, i) => (i * 7919) >> 3),
    );
    const same = [];
    for (const siamese of weights) {
      const file = await glimpse.packCollection({ support: [], tuned: { siamese } });
      const { tuned } = await glimpse.unpackCollection(file);
      same.push(tuned.siamese?.length === siamese.length && siamese.every((byte, i) => byte === tuned.siamese?.[i]));
    }
    return same;
  });
  assert.deepEqual(new Set(same), new Set([true]));
});

test("a file cut short anywhere, or with any byte of its body flipped, is damaged", async () => {
  const whole = await packed();
  for (let length = 10; length < whole.length; length += 7) {
    assert.match(String(await read(whole.subarray(0, length))), /^BadCollection: This file is damaged/, `${length} bytes`);
  }
  for (let at = 10; at < whole.length; at += 7) {
    const flipped = whole.slice();
    flipped[at] ^= 4;
    assert.match(String(await read(flipped)), /^BadCollection: This file is damaged/, `byte ${at}`);
  }
});

test("what is no collection is said to be none", async () => {
  for (const bytes of [new Uint8Array(), strToU8("hello"), file("hello"), file([]), file({ format: "other" }), file("[".repeat(1e6))]) {
    assert.equal(await read(bytes), "BadCollection: This file is no Glimpse collection.");
  }
});

test("a newer version is named", async () => {
  assert.equal(
    await read(file({ ...EMPTY, version: 2 })),
    "BadCollection: This file was saved by a newer Glimpse (version 2); this one reads version 1.",
  );
});

test("a small file that unpacks to far too much is given up early", async () => {
  const bomb = gzipSync(new Uint8Array(2 ** 27), { level: 9 });
  assert.match(String(await read(bomb)), /^BadCollection: This file is larger than any collection/);
});

test("an intact file whose content is not what it should be is refused, by what is wrong", async () => {
  /** @param {object} drawing */
  const of = (drawing) => ({ ...EMPTY, support: [{ label: "x", drawing }] });
  /** @type {[RegExp, unknown][]} */
  const documents = [
    [/its version/, { ...EMPTY, version: "1" }],
    [/its version/, { ...EMPTY, version: 0 }],
    [/its name/, { ...EMPTY, name: 7 }],
    [/its system/, { ...EMPTY, system: "oracle" }],
    [/its drawings/, { ...EMPTY, support: null }],
    [/its drawings/, { ...EMPTY, support: Array(20_001).fill({ label: "x", drawing: { strokes: [[1, 1]] } }) }],
    [/a label/, { ...EMPTY, support: [null] }],
    [/a label/, { ...EMPTY, support: [{ drawing: { strokes: [[1, 1]] } }] }],
    [/a label/, { ...EMPTY, support: [{ label: "x".repeat(1001), drawing: { strokes: [[1, 1]] } }] }],
    [/a drawing of “x”/, of([])],
    [/a drawing of “x”/, of({})],
    [/a drawing of “x”/, of({ strokes: "12" })],
    [/a drawing of “x”/, of({ strokes: [] })],
    [/a drawing of “x”/, of({ strokes: [[]] })],
    [/a drawing of “x”/, of({ strokes: [[1]] })],
    [/a drawing of “x”/, of({ strokes: [[1, null]] })],
    [/a drawing of “x”/, of({ strokes: [[1, 1e300]] })],
    [/a drawing of “x”/, of({ strokes: [Array(200_002).fill(1)] })],
    [/a drawing of “x”/, of({ strokes: [[1, 1]], size: 0 })],
    [/a drawing of “x”/, of({ strokes: [[1, 1]], size: "105" })],
    [/a drawing of “x”/, of({ strokes: [[1, 1]], traced: "yes" })],
    [/pressure in “x”/, of({ strokes: [[1, 1]], pressures: [] })],
    [/pressure in “x”/, of({ strokes: [[1, 1]], pressures: [[0.5, 0.5]] })],
    [/pressure in “x”/, of({ strokes: [[1, 1]], pressures: [[1.5]] })],
    [/its weights/, { ...EMPTY, tuned: [] }],
    [/its weights/, { ...EMPTY, tuned: { siamese: 7 } }],
    [/its weights/, { ...EMPTY, tuned: { siamese: "?" } }],
    [/its weights/, { ...EMPTY, tuned: { oracle: "AAAA" } }],
    [/its weights/, JSON.stringify(EMPTY).replace(`"tuned":{}`, `"tuned":{"__proto__":"AAAA"}`)],
    [/a drawing of “x”/, JSON.stringify(of({ strokes: [[1, 1]] })).replace("[1,1]", "[1,1e999]")],
  ];
  for (const [wrong, document] of documents) {
    const said = String(await read(file(document)));
    assert.match(said, /^BadCollection: This collection holds something that Glimpse cannot read: /, said);
    assert.match(said, wrong);
  }
});

test("what could not be read again is not saved", async () => {
  const kinds = await opened.page.evaluate(async () => {
    const refuse = (/** @type {import("glimpse").Collection} */ collection) =>
      glimpse.packCollection(collection).then(
        () => "saved",
        (error) => error.kind,
      );
    return [
      await refuse({ support: [{ label: "x", drawing: { strokes: [[NaN, 1]] } }], tuned: {} }),
      await refuse({ support: [], tuned: { siamese: new Uint8Array(2 ** 26) } }),
    ];
  });
  assert.deepEqual(kinds, ["BadCollection", "BadCollection"]);
});
