// What breaks while the package computes, provoked in a real browser: it goes on, on the CPU, with all that was taught.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { archives } from "../harness/data.js";
import { openPackage } from "../harness/package.js";

/** @typedef {Awaited<ReturnType<typeof openPackage>>} Opened */

/**
 * Loads an instance into the page that knows five characters, as `instance`, with further drawings of them as `queries`.
 *
 * @param {Opened["page"]} page
 * @param {import("glimpse").LoadOptions} options
 */
async function teach(page, options) {
  await page.evaluate(async (options) => {
    /** @type {import("glimpse").Recovery[]} */
    const recoveries = [];
    const onrecover = (/** @type {import("glimpse").Recovery} */ recovery) => void recoveries.push(recovery);
    const instance = await glimpse.Glimpse.load({ ...options, onrecover });
    const invented = await instance.invent({ seed: 7, characters: 5, drawers: 2 });
    for (const [i, [drawing]] of invented.entries()) await instance.learn(`${i}`, drawing);
    const queries = invented.map(([, drawing]) => drawing);
    Object.assign(globalThis, { instance, queries, recoveries });
  }, options);
}

/** What the instance answers to every query, and what happened to it. @param {Opened["page"]} page */
function state(page) {
  return page.evaluate(async () => {
    const answers = [];
    for (const query of queries) answers.push((await instance.classify(query)).ranking[0].label);
    const { engine, labels } = instance;
    return { answers, recoveries, engine, labels, tuned: instance.tunedWeights !== undefined };
  });
}

const ALL = ["0", "1", "2", "3", "4"];

/** @type {Record<string, { why: RegExp, provoke(opened: Opened): Promise<unknown> }>} */
const FAULTS = {
  "its worker is killed": {
    why: /worker was ended/,
    // The newest: one that was killed before ends when its graphics are done.
    provoke: async ({ page }) => page.workers().at(-1)?.evaluate(() => self.close()),
  },
  "its device is lost": {
    why: /graphics device was lost/,
    async provoke({ browser }) {
      const devtools = await browser.newBrowserCDPSession();
      // The real thing: the browser's graphics process dies. It answers when the process is gone, or never.
      void devtools.send("Browser.crashGpuProcess").catch(() => {});
    },
  },
};

/** @type {Record<string, (page: Opened["page"]) => Promise<unknown>>} */
const WORKS = {
  "a classification": (page) =>
    page.evaluate(async () => {
      do {
        await instance.classify(queries[0]);
        globalThis.step += 1;
      } while (recoveries.length === 0);
    }),
  "fine-tuning": (page) =>
    page.evaluate(() => instance.fineTune({ steps: 4, onstep: (progress) => void (globalThis.step = progress.step) })),
  replay: (page) =>
    page.evaluate(async () => {
      const archive = await (await fetch("/all_runs.zip")).blob();
      for await (const _ of instance.replay({ archive, episodes: 3 })) globalThis.step += 1;
      if (globalThis.step !== 60) throw new Error(`${globalThis.step} trials instead of 60`);
    }),
};

for (const [fault, { why, provoke }] of Object.entries(FAULTS)) {
  describe(`WebGPU, when ${fault}`, () => {
    /** @type {Opened} */
    let opened;
    before(async () => {
      opened = await openPackage({ webgpu: true, extra: await archives() });
    });
    after(() => opened?.close());

    for (const [name, work] of Object.entries(WORKS)) {
      test(`in the middle of ${name}: the CPU goes on with all that was taught`, async () => {
        const { page } = opened;
        await page.reload();
        await page.evaluate(async () => {
          Object.assign(globalThis, { glimpse: await import(/** @type {any} */ ("/index.js")), step: 0 });
        });
        await teach(page, { system: "triplet", engine: "webgpu" });
        const working = work(page);
        await page.waitForFunction(() => globalThis.step > 0);
        await provoke(opened);
        await working;
        const before = await page.evaluate(async () => (await instance.classify(queries[1])).ranking);
        const { answers, recoveries, engine, labels, tuned } = await state(page);
        assert.deepEqual([answers, labels, tuned], [ALL, ALL, name === "fine-tuning"]);
        assert.deepEqual([recoveries.length, recoveries[0].from, recoveries[0].to], [1, "webgpu", "simd"]);
        assert.match(recoveries[0].why, why);
        assert.equal(engine.kind, "simd");
        assert.match(engine.refused[0].why, why);
        if (name !== "fine-tuning") return;

        // The tuned weights come along once more.
        await FAULTS["its worker is killed"].provoke(opened);
        const again = await page.evaluate(async () => (await instance.classify(queries[1])).ranking);
        assert.deepEqual(again, before);
      });
    }
  });
}

