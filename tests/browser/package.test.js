// The package by itself, in a page without bundler or site: its errors, its worker, its manners.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { officialRuns } from "../harness/data.js";
import { openPackage } from "../harness/package.js";

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage({ extra: { "/all_runs.zip": await officialRuns() } });
  await opened.page.evaluate(async () => {
    const drawing = (/** @type {number} */ slant) => ({ strokes: [[20, 20, 20 + slant, 80], [20, 50, 80, 50 - slant]] });
    /** The kind of the error that a promise rejects with. @param {Promise<unknown>} promise */
    const kindOf = (promise) =>
      promise.then(
        () => "none",
        (error) => (error instanceof glimpse.GlimpseError ? error.kind : error.name),
      );
    Object.assign(globalThis, { drawing, kindOf });
  });
});
after(() => opened?.close());

test("what is no drawing is refused by kind, and the instance goes on", async () => {
  const kinds = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "flex" });
    const text = new Blob(["no picture"], { type: "image/png" });
    const kinds = {
      "nothing taught": await kindOf(instance.classify(drawing(0))),
      "one class": await instance.learn("A", drawing(0)).then(() => kindOf(instance.classify(drawing(0)))),
      "no strokes": await kindOf(instance.learn("B", { strokes: [] })),
      "an x without a y": await kindOf(instance.learn("B", { strokes: [[1, 2, 3]] })),
      "no numbers": await kindOf(instance.learn("B", { strokes: [[NaN, NaN]] })),
      "white pixels": await kindOf(instance.learn("B", new ImageData(new Uint8ClampedArray(400).fill(255), 10, 10))),
      "too few pixels": await kindOf(instance.learn("B", { width: 10, height: 10, data: new Uint8ClampedArray(4) })),
      "an empty canvas": await kindOf(instance.learn("B", document.createElement("canvas"))),
      "no image file": await kindOf(instance.learn("B", text)),
    };
    await instance.learn("B", drawing(30));
    const { ranking } = await instance.classify(drawing(28));
    instance.dispose();
    return { kinds, best: ranking[0].label, afterwards: await kindOf(instance.classify(drawing(0))) };
  });
  assert.deepEqual(kinds, {
    kinds: {
      "nothing taught": "NoSupport",
      "one class": "OneClass",
      "no strokes": "EmptyDrawing",
      "an x without a y": "BadDrawing",
      "no numbers": "EmptyDrawing",
      "white pixels": "EmptyDrawing",
      "too few pixels": "WrongSize",
      "an empty canvas": "EmptyDrawing",
      "no image file": "BadImage",
    },
    best: "B",
    afterwards: "Disposed",
  });
});

test("a canvas and its image file are the drawing that they show", async () => {
  const bests = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "flex" });
    await instance.learn("flat", drawing(0));
    await instance.learn("slanted", drawing(40));
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 200;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.lineWidth = 6;
    for (const [x0, y0, x1, y1] of drawing(38).strokes) {
      context.moveTo(2 * x0, 2 * y0);
      context.lineTo(2 * x1, 2 * y1);
    }
    context.stroke();
    const file = await new Promise((done) => canvas.toBlob(done));
    const bests = [];
    for (const query of [canvas, file]) bests.push((await instance.classify(query)).ranking[0].label);
    instance.dispose();
    return bests;
  });
  assert.deepEqual(bests, ["slanted", "slanted"]);
});

test("loading fails by kind: damaged weights, missing weights, no adapter, a self-test that fails", async () => {
  const kinds = await opened.page.evaluate(async () => {
    const load = glimpse.Glimpse.load;
    return [
      await kindOf(load({ weights: new TextEncoder().encode("no weights") })),
      await kindOf(load({ weights: "/nowhere.safetensors", engine: "flex" })),
      await kindOf(load({ engine: "webgpu" })),
      await kindOf(load({ engine: "flex", failSelfTest: ["flex"] })),
      await kindOf(load({ engine: ["flex", "ndarray"], failSelfTest: ["flex", "ndarray"] })),
    ];
  });
  assert.deepEqual(kinds, ["BadWeights", "LoadFailed", "NoAdapter", "SelfTestFailed", "EngineFailed"]);
});

test("an engine that is not there is refused in words, and the next one taken", async () => {
  const other = await opened.browser.newPage();
  try {
    await other.route("**/wasm/flex/**", (route) => route.fulfill({ status: 404 }));
    await other.goto(`${opened.origin}/blank.html`);
    const engine = await other.evaluate(async () => {
      const { Glimpse } = await import(/** @type {any} */ ("/index.js"));
      return (await Glimpse.load({ engine: ["flex", "ndarray"] })).engine;
    });
    assert.equal(engine.kind, "ndarray");
    assert.match(engine.refused[0].why, /not there: this site was built without it/);
  } finally {
    await other.close();
  }
});

