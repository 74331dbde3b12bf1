// One page in use for a long time: memory stays flat.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { openPackage } from "../harness/package.js";

const CLASSIFICATIONS = 10_000;
const FINE_TUNINGS = 20;
/** Loads of another system on another engine. */
const LOADS = 50;
/** Loads that are given up, most of them when the engine is open. */
const ABORTED = 200;

/** How much more page and worker may hold at the end than after a tenth of it all, in MB. */
const GROWTH = 1;

/** The same for all memory of their process, which includes free pages that the browser's allocators keep for the next burst, in MB. */
const GROWTH_OF_PROCESS = 40;

/** How often each is measured: what is compiled or freed meanwhile only adds, so the least counts. */
const SAMPLES = 3;

const MB = 2 ** 20;

/**
 * A DevTools session with a page's one worker.
 *
 * @param {import("playwright-core").CDPSession} ofPage
 */
async function ofWorker(ofPage) {
  /** @type {string} */
  const sessionId = await new Promise((resolve) => {
    ofPage.once("Target.attachedToTarget", (attached) => resolve(attached.sessionId));
    ofPage.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  });
  let sent = 0;
  return {
    /** @param {string} method @param {object} [params] @returns {Promise<any>} */
    send: (method, params = {}) =>
      new Promise((resolve, reject) => {
        const id = (sent += 1);
        /** @param {{ message: string }} received */
        const listen = ({ message }) => {
          const answer = JSON.parse(message);
          if (answer.id !== id) return;
          ofPage.off("Target.receivedMessageFromTarget", listen);
          if (answer.error) reject(new Error(`${method}: ${answer.error.message}`));
          else resolve(answer.result);
        };
        ofPage.on("Target.receivedMessageFromTarget", listen);
        ofPage.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method, params }) });
      }),
  };
}

/**
 * What a page or worker holds once its garbage is collected, in MB: objects, buffers, the browser's own objects, and WebAssembly memories.
 *
 * @param {{ send(method: string, params?: object): Promise<any> }} devtools
 */
async function heldBy(devtools) {
  // What the first collection lets go of may have held what the second finds.
  for (let collections = 0; collections < 2; collections += 1) await devtools.send("HeapProfiler.collectGarbage");
  const { result: memory } = await devtools.send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
  const { objects: memories } = await devtools.send("Runtime.queryObjects", { prototypeObjectId: memory.objectId });
  const { result: wasm } = await devtools.send("Runtime.callFunctionOn", {
    objectId: memories.objectId,
    functionDeclaration: "function () { return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0); }",
    returnByValue: true,
  });
  const { usedSize, embedderHeapUsedSize, backingStorageSize } = await devtools.send("Runtime.getHeapUsage");
  for (const { objectId } of [memory, memories]) await devtools.send("Runtime.releaseObject", { objectId });
  return { heap: (usedSize + embedderHeapUsedSize + backingStorageSize) / MB, wasm: wasm.value / MB };
}

/** @typedef {Awaited<ReturnType<typeof openPackage>>} Opened */

/** @param {Opened} opened */
async function measure(opened) {
  const samples = [await sample(opened)];
  while (samples.length < SAMPLES) {
    await opened.page.waitForTimeout(1000);
    samples.push(await sample(opened));
  }
  const least = (/** @type {keyof typeof samples[0]} */ kind) => Math.min(...samples.map((sample) => sample[kind]));
  return { page: least("page"), worker: least("worker"), wasm: least("wasm"), process: least("process") };
}

/** @param {Opened} opened */
async function sample({ page, browser }) {
  const ofPage = await page.context().newCDPSession(page);
  const inPage = await heldBy({ send: (method, params) => ofPage.send(/** @type {any} */ (method), params) });
  const inWorker = await heldBy(await ofWorker(ofPage));
  await ofPage.detach();
  assert.ok(inWorker.wasm > 1, "the worker's WebAssembly memory is found");

  const ofBrowser = await browser.newBrowserCDPSession();
  const { processInfo } = await ofBrowser.send("SystemInfo.getProcessInfo");
  await ofBrowser.detach();
  const resident = await Promise.all(
    processInfo
      .filter(({ type }) => type === "renderer")
      .map(async ({ id }) => {
        // A spare one may be gone by now.
        const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
        return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
      }),
  );
  return { page: inPage.heap, worker: inWorker.heap, wasm: inPage.wasm + inWorker.wasm, process: Math.max(...resident) };
}

