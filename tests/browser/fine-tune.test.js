// Fine-tuning in the package: what it tells, what it leaves alone, and what it keeps.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openPackage } from "../harness/package.js";

/** @type {import("glimpse").System[]} */
const SYSTEMS = ["siamese", "triplet", "relation"];

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage({ webgpu: true });
  await opened.page.evaluate(() => {
    /**
     * An instance that knows invented characters, and further drawings of them.
     *
     * @param {import("glimpse").LoadOptions} options
     */
    const taught = async (options, { characters = 5, drawers = 1 } = {}) => {
      const instance = await glimpse.Glimpse.load(options);
      const invented = await instance.invent({ seed: 7, characters, drawers: drawers + 1 });
      const queries = [];
      for (const [i, drawings] of invented.entries()) {
        for (const drawing of drawings.slice(0, drawers)) await instance.learn(`${i}`, drawing);
        queries.push(drawings[drawers]);
      }
      return { instance, queries };
    };
    /** @param {import("glimpse").Glimpse} instance @param {import("glimpse").Strokes[]} queries */
    const rankings = async (instance, queries) => {
      const rankings = [];
      for (const query of queries) rankings.push((await instance.classify(query)).ranking);
      return rankings;
    };
    Object.assign(globalThis, { taught, rankings });
  });
});
after(() => opened?.close());

for (const system of SYSTEMS) {
  test(`${system}: every step is told, the best network goes on, and undo brings the former one back`, async () => {
    const outcome = await opened.page.evaluate(async (system) => {
      const { instance, queries } = await taught({ system, engine: "flex" }, { drawers: 2 });
      const trained = await rankings(instance, queries);
      /** @type {import("glimpse").FineTuneProgress[]} */
      const told = [];
      const result = await instance.fineTune({ steps: 50, onstep: (progress) => told.push(progress) });
      const tuned = { rankings: await rankings(instance, queries), weights: instance.tunedWeights?.length ?? 0 };
      const undone = await instance.undoFineTune();
      const again = await rankings(instance, queries);
      const weights = instance.tunedWeights;
      const nothing = await instance.undoFineTune();
      instance.dispose();
      return { told, result, trained, tuned, undone, again, weights, nothing };
    }, system);

    const { told, result } = outcome;
    assert.equal(told[0].step, 0);
    const steps = told.filter(({ loss }) => loss !== undefined);
    assert.deepEqual(steps.map(({ step }) => step), Array.from({ length: 50 }, (_, i) => i + 1));
    assert.deepEqual(steps.map(({ loss }) => loss), result.losses);
    assert.ok(steps.slice(1).every(({ secondsLeft }) => secondsLeft !== undefined && secondsLeft >= 0));
    const { before, after } = result;
    assert.ok(after.accuracy > before.accuracy || (after.accuracy === before.accuracy && after.loss <= before.loss));
    // Of the last block’s 64 × 128 kernels of nine numbers, four bytes each, an eighth is free; the head comes along, and Relation’s is larger.
    const whole = 64 * 128 * 9 * 4;
    assert.ok(result.best > 0 && outcome.tuned.weights > whole / 8, "some step helps, and its weights can be kept");
    assert.ok(outcome.tuned.weights < whole || system === "relation", "weights are kept tied");
    assert.notDeepEqual(outcome.tuned.rankings, outcome.trained);
    assert.deepEqual(outcome.again, outcome.trained);
    assert.deepEqual([outcome.undone, outcome.nothing, outcome.weights], [true, false, undefined]);
  });
}

test("losses agree within 1 % over the first five steps on flex, ndarray and WebGPU", async () => {
  /** @type {number[][]} */
  const losses = [];
  for (const engine of /** @type {const} */ (["flex", "ndarray", "webgpu"])) {
    losses.push(
      await opened.page.evaluate(async (engine) => {
        const { instance } = await taught({ engine }, { characters: 4, drawers: 2 });
        const { losses } = await instance.fineTune({ steps: 5, seed: 9 });
        instance.dispose();
        return losses;
      }, engine),
    );
  }
  const [flex, ...others] = losses;
  assert.equal(flex.length, 5);
  for (const other of others) {
    for (const [i, loss] of flex.entries()) {
      assert.ok(Math.abs(other[i] - loss) <= 0.01 * loss, `step ${i + 1}: ${JSON.stringify(losses)}`);
    }
  }
});

test("other calls are answered while it runs, one between two steps", async () => {
  const between = await opened.page.evaluate(async () => {
    const { instance, queries } = await taught({ engine: "flex" });
    const other = await taught({ engine: "flex" });
    let step = 0;
    const tuning = instance.fineTune({ steps: 20, onstep: (progress) => (step = progress.step) });
    /** @type {number[]} */
    const between = [];
    const asked = [...queries, ...queries].flatMap((query) => [
      instance.classify(query).then(() => between.push(step)),
      other.instance.classify(query),
    ]);
    await Promise.all([tuning, ...asked]);
    instance.dispose();
    other.instance.dispose();
    return between;
  });
  assert.ok(between.every((step, i) => i === 0 || step - between[i - 1] <= 3), `steps between answers: ${between}`);
  assert.ok(between[between.length - 1] < 20, "all were answered before the end");
});

