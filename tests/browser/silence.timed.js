// An engine that neither answers nor fails: noticed within seconds, said, and another one goes on with all that was taught.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openPackage } from "../harness/package.js";

/** How soon an answer must come, in milliseconds. */
const SOON = 20_000;
/** The same where a worker never starts, for its script may take a while to come. */
const SOON_AFTER_START = 30_000;

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage({ webgpu: true });
});
after(() => opened?.close());

/**
 * Opens a page in whose engine something was changed: `glue` goes behind the glue of flex's first instance.
 *
 * @param {{ glue?: string, worker?: string }} [changes] `worker`: code that runs in the worker before the package does
 */
async function changed({ glue, worker } = {}) {
  const page = await opened.browser.newPage();
  page.setDefaultTimeout(60_000);
  if (glue) {
    let served = 0;
    await page.context().route(/flex\/glimpse\.js/, async (route) => {
      const response = await route.fetch();
      served += 1;
      await route.fulfill({ response, body: `${await response.text()}\n${served > 1 ? "" : glue}` });
    });
  }
  if (worker) {
    await page.route(/\/worker\.js$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${worker}\nawait import("./worker.js?real");` });
    });
  }
  await page.goto(`${opened.origin}/blank.html`);
  await page.evaluate(async () => {
    Object.assign(globalThis, { glimpse: await import(/** @type {any} */ ("/index.js")) });
  });
  return page;
}

/** Teaches an instance two signs, makes a call while it is stopped, and tells how that went. @param {import("glimpse").LoadOptions} options */
async function ask(options) {
  /** @type {import("glimpse").Recovery[]} */
  const recoveries = [];
  const instance = await glimpse.Glimpse.load({ ...options, onrecover: (recovery) => void recoveries.push(recovery) });
  const [line, square] = [[[20, 20, 80, 80]], [[20, 20, 80, 20, 80, 80, 20, 80, 20, 20]]].map((strokes) => ({ strokes }));
  await instance.learn("line", line);
  await instance.learn("square", square);
  const stop = /** @type {any} */ (globalThis).stop;
  await stop?.();
  const started = performance.now();
  // One changes something, one asks.
  const [, { ranking }] = await Promise.all([instance.learn("dot", { strokes: [[5, 5]] }), instance.classify(square)]);
  const took = performance.now() - started;
  const { labels } = instance;
  instance.dispose();
  return { best: ranking[0].label, ranked: ranking.length, labels, took, recoveries };
}

/** @param {Awaited<ReturnType<typeof ask>>} outcome */
function goesOn({ best, ranked, labels, took, recoveries }) {
  assert.deepEqual([best, ranked, labels], ["square", 3, ["line", "square", "dot"]]);
  assert.ok(took < SOON, `it took ${took} ms`);
  assert.equal(recoveries.length, 1);
  assert.match(recoveries[0].why, /no sign of life for \d+ seconds/);
}

// They wait more than they compute.
describe("no sign of life", { concurrency: true }, () => {
  test("a worker that computes without end", async () => {
    const page = await changed();
    try {
      await page.exposeFunction("stop", async () => {
        await page.workers()[0].evaluate("void setTimeout(() => { for (;;); })");
        await new Promise((done) => setTimeout(done, 300));
      });
      goesOn(await page.evaluate(ask, { engine: /** @type {const} */ ("simd") }));
    } finally {
      await page.close();
    }
  });

  describe("a worker that never starts", { concurrency: true }, () => {
    for (const [why, hold] of /** @type {const} */ ([["its script never comes", true], ["it is killed at once", false]])) {
      test(`since ${why}: the page computes by itself`, async () => {
        const page = await changed();
        try {
          if (hold) await page.route(/\/worker\.js$/, () => {});
          else {
            await page.evaluate(() => {
              const { Worker } = globalThis;
              globalThis.Worker = class extends Worker {
                /** @param {string | URL} url @param {WorkerOptions} [options] */
                constructor(url, options) {
                  super(url, options);
                  this.terminate();
                }
              };
            });
          }
          const outcome = await page.evaluate(async () => {
            const started = performance.now();
            const instance = await glimpse.Glimpse.load({ engine: "simd" });
            const took = performance.now() - started;
            await instance.learn("line", { strokes: [[20, 20, 80, 80]] });
            await instance.learn("dot", { strokes: [[5, 5]] });
            const { ranking } = await instance.classify({ strokes: [[20, 20, 80, 81]] });
            instance.dispose();
            return { took, best: ranking[0].label };
          });
          assert.equal(outcome.best, "line");
          assert.ok(outcome.took < SOON_AFTER_START, `it took ${outcome.took} ms`);
          assert.equal(page.workers().length, 0);
        } finally {
          await page.close();
        }
      });
    }
  });

  describe("an engine whose work never ends", { concurrency: true }, () => {
    const glue = "let calls = 0; const { learn } = Session.prototype; Session.prototype.learn = function (...given) { return ++calls > 2 ? new Promise(() => {}) : learn.apply(this, given); };";
    for (const worker of [true, false]) {
      test(worker ? "in a worker" : "in a page that computes by itself", async () => {
        const page = await changed({ glue });
        try {
          goesOn(await page.evaluate(ask, { engine: /** @type {const} */ ("flex"), worker }));
        } finally {
          await page.close();
        }
      });
    }
  });

  test("a browser that never names its graphics adapter", async () => {
    const worker = "Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: () => new Promise(() => {}) } });";
    const page = await changed({ worker });
    try {
      for (const engine of /** @type {const} */ (["auto", ["webgpu", "simd"]])) {
        const outcome = await page.evaluate(async (engine) => {
          const started = performance.now();
          const instance = await glimpse.Glimpse.load({ engine });
          const took = performance.now() - started;
          const { kind, refused } = instance.engine;
          instance.dispose();
          return { kind, refused, took };
        }, engine);
        assert.equal(outcome.kind, "simd");
        assert.match(outcome.refused[0].why, /no answer in 5 seconds/);
        assert.ok(outcome.took < SOON);
      }
    } finally {
      await page.close();
    }
  });
});

test("work that takes long is no silence: 1,500 drawings are embedded anew", { timeout: 120_000 }, async () => {
  const page = await changed();
  try {
    const outcome = await page.evaluate(async () => {
      /** @type {unknown[]} */
      const recoveries = [];
      const support = Array.from({ length: 1500 }, (_, i) => ({
        label: `${i}`,
        drawing: { strokes: [[20, 20, 80, 20 + (i % 60), 20 + Math.floor(i / 60), 80]] },
      }));
      const instance = await glimpse.Glimpse.load({ engine: "flex", support, onrecover: (recovery) => recoveries.push(recovery) });
      const started = performance.now();
      await instance.adoptWeights();
      const took = performance.now() - started;
      instance.dispose();
      return { recoveries, took };
    });
    assert.ok(outcome.took > 1000, `it took only ${outcome.took} ms`);
    assert.deepEqual(outcome.recoveries, []);
  } finally {
    await page.close();
  }
});
