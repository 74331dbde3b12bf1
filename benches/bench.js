// Glimpse beside other runtimes, in one Chromium: `node benches/bench.js [--quick] [--only PART]…`, by `cargo xtask bench`.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../tests/harness/data.js";
import { conditions } from "./conditions.js";
import { FULL, QUICK } from "./depth.js";
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
  /** @type {Record<string, unknown>} */
  const results = {};
  for (const name of asked.only ? names.filter((name) => asked.only?.includes(name)) : names) {
    const start = performance.now();
    process.stderr.write(`── ${name}`);
    const measured = await PARTS[name](ground, asked.quick ? QUICK : FULL);
    process.stderr.write(`: ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
    for (const { name, why } of measured.skipped) console.error(`   ${name} is left out: ${why}`);
    results[name] = measured;
  }
  // Figures of a whole run are published, any other's are for a look.
  const folder = asked.quick || asked.only ? join(ROOT, "target/bench") : ROOT;
  console.log(await report(folder, /** @type {Results} */ (results), where));
} finally {
  await ground.close();
}
