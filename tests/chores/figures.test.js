// Figures that are quoted are those measured, with the weights that are here.
/// <reference path="../../benches/globals.d.ts" />
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { digest } from "../../benches/digests.js";
import { withSummary, written } from "../../benches/report.js";
import { ROOT } from "../harness/data.js";

const read = (/** @type {string} */ path) => readFile(join(ROOT, path), "utf8");

/** @type {import("../../benches/report.js").Figures} */
const figures = JSON.parse(await read("benches/results.json"));

const AGAIN = "run `cargo xtask bench`";

test("the bench measured the weights that are here", async () => {
  const { weights } = figures.conditions;
  assert.ok(weights, `benches/results.json does not say of which weights it is: ${AGAIN}`);
  assert.ok(Object.keys(weights).length > 0);
  for (const [name, measured] of Object.entries(weights)) {
    assert.equal(measured, await digest(`weights/${name}`), `benches/results.json is of another ${name}: ${AGAIN}`);
  }
});

test("BENCHMARKS.md and its charts show the figures of benches/results.json", async () => {
  const { page, svgs } = await written(figures);
  assert.equal(await read("BENCHMARKS.md"), page, `BENCHMARKS.md shows others: ${AGAIN}`);
  for (const [path, svg] of Object.entries(svgs)) assert.equal(await read(path), svg, `${path} shows others: ${AGAIN}`);
});

test("README.md quotes the figures of benches/results.json", async () => {
  const readme = await read("README.md");
  assert.ok(readme.includes("<!-- figures: bench -->\n"));
  assert.equal(readme, withSummary(readme, figures), `README.md quotes others: ${AGAIN}`);
});
