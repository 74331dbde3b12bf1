// One function on every engine: the same drawing, the same features; the same trials, the same decisions.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { archives, OUTPUT, ROOT } from "../harness/data.js";
import { openPackage } from "../harness/package.js";
import { weightsThatFail } from "../harness/weights.js";

/** @typedef {import("glimpse").EngineKind} EngineKind */
/** @typedef {import("glimpse").System} System */
/** @typedef {import("glimpse").Protocol} Protocol */
/** @typedef {Pick<import("glimpse").Trial, "episode" | "trial" | "truth" | "chosen" | "scores">} Decision */

/** Official runs that each engine replays; WebGPU is software here, and slow. @type {Record<EngineKind, number>} */
const RUNS = { simd: 20, flex: 20, ndarray: 4, webgpu: 1 };

/** @type {System[]} */
const SYSTEMS = ["siamese", "triplet", "relation"];

/** The other protocols, and a system to replay each with. @type {Partial<Record<Protocol, System>>} */
const SAMPLED = {
  "random-5-way-1-shot": "siamese",
  "random-5-way-5-shot": "triplet",
  "random-20-way-1-shot": "relation",
  "random-20-way-5-shot": "siamese",
  "within-alphabet": "triplet",
  verification: "relation",
  mnist: "siamese",
};

/** Episodes of each of them. */
const EPISODES = 5;

/** Largest difference between features on two engines. */
const TOLERANCE = 1e-3;

/** Largest difference between a score here and the native program's. */
const SCORE_TOLERANCE = 0.01;

/** Of 400 decisions, how many may differ from the native program's. */
const MAY_DIFFER = 1;

const ENGINES = /** @type {EngineKind[]} */ (Object.keys(RUNS));

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage({ webgpu: true, extra: { ...(await archives()), "/failing.safetensors": await weightsThatFail() } });
  await mkdir(OUTPUT, { recursive: true });
});
after(() => opened?.close());

test("a browser without relaxed SIMD gets the module that does without, and the same features and similarity", async () => {
  const { page, origin } = opened;
  /** @type {string[]} */
  const modules = [];
  page.on("request", (request) => {
    if (request.url().endsWith(".wasm")) modules.push(request.url().replace(`${origin}/wasm/`, ""));
  });
  const off = await page.evaluate(async () => {
    const drawing = { strokes: [[20, 20, 80, 80], [20, 80, 80, 20, 50, 10]] };
    const compute = async () => {
      const instance = await glimpse.Glimpse.load({ engine: "simd", worker: false });
      const features = [...(await instance.embed(drawing))];
      // More than are compared exactly.
      const invented = await instance.invent({ seed: 5, characters: 50, drawers: 1 });
      for (const [i, [example]] of invented.entries()) await instance.learn(`${i}`, example);
      const { ranking } = await instance.classify(drawing);
      instance.dispose();
      const similarity = ranking.toSorted((a, b) => Number(a.label) - Number(b.label)).map(({ similarity }) => similarity);
      return { features, similarity };
    };
    const relaxed = await compute();
    const { validate } = WebAssembly;
    // An instruction of relaxed SIMD: 253, and 128 or more with another byte.
    const isRelaxed = (/** @type {BufferSource} */ bytes) => /\b253,1[2-9]\d,2\b/.test(`${bytes}`);
    WebAssembly.validate = (bytes) => !isRelaxed(bytes) && validate(bytes);
    const plain = await compute().finally(() => (WebAssembly.validate = validate));
    /** @param {"features" | "similarity"} of */
    const furthest = (of) => Math.max(...relaxed[of].map((value, i) => Math.abs(value - plain[of][i])));
    return { features: furthest("features"), similarity: furthest("similarity"), labels: plain.similarity.length };
  });
  assert.deepEqual(modules, ["simd-relaxed/glimpse_bg.wasm", "simd/glimpse_bg.wasm"]);
  assert.equal(off.labels, 50);
  assert.ok(off.features <= 1e-4, `features are off by ${off.features}`);
  // A feature between two whole numbers may be either.
  assert.ok(off.similarity <= 0.01, `a similarity is off by ${off.similarity}`);
});

