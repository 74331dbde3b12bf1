// The package by itself, in a page without bundler or site: its errors, its worker, its manners.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { archives } from "../harness/data.js";
import { openPackage } from "../harness/package.js";
import { weightsThatFail } from "../harness/weights.js";

/** @type {import("glimpse").System[]} */
const SYSTEMS = ["siamese", "triplet", "relation"];

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage({ extra: { ...(await archives()), "/failing.safetensors": await weightsThatFail() } });
  await opened.page.evaluate(async () => {
    const drawing = (/** @type {number} */ slant) => ({ strokes: [[20, 20, 20 + slant, 80], [20, 50, 80, 50 - slant]] });
    /** The kind of the error that a promise rejects with. @param {Promise<unknown>} promise */
    const kindOf = (promise) =>
      promise.then(
        () => "none",
        (error) => (error instanceof glimpse.GlimpseError ? error.kind : error.name),
      );
    /**
     * The features that a drawing is known by: its own, and half of those of the same in one stroke.
     *
     * @param {import("glimpse").Glimpse} instance
     * @param {import("glimpse").Strokes} drawing
     */
    const known = async (instance, drawing) => {
      const [own, joined] = await Promise.all([drawing, { strokes: [drawing.strokes.flat()] }].map((one) => instance.embed(one)));
      const sum = own.map((value, i) => (drawing.strokes.length > 1 ? value + joined[i] / 2 : value));
      const norm = Math.hypot(...sum);
      return sum.map((value) => value / norm);
    };
    Object.assign(globalThis, { drawing, kindOf, known });
  });
});
after(() => opened?.close());

