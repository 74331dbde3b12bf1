// What a caller hands over that is not what it should be: refused before anything is sent, in words that say what was expected.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openPackage } from "../harness/package.js";

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage();
  await opened.page.evaluate(async () => {
    const recoveries = /** @type {any[]} */ ([]);
    const onrecover = (/** @type {any} */ recovery) => void recoveries.push(recovery);
    const instance = await glimpse.Glimpse.load({ engine: "simd", onrecover });
    const square = { strokes: [[20, 20, 80, 20, 80, 80, 20, 80, 20, 20]] };
    await instance.learn("square", square);
    await instance.learn("line", { strokes: [[20, 20, 80, 80]] });
    /** What a call comes to. @param {() => Promise<unknown>} call */
    const outcomeOf = async (call) => {
      try {
        const value = await call();
        return { value };
      } catch (error) {
        const ours = error instanceof glimpse.GlimpseError;
        return ours ? { kind: error.kind, message: error.message } : { kind: `not ours: ${error}`, message: "" };
      }
    };
    Object.assign(globalThis, { instance, recoveries, square, outcomeOf });
  });
});
after(() => opened?.close());

/** Values that are no drawing, by what they are; each is code. @type {Record<string, [code: string, kind: string]>} */
const DRAWINGS = {
  null: ["null", "BadDrawing"],
  undefined: ["undefined", "BadDrawing"],
  "a number": ["5", "BadDrawing"],
  text: ["'square'", "BadDrawing"],
  "a list": ["[[1, 2, 3, 4]]", "BadDrawing"],
  "an object without strokes": ["({})", "BadDrawing"],
  "strokes that are null": ["({ strokes: null })", "BadDrawing"],
  "strokes that are text": ["({ strokes: 'abcd' })", "BadDrawing"],
  "strokes that are an object": ["({ strokes: {} })", "BadDrawing"],
  "a stroke that is null": ["({ strokes: [null] })", "BadDrawing"],
  "a stroke that is a number": ["({ strokes: [1, 2, 3, 4] })", "BadDrawing"],
  "points as objects": ["({ strokes: [[{ x: 1, y: 2 }, { x: 3, y: 4 }]] })", "BadDrawing"],
  "points as pairs": ["({ strokes: [[[1, 2], [3, 4]]] })", "BadDrawing"],
  "points as text": ["({ strokes: [['1', '2']] })", "BadDrawing"],
  "points as large integers": ["({ strokes: [[1n, 2n]] })", "BadDrawing"],
  "a hole among points": ["({ strokes: [[1, , 3, 4]] })", "BadDrawing"],
  "a hole among strokes": ["({ strokes: [[1, 2], , [3, 4]] })", "BadDrawing"],
  "an x without a y": ["({ strokes: [[1, 2, 3]] })", "BadDrawing"],
  NaN: ["({ strokes: [[1, 2, NaN, 4]] })", "BadDrawing"],
  infinity: ["({ strokes: [[1, 2, Infinity, 4]] })", "BadDrawing"],
  "minus infinity": ["({ strokes: [[1, 2], [-Infinity, 4]] })", "BadDrawing"],
  "a number beyond 1e9": ["({ strokes: [[1, 2, 1e300, 4]] })", "BadDrawing"],
  "NaN in a typed array": ["({ strokes: [new Float32Array([1, NaN])] })", "BadDrawing"],
  "a DataView": ["({ strokes: [new DataView(new ArrayBuffer(16))] })", "BadDrawing"],
  "too many points": ["({ strokes: [new Float32Array(200_002)] })", "TooLarge"],
  "too many strokes": ["({ strokes: new Array(100_001).fill([]) })", "TooLarge"],
  "pressures that are no list": ["({ ...square, pressures: 1 })", "BadDrawing"],
  "pressures of too few strokes": ["({ ...square, pressures: [] })", "BadDrawing"],
  "pressures of too few points": ["({ ...square, pressures: [[0.5]] })", "BadDrawing"],
  "pressures over 1": ["({ ...square, pressures: [[0.5, 2, 0.5, 0.5, 0.5]] })", "BadDrawing"],
  "pixels without a size": ["({ data: new Uint8ClampedArray(4) })", "BadDrawing"],
  "pixels as text": ["({ width: 1, height: 1, data: 'abcd' })", "BadDrawing"],
  "pixels of a broken width": ["({ width: 1.5, height: 2, data: new Uint8ClampedArray(12) })", "BadDrawing"],
  "pixels of a negative width": ["({ width: -1, height: -1, data: new Uint8ClampedArray(4) })", "BadDrawing"],
  "pixels of another size": ["({ width: 2, height: 2, data: new Uint8ClampedArray(4) })", "WrongSize"],
  "no pixels": ["({ width: 0, height: 0, data: new Uint8ClampedArray(0) })", "WrongSize"],
  "an element that is no canvas": ["document.createElement('div')", "BadDrawing"],
  "a function": ["() => {}", "BadDrawing"],
  "a promise": ["Promise.resolve(square)", "BadDrawing"],
};