for (const system of SYSTEMS) {
  test(`${system}'s features of invented characters agree on all engines`, async (context) => {
    const [first, ...others] = ENGINES;
    const expected = await opened.page.evaluate(embedInvented, { system, engine: first });
    assert.ok(expected.some((value) => value !== 0), "the features say something");
    for (const engine of others) {
      const features = await opened.page.evaluate(embedInvented, { system, engine });
      assert.equal(features.length, expected.length);
      const largest = Math.max(...features.map((value, i) => Math.abs(value - expected[i])));
      context.diagnostic(`${engine}: ${features.length} features, off by at most ${largest.toExponential(1)}`);
      assert.ok(largest <= TOLERANCE, `${engine} is off by ${largest}`);
    }
  });
}

/** @param {{ system: System, engine: EngineKind }} options */
async function embedInvented(options) {
  const instance = await glimpse.Glimpse.load(options);
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
      const failed = await Glimpse.load({ engine, weights: "/failing.safetensors" }).catch(({ kind }) => kind);
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

for (const system of SYSTEMS) {
  describe(`${system} on the official trials`, () => {
    /** @type {Decision[]} */
    let native;
    before(async () => {
      native = await evaluate(system, "official");
      assert.equal(native.length, 400);
    });

    for (const engine of ENGINES) {
      test(`decides on ${engine} as the native program does`, async (context) => {
        const options = { system, engine, protocol: /** @type {const} */ ("official"), episodes: RUNS[engine] };
        const decisions = await opened.page.evaluate(replay, options);
        assert.equal(decisions.length, RUNS[engine] * 20);
        const other = decisions.filter((decision) => counterpart(native, decision).chosen !== decision.chosen);
        context.diagnostic(`${decisions.length} trials, ${other.length} decided otherwise`);
        assert.ok(other.length <= MAY_DIFFER, JSON.stringify(other));
      });
    }
  });
}

for (const [protocol, system] of /** @type {[Protocol, System][]} */ (Object.entries(SAMPLED))) {
  test(`${protocol} makes the same episodes as the native program, and ${system} scores them alike`, async () => {
    const native = await evaluate(system, protocol, ["--episodes", String(EPISODES), "--seed", "7"]);
    const decisions = await opened.page.evaluate(replay, { system, protocol, seed: 7, episodes: EPISODES });
    assert.ok(decisions.length >= EPISODES);
    for (const decision of decisions) {
      const { truth, scores } = counterpart(native, decision);
      assert.equal(decision.truth, truth);
      assert.equal(decision.scores.length, scores.length);
      const largest = Math.max(...scores.map((score, i) => Math.abs(score - decision.scores[i])));
      assert.ok(largest <= SCORE_TOLERANCE, `episode ${decision.episode}: a score is off by ${largest}`);
    }
  });
}

/**
 * Every trial as the native program decides it.
 *
 * @param {System} system
 * @param {Protocol} protocol
 * @param {string[]} options
 * @returns {Promise<Decision[]>}
 */
async function evaluate(system, protocol, options = []) {
  const path = join(OUTPUT, `native-${system}-${protocol}.json`);
  const task = ["--system", system, "--protocol", protocol, ...options, "--json", "--trials-file", path];
  // `cargo xtask test` says where the program is that it built: cargo, asked in other circumstances, would build it again.
  const { GLIMPSE } = process.env;
  await promisify(execFile)(GLIMPSE ?? "cargo", [...(GLIMPSE ? [] : ["glimpse"]), "evaluate", ...task], { cwd: ROOT });
  return JSON.parse(await readFile(path, "utf8"));
}

/**
 * The native program's decision of the same trial.
 *
 * @param {Decision[]} native
 * @param {Decision} decision
 */
function counterpart(native, { episode, trial }) {
  const found = native.find((other) => other.episode === episode && other.trial === trial);
  assert.ok(found, `the native program has no trial ${trial} of episode ${episode}`);
  return found;
}

/** @param {{ system: System, engine?: EngineKind, protocol: Protocol, seed?: number, episodes: number }} options */
async function replay({ system, engine = "flex", ...options }) {
  const instance = await glimpse.Glimpse.load({ system, engine });
  const file = async (/** @type {string} */ name) => (await fetch(`/${name}`)).blob();
  const archive =
    options.protocol === "official"
      ? await file("all_runs.zip")
      : options.protocol === "mnist"
        ? { images: await file("t10k-images-idx3-ubyte.gz"), labels: await file("t10k-labels-idx1-ubyte.gz") }
        : await file("images_evaluation.zip");
  /** @type {Decision[]} */
  const decisions = [];
  for await (const { pictures, correct, ...decision } of instance.replay({ ...options, archive })) {
    decisions.push(decision);
  }
  instance.dispose();
  return decisions;
}