test("what is no drawing is refused by kind, and the instance goes on", async () => {
  const kinds = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const text = new Blob(["no picture"], { type: "image/png" });
    const kinds = {
      "nothing taught": await kindOf(instance.classify(drawing(0))),
      "one class": await instance.learn("A", drawing(0)).then(() => kindOf(instance.classify(drawing(0)))),
      "no strokes": await kindOf(instance.learn("B", { strokes: [] })),
      "an x without a y": await kindOf(instance.learn("B", { strokes: [[1, 2, 3]] })),
      "not a number": await kindOf(instance.learn("B", { strokes: [[NaN, NaN]] })),
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
      "not a number": "BadDrawing",
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
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
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

test("an answer says whether the sign is known, by a threshold that the caller may move; scores add up to 1", async () => {
  for (const system of SYSTEMS) {
    const answers = await opened.page.evaluate(async (system) => {
      const instance = await glimpse.Glimpse.load({ system, engine: "simd" });
      const drawings = await instance.invent({ seed: 11, characters: 24, drawers: 3 });
      for (const [i, [first, second]] of drawings.slice(0, 12).entries()) {
        await instance.learn(`${i}`, first);
        await instance.learn(`${i}`, second);
      }
      const answers = [];
      for (const [i, drawers] of drawings.entries()) {
        const drawing = drawers[2];
        const { ranking, known, familiarity } = await instance.classify(drawing);
        const strict = await instance.classify(drawing, { limit: 3, threshold: familiarity + 1e-6 });
        const lax = await instance.classifyLatest(drawing, { threshold: familiarity });
        answers.push({
          taught: i < 12,
          right: ranking[0].label === `${i}`,
          known,
          familiarity,
          sum: ranking.reduce((sum, { score }) => sum + score, 0),
          strict: [strict.known, strict.ranking.length],
          lax: lax?.known,
        });
      }
      const errors = [];
      for (const threshold of [-0.1, 1.5, NaN, "0.5", null]) {
        errors.push(await instance.classify(drawings[0][2], { threshold: /** @type {any} */ (threshold) }).then(() => "none", (error) => error.kind));
      }
      instance.dispose();
      return { answers, errors };
    }, system);
    for (const { known, familiarity, sum, strict, lax } of answers.answers) {
      assert.equal(known, familiarity >= 0.5);
      assert.ok(Math.abs(sum - 1) < 1e-4, `${sum}`);
      assert.deepEqual([strict, lax], [[false, 3], true]);
    }
    const share = (/** @type {boolean} */ taught) => {
      const own = answers.answers.filter((answer) => answer.taught === taught);
      return own.filter(({ known }) => known).length / own.length;
    };
    assert.ok(share(true) >= 0.8 && share(false) <= 0.35, `${system}: ${share(true)} of the taught are known, ${share(false)} of the others`);
    assert.deepEqual(answers.errors, Array(5).fill("BadOption"));
  }
});

test("what is smaller than a fiftieth of its sheet is a dot; a mark far from the rest is none", async () => {
  const outcome = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const same = async (/** @type {import("glimpse").Drawing[]} */ ...drawings) => {
      const seen = await Promise.all(drawings.map(async (drawing) => (await instance.preview(drawing)).join()));
      return new Set(seen).size === 1;
    };
    const dot = { strokes: [[50, 50]] };
    const trembled = { strokes: [[50, 50, 51, 50, 51, 50.5]] };
    const figure = [[10, 90, 50, 10, 90, 90], [30, 60, 70, 60]];
    const outcome = {
      dot: await same(dot, { ...trembled, size: 105 }, { strokes: [[5, 5, 5.5, 5], [6, 6]], size: 105 }),
      line: await same(dot, trembled),
      small: await same(dot, { strokes: [[50, 50, 58, 50]], size: 105 }),
      far: await same({ strokes: figure }, { strokes: [...figure, [240, 40]] }, { strokes: [[-90, -60, -88, -57], ...figure] }),
      near: await same({ strokes: figure }, { strokes: [...figure, [50, 110]] }),
      errors: await Promise.all(
        [0, -1, NaN, Infinity, "105", null].map((size) =>
          instance.preview(/** @type {any} */ ({ ...trembled, size })).then(() => "none", (error) => error.kind),
        ),
      ),
    };
    instance.dispose();
    return outcome;
  });
  assert.deepEqual(outcome, { dot: true, line: false, small: false, far: true, near: false, errors: Array(6).fill("BadDrawing") });
});

test("where place is asked for, signs that differ by size or place alone are distinguished, and shape has the last word", async () => {
  for (const system of SYSTEMS) {
    const outcome = await opened.page.evaluate(async (system) => {
      const size = 100;
      const ring = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ radius) =>
        Array.from({ length: 41 }, (_, i) => [x + radius * Math.sin(i / 6.4), y - radius * Math.cos(i / 6.4)]).flat();
      /** Signs drawn a little elsewhere and a little larger or smaller. @type {Record<string, (by: number) => number[][]>} */
      const signs = {
        degree: (by) => [ring(50 + by, 20 + by, 9 + by / 3)],
        o: (by) => [ring(50 + by, 65 - by, 19 + by)],
        O: (by) => [ring(50 - by, 55 + by, 38 - by)],
        dash: (by) => [[25 + by, 50 + by, 75 + by, 50]],
        underscore: (by) => [[25 - by, 90 + by, 75 - by, 90]],
        prime: (by) => [[52 + by, 10 + by, 48 + by, 26 + by]],
        comma: (by) => [[52 - by, 80 + by, 48 - by, 97 + by]],
        cross: (by) => [[20, 20 + by, 80, 80], [80, 20, 20 + by, 80]],
      };
      const instance = await glimpse.Glimpse.load({ system, engine: "simd" });
      for (const [label, draw] of Object.entries(signs)) await instance.learn(label, { strokes: draw(0), size });
      const right = { by: 0, without: 0, asked: 0 };
      for (const [label, draw] of Object.entries(signs)) {
        for (const by of [-2.5, -1, 1, 2.5]) {
          const drawing = { strokes: draw(by), size };
          right.asked += 1;
          right.by += Number((await instance.classify(drawing, { place: true })).ranking[0].label === label);
          right.without += Number((await instance.classify(drawing)).ranking[0].label === label);
        }
      }
      const { ranking } = await instance.classify({ strokes: signs.O(1), size }, { place: true });
      const best = await instance.classify({ strokes: signs.O(1), size }, { place: true, limit: 2 });
      const latest = await instance.classifyLatest({ strokes: signs.O(1), size }, { place: true });
      const elsewhere = await instance.classify({ strokes: signs.cross(0).map((stroke) => stroke.map((v) => v / 6)), size }, { place: true });
      const scores = ranking.map(({ score }) => score);
      // What is saved knows the sheets, too.
      const again = await glimpse.Glimpse.restore(await instance.save(), { engine: "simd" });
      const restored = await again.classify({ strokes: signs.O(1), size }, { place: true });
      await again.learn("sheetless", { strokes: signs.cross(0) });
      const refusals = await Promise.all(
        [
          instance.classify({ strokes: signs.O(1) }, { place: true }),
          again.classify({ strokes: signs.O(1), size }, { place: true }),
          again.classify({ strokes: signs.O(1), size }, { place: /** @type {any} */ (1) }),
        ].map((answer) => answer.then(() => "none", (error) => `${error.kind}: ${error.message}`)),
      );
      again.dispose();
      instance.dispose();
      return {
        right,
        ordered: scores.every((score, i) => i === 0 || score <= scores[i - 1]),
        sum: scores.reduce((sum, score) => sum + score, 0),
        alike: [best.ranking, latest?.ranking.slice(0, 2), restored.ranking.slice(0, 2)].every(
          (two) => JSON.stringify(two) === JSON.stringify(ranking.slice(0, 2)),
        ),
        elsewhere: elsewhere.ranking[0].label,
        refusals,
      };
    }, system);
    const { right, refusals, sum, ...rest } = outcome;
    assert.equal(right.by, right.asked, `${system}: ${right.by} of ${right.asked}`);
    assert.ok(right.without < 0.75 * right.asked, `${system}: without place ${right.without} of ${right.asked}`);
    assert.ok(Math.abs(sum - 1) < 1e-4, `${sum}`);
    assert.deepEqual(rest, { ordered: true, alike: true, elsewhere: "cross" });
    assert.match(refusals[0], /^BadOption: The drawing has no `size`/);
    assert.match(refusals[1], /^BadOption: A drawing of “sheetless” has no `size`/);
    assert.match(refusals[2], /^BadOption: `place` is true or false/);
  }
});

