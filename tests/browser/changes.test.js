// What is known changes by more than teaching: labels are renamed, single drawings forgotten, and who listens is told.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT } from "../harness/data.js";
import { openPackage } from "../harness/package.js";

/**
 * What the page holds.
 *
 * @typedef {object} Hands
 * @property {import("glimpse").Strokes[][]} invented
 * @property {() => Promise<import("glimpse").Glimpse>} taught
 * @property {(instance: import("glimpse").Glimpse) => Promise<{ labels: readonly string[], rankings: unknown[], map: string[] }>} answers
 * @property {(instance: import("glimpse").Glimpse) => Promise<import("glimpse").Glimpse>} anew
 * @property {(promise: Promise<unknown>) => Promise<string>} failure
 * @property {Worker[]} workers
 */

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage();
  await opened.page.evaluate(async () => {
    /** @type {Worker[]} */
    const workers = [];
    globalThis.Worker = class extends Worker {
      /** @param {ConstructorParameters<typeof Worker>} given */
      constructor(...given) {
        super(...given);
        workers.push(this);
      }
    };
    const maker = await glimpse.Glimpse.load({ engine: "simd" });
    const invented = await maker.invent({ seed: 3, characters: 4, drawers: 4 });
    maker.dispose();
    /** An instance that was taught the first three characters, by three drawers each. */
    const taught = async () => {
      const instance = await glimpse.Glimpse.load({ engine: "simd" });
      for (const drawer of [0, 1, 2]) {
        for (const character of [0, 1, 2]) await instance.learn(`sign ${character}`, invented[character][drawer]);
      }
      return instance;
    };
    /** What an instance answers to every character, and where its drawings lie. @param {import("glimpse").Glimpse} instance */
    const answers = async (instance) => ({
      labels: instance.labels,
      rankings: (await instance.classifyMany(invented.map((drawings) => drawings[3]))).map(({ ranking, familiarity }) => [ranking, familiarity]),
      map: (await instance.map()).support.map(({ label }) => label),
    });
    /** One that knows from the start what another one was brought to know. @param {import("glimpse").Glimpse} instance */
    const anew = async (instance) => glimpse.Glimpse.load({ engine: "simd", support: instance.examples });
    /** The kind and message of the error that a promise rejects with. @param {Promise<unknown>} promise */
    const failure = (promise) => promise.then(() => "none", (error) => `${error.kind ?? error.name}: ${error.message}`);
    Object.assign(globalThis, { hands: { invented, taught, answers, anew, failure, workers } });
  });
});
after(() => opened?.close());

test("a renamed label, and one drawing less, are as if taught so from the start", async () => {
  const found = await opened.page.evaluate(async () => {
    const { invented, taught, answers, anew } = hands;
    const instance = await taught();
    await instance.rename("sign 1", "another");
    const renamed = [await answers(instance), await answers(await anew(instance))];
    await instance.forget("sign 0", { drawing: 1 });
    const lessened = [await answers(instance), await answers(await anew(instance))];
    const left = instance.examples.filter(({ label }) => label === "sign 0").map(({ drawing }) => JSON.stringify(drawing.strokes));
    const expected = [0, 2].map((drawer) => JSON.stringify(invented[0][drawer].strokes));
    await instance.rename("another", "sign 2");
    const joined = [await answers(instance), await answers(await anew(instance))];
    const counts = instance.labels.map((label) => [label, instance.examples.filter((example) => example.label === label).length]);
    for (const drawing of [1, 0]) await instance.forget("sign 0", { drawing });
    return { renamed, lessened, left, expected, joined, counts, labels: instance.labels };
  });
  for (const [now, fromTheStart] of [found.renamed, found.lessened, found.joined]) assert.deepEqual(now, fromTheStart);
  assert.deepEqual(found.renamed[0].labels, ["sign 0", "sign 2", "another"]);
  assert.deepEqual(found.left, found.expected);
  assert.deepEqual(Object.fromEntries(found.counts), { "sign 0": 2, "sign 2": 6 });
  assert.deepEqual(found.labels, ["sign 2"], "a label without drawings is forgotten");
});