test("an abort leaves everything as it was, and at once", async () => {
  const outcome = await opened.page.evaluate(async () => {
    const { instance, queries } = await taught({ engine: "flex" });
    const trained = await rankings(instance, queries);
    const controller = new AbortController();
    const { signal } = controller;
    let steps = 0;
    const onstep = (/** @type {import("glimpse").FineTuneProgress} */ { step }) => {
      steps = step;
      if (step === 4) controller.abort("enough");
    };
    const reason = await instance.fineTune({ steps: 50, signal, onstep }).catch((reason) => reason);
    const after = await rankings(instance, queries);
    const tuned = instance.tunedWeights;
    const aborted = await instance.fineTune({ signal }).catch((reason) => reason);
    instance.dispose();
    return { reason, steps, same: JSON.stringify(after) === JSON.stringify(trained), tuned, aborted };
  });
  assert.deepEqual(outcome, { reason: "enough", steps: 4, same: true, tuned: undefined, aborted: "enough" });
});

test("an abort that reaches the engine when its work is done leaves everything as it was", async () => {
  const outcome = await opened.page.evaluate(async () => {
    const { instance, queries } = await taught({ engine: "flex" });
    const trained = await rankings(instance, queries);
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (/** @type {any[]} */ ...sent) {
      if (!("abort" in sent[0])) Reflect.apply(postMessage, this, sent);
    };
    const controller = new AbortController();
    const onstep = (/** @type {import("glimpse").FineTuneProgress} */ { step }) => {
      if (step === 4) controller.abort("enough");
    };
    const reason = await instance.fineTune({ steps: 4, signal: controller.signal, onstep }).catch((reason) => reason);
    // Learning is computed by the same host, after the last step.
    await instance.learn("one more", queries[0]);
    await instance.forget("one more");
    const after = await rankings(instance, queries);
    Worker.prototype.postMessage = postMessage;
    const { tunedWeights: tuned } = instance;
    instance.dispose();
    return { reason, same: JSON.stringify(after) === JSON.stringify(trained), tuned };
  });
  assert.deepEqual(outcome, { reason: "enough", same: true, tuned: undefined });
});

test("what was taught and tuned is saved, and ranks the same on another engine", async () => {
  for (const system of SYSTEMS) {
    const { before, after, examples } = await opened.page.evaluate(async (system) => {
      const { instance, queries } = await taught({ system, engine: "flex" }, { drawers: 2 });
      await instance.fineTune({ steps: 50 });
      const before = await rankings(instance, queries);
      const file = await instance.save("mine");
      instance.dispose();
      const restored = await glimpse.Glimpse.restore(file, { engine: "ndarray" });
      const after = await rankings(restored, queries);
      const { examples, engine } = restored;
      restored.dispose();
      return { before, after, examples: examples.length, engine };
    }, system);
    assert.equal(examples, 10);
    for (const [i, ranking] of before.entries()) {
      assert.deepEqual(after[i].map(({ label }) => label), ranking.map(({ label }) => label), system);
      assert.ok(ranking.every(({ score }, j) => Math.abs(score - after[i][j].score) < 1e-4), system);
    }
  }
});

describe("what cannot be tuned", () => {
  test("one character, or none", async () => {
    const kinds = await opened.page.evaluate(async () => {
      const instance = await glimpse.Glimpse.load({ engine: "flex" });
      const kind = () => instance.fineTune().then(() => "none", (error) => error.kind);
      const kinds = [await kind()];
      await instance.learn("alone", { strokes: [[1, 1, 9, 9]] });
      kinds.push(await kind());
      instance.dispose();
      return kinds;
    });
    assert.deepEqual(kinds, ["OneClass", "OneClass"]);
  });

  test("weights that are damaged or another system's are refused, and the network stays", async () => {
    const outcome = await opened.page.evaluate(async () => {
      const triplet = await taught({ system: "triplet", engine: "flex" });
      await triplet.instance.fineTune({ steps: 3 });
      const foreign = /** @type {Uint8Array} */ (triplet.instance.tunedWeights);
      const { instance, queries } = await taught({ engine: "flex" });
      const before = await rankings(instance, queries);
      const refused = (/** @type {Uint8Array} */ bytes) => instance.adoptWeights(bytes).then(() => "none", (e) => e.kind);
      const kinds = [await refused(foreign), await refused(foreign.slice(0, 900)), await refused(new Uint8Array(9))];
      const after = await rankings(instance, queries);
      triplet.instance.dispose();
      instance.dispose();
      return { kinds, same: JSON.stringify(before) === JSON.stringify(after) };
    });
    assert.deepEqual(outcome, { kinds: ["BadWeights", "BadWeights", "BadWeights"], same: true });
  });
});
