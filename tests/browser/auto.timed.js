// `auto` times the graphics processor against the CPU once, remembers it, and has each kind of work done by the faster.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { archives } from "../harness/data.js";
import { openPackage } from "../harness/package.js";

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
/** Modules that were downloaded, in order. @type {string[]} */
const modules = [];
before(async () => {
  opened = await openPackage({ webgpu: true, extra: await archives() });
  opened.page.context().on("response", (response) => {
    const engine = /wasm\/([\w-]+)\/.*\.wasm$/.exec(response.url())?.[1];
    if (engine) modules.push(engine);
  });
});
after(() => opened?.close());

/** Loads `instance` by `auto`, the software adapter allowed. */
async function load() {
  modules.length = 0;
  await opened.page.reload();
  return opened.page.evaluate(async () => {
    Object.assign(globalThis, { glimpse: await import(/** @type {any} */ ("/index.js")) });
    /** @type {(engine: import("glimpse").Engine) => void} */
    let onengine = () => {};
    const timed = new Promise((resolve) => (onengine = resolve));
    const instance = await glimpse.Glimpse.load({ system: "triplet", allowSoftware: true, onengine });
    Object.assign(globalThis, { instance, timed });
    return { kind: instance.engine.kind, paces: instance.engine.paces };
  });
}

/** Pretends that this was measured before. @param {Partial<import("glimpse").Pace>} webgpu */
async function rememberThat(webgpu) {
  await opened.page.evaluate((webgpu) => {
    const key = Object.keys(localStorage).find((key) => key.includes("triplet"));
    const pace = { classify: 5, replay: 50, fineTune: 50 };
    localStorage.setItem(/** @type {string} */ (key), JSON.stringify({ simd: pace, webgpu: { ...pace, ...webgpu } }));
  }, webgpu);
}

test("it starts on the CPU at once, times both on the same work, and keeps the faster", async (context) => {
  const first = await load();
  assert.deepEqual(first, { kind: "simd", paces: undefined });
  // A visitor who teaches meanwhile does not wait for it, and loses nothing.
  const answer = await opened.page.evaluate(async () => {
    for (const [i, [drawing]] of (await instance.invent({ seed: 7, characters: 3, drawers: 1 })).entries()) {
      await instance.learn(`${i}`, drawing);
    }
    return (await instance.classify(instance.examples[1].drawing)).ranking[0].label;
  });
  assert.equal(answer, "1");
  const { kind, paces } = await opened.page.evaluate(() => timed);
  assert.ok(paces?.simd && paces.webgpu);
  for (const work of /** @type {const} */ (["classify", "replay", "fineTune"])) {
    context.diagnostic(`${work}: simd ${paces.simd[work].toFixed(1)} ms, webgpu ${paces.webgpu[work].toFixed(1)} ms`);
    assert.ok(paces.simd[work] > 0 && paces.simd[work] < paces.webgpu[work], `software is no faster at ${work}`);
  }
  assert.equal(kind, "simd");
  assert.deepEqual(modules, ["simd-relaxed", "flex", "webgpu"]);
});

test("what was measured is remembered: the next time only one module is downloaded", async () => {
  const { kind, paces } = await load();
  assert.equal(kind, "simd");
  assert.ok(paces?.webgpu);
  await opened.page.evaluate(() => instance.embed({ strokes: [[1, 1, 9, 9]] }));
  assert.deepEqual(modules, ["simd-relaxed"]);
});

test("where the graphics processor learns faster, it fine-tunes, and the CPU goes on with what it learnt", async () => {
  await rememberThat({ fineTune: 1 });
  assert.equal((await load()).kind, "simd");
  const outcome = await opened.page.evaluate(async () => {
    for (const [i, [drawing]] of (await instance.invent({ seed: 7, characters: 3, drawers: 1 })).entries()) {
      await instance.learn(`${i}`, drawing);
    }
    const query = { strokes: [[10, 10, 60, 90, 90, 20]] };
    const before = (await instance.classify(query)).ranking;
    await instance.fineTune({ steps: 2 });
    const after = (await instance.classify(query)).ranking;
    const tuned = instance.tunedWeights?.length ?? 0;
    await instance.undoFineTune();
    const undone = (await instance.classify(query)).ranking;
    return { kind: instance.engine.kind, tuned, before, after, undone };
  });
  assert.deepEqual(modules, ["simd-relaxed", "webgpu"]);
  assert.equal(outcome.kind, "simd");
  assert.ok(outcome.tuned > 0);
  assert.notDeepEqual(outcome.after, outcome.before);
  assert.deepEqual(outcome.undone, outcome.before);
});

test("where it is faster at batches, it replays, and decides as the CPU does", async () => {
  await rememberThat({ replay: 1 });
  assert.equal((await load()).kind, "simd");
  const replayed = await opened.page.evaluate(async () => {
    const archive = await (await fetch("/all_runs.zip")).blob();
    const cpu = await glimpse.Glimpse.load({ system: "triplet", engine: "flex" });
    const replayed = [];
    for (const glimpse of [instance, cpu]) {
      const chosen = [];
      for await (const trial of glimpse.replay({ archive, episodes: 1 })) chosen.push(trial.chosen);
      replayed.push(chosen);
    }
    cpu.dispose();
    return replayed;
  });
  assert.deepEqual(modules, ["simd-relaxed", "flex", "webgpu", "archives"]);
  assert.equal(replayed[0].length, 20);
  assert.deepEqual(replayed[0], replayed[1]);
});

test("where it is faster at single drawings, it is what is loaded", async () => {
  await rememberThat({ classify: 1 });
  assert.equal((await load()).kind, "webgpu");
  assert.deepEqual(modules, ["webgpu"]);
});