describe("graphics that cannot be used", () => {
  /** @type {Opened} */
  let opened;
  before(async () => {
    opened = await openPackage({ webgpu: true });
  });
  after(() => opened?.close());

  /** What the worker's graphics are made to do before the package runs there. @type {Record<string, [string, RegExp]>} */
  const worlds = {
    "the request for an adapter throws": [
      "GPU.prototype.requestAdapter = () => { throw new TypeError('no adapters today'); };",
      /no adapters today/,
    ],
    "the request for an adapter is refused": [
      "GPU.prototype.requestAdapter = () => Promise.reject(new DOMException('refused', 'OperationError'));",
      /refused/,
    ],
    "there is no adapter": ["GPU.prototype.requestAdapter = async () => null;", /no graphics adapter/],
    "the adapter lacks what is needed": [
      "Object.defineProperty(GPUAdapter.prototype, 'features', { get: () => new Set() });",
      /lacks timestamp-query/,
    ],
    "the adapter gives no device": [
      "GPUAdapter.prototype.requestDevice = () => Promise.reject(new DOMException('no device', 'OperationError'));",
      /no device|did not open|stopped/,
    ],
    "there is no WebGPU": ["Object.defineProperty(navigator, 'gpu', { value: undefined });", /no WebGPU/],
  };
  for (const [world, [prelude, why]] of Object.entries(worlds)) {
    test(`${world}: the CPU takes over and says why`, async () => {
      const page = await opened.browser.newPage();
      await page.route(/\/worker\.js$/, async (route) => {
        const response = await route.fetch();
        // Imports run before a module's own lines, so the package is imported after these.
        const body = `${prelude}\nawait import("./worker.js?real");`;
        await route.fulfill({ response, body });
      });
      await page.goto(`${opened.origin}/blank.html`);
      await page.evaluate(async () => {
        Object.assign(globalThis, { glimpse: await import(/** @type {any} */ ("/index.js")) });
      });
      await teach(page, { engine: ["webgpu", "simd"] });
      const { answers, engine } = await state(page);
      assert.deepEqual([answers, engine.kind], [ALL, "simd"]);
      assert.equal(engine.refused[0].kind, "webgpu");
      assert.match(engine.refused[0].why, why);
      await page.close();
    });
  }
});

test("a module that runs out of memory gives way to a fresh one, with all that was taught and tuned", async () => {
  // The engine's own limit, lowered to 48 MB: reading the evaluation archive takes more.
  const opened = await openPackage({ flags: ["--js-flags=--wasm-max-mem-pages=768"], extra: await archives() });
  try {
    const { page } = opened;
    await teach(page, { system: "triplet", engine: "flex" });
    await page.evaluate(() => instance.fineTune({ steps: 2 }));
    const before = await page.evaluate(async () => (await instance.classify(queries[3])).ranking);
    const kind = await page.evaluate(async () => {
      const archive = await (await fetch("/images_evaluation.zip")).blob();
      const replay = instance.replay({ protocol: "random-5-way-1-shot", archive, episodes: 1 });
      return replay.next().then(() => "none", (error) => error.kind);
    });
    assert.equal(kind, "EngineFailed");
    const { answers, recoveries, engine, tuned } = await state(page);
    assert.deepEqual([answers, engine.kind, tuned], [ALL, "flex", true]);
    assert.ok(recoveries.length >= 1 && recoveries.every(({ to }) => to === "flex"), JSON.stringify(recoveries));
    const after = await page.evaluate(async () => (await instance.classify(queries[3])).ranking);
    assert.deepEqual(after, before);
  } finally {
    await opened.close();
  }
});

test("an episode asked for while another engine starts waits for that one alone", { timeout: 60_000 }, async () => {
  const opened = await openPackage({ extra: await archives() });
  try {
    const { page } = opened;
    await teach(page, { engine: "simd" });
    const replay = await page.evaluateHandle(async () => {
      const archive = await (await fetch("/all_runs.zip")).blob();
      return instance.replay({ archive, episodes: 3, workers: 1 });
    });
    await replay.evaluate((replay) => replay.next());

    /** @type {import("playwright-core").Route} */
    const loading = await new Promise((resolve) => {
      // The engine's alone: what reads archives is fetched after it.
      void page.route("**/*.wasm", resolve, { times: 1 }).then(async () => {
        await page.workers()[0].evaluate(() => self.close());
        await page.evaluate(() => void instance.classify(queries[0]));
      });
    });
    const trials = replay.evaluate(async (replay) => {
      let trials = 1;
      for await (const _ of replay) globalThis.step = trials += 1;
      return trials;
    });
    await page.waitForFunction(() => globalThis.step >= 20);
    await loading.continue();
    assert.equal(await trials, 60);
    assert.equal((await state(page)).recoveries.length, 1);
  } finally {
    await opened.close();
  }
});