test("the similarity ranks as the score does; a Triplet network's is the distance to the features that are known, negative", async () => {
  for (const system of SYSTEMS) {
    const { ranking, distances } = await opened.page.evaluate(async (system) => {
      const instance = await glimpse.Glimpse.load({ system, engine: "flex" });
      const drawings = await instance.invent({ seed: 5, characters: 6, drawers: 2 });
      const query = await instance.embed(drawings[0][1]);
      /** @type {Record<string, number>} */
      const distances = {};
      for (const [i, [first]] of drawings.entries()) {
        await instance.learn(`${i}`, first);
        const features = await known(instance, first);
        distances[i] = Math.hypot(...features.map((value, j) => value - query[j]));
      }
      const { ranking } = await instance.classify(drawings[0][1]);
      const named = instance.system;
      instance.dispose();
      return { ranking, distances, named };
    }, system);
    assert.equal(ranking.length, 6);
    for (const [i, { score, similarity }] of ranking.entries()) {
      assert.ok(score >= 0 && score <= 1);
      const next = ranking[i + 1];
      assert.ok(!next || (score >= next.score && similarity >= next.similarity), `${system}: place ${i} beats the next`);
    }
    if (system === "triplet") {
      const scales = ranking.map(({ label, similarity }) => -similarity / distances[label]);
      assert.ok(Math.max(...scales) < 1.01 * Math.min(...scales) && scales[0] > 0, `scales: ${scales}`);
    }
  }
});