for (const method of ["learn", "classify", "classifyLatest", "map", "mapLatest", "embed", "preview", "trace"]) {
  test(`${method}: what is no drawing is refused, and says what was expected`, async () => {
    const drawings = Object.entries(DRAWINGS).filter(([name]) => !(method === "map" && name === "undefined"));
    const outcomes = await opened.page.evaluate(
      async ({ method, drawings }) => {
        /** @type {Record<string, any>} */
        const outcomes = {};
        for (const [name, [code]] of drawings) {
          const drawing = (0, eval)(code);
          const call = method === "learn" ? ["never", drawing] : [drawing];
          outcomes[name] = await outcomeOf(() => /** @type {any} */ (instance)[method](...call));
        }
        return outcomes;
      },
      { method, drawings },
    );
    for (const [name, [, kind]] of drawings) {
      assert.equal(outcomes[name].kind, kind, `${name}: ${JSON.stringify(outcomes[name])}`);
      assert.match(outcomes[name].message, /: found .+\.$/, name);
    }
  });
}

test("typed arrays, one dot, and coordinates of any size up to 1e9 are drawings", async () => {
  const answers = await opened.page.evaluate(async () => {
    const drawings = [
      { strokes: [new Float32Array([20, 20, 80, 20, 80, 80, 20, 80, 20, 20])] },
      { strokes: [[-1e9, -1e9, 1e9, -1e9, 1e9, 1e9, -1e9, 1e9, -1e9, -1e9]] },
      { strokes: [[0, 0]] },
      { strokes: [[0, 0, 1e-38, 0]] },
      { strokes: [[0, 0, 5e-324, 0], []] },
    ];
    const answers = [];
    for (const drawing of drawings) answers.push(await outcomeOf(() => instance.classify(/** @type {any} */ (drawing))));
    return answers.map(({ value }) => value?.ranking.length);
  });
  assert.deepEqual(answers, [2, 2, 2, 2, 2]);
});

