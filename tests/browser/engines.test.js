// One function on every engine: the same drawing, the same features; the same trials, the same decisions.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { officialRuns, OUTPUT, ROOT } from "../harness/data.js";
import { openPackage } from "../harness/package.js";

/** @typedef {import("glimpse").EngineKind} EngineKind */
/** @typedef {{ run: number, trial: number, chosen: number }} Decision */

/** Runs that each engine replays; WebGPU is software here, and slow. @type {Record<EngineKind, number>} */
const RUNS = { flex: 20, ndarray: 20, webgpu: 2 };

/** Largest difference between features on two engines. */
const TOLERANCE = 1e-3;

/** Of 400 decisions, how many may differ from the native program's. */
const MAY_DIFFER = 2;

const ENGINES = /** @type {EngineKind[]} */ (Object.keys(RUNS));

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage({ webgpu: true, extra: { "/all_runs.zip": await officialRuns() } });
});
after(() => opened?.close());

test("the features of invented characters agree on all engines", async (context) => {
  const features = await Promise.all(ENGINES.map((engine) => opened.page.evaluate(embedInvented, engine)));
  for (const [i, engine] of ENGINES.entries()) {
    const differences = features[i].map((value, j) => Math.abs(value - features[0][j]));
    const largest = Math.max(...differences);
    context.diagnostic(`${engine}: ${features[i].length} features, off by at most ${largest.toExponential(1)}`);
    assert.equal(features[i].length, features[0].length);
    assert.ok(features[i].some((value) => value !== 0), "the features say something");
    assert.ok(largest <= TOLERANCE, `${engine} is off by ${largest}`);
  }
});

/** @param {EngineKind} engine */
async function embedInvented(engine) {
  const instance = await glimpse.Glimpse.load({ engine });
  const invented = await instance.invent({ seed: 3, characters: 4, drawers: 2 });
  const features = [];
  for (const drawing of invented.flat()) features.push(...(await instance.embed(drawing)));
  instance.dispose();
  return features;
}

for (const engine of ENGINES) {
  test(`${engine} serves two instances side by side, one opened after another failed`, async () => {
    const outcome = await opened.page.evaluate(async (engine) => {
      const { Glimpse } = glimpse;
      const first = await Glimpse.load({ engine });
      const failed = await Glimpse.load({ engine, failSelfTest: [engine] }).catch(({ kind }) => kind);
      const second = await Glimpse.load({ engine });
      const drawing = { strokes: [[20, 20, 80, 20, 80, 80]] };
      const same = String(await first.embed(drawing)) === String(await second.embed(drawing));
      first.dispose();
      second.dispose();
      return { failed, same };
    }, engine);
    assert.deepEqual(outcome, { failed: "SelfTestFailed", same: true });
  });
}

describe("on the official trials", () => {
  /** @type {Map<string, number>} */
  const native = new Map();
  before(async () => {
    await mkdir(OUTPUT, { recursive: true });
    const path = join(OUTPUT, "native-trials.json");
    const evaluate = ["evaluate", "--system", "siamese", "--protocol", "official", "--json", "--trials-file", path];
    await promisify(execFile)("cargo", ["run", "--release", "--bin", "glimpse", "--", ...evaluate], { cwd: ROOT });
    for (const { run, trial, chosen } of /** @type {Decision[]} */ (JSON.parse(await readFile(path, "utf8")))) {
      native.set(`${run} ${trial}`, chosen);
    }
    assert.equal(native.size, 400);
  });

  for (const engine of ENGINES) {
    test(`${engine} decides as the native program does`, async (context) => {
      const decisions = await opened.page.evaluate(replay, { engine, runs: RUNS[engine] });
      assert.equal(decisions.length, RUNS[engine] * 20);
      const other = decisions.filter(({ run, trial, chosen }) => native.get(`${run} ${trial}`) !== chosen);
      context.diagnostic(`${decisions.length} trials, ${other.length} decided otherwise`);
      assert.ok(other.length <= MAY_DIFFER, JSON.stringify(other));
    });
  }
});

/** @param {{ engine: EngineKind, runs: number }} options */
async function replay({ engine, runs }) {
  const instance = await glimpse.Glimpse.load({ engine });
  const archive = await (await fetch("/all_runs.zip")).arrayBuffer();
  /** @type {Decision[]} */
  const decisions = [];
  for await (const { run, trial, chosen } of instance.replay({ archive, runs: [...Array(runs).keys()] })) {
    decisions.push({ run, trial, chosen });
  }
  instance.dispose();
  return decisions;
}
