// Where contenders meet: one server, one Chromium, a page for each part of the measurements, a worker for each contender.
import { join } from "node:path";
import { launch } from "../tests/harness/chromium.js";
import { ROOT } from "../tests/harness/data.js";
import { serve } from "../xtask/server.js";
import { absence, OURS } from "./contenders.js";
import { files } from "./files.js";

/** @typedef {import("./contenders.js").Contender} Contender */
/** @typedef {import("./browser/worker.js").Calls} Calls */
/** @typedef {Awaited<ReturnType<typeof openGround>>} Ground */
/** @typedef {Awaited<ReturnType<typeof openStage>>} Stage */
/** @typedef {{ name: string, why: string }} Skipped */
/** @typedef {import("playwright-core").Browser} Browser */

/** Invented alphabets and characters of each, which are taught. */
const ALPHABETS = 50;
const CHARACTERS = 20;
/** Drawings that are asked. */
const QUERIES = 20;

/** Only such pages may share memory, which threads need. */
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** Starts a Chromium with all that peers may use. */
export function launchBench() {
  return launch({ webgpu: true, flags: ["--enable-features=WebMachineLearningNeuralNetwork"] });
}

/** Starts the server, and the Chromium that everything is timed in. */
export async function openGround() {
  const served = await files();
  /** Paths asked for. @type {Set<string>} */
  const asked = new Set();
  const options = { headers: ISOLATED, onrequest: (/** @type {string} */ path) => void asked.add(path) };
  const server = await serve(join(ROOT, "pkg/dist"), served, options);
  const browser = await launchBench();
  Object.assign(served, await invented(browser, server.origin));
  return {
    origin: server.origin,
    asked,
    browser,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/**
 * A page of its own with a worker for each contender that can take part.
 *
 * @param {Pick<Ground, "browser" | "origin">} ground
 * @param {Contender[]} contenders
 */
export async function openStage({ browser, origin }, contenders) {
  const page = await openPage(browser, `${origin}/bench.html`);
  await page.evaluate(async () => Object.assign(globalThis, await import(/** @type {any} */ ("/bench/page.js"))));
  const stage = {
    page,
    /** @type {Contender[]} */
    contenders: [],
    /** @type {Skipped[]} */
    skipped: [],
    /**
     * @template {keyof Calls} Call
     * @param {string} id
     * @param {Call} call
     * @param {Parameters<Calls[Call]>} request
     * @returns {Promise<Awaited<ReturnType<Calls[Call]>>>}
     */
    call: (id, call, ...request) =>
      page.evaluate((/** @type {any} */ [id, call, request]) => bench.call(id, call, ...request), [id, call, request]),
    /** Takes no part from now on. @param {Contender} contender @param {unknown} error */
    async drop({ id, name }, error) {
      stage.skipped.push({ name, why: reason(error) });
      stage.contenders = stage.contenders.filter((other) => other.id !== id);
      await page.evaluate((id) => bench.stop(id), id);
    },
    close: () => page.context().close(),
  };
  for (const contender of contenders) {
    const why = absence(contender);
    try {
      if (why) throw new Error(why);
      await stage.call(contender.id, "drawings", "support");
      await stage.call(contender.id, "open", contender.runtime, contender.options);
      stage.contenders.push(contender);
    } catch (error) {
      await stage.drop(contender, error);
    }
  }
  return stage;
}

/** Largest difference of what contenders compute. */
const TOLERANCE = 1e-3;

/**
 * Makes sure that all contenders compute the same as the first one, and gives by how much they differ: features, of L2 norm
 * 1, in their own unit; similarity as a share of the largest one.
 *
 * @param {Stage} stage
 * @param {"features" | "similarity"} what
 * @param {number} request
 * @returns {Promise<Record<string, number>>}
 */
export async function agree({ page, contenders }, what, request) {
  const ids = contenders.map(({ id }) => id);
  const differences = await page.evaluate(
    ([ids, what, request]) => bench.differences(ids, what, request),
    /** @type {const} */ ([ids, what, request]),
  );
  contenders.forEach(({ name }, i) => {
    if (!(differences[i] <= TOLERANCE)) throw new Error(`${name}: its ${what} are off by ${differences[i]}`);
  });
  return Object.fromEntries(ids.map((id, i) => [id, differences[i]]));
}

/** A page that shares nothing with others, its cache included. @param {Browser} browser @param {string} url */
export async function openPage(browser, url) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(0);
  await page.goto(url);
  return page;
}

/** What went wrong, in a line. @param {unknown} error */
export function reason(error) {
  const message = error instanceof Error ? error.message : `${error}`;
  return message.replace(/^page\.evaluate: (Error: )?/, "").split("\n")[0];
}

/**
 * Invented characters by two hands: one is taught, the other asked.
 *
 * @param {Browser} browser
 * @param {string} origin
 */
async function invented(browser, origin) {
  const engine = OURS.find((own) => own.where !== "graphics" && !absence(own))?.options.engine;
  if (!engine) throw new Error("no engine is built: run `cargo xtask build`");
  const page = await openPage(browser, `${origin}/bench.html`);
  const text = await page.evaluate(
    async ({ engine, alphabets, characters }) => {
      /** @type {typeof import("glimpse/wasm/flex/glimpse.js")} */
      const { default: load, Session, invent } = await import(`/wasm/${engine}/glimpse.js`);
      await load({ module_or_path: fetch(`/wasm/${engine}/glimpse_bg.wasm`) });
      const weights = await (await fetch("/weights/siamese.safetensors")).arrayBuffer();
      const session = await Session.open("siamese", new Uint8Array(weights));
      // An alphabet's characters are unlike each other, which takes long to make sure of in a large one.
      const hands = Array.from({ length: alphabets }, (_, seed) => invent(seed, characters, 2)).flat();
      const drawings = [0, 1].map((hand) =>
        hands.map((drawings) => ({ strokes: drawings[hand], picture: [...session.preview(drawings[hand])] })),
      );
      // As text, since Playwright takes minutes for so many numbers.
      return JSON.stringify(drawings);
    },
    { engine, alphabets: ALPHABETS, characters: CHARACTERS },
  );
  await page.context().close();
  /** @type {{ strokes: { strokes: number[][] }, picture: number[] }[][]} */
  const [support, queries] = JSON.parse(text);
  const folders = { support, few: support.slice(0, 5), queries: queries.slice(0, QUERIES) };
  const files = Object.entries(folders).flatMap(([folder, drawings]) => [
    // In no order, as in the pictures that peers are given: what was written in one is also known with its strokes joined.
    [`/drawings/${folder}/strokes.json`, JSON.stringify(drawings.map(({ strokes }) => ({ ...strokes, traced: true })))],
    [`/drawings/${folder}/pictures`, Uint8Array.from(drawings.flatMap(({ picture }) => picture))],
  ]);
  return Object.fromEntries(files);
}
