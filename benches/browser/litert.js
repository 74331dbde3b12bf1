// The same network in LiteRT.js, whose models have batches of one size: each is made when it is first needed. Bundled.
import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import { MAP_SIDE, SIDE } from "../../tests/peers/network.js";
import { classifier, encoder } from "../litert/model.js";
import { readNetwork } from "../network.js";
import { withChannelsFirst } from "./channels.js";
import { inParts } from "./in-parts.js";

/** @typedef {Awaited<ReturnType<typeof loadAndCompile>>} Model */

const FOLDER = "/litert/";

/**
 * @param {{ accelerator: "wasm" | "webgpu", threads: number }} options
 * @returns {Promise<import("./worker.js").Contender>}
 */
export async function open({ accelerator, threads }) {
  const weights = fetch("/weights/siamese.safetensors").then((response) => response.arrayBuffer());
  const several = threads > 1;
  letModuleWorkerImportScripts();
  Object.assign(globalThis, {
    Module: {
      locateFile: (/** @type {string} */ name) => FOLDER + name,
      // What its threads load, which would load this worker's own script instead.
      mainScriptUrlOrBlob: `${FOLDER}litert_wasm_threaded_internal.js`,
    },
  });
  // Without JSPI, what WebGPU lacks an operator for would be computed on wasm altogether.
  await loadLiteRt(FOLDER, several ? { threads: true } : { jspi: accelerator === "webgpu" });
  const network = readNetwork(await weights);
  const channels = network.weight.values.length / MAP_SIDE ** 2;
  /** By batch. @type {Map<number, Model>} */
  const encoders = new Map();
  /** @type {Model | undefined} */
  let classifying;

  /** @param {Uint8Array} model */
  function compile(model) {
    return loadAndCompile(model, { accelerator, cpuOptions: { numThreads: threads }, gpuOptions: { precision: "fp32" } });
  }

  /** @param {Model} model @param {Float32Array} pixels */
  async function run(model, pixels) {
    const drawings = new Tensor(pixels, [pixels.length / SIDE ** 2, SIDE, SIDE, 1]);
    const [output] = await model.run(drawings);
    const values = await output.data();
    drawings.delete();
    output.delete();
    return /** @type {Float32Array} */ (values);
  }

  /** @param {Float32Array} pixels */
  async function embed(pixels) {
    const batch = pixels.length / SIDE ** 2;
    const model = encoders.get(batch) ?? (await compile(encoder(network, batch)));
    encoders.set(batch, model);
    return run(model, pixels);
  }

  return {
    embed,
    inOurOrder: (features) => withChannelsFirst(features, channels),
    async teach({ pixels }, taught) {
      classifying?.delete();
      classifying = await compile(classifier(network, await inParts(pixels, taught, embed)));
    },
    async classify({ pixels }, query) {
      if (!classifying) throw new Error("nothing was taught");
      return run(classifying, pixels.subarray(query * SIDE ** 2, (query + 1) * SIDE ** 2));
    },
  };
}

/** LiteRT.js calls `importScripts`, which module workers have, but refuse. */
function letModuleWorkerImportScripts() {
  const importScripts = (/** @type {string} */ url) => {
    const request = new XMLHttpRequest();
    request.open("GET", url, false);
    request.send();
    (0, eval)(request.responseText);
  };
  Object.assign(globalThis, { importScripts });
}