/** Calls that are not right, as code, and the kind of error. @type {Record<string, [code: string, kind: string]>} */
const CALLS = {
  "learn: a label that is missing": ["instance.learn()", "BadLabel"],
  "learn: a label that is null": ["instance.learn(null, square)", "BadLabel"],
  "learn: a label that is an object": ["instance.learn({}, square)", "BadLabel"],
  "learn: a label that is not a number": ["instance.learn(NaN, square)", "BadLabel"],
  "learn: a label that is too long": ["instance.learn('x'.repeat(1001), square)", "BadLabel"],
  "forget: a label that is missing": ["instance.forget()", "BadLabel"],
  "learn: options that are null": ["instance.learn('a', square, null)", "BadOption"],
  "learn: a signal that is none": ["instance.learn('a', square, { signal: 1 })", "BadOption"],
  "classify: a limit of 0": ["instance.classify(square, { limit: 0 })", "BadOption"],
  "classify: a limit that is broken": ["instance.classify(square, { limit: 1.5 })", "BadOption"],
  "invent: nothing": ["instance.invent()", "BadOption"],
  "invent: -1 characters": ["instance.invent({ seed: 1, characters: -1, drawers: 1 })", "BadOption"],
  "invent: characters beyond any need": ["instance.invent({ seed: 1, characters: 4e9, drawers: 1 })", "BadOption"],
  "invent: drawings beyond any need": ["instance.invent({ seed: 1, characters: 2000, drawers: 2000 })", "BadOption"],
  "invent: a seed that is broken": ["instance.invent({ seed: 0.5, characters: 1, drawers: 1 })", "BadOption"],
  "fineTune: -1 steps": ["instance.fineTune({ steps: -1 })", "BadOption"],
  "fineTune: steps without end": ["instance.fineTune({ steps: Infinity })", "BadOption"],
  "fineTune: four billion steps": ["instance.fineTune({ steps: 4e9 })", "BadOption"],
  "fineTune: a seed beyond 32 bits": ["instance.fineTune({ seed: 2 ** 32 })", "BadOption"],
  "fineTune: a listener that is none": ["instance.fineTune({ onstep: 1 })", "BadOption"],
  "replay: nothing": ["instance.replay().next()", "BadArchive"],
  "replay: a billion episodes": ["instance.replay({ archive: new Blob(), episodes: 1e9 }).next()", "BadOption"],
  "replay: -1 episodes": ["instance.replay({ archive: new Blob(), episodes: -1 }).next()", "BadOption"],
  "replay: an episode -1": ["instance.replay({ archive: new Blob(), episodes: [-1] }).next()", "BadOption"],
  "replay: no such protocol": ["instance.replay({ archive: new Blob(), protocol: 'koch' }).next()", "BadOption"],
  "replay: no workers": ["instance.replay({ archive: new Blob(), workers: 0 }).next()", "BadOption"],
  "replay: an archive that is text": ["instance.replay({ archive: 'all_runs.zip' }).next()", "BadArchive"],
  "replay: one file of two": ["instance.replay({ archive: new Blob(), protocol: 'mnist' }).next()", "BadArchive"],
  "replay: a file that is no file": ["instance.replay({ archive: { images: new Blob(), labels: 1 }, protocol: 'mnist' }).next()", "BadArchive"],
  "replay: a file that is no archive": ["instance.replay({ archive: new Blob(['zip']), workers: 1 }).next()", "BadArchive"],
  "adoptWeights: text": ["instance.adoptWeights('weights')", "BadWeights"],
  "adoptWeights: null": ["instance.adoptWeights(null)", "BadWeights"],
  "adoptWeights: no bytes": ["instance.adoptWeights(new Uint8Array())", "BadWeights"],
  "save: a name that is a number": ["instance.save(5)", "BadOption"],
  "save: a name that is too long": ["instance.save('x'.repeat(1001))", "BadOption"],
  "restore: nothing": ["glimpse.Glimpse.restore()", "BadCollection"],
  "restore: text": ["glimpse.Glimpse.restore('file')", "BadCollection"],
  "load: null": ["glimpse.Glimpse.load(null)", "BadOption"],
  "load: no such system": ["glimpse.Glimpse.load({ system: 'koch' })", "NoSystem"],
  "load: a system of another kind": ["glimpse.Glimpse.load({ system: 1 })", "NoSystem"],
  "load: no such engine": ["glimpse.Glimpse.load({ engine: 'cuda' })", "BadOption"],
  "load: no engines": ["glimpse.Glimpse.load({ engine: [] })", "BadOption"],
  "load: one engine that is none": ["glimpse.Glimpse.load({ engine: ['simd', 'cuda'] })", "BadOption"],
  "load: a worker that is a number": ["glimpse.Glimpse.load({ worker: 5 })", "BadOption"],
  "load: weights that are a number": ["glimpse.Glimpse.load({ weights: 5 })", "BadOption"],
  "load: an address that is none": ["glimpse.Glimpse.load({ assets: 'http://' })", "BadOption"],
  "load: modules that are text": ["glimpse.Glimpse.load({ wasm: 'simd' })", "BadOption"],
  "load: a module of no engine": ["glimpse.Glimpse.load({ wasm: { cuda: '/x' } })", "BadOption"],
  "load: a support that is no list": ["glimpse.Glimpse.load({ support: 'a' })", "BadOption"],
  "load: an example that is null": ["glimpse.Glimpse.load({ support: [null] })", "BadOption"],
  "load: an example without a label": ["glimpse.Glimpse.load({ support: [{ drawing: square }] })", "BadLabel"],
  "load: an example without a drawing": ["glimpse.Glimpse.load({ support: [{ label: 'a' }] })", "BadDrawing"],
  "load: an example without ink": ["glimpse.Glimpse.load({ support: [{ label: 'a', drawing: { strokes: [] } }] })", "EmptyDrawing"],
  "load: tuned weights that are text": ["glimpse.Glimpse.load({ tuned: 'weights' })", "BadWeights"],
  "load: a listener that is none": ["glimpse.Glimpse.load({ onprogress: 'hear' })", "BadOption"],
  "load: a signal that is none": ["glimpse.Glimpse.load({ signal: {} })", "BadOption"],
};

describe("a call that is not right is refused by a fitting kind", () => {
  for (const [name, [code, kind]] of Object.entries(CALLS)) {
    test(name, { timeout: 20_000 }, async () => {
      const outcome = await opened.page.evaluate((code) => outcomeOf(() => (0, eval)(code)), code);
      assert.equal(outcome.kind, kind, JSON.stringify(outcome));
    });
  }
});

test("numbers are labels, as text, and halves of letters are the same to page and engine", async () => {
  const { labels, ranking, left } = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    await instance.learn(5, square);
    await instance.learn("\ud800", { strokes: [[20, 20, 80, 80]] });
    await instance.learn("__proto__", { strokes: [[20, 80, 80, 20]] });
    const { labels } = instance;
    const ranking = (await instance.classify(square)).ranking.map(({ label }) => label).sort();
    await instance.forget("\ud800");
    await instance.forget(5);
    const left = instance.labels;
    instance.dispose();
    return { labels, ranking, left };
  });
  assert.deepEqual(labels, ["5", "\ufffd", "__proto__"]);
  assert.deepEqual(ranking, [...labels].sort());
  assert.deepEqual(left, ["__proto__"]);
});