test("what cannot be renamed or forgotten is said, and changes nothing", async () => {
  const found = await opened.page.evaluate(async () => {
    const { invented, taught, answers, failure } = hands;
    const instance = await taught();
    const before = JSON.stringify(await answers(instance));
    const failures = [
      await failure(instance.rename("nobody", "somebody")),
      await failure(instance.rename("sign 0", /** @type {any} */ ({}))),
      await failure(instance.forget("sign 0", { drawing: 3 })),
      await failure(instance.forget("sign 0", { drawing: -1 })),
      await failure(instance.forget("sign 0", { drawing: 0, signal: AbortSignal.abort() })),
      await failure(instance.classifyMany(/** @type {any} */ ("drawings"))),
      await failure(instance.classifyMany([invented[0][0], { strokes: [] }])),
    ];
    await instance.rename("sign 0", "sign 0");
    await instance.forget("nobody");
    return { failures, same: JSON.stringify((await answers(instance)).labels.toSorted()) === JSON.stringify(JSON.parse(before).labels.toSorted()) };
  });
  /** @type {RegExp[]} */
  const expected = [
    /^BadLabel: “nobody” was not taught/,
    /^BadLabel: /,
    /^BadOption: “sign 0” has 3 drawings, counted from 0: there is none at 3\.$/,
    /^BadOption: `drawing` is a whole number/,
    /^AbortError: /,
    /^BadOption: `drawings` is a list/,
    /^EmptyDrawing: Drawing 1: /,
  ];
  for (const [i, pattern] of expected.entries()) assert.match(found.failures[i], pattern);
  assert.ok(found.same);
});

test("another engine takes over what was renamed", async () => {
  const found = await opened.page.evaluate(async () => {
    const { taught, answers, workers } = hands;
    const instance = await taught();
    await instance.rename("sign 1", "another");
    await instance.forget("sign 2", { drawing: 0 });
    const recovered = new Promise((resolve) => instance.addEventListener("recovery", ({ detail }) => resolve(detail.from), { once: true }));
    const engine = new Promise((resolve) => instance.addEventListener("engine", ({ detail }) => resolve(detail.kind), { once: true }));
    const before = await answers(instance);
    for (const worker of workers) worker.terminate();
    const after = await answers(instance);
    return { from: await recovered, engine: await engine, before, after };
  });
  assert.equal(found.from, "simd");
  assert.equal(found.engine, "simd");
  assert.deepEqual(found.after, found.before);
});

test("events tell what changed, once it is known", async () => {
  const told = await opened.page.evaluate(async () => {
    const { invented, failure } = hands;
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    /** @type {unknown[]} */
    const told = [];
    /** @type {(keyof import("glimpse").GlimpseEvents)[]} */
    const names = ["taught", "forgotten", "renamed", "tuned"];
    for (const name of names) {
      instance.addEventListener(name, ({ detail }) => told.push([name, { ...detail, ...("drawing" in detail && typeof detail.drawing === "object" && { drawing: "strokes" in detail.drawing }) }, instance.labels.length]));
    }
    instance.addEventListener("taught", () => {
      throw new Error("a listener's own");
    });
    await instance.learn("one", invented[0][0]);
    await instance.learn("one", invented[0][1]);
    await instance.learn("two", invented[1][0]);
    await instance.forget("one", { drawing: 0 });
    await instance.rename("one", "uno");
    await instance.adoptWeights();
    await instance.forget("two");
    await failure(instance.learn("three", { strokes: [] }));
    return told;
  });
  assert.deepEqual(told, [
    ["taught", { label: "one", drawing: true }, 1],
    ["taught", { label: "one", drawing: true }, 1],
    ["taught", { label: "two", drawing: true }, 2],
    ["forgotten", { label: "one", drawing: 0 }, 2],
    ["renamed", { label: "one", to: "uno" }, 2],
    ["tuned", { tuned: false }, 2],
    ["forgotten", { label: "two" }, 1],
  ]);
});

test("the class names its version and its systems; features are 2,048 numbers of norm 1", async () => {
  const found = await opened.page.evaluate(async () => {
    const { invented, taught } = hands;
    const instance = await taught();
    const features = await instance.embed(invented[0][0]);
    return { version: glimpse.Glimpse.version, systems: glimpse.Glimpse.systems, length: features.length, norm: Math.hypot(...features) };
  });
  const { version } = JSON.parse(await readFile(join(ROOT, "pkg/package.json"), "utf8"));
  assert.deepEqual([found.version, found.systems, found.length], [version, ["siamese", "triplet", "relation"], 2048]);
  assert.ok(Math.abs(found.norm - 1) < 1e-5, `${found.norm}`);
});