/** Does a share of the whole in the page. @param {number} share */
async function use(share) {
  const { instance, queries } = await taught({ engine: "simd" }, { characters: 10 });
  const counts = { classified: 0, tuned: 0, loaded: 0, aborted: 0, late: 0 };
  for (; counts.classified < share * globalThis.long.classifications; counts.classified += 1) {
    await instance.classify(queries[counts.classified % queries.length]);
  }
  for (; counts.tuned < share * globalThis.long.fineTunings; counts.tuned += 1) {
    await instance.fineTune({ steps: 10, seed: counts.tuned });
    await instance.undoFineTune();
  }
  const systems = /** @type {const} */ (["triplet", "relation", "siamese"]);
  for (; counts.loaded < share * globalThis.long.loads; counts.loaded += 1) {
    const system = systems[counts.loaded % systems.length];
    const engine = counts.loaded % 2 === 0 ? "simd" : "flex";
    const other = await glimpse.Glimpse.load({ engine, system, support: instance.examples });
    await other.classify(queries[0]);
    other.dispose();
  }
  for (; counts.aborted < share * globalThis.long.aborted; counts.aborted += 1) {
    const controller = new AbortController();
    const { signal } = controller;
    // From before the engine is open to after it has learnt what there is.
    const onprogress = (/** @type {import("glimpse").Progress} */ { phase }) => {
      if (phase === "start") setTimeout(() => controller.abort("enough"), counts.aborted % 8);
    };
    const loading = glimpse.Glimpse.load({ engine: "simd", support: instance.examples, signal, onprogress });
    await loading.then(
      (other) => {
        counts.late += 1;
        other.dispose();
      },
      (reason) => {
        if (reason !== "enough") throw reason;
      },
    );
  }
  instance.dispose();
  return counts;
}

test("memory stays flat over 10,000 classifications, 20 fine-tunings, 50 changes of engine and 200 loads given up", async (context) => {
  const opened = await openPackage();
  try {
    const { page } = opened;
    page.setDefaultTimeout(600_000);
    await page.evaluate((long) => {
      /** @param {import("glimpse").LoadOptions} options */
      const taught = async (options, { characters = 5 } = {}) => {
        const instance = await glimpse.Glimpse.load(options);
        const invented = await instance.invent({ seed: 7, characters, drawers: 2 });
        for (const [i, [drawing]] of invented.entries()) await instance.learn(`${i}`, drawing);
        return { instance, queries: invented.map(([, query]) => query) };
      };
      Object.assign(globalThis, { taught, long });
      // Keeps the worker, and with it the modules, from the first to the last.
      return glimpse.Glimpse.load({ engine: "simd" }).then((held) => Object.assign(globalThis, { instance: held }) && 0);
    }, { classifications: CLASSIFICATIONS, fineTunings: FINE_TUNINGS, loads: LOADS, aborted: ABORTED });

    await page.evaluate(use, 0.1);
    const before = await measure(opened);
    const counts = await page.evaluate(use, 0.9);
    const after = await measure(opened);
    /** @param {object} measured */
    const figures = (measured) => Object.entries(measured).map(([name, size]) => `${name} ${size.toFixed(2)}`).join(", ");
    context.diagnostic(`${JSON.stringify(counts)}; MB after the first tenth: ${figures(before)}; at the end: ${figures(after)}`);
    for (const kind of /** @type {const} */ (["page", "worker", "wasm", "process"])) {
      const growth = after[kind] - before[kind];
      assert.ok(growth <= (kind === "process" ? GROWTH_OF_PROCESS : GROWTH), `${kind} grew by ${growth.toFixed(2)} MB`);
    }
  } finally {
    await opened.close();
  }
});