test("a limit ranks the best labels alone", async () => {
  const [all, best] = await opened.page.evaluate(async () => {
    const { ranking } = await instance.classify(square);
    return [ranking, (await instance.classify(square, { limit: 1 })).ranking];
  });
  assert.deepEqual(best, all.slice(0, 1));
});

test("what a caller changes after a call changes nothing", async () => {
  const { taught, answered } = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const mine = { strokes: [[20, 20, 80, 80]] };
    const pixels = new ImageData(20, 20);
    for (let i = 0; i < 20; i += 1) pixels.data[4 * (21 * i) + 3] = 255;
    const learning = [instance.learn("strokes", mine), instance.learn("pixels", pixels)];
    mine.strokes[0].fill(0);
    pixels.data.fill(0);
    await Promise.all(learning);
    const taught = instance.examples[0].drawing.strokes;
    const answered = (await instance.classify({ strokes: [[0, 0, 9, 9]] })).ranking.length;
    instance.dispose();
    return { taught, answered };
  });
  assert.deepEqual([taught, answered], [[[20, 20, 80, 80]], 2]);
});

test("what a caller changes in what it was given changes nothing", async () => {
  const { taught, tuned } = await opened.page.evaluate(async () => {
    const own = await glimpse.Glimpse.load({ engine: "flex", support: [{ label: "line", drawing: { strokes: [[20, 20, 80, 80]] } }] });
    await own.learn("dot", { strokes: [[5, 5]], pressures: [[1]] });
    await own.fineTune({ steps: 5, seed: 3 });
    await own.adoptWeights((await own.fineTune({ steps: 1 }), own.tunedWeights));
    const given = /** @type {any} */ (own.examples);
    for (const list of [given, ...given.flatMap((/** @type {any} */ { drawing }) => [drawing.strokes, drawing.strokes[0], drawing.pressures ?? []])]) {
      try {
        list.push(NaN);
      } catch {
        // It is frozen.
      }
    }
    own.tunedWeights?.fill(0);
    const outcome = { taught: JSON.stringify(own.examples), tuned: own.tunedWeights?.some((byte) => byte > 0) ?? true };
    own.dispose();
    return outcome;
  });
  const line = { label: "line", drawing: { strokes: [[20, 20, 80, 80]] } };
  const dot = { label: "dot", drawing: { strokes: [[5, 5]], pressures: [[1]] } };
  assert.deepEqual(JSON.parse(taught), [line, dot]);
  assert.ok(tuned);
});

for (const worker of [true, false]) {
  test(`a function of the caller's that throws harms no call, and its error is reported: ${worker ? "with" : "without"} a worker`, async () => {
    const page = await opened.browser.newPage();
    try {
      /** @type {string[]} */
      const reported = [];
      page.on("pageerror", ({ message }) => reported.push(message));
      await page.goto(`${opened.origin}/blank.html`);
      const labels = await page.evaluate(async (worker) => {
        const { Glimpse } = await import(/** @type {any} */ ("/index.js"));
        const fail = (/** @type {string} */ name) => () => {
          throw new Error(name);
        };
        const own = await Glimpse.load({ engine: "flex", worker, onprogress: fail("onprogress"), onrecover: fail("onrecover") });
        Object.assign(globalThis, { own });
        await own.learn("line", { strokes: [[20, 20, 80, 80]] });
        await own.learn("dot", { strokes: [[5, 5]] });
        await own.fineTune({ steps: 2, onstep: fail("onstep") });
        return own.labels;
      }, worker);
      assert.deepEqual(labels, ["line", "dot"]);
      if (worker) {
        await page.workers()[0].evaluate(() => self.close());
        const best = await page.evaluate(async () => {
          const { own } = /** @type {any} */ (globalThis);
          return (await own.classify({ strokes: [[20, 20, 80, 81]] })).ranking[0].label;
        });
        assert.equal(best, "line");
      }
      const expected = ["onprogress", "onstep", ...(worker ? ["onrecover"] : [])];
      assert.deepEqual([...new Set(reported)].sort(), expected.sort());
    } finally {
      await page.close();
    }
  });
}

test("after all that no engine has stopped, and what was taught is known", async () => {
  const { recoveries, labels, best } = await opened.page.evaluate(async () => {
    const best = (await instance.classify(square)).ranking[0].label;
    return { recoveries: globalThis.recoveries, labels: instance.labels, best };
  });
  assert.deepEqual([recoveries, labels, best], [[], ["square", "line"], "square"]);
});
