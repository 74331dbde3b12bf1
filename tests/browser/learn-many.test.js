// Many drawings are learnt all or not at all, in one message; answers name labels by their places, and both sides mean the same by them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPackage, smallSigns } from "../harness/package.js";

/** @param {string} name @param {[string, number[][], string?][]} signs */
const set = (name, signs) =>
  JSON.stringify({
    ...{ format: "glimpse-set", version: 1, name, sources: [] },
    signs: signs.map(([label, strokes, alike]) => ({ label, ...(alike && { alike }), drawings: [strokes] })),
  });
const GREEK = set("Greek", [["Λ", [[20, 90, 50, 10, 80, 90]], "V"], ["Τ", [[10, 10, 90, 10], [50, 10, 50, 90]]], ["Ι", [[50, 10, 50, 90]], "|"]]);
const ARROWS = set("Arrows", [["→", [[10, 50, 90, 50], [70, 30, 90, 50, 70, 70]]], ["∣", [[50, 10, 50, 90]], "|"], ["∧", [[25, 90, 50, 20, 75, 90]], "V"]]);

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage({ webgpu: false, extra: { "/sets/greek.json": GREEK, "/sets/arrows.json": ARROWS, "/other/sets/greek.json": GREEK } });
  await opened.page.evaluate(smallSigns);
  await opened.page.evaluate(prepare);
});
after(() => opened?.close());

async function prepare() {
  const instance = await glimpse.Glimpse.load({ engine: "simd" });
  const many = [];
  for (let seed = 0; seed < 4; seed += 1) many.push(...(await instance.invent({ seed, characters: 20, drawers: 5 })).flat());
  instance.dispose();
  Object.assign(globalThis, { many });
}

for (const worker of [true, false]) {
  test(`all are learnt, in order, ${worker ? "in the worker" : "in the page"}`, async () => {
    const outcome = await opened.page.evaluate(async (worker) => {
      const { A, B, C, many } = /** @type {any} */ (globalThis);
      const instance = await glimpse.Glimpse.load({ engine: "simd", worker });
      await instance.learn("b", B);
      /** @type {import("glimpse").LearnProgress[]} */
      const told = [];
      const examples = [{ label: "a", drawing: A }, { label: "b", drawing: C }, ...many.map((/** @type {any} */ drawing, /** @type {number} */ i) => ({ label: i, drawing }))];
      await instance.learnMany(examples, { onprogress: (progress) => told.push(progress) });
      const { ranking } = await instance.classify(A);
      const { labels, examples: known } = instance;
      instance.dispose();
      return { labels: labels.slice(0, 4), count: known.length, best: ranking[0].label, ranked: ranking.length, told };
    }, worker);
    assert.deepEqual([outcome.labels, outcome.count, outcome.best, outcome.ranked], [["b", "a", "0", "1"], 403, "a", 402]);
    assert.ok(outcome.told.every(({ learnt, total }) => learnt <= total && total === 402));
  });
}

test("where one of them is no drawing, none is learnt, and what was known is", async () => {
  const outcome = await opened.page.evaluate(async () => {
    const { A, B, C, many } = /** @type {any} */ (globalThis);
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    await instance.learn("b", B);
    await instance.learn("c", C);
    const examples = many.slice(0, 50).map((/** @type {any} */ drawing) => ({ label: "b", drawing }));
    const kind = async (/** @type {any} */ wrong) => instance.learnMany([...examples, wrong]).catch((error) => error.kind);
    const kinds = [await kind({ label: "x", drawing: { strokes: [] } }), await kind({ label: "x" }), await kind({ label: {}, drawing: A }), await kind(null)];
    kinds.push(await instance.learnMany(/** @type {any} */ ("all")).catch((error) => error.kind));
    kinds.push(await instance.learnMany(Array(20_000).fill({ label: "a", drawing: A })).catch((error) => error.kind));
    const { ranking } = await instance.classify(C);
    const { examples: known } = instance;
    instance.dispose();
    return { kinds, known: known.map(({ label }) => label), ranking: ranking.map(({ label }) => label) };
  });
  assert.deepEqual(outcome.kinds, ["EmptyDrawing", "BadDrawing", "BadLabel", "BadOption", "BadOption", "TooLarge"]);
  assert.deepEqual([outcome.known, outcome.ranking], [["b", "c"], ["c", "b"]]);
});

