// Glimpse beside other runtimes, in one Chromium: `node benches/bench.js [--quick] [--only PART]…`, by `cargo xtask bench`.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { ROOT } from "../tests/harness/data.js";
import { conditions } from "./conditions.js";
import { FULL, QUICK } from "./depth.js";
import { fill } from "./figures.js";
import { openGround } from "./ground.js";
import { measureClassification } from "./parts/classification.js";
import { measureEmbedding } from "./parts/embedding.js";
import { measureFineTuning } from "./parts/fine-tuning.js";
import { measureMemory } from "./parts/memory.js";
import { measureNative } from "./parts/native.js";
import { measureReplay, measureReplaying } from "./parts/replay.js";
import { measureVisit } from "./parts/visit.js";
import { report } from "./report.js";

const PARTS = {
  embedding: measureEmbedding,
  classification: measureClassification,
  tuning: measureFineTuning,
  visit: measureVisit,
  memory: measureMemory,
  replay: measureReplay,
  replaying: measureReplaying,
  native: measureNative,
};

/** @typedef {typeof PARTS} Parts */
/** @typedef {{ [Part in keyof Parts]?: Awaited<ReturnType<Parts[Part]>> }} Results */

const { values: asked } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string", multiple: true } },
});
const names = /** @type {(keyof Parts)[]} */ (Object.keys(PARTS));
const unknown = asked.only?.filter((name) => !(name in PARTS)) ?? [];
if (unknown.length > 0) throw new Error(`there is no part ${unknown}: choose among ${names.join(", ")}`);

const ground = await openGround();
try {
  const where = await conditions(ground);
  const { date, commit, modules } = where;
  const before = asked.quick ? undefined : await measuredBefore(where);
  /** @type {Record<string, unknown>} */
  const results = { ...before?.results };
  const parts = { ...before?.parts };
  for (const name of asked.only ? names.filter((name) => asked.only?.includes(name)) : names) {
    const start = performance.now();
    process.stderr.write(`── ${name}`);
    const measured = await PARTS[name](ground, asked.quick ? QUICK : FULL);
    process.stderr.write(`: ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
    for (const { name, why } of measured.skipped) console.error(`   ${name} is left out: ${why}`);
    results[name] = measured;
    parts[name] = { date, commit, modules };
  }
  // Figures of every part are published, be it that some were measured earlier; others are for a look.
  const folder = asked.quick || names.some((name) => !(name in results)) ? join(ROOT, "target/bench") : ROOT;
  console.log(await report(folder, /** @type {Results} */ (results), { ...where, parts }));
  if (folder === ROOT) await fill();
} finally {
  await ground.close();
}

/**
 * What results.json has, if it was measured with these weights, on this machine, in this browser, beside these peers.
 *
 * @param {Awaited<ReturnType<typeof conditions>>} where
 */
async function measuredBefore({ date, commit, modules, ...here }) {
  const { conditions: there, names: _, ...results } = JSON.parse(await readFile(join(ROOT, "benches/results.json"), "utf8"));
  const { parts = {}, date: thatDay, commit: thatCommit, modules: those, ...elsewhere } = there;
  if (!isDeepStrictEqual(here, elsewhere)) return undefined;
  return { results, parts: /** @type {import("./report.js").Parts} */ (parts) };
}
