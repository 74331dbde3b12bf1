// Figures that are quoted are those measured, with the weights that are here.
/// <reference path="../../benches/globals.d.ts" />
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { commit, WRITTEN } from "../../benches/commit.js";
import { documents, faults, filled, quoted, weights } from "../../benches/figures.js";
import { ROOT } from "../harness/data.js";

const figures = await quoted();
const pages = await documents();

test("no file of figures, document, chart or picture is stale", async () => {
  assert.deepEqual(await faults(), []);
});

test("every file of figures, the bench and the picture are noticed where they are of other weights", async () => {
  const others = faults(weights().then((now) => ({ ...now, siamese: "0".repeat(64) })));
  const files = ["weights/scores.json", "weights/fine-tuning.json", "weights/sets.json", "weights/sizes.json", "weights/work.json", "www/preview.json", "benches/results.json"];
  assert.deepEqual((await others).map((fault) => fault.split(" ")[0]), files);
});

test("what is measured names the same commit in Rust as in JavaScript", async () => {
  const rust = await readFile(join(ROOT, "src/bin/glimpse/commit.rs"), "utf8");
  assert.deepEqual([...rust.matchAll(/":\/!([^"]*)"/g)].map(([, path]) => `:/!${path}`), WRITTEN);
  assert.match(commit() ?? "", /^([0-9a-f]{7,}(-dirty)?)?$/);
});

/** Where a figure begins and its text. @param {string} text */
const inSentences = (text) => [...text.matchAll(/(<!-- figure: [^ ]* -->)(.*?)<!-- end -->/gs)].map(({ index, 1: start, 2: told }) => ({ at: index + start.length, told }));

test("a number in a sentence, whichever it is, is noticed where it is altered", () => {
  let altered = 0;
  for (const [path, text] of Object.entries(pages)) {
    for (const { at, told } of inSentences(text)) {
      const other = told.replace(/\d/, (digit) => `${(Number(digit) + 1) % 10}`).replace(/^\D+$/, "$&?");
      const wrong = text.slice(0, at) + other + text.slice(at + told.length);
      assert.notEqual(wrong, text);
      assert.equal(filled(path, wrong, figures), text, `${path}: ${told}`);
      altered += 1;
    }
  }
  assert.ok(altered > 15, `${altered} numbers`);
});

test("a number in a table is noticed where it is altered", () => {
  for (const name of Object.keys(figures.tables)) {
    const [path, text] = Object.entries(pages).find(([, text]) => text.includes(`<!-- figures: ${name} -->`)) ?? ["", ""];
    assert.ok(path, `${name} is in no document`);
    const cells = [...figures.tables[name].matchAll(/\d+\.\d+/g)];
    assert.ok(cells.length > 10);
    const start = text.indexOf(figures.tables[name]);
    for (const { index, 0: cell } of cells) {
      const at = start + index;
      const wrong = `${text.slice(0, at)}${Number(cell) + 1}${text.slice(at + cell.length)}`;
      assert.equal(filled(path, wrong, figures), text, `${name}: ${cell}`);
    }
  }
});

test("every figure is quoted", () => {
  const all = Object.values(pages).join("\n");
  assert.deepEqual(Object.keys(figures.numbers).filter((name) => !all.includes(`<!-- figure: ${name} -->`)), []);
});

test("markers that name no figure, or do not end, are refused", () => {
  assert.throws(() => filled("a.md", "<!-- figure: speed -->1 ms<!-- end -->", figures), /no figure is called speed/);
  assert.throws(() => filled("a.md", "<!-- figures: speeds -->\n<!-- end -->", figures), /no table is called speeds/);
  assert.throws(() => filled("a.md", "<!-- figure: official -->99 %", figures), /1 figures begin and 0 end/);
});

/** A document without its figures, code, and tables. @param {string} text */
const prose = (text) => text.replace(/<!-- figures?: .*?<!-- end -->/gs, "").replace(/^```.*?^```/gms, "").replace(/`[^`]*`/g, "").replace(/^\|.*$/gm, "");

test("README.md and docs state no measured number outside markers", () => {
  for (const [path, text] of Object.entries(pages)) {
    if (path === "weights/README.md") continue;
    const stray = [...prose(text).matchAll(/\d[\d.,]*\s?(ms|kB|MB|GB|µs)\b/g)].map(([number]) => number);
    assert.deepEqual(stray, [], path);
  }
});