test("a map of three drawings keeps their distances, and a query that is one of them lies at its place", async () => {
  const { map, without, distances, alone, empty } = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const drawings = [drawing(0), drawing(30), { strokes: [[20, 20, 80, 20, 80, 80, 20, 80, 20, 20]] }];
    const empty = await kindOf(instance.map());
    /** @type {Float32Array[]} */
    const features = [];
    for (const [i, one] of drawings.entries()) {
      await instance.learn("AAB"[i], one);
      features.push(await known(instance, one));
    }
    const apart = (/** @type {number} */ a, /** @type {number} */ b) =>
      Math.hypot(...features[a].map((value, j) => value - features[b][j]));
    const distances = [apart(0, 1), apart(0, 2), apart(1, 2)];
    const map = await instance.map(drawings[2]);
    const without = await instance.map();
    await instance.forget("A");
    const alone = await instance.map();
    instance.dispose();
    return { map, without, distances, alone, empty };
  });
  assert.equal(empty, "NoSupport");
  assert.deepEqual(alone.support, [{ label: "B", x: 0, y: 0 }]);
  assert.equal(map.support.map(({ label }) => label).join(""), "AAB");
  assert.deepEqual(without.support, map.support, "the support alone lays the map");
  assert.ok(!("query" in without) && map.query);
  // Three points lie in one plane: nothing is lost.
  assert.ok(map.explained > 0.999 && map.explained <= 1);
  const [a, b, c] = map.support;
  const apart = (/** @type {import("glimpse").Place} */ p, /** @type {import("glimpse").Place} */ q) =>
    Math.hypot(p.x - q.x, p.y - q.y);
  for (const [i, distance] of [apart(a, b), apart(a, c), apart(b, c)].entries()) {
    assert.ok(Math.abs(distance - distances[i]) < 1e-3, `${distance} on the map, ${distances[i]} between features`);
  }
  assert.ok(apart(map.query, c) < 1e-3);
});

test("calls are answered in the order they are made, however long a drawing takes to read", async () => {
  const answers = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const canvas = document.createElement("canvas");
    canvas.getContext("2d")?.fillRect(100, 40, 30, 60);
    const image = await new Promise((resolve) => canvas.toBlob(resolve));
    const [, map] = await Promise.all([instance.learn("slow", /** @type {Blob} */ (image)), instance.map()]);
    const [, , after] = await Promise.all([
      instance.learn("quick", drawing(0)),
      instance.forget("quick"),
      instance.map(),
    ]);
    instance.dispose();
    return [map, after].map(({ support }) => support.map(({ label }) => label));
  });
  assert.deepEqual(answers, [["slow"], ["slow"]]);
});

test("a preview is the drawing's ink on 32 × 32 pixels", async () => {
  const pixels = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const pixels = [...(await instance.preview({ strokes: [[50, 0, 50, 100]] }))];
    instance.dispose();
    return pixels;
  });
  assert.equal(pixels.length, 32 * 32);
  const columns = Array.from({ length: 32 }, (_, x) => pixels.filter((_, i) => i % 32 === x));
  const inked = columns.map((column) => column.some((ink) => ink > 127));
  assert.ok(inked[15] || inked[16], "the stroke is in the middle");
  assert.ok(!inked[4] && !inked[27], "and nowhere else");
});

test("loading fails by kind: no such system, bad or missing weights, no adapter, a failed self-test", async () => {
  const kinds = await opened.page.evaluate(async () => {
    const load = glimpse.Glimpse.load;
    return [
      await kindOf(load({ system: /** @type {any} */ ("koch") })),
      await kindOf(load({ weights: new TextEncoder().encode("no weights") })),
      await kindOf(load({ system: "triplet", weights: "/weights/relation.safetensors", engine: "flex" })),
      await kindOf(load({ weights: "/nowhere.safetensors", engine: "flex" })),
      await kindOf(load({ engine: "webgpu" })),
      await kindOf(load({ engine: "flex", weights: "/failing.safetensors" })),
      await kindOf(load({ engine: ["flex", "ndarray"], weights: "/failing.safetensors" })),
    ];
  });
  const ofWeights = ["NoSystem", "BadWeights", "BadWeights", "LoadFailed"];
  assert.deepEqual(kinds, [...ofWeights, "NoAdapter", "SelfTestFailed", "EngineFailed"]);
});

test("weights that arrive damaged are fetched afresh by the next try, while others are at work", async () => {
  const { page } = opened;
  const url = "**/relation.safetensors";
  await page.route(url, (route) => route.fulfill({ body: "damaged", contentType: "application/octet-stream" }), {
    times: 1,
  });
  const outcome = await page.evaluate(async () => {
    const other = await glimpse.Glimpse.load({ engine: "simd" });
    const load = () => glimpse.Glimpse.load({ engine: "flex", system: "relation" });
    const first = await kindOf(load());
    const second = await load();
    const { system } = second;
    second.dispose();
    other.dispose();
    return [first, system];
  });
  await page.unroute(url);
  assert.deepEqual(outcome, ["BadWeights", "relation"]);
});

