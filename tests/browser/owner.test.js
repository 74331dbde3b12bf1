// Page and worker know the same, whatever is aborted and whichever engine computes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openPackage, smallSigns } from "../harness/package.js";

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage({ webgpu: true });
  await opened.page.evaluate(smallSigns);
});
after(() => opened?.close());

for (const system of /** @type {const} */ (["siamese", "triplet", "relation"])) {
  test(`${system}: a drawing whose teaching is aborted after it was sent is known on both sides or on none`, async () => {
    const outcomes = await opened.page.evaluate(async (system) => {
      const { A, B, C, tasks } = /** @type {any} */ (globalThis);
      const outcomes = [];
      for (const count of [0, 1, 2, 5, 20]) {
        const instance = await glimpse.Glimpse.load({ engine: "simd", system });
        const controller = new AbortController();
        const learning = instance.learn("a", A, { signal: controller.signal }).then(() => "done", (reason) => reason);
        await tasks(count);
        controller.abort("enough");
        await instance.learn("b", B);
        await instance.learn("c", C);
        const { ranking } = await instance.classify(B);
        outcomes.push({ fate: await learning, labels: instance.labels, ranked: ranking.map(({ label }) => label) });
        instance.dispose();
      }
      return outcomes;
    }, system);
    for (const { fate, labels, ranked } of outcomes) {
      const known = fate === "done" ? ["a", "b", "c"] : ["b", "c"];
      assert.deepEqual([labels, [...ranked].sort()], [known, known], fate);
      if (system !== "relation") assert.equal(ranked[0], "b");
    }
  });
}

test("forgetting that is aborted forgets on both sides or on none", async () => {
  const outcomes = await opened.page.evaluate(async () => {
    const { A, B, C, tasks } = /** @type {any} */ (globalThis);
    const outcomes = [];
    for (const count of [0, 1, 2, 5, 20]) {
      const instance = await glimpse.Glimpse.load({ engine: "simd" });
      for (const [i, drawing] of [A, B, C].entries()) await instance.learn("abc"[i], drawing);
      const controller = new AbortController();
      const forgetting = instance.forget("a", { signal: controller.signal }).then(() => "done", (reason) => reason);
      await tasks(count);
      controller.abort("enough");
      const { ranking } = await instance.classify(B);
      outcomes.push({ fate: await forgetting, labels: instance.labels, ranked: ranking.map(({ label }) => label) });
      instance.dispose();
    }
    return outcomes;
  });
  for (const { fate, labels, ranked } of outcomes) {
    const known = fate === "done" ? ["b", "c"] : ["a", "b", "c"];
    assert.deepEqual([labels, [...ranked].sort(), ranked[0]], [known, known, "b"], fate);
  }
});

test("weights whose adoption is aborted are in place on both sides or on none", async () => {
  const outcomes = await opened.page.evaluate(async () => {
    const { A, B, tasks } = /** @type {any} */ (globalThis);
    const instance = await glimpse.Glimpse.load({ engine: "simd", system: "triplet" });
    await instance.learn("a", A);
    await instance.learn("b", B);
    const query = { strokes: [[10, 10, 60, 90, 90, 20]] };
    const ranked = async () => JSON.stringify((await instance.classify(query)).ranking);
    const trained = await ranked();
    await instance.fineTune({ steps: 20 });
    const weights = /** @type {Uint8Array} */ (instance.tunedWeights);
    const tuned = await ranked();
    const outcomes = [];
    for (const count of [0, 1, 2, 5, 20]) {
      await instance.adoptWeights();
      const controller = new AbortController();
      const adopting = instance.adoptWeights(weights, { signal: controller.signal }).then(() => "done", (reason) => reason);
      await tasks(count);
      controller.abort("enough");
      const answered = await ranked();
      const fate = await adopting;
      outcomes.push({ fate, page: instance.tunedWeights !== undefined, engine: answered === tuned, trained: answered === trained });
    }
    instance.dispose();
    return { outcomes, differ: tuned !== trained };
  });
  assert.ok(outcomes.differ, "fine-tuning changes the answers");
  for (const { fate, page, engine, trained } of outcomes.outcomes) {
    assert.deepEqual([page, engine, trained], fate === "done" ? [true, true, false] : [false, false, true], fate);
  }
});

test("a load that is aborted while the worker itself is still loading ends at once", async () => {
  const page = await opened.browser.newPage();
  try {
    /** @type {(value?: unknown) => void} */
    let go = () => {};
    const held = new Promise((resolve) => (go = resolve));
    await page.route("**/worker.js", async (route) => {
      await held;
      await route.continue().catch(() => {});
    });
    await page.goto(`${opened.origin}/blank.html`);
    const outcome = await page.evaluate(async () => {
      const { Glimpse } = await import(/** @type {any} */ ("/index.js"));
      const reasons = [];
      for (const engine of ["simd", "auto"]) {
        const started = performance.now();
        const reason = await Glimpse.load({ engine, signal: AbortSignal.timeout(100) }).catch((/** @type {any} */ error) => error.name);
        reasons.push([reason, performance.now() - started < 2000]);
      }
      return reasons;
    });
    go();
    assert.deepEqual(outcome, [["TimeoutError", true], ["TimeoutError", true]]);
  } finally {
    await page.close();
  }
});

test("what cannot be sent leaves nothing behind", async () => {
  const outcome = await opened.page.evaluate(async () => {
    const { A } = /** @type {any} */ (globalThis);
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (/** @type {any[]} */ ...given) => ((listeners += 1), addEventListener.apply(signal, /** @type {any} */ (given)));
    signal.removeEventListener = (/** @type {any[]} */ ...given) => (
      (listeners -= 1), removeEventListener.apply(signal, /** @type {any} */ (given))
    );
    for (let i = 0; i < 10; i += 1) await instance.embed(A, { signal });
    instance.dispose();
    return listeners;
  });
  assert.equal(outcome, 0, "no listener stays on a signal that outlives its calls");
});