test("what is aborted is learnt on both sides or on none, whenever it is", async () => {
  const outcomes = await opened.page.evaluate(async () => {
    const { A, B, C, tasks, many } = /** @type {any} */ (globalThis);
    const outcomes = [];
    for (const after of [0, 5, 40, 120, "done"]) {
      const instance = await glimpse.Glimpse.load({ engine: "simd" });
      await instance.learn("b", B);
      await instance.learn("c", C);
      const before = (await instance.classify(A)).ranking;
      const controller = new AbortController();
      const examples = many.map((/** @type {any} */ drawing, /** @type {number} */ i) => ({ label: `${i}`, drawing }));
      const learning = instance.learnMany(examples, { signal: controller.signal }).then(() => "done", (reason) => reason);
      if (typeof after === "number") await (after < 10 ? tasks(after) : new Promise((resolve) => setTimeout(resolve, after)));
      else await learning;
      controller.abort("enough");
      const { ranking } = await instance.classify(A);
      const fate = await learning;
      const same = JSON.stringify(before) === JSON.stringify(ranking);
      const labels = instance.labels.length;
      await instance.learn("a", A);
      const best = (await instance.classify(A)).ranking[0].label;
      outcomes.push({ fate, labels, ranked: ranking.length, same, best });
      instance.dispose();
    }
    return outcomes;
  });
  for (const { fate, labels, ranked, same, best } of outcomes) {
    assert.deepEqual([labels, ranked, same, best], fate === "done" ? [402, 402, false, "a"] : [2, 2, true, "a"], String(fate));
  }
  assert.equal(outcomes[0].fate, "enough");
  assert.equal(outcomes.at(-1)?.fate, "done");
});

test("answers name the labels of their own moment, whatever changes meanwhile", async () => {
  const outcomes = await opened.page.evaluate(async () => {
    const { A, B, C, many } = /** @type {any} */ (globalThis);
    const outcomes = [];
    for (const worker of [true, false]) {
      const instance = await glimpse.Glimpse.load({ engine: "simd", worker });
      for (const [i, drawing] of [A, B, C].entries()) await instance.learn("abc"[i], drawing);
      // None waits for the one before: each answer is of what was known when its turn came.
      const asked = [];
      for (let round = 0; round < 20; round += 1) {
        asked.push(instance.classify(B).then(({ ranking }) => ranking[0].label + ranking.length));
        void instance.forget("a");
        asked.push(instance.classify(B).then(({ ranking }) => ranking[0].label + ranking.length));
        void instance.learnMany([{ label: "a", drawing: A }, { label: `more ${round}`, drawing: many[round] }]);
      }
      outcomes.push(await Promise.all(asked));
      instance.dispose();
    }
    return outcomes;
  });
  const expected = Array.from({ length: 20 }, (_, round) => [`b${3 + round}`, `b${2 + round}`]).flat();
  assert.deepEqual(outcomes, [expected, expected]);
});

test("sets are known from the start, by name and as they are; signs that look alike are one label", async () => {
  const outcome = await opened.page.evaluate(async () => {
    const own = glimpse.readSet(await (await fetch("/sets/greek.json")).text());
    const known = async (/** @type {import("glimpse").LoadOptions} */ options) => {
      const instance = await glimpse.Glimpse.load({ engine: "simd", ...options });
      const { labels, examples } = instance;
      instance.dispose();
      return [labels.join(""), examples.length];
    };
    return [
      await known({ support: "greek arrows" }),
      await known({ support: ["greek", "arrows"] }),
      await known({ support: own }),
      await known({ support: [own, "arrows", { label: "x", drawing: { strokes: [[1, 1, 9, 9]] } }] }),
      await known({ support: "greek", assets: "/other/", weights: "/weights/siamese.safetensors", wasm: { simd: "/wasm/simd/glimpse_bg.wasm" } }).catch((error) => error.kind),
    ];
  });
  assert.deepEqual(outcome.slice(0, 4), [["VΤ|→", 5], ["VΤ|→", 5], ["VΤ|", 3], ["VΤ|→x", 6]]);
});

test("a set that is not there, or is none, is said to be", async () => {
  const said = await opened.page.evaluate(async () => {
    const refused = (/** @type {any} */ options) => glimpse.Glimpse.load({ engine: "simd", ...options }).catch((error) => `${error.kind}: ${error.message}`);
    return [
      await refused({ support: "klingon" }),
      await refused({ support: "greek", assets: "/nowhere/" }),
      await refused({ support: { signs: [] } }),
      await refused({ support: "greek", system: "oracle" }),
      await refused({ support: "greek", signal: AbortSignal.abort("enough") }).catch?.((/** @type {unknown} */ reason) => reason),
    ];
  });
  assert.match(String(said[0]), /^BadOption: There is no set called “klingon”: choose among latin, digits, greek, /);
  assert.match(String(said[1]), /^LoadFailed: The set “greek” is not there/);
  assert.match(String(said[2]), /^BadSet: This set cannot be read: the set: `name` is text/);
  assert.match(String(said[3]), /^NoSystem/);
});