test("of the weights only the system's own are downloaded", async () => {
  const page = await opened.browser.newPage();
  try {
    /** @type {string[]} */
    const asked = [];
    page.context().on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${opened.origin}/blank.html`);
    const system = await page.evaluate(async () => {
      const { Glimpse } = await import(/** @type {any} */ ("/index.js"));
      return (await Glimpse.load({ system: "triplet", engine: "flex", worker: false })).system;
    });
    assert.equal(system, "triplet");
    const weights = asked.filter((path) => path.startsWith("/weights/"));
    assert.deepEqual(weights, ["/weights/triplet.safetensors"]);
  } finally {
    await page.close();
  }
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

/** Waits until so many workers are left. @param {number} count */
async function left(count) {
  const { page } = opened;
  while (page.workers().length > count) await page.workers().at(-1)?.waitForEvent("close");
}

test("instances share one worker, which ends with the last of them", async () => {
  const { page } = opened;
  await left(0);
  await page.evaluate(async () => {
    const instances = await Promise.all([1, 2].map(() => glimpse.Glimpse.load({ engine: "simd" })));
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
      const instance = await glimpse.Glimpse.load({ engine: "simd" });
      return (await instance.embed({ strokes: [[20, 20, 80, 80]] })).length;
    });
    assert.ok(features > 0);
    assert.equal(strict.page.workers().length, 0);
  } finally {
    await strict.close();
  }
});

test("of live classifications that wait only the newest is answered, and of live maps", async () => {
  const answered = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    await instance.learn("A", drawing(0));
    await instance.learn("B", drawing(30));
    const answered = [];
    for (const latest of /** @type {const} */ (["classifyLatest", "mapLatest"])) {
      const calls = [1, 2, 3, 4].map((slant) => instance[latest](drawing(slant)));
      const answers = [...(await Promise.all(calls)), await instance[latest](drawing(5))];
      answered.push(answers.map((answer) => answer !== undefined));
    }
    instance.dispose();
    return answered;
  });
  const expected = [true, false, false, true, true];
  assert.deepEqual(answered, [expected, expected]);
});

test("each protocol gives episodes of its own shape", async () => {
  const shapes = await opened.page.evaluate(async () => {
    const { Glimpse, PROTOCOLS } = glimpse;
    const instance = await Glimpse.load({ engine: "flex" });
    const file = async (/** @type {string} */ name) => (await fetch(`/${name}`)).arrayBuffer();
    const omniglot = await file("images_evaluation.zip");
    const images = await file("t10k-images-idx3-ubyte.gz");
    const labels = await file("t10k-labels-idx1-ubyte.gz");
    /** @type {Record<string, unknown>} */
    const shapes = {};
    for (const protocol of PROTOCOLS) {
      const archive =
        protocol === "official" ? await file("all_runs.zip") : protocol === "mnist" ? { images, labels } : omniglot;
      const inked = (/** @type {Uint8Array[]} */ pictures) =>
        pictures.filter((picture) => picture.includes(255)).length;
      const trials = instance.replay({ protocol, archive, episodes: [1] });
      for await (const { trial, truth, chosen, correct, scores, pictures } of trials) {
        if (correct !== (chosen === truth)) throw new Error(`${protocol}: ${chosen}, ${truth} and yet ${correct}`);
        if (trial > 0) continue;
        const { side, way, shots, support, queries } = pictures;
        shapes[protocol] = [side, way, shots, inked(support), inked(queries), scores.length];
      }
    }
    instance.dispose();
    return shapes;
  });
  assert.deepEqual(shapes, {
    official: [105, 20, 1, 20, 20, 20],
    "random-5-way-1-shot": [105, 5, 1, 5, 5, 5],
    "random-5-way-5-shot": [105, 5, 5, 25, 5, 5],
    "random-20-way-1-shot": [105, 20, 1, 20, 20, 20],
    "random-20-way-5-shot": [105, 20, 5, 100, 20, 20],
    "within-alphabet": [105, 20, 1, 20, 20, 20],
    verification: [105, 1, 1, 1, 1, 1],
    "verification-within-alphabet": [105, 1, 1, 1, 1, 1],
    mnist: [28, 10, 1, 10, 10, 10],
  });
});

test("verification asks of like and unlike pairs, and says no under a score of 0.5", async () => {
  const trials = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const archive = await (await fetch("/images_evaluation.zip")).blob();
    const options = { protocol: /** @type {const} */ ("verification"), archive, episodes: 40 };
    const trials = [];
    for await (const { truth, chosen, scores } of instance.replay(options)) {
      trials.push({ truth, chosen, score: scores[0] });
    }
    instance.dispose();
    return trials;
  });
  assert.equal(trials.length, 40);
  assert.equal(trials.filter(({ truth }) => truth === 0).length, 20);
  assert.equal(trials.filter(({ truth }) => truth === null).length, 20);
  for (const { chosen, score } of trials) assert.equal(chosen, score >= 0.5 ? 0 : null);
  const right = trials.filter(({ truth, chosen }) => truth === chosen).length;
  assert.ok(right > 30, `${right} of 40 are right`);
});

test("the same seed and number give the same episode, others give others", async () => {
  const episodes = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const archive = await (await fetch("/images_evaluation.zip")).arrayBuffer();
    const scores = async (/** @type {number} */ seed, /** @type {number[]} */ ...episodes) => {
      const scores = [];
      for await (const trial of instance.replay({ protocol: "random-5-way-1-shot", archive, seed, episodes })) {
        scores.push(trial.scores);
      }
      return String(scores.slice(-5));
    };
    const [first, again] = [await scores(1, 3), await scores(1, 2, 3)];
    const [another, seeded] = [await scores(1, 4), await scores(2, 3)];
    instance.dispose();
    return { again: first === again, another: first === another, seeded: first === seeded };
  });
  assert.deepEqual(episodes, { again: true, another: false, seeded: false });
});

test("an archive is read once as long as it is the same, and freed when another comes and at the end", async () => {
  const counts = await opened.page.evaluate(async () => {
    // The page computes by itself, so the module that reads archives can be watched.
    const instance = await glimpse.Glimpse.load({ engine: "flex", worker: false });
    const { Archive } = await import(/** @type {any} */ ("/wasm/archives/glimpse.js"));
    const { official } = Archive;
    const { free } = Archive.prototype;
    const count = { read: 0, freed: 0 };
    Archive.official = (/** @type {Uint8Array} */ zip) => {
      count.read += 1;
      return official(zip);
    };
    Archive.prototype.free = function () {
      count.freed += 1;
      free.call(this);
    };
    const counts = [];
    const first = await (await fetch("/all_runs.zip")).blob();
    const second = first.slice();
    for (const archive of [first, first, second]) {
      for await (const _ of instance.replay({ archive, episodes: 1 }));
      counts.push({ ...count });
    }
    instance.dispose();
    for (let tries = 0; count.freed < 2 && tries < 100; tries += 1) await new Promise((done) => setTimeout(done, 50));
    return [...counts, count];
  });
  assert.deepEqual(counts, [
    { read: 1, freed: 0 },
    { read: 1, freed: 0 },
    { read: 2, freed: 1 },
    { read: 2, freed: 2 },
  ]);
});

test("two workers replay what one does, in the same order, and only one is left", async () => {
  const { page } = opened;
  await left(0);
  /** @type {import("playwright-core").Worker[]} */
  const started = [];
  const note = (/** @type {import("playwright-core").Worker} */ worker) => started.push(worker);
  page.on("worker", note);
  const [alone, together] = await page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd", system: "triplet" });
    const archive = await (await fetch("/all_runs.zip")).blob();
    const replayed = [];
    for (const workers of [1, 2]) {
      const trials = [];
      for await (const { episode, trial, chosen } of instance.replay({ archive, workers, episodes: 5 })) {
        trials.push([episode, trial, chosen]);
      }
      replayed.push(trials);
    }
    Object.assign(globalThis, { instance });
    return replayed;
  });
  page.off("worker", note);
  assert.equal(alone.length, 100);
  assert.deepEqual(together, alone);
  assert.equal(started.length, 2);
  await left(1);
  assert.deepEqual(page.workers(), started.slice(0, 1), "the second ends with the replay");
  await page.evaluate(() => instance.dispose());
});

test("a replay fails by kind: the wrong archive, a damaged one, wrong files, an episode that is not there", async () => {
  const kinds = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const zip = await (await fetch("/all_runs.zip")).blob();
    const play = async (/** @type {import("glimpse").ReplayOptions} */ options) => {
      for await (const _ of instance.replay(options));
    };
    const kinds = [
      await kindOf(play({ protocol: "within-alphabet", archive: zip })),
      await kindOf(play({ archive: zip.slice(0, zip.size / 2) })),
      await kindOf(play({ protocol: "mnist", archive: zip })),
      await kindOf(play({ protocol: "mnist", archive: { images: zip, labels: zip } })),
      await kindOf(play({ archive: { images: zip, labels: zip } })),
      await kindOf(play({ archive: zip, episodes: [20] })),
      await kindOf(play({ archive: zip, episodes: [19] })),
    ];
    instance.dispose();
    return kinds;
  });
  const archive = "BadArchive";
  assert.deepEqual(kinds, [archive, archive, archive, archive, archive, "NoEpisode", "none"]);
});

test("a replay says how far it is, and can be given up while the archive is read", async () => {
  const { progress, phases, reason, trials } = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const archive = await (await fetch("/images_evaluation.zip")).blob();
    /** @type {import("glimpse").ReplayOptions} */
    const options = { protocol: "random-5-way-1-shot", archive, episodes: 2 };
    const controller = new AbortController();
    /** @type {string[]} */
    const phases = [];
    const onprogress = (/** @type {import("glimpse").ReplayProgress} */ { phase }) => {
      phases.push(phase);
      setTimeout(() => controller.abort("enough"));
    };
    const given = instance.replay({ ...options, signal: controller.signal, onprogress });
    const reason = await given.next().catch((reason) => reason);
    /** @type {import("glimpse").ReplayProgress[]} */
    const progress = [];
    let trials = 0;
    for await (const _ of instance.replay({ ...options, onprogress: (step) => progress.push(step) })) trials += 1;
    instance.dispose();
    return { progress, phases, reason, trials };
  });
  assert.equal(reason, "enough");
  assert.deepEqual(phases, ["read"]);
  assert.equal(trials, 10);
  assert.deepEqual(progress, [
    { phase: "read", episodes: 0, total: 2 },
    { phase: "replay", episodes: 0, total: 2 },
    { phase: "replay", episodes: 1, total: 2 },
    { phase: "replay", episodes: 2, total: 2 },
  ]);
});

test("a replay can be left early and aborted", async () => {
  const outcome = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    const archive = await (await fetch("/all_runs.zip")).blob();
    let seen = 0;
    for await (const trial of instance.replay({ archive })) {
      seen += 1;
      if (trial.trial === 4) break;
    }
    const controller = new AbortController();
    const aborted = (async () => {
      for await (const trial of instance.replay({ archive, signal: controller.signal })) {
        if (trial.episode === 1) controller.abort("enough");
      }
    })();
    const reason = await aborted.catch((reason) => reason);
    const features = await instance.embed(drawing(0));
    instance.dispose();
    return { seen, reason, usable: features.length > 0 };
  });
  assert.deepEqual(outcome, { seen: 5, reason: "enough", usable: true });
});

test("a module that traps ends with its worker and all that it held, and in a fresh one it answers", async () => {
  const page = await opened.browser.newPage();
  // The module traps in a task of its own, as a panic in asynchronous Rust does. Only the first worker's does so.
  const trapping = async (/** @type {import("playwright-core").Route} */ route) => {
    const response = await route.fetch();
    const trap = "queueMicrotask(() => { throw new WebAssembly.RuntimeError('unreachable'); })";
    const body = `${await response.text()}\nSession.prototype.embed = () => new Promise(() => ${trap});`;
    await route.fulfill({ response, body });
  };
  await page.route(/flex\/glimpse\.js$/, trapping, { times: 1 });
  let [started, ended] = [0, 0];
  page.on("worker", (worker) => {
    started += 1;
    worker.on("close", () => (ended += 1));
  });
  await page.goto(`${opened.origin}/blank.html`);
  const outcome = await page.evaluate(async () => {
    /** @type {typeof import("glimpse")} */
    const { Glimpse } = await import(/** @type {any} */ ("/index.js"));
    const square = { strokes: [[20, 20, 80, 20, 80, 80, 20, 80, 20, 20]] };
    /** @type {import("glimpse").Recovery[]} */
    const recoveries = [];
    const instance = await Glimpse.load({ engine: "flex", onrecover: (recovery) => void recoveries.push(recovery) });
    const other = await Glimpse.load({ engine: "flex" });
    await instance.learn("square", square);
    const features = await instance.embed(square);
    const { labels, engine } = instance;
    const others = await other.embed(square);
    return { length: features.length, same: others.every((v, i) => v === features[i]), labels, engine, recoveries };
  });
  const { length, same, labels, engine, recoveries } = outcome;
  assert.deepEqual([length, same, labels, engine.kind], [2048, true, ["square"], "flex"]);
  assert.deepEqual(recoveries.map(({ from, to }) => [from, to]), [["flex", "flex"]]);
  assert.match(recoveries[0].why, /unreachable/);
  while (page.workers().length > 1) await page.workers()[0].waitForEvent("close");
  assert.deepEqual([started, ended, page.workers().length], [2, 1, 1]);
  await page.close();
});

test("every call that waits can be aborted, and the instance goes on", async () => {
  const outcomes = await opened.page.evaluate(async () => {
    const instance = await glimpse.Glimpse.load({ engine: "simd" });
    await instance.learn("a", drawing(0));
    await instance.learn("b", drawing(30));
    await instance.fineTune({ steps: 1 });
    const runs = await (await fetch("/all_runs.zip")).blob();
    /** @type {Record<string, (signal: AbortSignal) => Promise<unknown>>} */
    const calls = {
      load: (signal) => glimpse.Glimpse.load({ engine: "flex", signal }),
      restore: async (signal) => glimpse.Glimpse.restore(await instance.save(), { engine: "flex", signal }),
      learn: (signal) => instance.learn("c", drawing(50), { signal }),
      forget: (signal) => instance.forget("a", { signal }),
      classify: (signal) => instance.classify(drawing(0), { signal }),
      classifyLatest: (signal) => instance.classifyLatest(drawing(0), { signal }),
      map: (signal) => instance.map(drawing(0), { signal }),
      embed: (signal) => instance.embed(drawing(0), { signal }),
      preview: (signal) => instance.preview(drawing(0), { signal }),
      trace: (signal) => instance.trace(drawing(0), { signal }),
      invent: (signal) => instance.invent({ seed: 1, characters: 2, drawers: 1, signal }),
      fineTune: (signal) => instance.fineTune({ signal }),
      undoFineTune: (signal) => instance.undoFineTune({ signal }),
      adoptWeights: (signal) => instance.adoptWeights(undefined, { signal }),
      replay: (signal) => instance.replay({ archive: runs, signal }).next(),
    };
    /** @type {Record<string, unknown>} */
    const outcomes = {};
    for (const [name, call] of Object.entries(calls)) {
      outcomes[name] = await call(AbortSignal.abort("enough")).then(() => "done", (reason) => reason);
    }
    const { labels } = instance;
    const best = (await instance.classify(drawing(28))).ranking[0].label;
    instance.dispose();
    return { outcomes, labels, best };
  });
  assert.deepEqual(new Set(Object.values(outcomes.outcomes)), new Set(["enough"]), JSON.stringify(outcomes.outcomes));
  assert.deepEqual([outcomes.labels, outcomes.best], [["a", "b"], "b"]);
});

test("an instance that asks for much at once does not hold up another", async () => {
  const { before, all } = await opened.page.evaluate(async () => {
    const [busy, other] = [await glimpse.Glimpse.load({ engine: "simd" }), await glimpse.Glimpse.load({ engine: "simd" })];
    let before = 0;
    const all = Array.from({ length: 100 }, () => busy.embed(drawing(10)).then(() => (before += 1)));
    await other.embed(drawing(20));
    const reached = before;
    await Promise.all(all);
    busy.dispose();
    other.dispose();
    return { before: reached, all: before };
  });
  assert.equal(all, 100);
  assert.ok(before <= 5, `${before} of 100 were done first`);
});
