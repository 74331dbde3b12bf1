// Peak memory of all of Chromium's processes, each contender in a browser of its own.
import { absence, OURS, PEERS } from "../contenders.js";
import { launchBench, openStage, reason } from "../ground.js";
import { forgetPeaks, memory } from "../processes.js";

/** @typedef {import("../contenders.js").Contender} Contender */
/** @typedef {import("../depth.js").Depth} Depth */
/** @typedef {import("playwright-core").Browser} Browser */

/** @param {import("../ground.js").Ground} ground @param {Depth} depth */
export async function measureMemory({ origin }, depth) {
  /** MB by contender's id and characters taught. @type {Record<string, Record<string, number>>} */
  const rows = {};
  /** @type {import("../ground.js").Skipped[]} */
  const skipped = [];
  for (const contender of [...OURS, ...PEERS]) {
    const browser = await launchBench();
    try {
      rows[contender.id] = await peaks({ browser, origin }, contender, depth);
    } catch (error) {
      skipped.push({ name: contender.name, why: reason(error) });
    }
    await browser.close();
  }
  return { sizes: depth.taught, rows, skipped };
}

/**
 * The highest that memory rose by then, in MB, from before the runtime was there: once so many characters were taught, and
 * drawings classified against them.
 *
 * @param {{ browser: Browser, origin: string }} ground
 * @param {Contender} contender
 * @param {Depth} depth
 */
async function peaks(ground, contender, { turn, teaching, taught }) {
  const why = absence(contender);
  if (why) throw new Error(why);
  const { id, runtime, options } = contender;
  const stage = await openStage(ground, []);
  await stage.call(id, "drawings", "support");
  await forgetPeaks(ground.browser);
  const before = await memory(ground.browser, "VmRSS");
  await stage.call(id, "open", runtime, options);
  /** @type {Record<string, number>} */
  const peaks = {};
  let peak = 0;
  let pace = 0;
  for (const count of taught) {
    if (pace * count > teaching) break;
    const start = performance.now();
    await stage.call(id, "teach", count);
    pace = (performance.now() - start) / count;
    await stage.call(id, "classify", turn);
    // Processes that have ended are in no later sum.
    peak = Math.max(peak, (await memory(ground.browser, "VmHWM")) - before);
    peaks[count] = peak;
  }
  return peaks;
}
