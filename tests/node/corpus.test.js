// Is every collection file that fuzzing found read or refused, at once? See tests/fuzz.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { unpackCollection } from "../../pkg/dist/collection.js";

const corpus = new URL("../fuzz/corpus/collection/", import.meta.url);

test("every collection file of the corpus is read or refused at once", async () => {
  const names = await readdir(corpus);
  assert.ok(names.length > 0);
  const started = performance.now();
  for (const name of names) {
    const input = await readFile(new URL(name, corpus));
    // A text, which a file holds gzipped, begins with a z: see tests/fuzz/collection.js.
    const file = input[0] === 0x7a ? gzipSync(input.subarray(1)) : input;
    await unpackCollection(file).catch((error) => assert.equal(error.kind, "BadCollection", `${name}: ${error}`));
  }
  assert.ok(performance.now() - started < 10_000, `${names.length} files took ${performance.now() - started} ms`);
});
