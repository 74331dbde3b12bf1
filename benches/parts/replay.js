// Episodes replayed by our package, with one worker and with two: all 400 official trials, and how cost grows.
import { launch } from "../../tests/harness/chromium.js";
import { absence, OURS } from "../contenders.js";
import { openPage, reason } from "../ground.js";
import { forgetPeaks, memory } from "../processes.js";
import { spread } from "../statistics.js";

const WORKERS = [1, 2];

/** The package itself takes relaxed SIMD where it is there. */
const REPLAYING = OURS.filter(({ id }) => id === "glimpse-simd" || id === "glimpse-flex");

/** @param {import("../ground.js").Ground} ground @param {import("../depth.js").Depth} depth */
export async function measureReplay({ browser, origin }, { rounds }) {
  const page = await openPage(browser, `${origin}/bench.html`);
  /** Milliseconds by engine and workers. @type {Record<string, Record<string, number[]>>} */
  const times = {};
  /** Trials decided rightly. @type {Record<string, number>} */
  const right = {};
  /** @type {import("../ground.js").Skipped[]} */
  const skipped = [];
  for (const contender of REPLAYING) {
    const { id, name, options } = contender;
    try {
      const why = absence(contender);
      if (why) throw new Error(why);
      right[id] = await page.evaluate(prepare, { id, engine: options.engine, archive: "/all_runs.zip", options: {} });
      times[id] = Object.fromEntries(WORKERS.map((workers) => [workers, []]));
    } catch (error) {
      skipped.push({ name, why: reason(error) });
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const [id, byWorkers] of Object.entries(times)) {
      for (const workers of WORKERS) byWorkers[workers].push(await page.evaluate(replay, { id, options: { workers } }));
    }
  }
  await page.context().close();
  const rows = Object.entries(times).map(([id, byWorkers]) => [
    id,
    Object.fromEntries(Object.entries(byWorkers).map(([workers, times]) => [workers, spread(times)])),
  ]);
  return { sizes: WORKERS, rows: Object.fromEntries(rows), right, skipped };
}

/**
 * How time and memory grow with the episodes, on the fastest engine, in a browser for each number of workers.
 *
 * @param {import("../ground.js").Ground} ground
 * @param {import("../depth.js").Depth} depth
 */
export async function measureReplaying({ origin }, { episodes, replays }) {
  const [{ id, name, options }] = REPLAYING;
  const protocol = /** @type {const} */ ("random-20-way-1-shot");
  /** By workers and episodes: milliseconds, and MB held at most until then. @type {Record<string, Record<string, import("../statistics.js").Spread & { memory: number }>>} */
  const rows = {};
  /** @type {import("../ground.js").Skipped[]} */
  const skipped = [];
  for (const workers of WORKERS) {
    const browser = await launch({ webgpu: false });
    try {
      const page = await openPage(browser, `${origin}/bench.html`);
      page.setDefaultTimeout(0);
      await forgetPeaks(browser);
      const before = await memory(browser, "VmRSS");
      const archive = "/images_evaluation.zip";
      await page.evaluate(prepare, { id, engine: options.engine, archive, options: { protocol, episodes: 1 } });
      rows[workers] = {};
      let peak = 0;
      for (const count of episodes) {
        const times = [];
        for (let round = 0; round < replays; round++) {
          times.push(await page.evaluate(replay, { id, options: { protocol, episodes: count, workers } }));
        }
        // Processes that have ended are in no later sum.
        peak = Math.max(peak, (await memory(browser, "VmHWM")) - before);
        rows[workers][count] = { ...spread(times), memory: peak };
      }
    } catch (error) {
      skipped.push({ name: `${name}, ${workers} workers`, why: reason(error) });
    }
    await browser.close();
  }
  return { sizes: episodes, rows, skipped };
}

/** @typedef {Omit<import("glimpse").ReplayOptions, "archive">} Options */

/**
 * Loads an engine in the page, and replays once untimed.
 *
 * @param {{ id: string, engine: any, archive: string, options: Options }} replayed
 */
async function prepare({ id, engine, archive, options }) {
  /** @type {typeof import("glimpse")} */
  const { Glimpse } = await import(/** @type {any} */ ("/index.js"));
  const blob = await (await fetch(archive)).blob();
  const instance = await Glimpse.load({ engine });
  globalThis.replaying = { ...globalThis.replaying, [id]: { instance, archive: blob } };
  let right = 0;
  for await (const { correct } of instance.replay({ ...options, archive: blob, workers: 1 })) right += Number(correct);
  return right;
}

/** @param {{ id: string, options: Options }} replayed */
async function replay({ id, options }) {
  const { instance, archive } = globalThis.replaying[id];
  const start = performance.now();
  for await (const _ of instance.replay({ ...options, archive }));
  return performance.now() - start;
}