describe("in a page that computes by itself", () => {
  test("the trap of somebody else's module ends no call of ours", async () => {
    const outcome = await opened.page.evaluate(async () => {
      const { A } = /** @type {any} */ (globalThis);
      /** @type {unknown[]} */
      const recoveries = [];
      const onrecover = (/** @type {unknown} */ recovery) => recoveries.push(recovery);
      const instance = await glimpse.Glimpse.load({ engine: "flex", worker: false, onrecover });
      // (func (export "trap") unreachable)
      const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10, 5, 1, 3, 0, 0, 11];
      const { exports } = (await WebAssembly.instantiate(Uint8Array.from(bytes))).instance;
      addEventListener("error", (event) => event.preventDefault(), { once: true });
      const embedding = instance.embed(A);
      for (let i = 0; i < 5; i += 1) setTimeout(/** @type {() => void} */ (exports.trap), i);
      const { length } = await embedding;
      await new Promise((done) => setTimeout(done, 50));
      await instance.learn("a", A);
      instance.dispose();
      return { length, recoveries };
    });
    assert.deepEqual(outcome, { length: 2048, recoveries: [] });
  });

  test("the loss of somebody else's graphics device does not either", async () => {
    const outcome = await opened.page.evaluate(async () => {
      const { A, B } = /** @type {any} */ (globalThis);
      /** @type {unknown[]} */
      const recoveries = [];
      const onrecover = (/** @type {unknown} */ recovery) => recoveries.push(recovery);
      const loading = glimpse.Glimpse.load({ engine: "webgpu", worker: false, onrecover });
      // While ours opens, somebody opens and loses theirs, again and again.
      const { gpu } = /** @type {any} */ (navigator);
      let over = false;
      const theirs = (async () => {
        while (!over) {
          const device = await (await gpu.requestAdapter()).requestDevice();
          device.destroy();
          await device.lost;
        }
      })();
      const instance = await loading;
      over = true;
      await theirs;
      await instance.learn("a", A);
      await instance.learn("b", B);
      const best = (await instance.classify(B)).ranking[0].label;
      const { kind } = instance.engine;
      instance.dispose();
      return { best, kind, recoveries };
    });
    assert.deepEqual(outcome, { best: "b", kind: "webgpu", recoveries: [] });
  });
});

test("while another engine takes over nothing is lost: neither what is being taught nor a picture that is being read", async () => {
  const page = await opened.browser.newPage();
  page.setDefaultTimeout(120_000);
  try {
    // As if the graphics processor had been the faster one: it is software here.
    await page.route("**/index.js", async (route) => {
      const response = await route.fetch();
      const pace = "async function measurePace({ engine }) { const n = engine.kind === 'webgpu' ? 1 : 9; return { classify: n, replay: n, fineTune: n }; }";
      const script = await response.text();
      const body = script.replace("async function measurePace", `${pace}\nasync function unused`);
      assert.notEqual(body, script);
      await route.fulfill({ response, body });
    });
    await page.goto(`${opened.origin}/blank.html`);
    const outcome = await page.evaluate(async () => {
      const { Glimpse } = /** @type {typeof import("glimpse")} */ (await import(/** @type {any} */ ("/index.js")));
      /** @type {(engine: import("glimpse").Engine) => void} */
      let moved = () => {};
      const engine = new Promise((resolve) => (moved = resolve));
      let over = false;
      const instance = await Glimpse.load({ system: "triplet", allowSoftware: true, onengine: (engine) => ((over = true), moved(engine)) });
      const first = instance.engine.kind;
      const invented = (await instance.invent({ seed: 7, characters: 40, drawers: 10 })).flat();
      const canvas = new OffscreenCanvas(900, 900);
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
      context.lineWidth = 20;
      context.strokeRect(200, 200, 500, 500);
      const picture = await canvas.convertToBlob();
      // One call after the other, without a pause, some forgotten again.
      let taught = 0;
      /** @type {string[]} */
      const wrong = [];
      while (!over && taught < invented.length) {
        const strokes = invented[taught];
        const label = `${taught}`;
        const calls = [instance.learn(label, taught % 5 === 0 ? picture : strokes)];
        if (taught % 7 === 3) calls.push(instance.forget(label));
        if (taught % 5 !== 0) {
          const asked = instance.classify(strokes).catch((error) => error.kind);
          if (taught % 7 !== 3) calls.push(asked.then((answer) => void (typeof answer === "string" || answer.ranking[0].label === label || wrong.push(label))));
        }
        await Promise.all(calls.slice(0, taught % 3));
        taught += 1;
      }
      const { kind } = /** @type {import("glimpse").Engine} */ (await engine);
      // Answered after all that was asked before.
      const ranked = (await instance.classify(invented[1])).ranking;
      const { labels } = instance;
      const expected = Array.from({ length: taught }, (_, i) => i).filter((i) => i % 7 !== 3);
      instance.dispose();
      return { first, kind, wrong, taught, labels, best: ranked[0].label, ranked: ranked.length, expected: expected.map(String) };
    });
    assert.deepEqual([outcome.first, outcome.kind], ["simd", "webgpu"]);
    assert.ok(outcome.taught > 10, `${outcome.taught} were taught meanwhile`);
    assert.deepEqual(outcome.labels, outcome.expected);
    assert.deepEqual([outcome.ranked, outcome.best, outcome.wrong], [outcome.expected.length, "1", []]);
  } finally {
    await page.close();
  }
});