test("progress counts up to all bytes, and an abort rejects with its reason", async () => {
  const { progress, reason } = await opened.page.evaluate(async () => {
    /** @type {import("glimpse").Progress[]} */
    const progress = [];
    const fresh = await glimpse.Glimpse.load({ engine: "ndarray", onprogress: (step) => progress.push(step) });
    fresh.dispose();
    const controller = new AbortController();
    const loading = glimpse.Glimpse.load({ engine: "ndarray", signal: controller.signal });
    controller.abort("changed my mind");
    return { progress, reason: await loading.catch((reason) => reason) };
  });
  assert.equal(reason, "changed my mind");
  assert.equal(progress.at(-1)?.phase, "start");
  const last = progress.filter(({ phase }) => phase === "download").at(-1);
  assert.ok(last && last.loaded > 100_000 && last.loaded === last.total);
});

test("instances share one worker, which ends with the last of them", async () => {
  const { page } = opened;
  await page.evaluate(async () => {
    const instances = await Promise.all([1, 2].map(() => glimpse.Glimpse.load({ engine: "flex" })));
    await instances[0].learn("A", drawing(0));
    Object.assign(globalThis, { instances, labels: instances.map(({ labels }) => labels) });
  });
  assert.equal(page.workers().length, 1);
  assert.deepEqual(await page.evaluate("labels"), [["A"], []], "what one is taught the other does not know");
  const closed = page.workers()[0].waitForEvent("close");
  await page.evaluate("instances.forEach((instance) => instance.dispose())");
  await closed;
});

test("without a worker the same calls give the same answers", async () => {
  const [inWorker, inPage] = await opened.page.evaluate(async () => {
    const answers = [];
    for (const worker of [true, false]) {
      const instance = await glimpse.Glimpse.load({ engine: "flex", worker });
      await instance.learn("A", drawing(0));
      await instance.learn("B", drawing(30));
      answers.push((await instance.classify(drawing(20))).ranking);
      instance.dispose();
    }
    return answers;
  });
  assert.deepEqual(inPage, inWorker);
});

test("a page that forbids workers computes by itself", async () => {
  const policy = `<meta http-equiv="Content-Security-Policy" content="worker-src 'none'">`;
  const strict = await openPackage({ extra: { "/blank.html": `<!doctype html>${policy}<title>strict</title>` } });
  try {
    const features = await strict.page.evaluate(async () => {
      const instance = await glimpse.Glimpse.load({ engine: "flex" });
      return (await instance.embed({ strokes: [[20, 20, 80, 80]] })).length;
    });
    assert.ok(features > 0);
    assert.equal(strict.page.workers().length, 0);
  } finally {
    await strict.close();
  }
});

test("of live classifications that wait only the newest is answered", async () => {
  const answered = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "flex" });
    await instance.learn("A", drawing(0));
    await instance.learn("B", drawing(30));
    const calls = [1, 2, 3, 4].map((slant) => instance.classifyLatest(drawing(slant)));
    const answered = (await Promise.all(calls)).map((answer) => answer !== undefined);
    const later = await instance.classifyLatest(drawing(5));
    instance.dispose();
    return [...answered, later !== undefined];
  });
  assert.deepEqual(answered, [true, false, false, true, true]);
});

test("a replay can be left early and aborted", async () => {
  const outcome = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "flex" });
    const archive = await (await fetch("/all_runs.zip")).blob();
    let seen = 0;
    for await (const trial of instance.replay({ archive })) {
      seen += 1;
      if (trial.trial === 4) break;
    }
    const controller = new AbortController();
    const aborted = (async () => {
      for await (const trial of instance.replay({ archive, signal: controller.signal })) {
        if (trial.run === 1) controller.abort("enough");
      }
    })();
    const reason = await aborted.catch((reason) => reason);
    const features = await instance.embed(drawing(0));
    instance.dispose();
    return { seen, reason, usable: features.length > 0 };
  });
  assert.deepEqual(outcome, { seen: 5, reason: "enough", usable: true });
});

test("an engine that stops in the middle says so, and the next one loaded works", async () => {
  const page = await opened.browser.newPage();
  // The module traps in a task of its own, as a panic in asynchronous Rust does. Only its first instance does so.
  await page.route(/flex\/glimpse\.js$/, async (route) => {
    const response = await route.fetch();
    const trap = "queueMicrotask(() => { throw new WebAssembly.RuntimeError('unreachable'); })";
    const body = `${await response.text()}\nSession.prototype.embed = () => new Promise(() => ${trap});`;
    await route.fulfill({ response, body });
  });
  await page.goto(`${opened.origin}/blank.html`);
  const outcome = await page.evaluate(async () => {
    /** @type {typeof import("glimpse")} */
    const { Glimpse } = await import(/** @type {any} */ ("/index.js"));
    const square = { strokes: [[20, 20, 80, 20, 80, 80, 20, 80, 20, 20]] };
    const kindOf = (/** @type {Promise<unknown>} */ promise) => promise.then(String, ({ kind }) => kind);
    const first = await Glimpse.load({ engine: "flex" });
    const stopped = await kindOf(first.embed(square));
    const afterwards = await kindOf(first.preview(square));
    first.dispose();
    const second = await Glimpse.load({ engine: "flex" });
    return { stopped, afterwards, again: (await second.embed(square)).length > 0 };
  });
  assert.deepEqual(outcome, { stopped: "EngineFailed", afterwards: "EngineFailed", again: true });
  await page.close();
});
