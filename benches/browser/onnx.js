// The same network in ONNX Runtime Web.
import { inParts } from "./in-parts.js";

/** @typedef {import("onnxruntime-web").InferenceSession} Session */

const SIDE = 32;

/**
 * @param {{ provider: "wasm" | "webgpu" | "webnn", threads: number }} options
 * @returns {Promise<import("./worker.js").Contender>}
 */
export async function open({ provider, threads }) {
  const bytes = fetch("/onnx/siamese.safetensors").then((response) => response.arrayBuffer());
  /** @type {typeof import("onnxruntime-web")} */
  const ort = await import(`/onnx/ort.${provider === "wasm" ? "wasm" : "webgpu"}.min.mjs`);
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = "/onnx/";
  const weights = { path: "siamese.safetensors", data: new Uint8Array(await bytes) };
  /** By batch: WebNN computes only what has one size. @type {Map<number | "any", Session>} */
  const encoders = new Map();
  await encoder(1);
  /** @type {Session | undefined} */
  let classifier;

  /** @param {string} model @param {import("onnxruntime-web").InferenceSession.SessionOptions} [options] */
  function session(model, { externalData = [], ...options } = {}) {
    return ort.InferenceSession.create(`/onnx/${model}`, {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
      externalData: [weights, ...externalData],
      ...options,
    });
  }

  /** @param {number} batch */
  async function encoder(batch) {
    const key = provider === "webnn" ? batch : "any";
    const opened = encoders.get(key) ?? (await session("encoder.onnx", key === "any" ? {} : { freeDimensionOverrides: { batch } }));
    encoders.set(key, opened);
    return opened;
  }

  /** @param {Session} session @param {Float32Array} pixels */
  async function run(session, pixels) {
    const drawings = new ort.Tensor("float32", pixels, [pixels.length / SIDE ** 2, 1, SIDE, SIDE]);
    const { [session.outputNames[0]]: output } = await session.run({ drawings });
    return /** @type {Promise<Float32Array>} */ (output.getData(true));
  }

  /** @param {Float32Array} pixels */
  async function embed(pixels) {
    return run(await encoder(pixels.length / SIDE ** 2), pixels);
  }

  return {
    embed,
    async teach({ pixels }, taught) {
      await classifier?.release();
      const features = await inParts(pixels, taught, embed);
      const support = { path: "support", data: new Uint8Array(features.buffer) };
      classifier = await session(`classifier-${taught}.onnx`, { externalData: [support] });
    },
    async classify({ pixels }, query) {
      if (!classifier) throw new Error("nothing was taught");
      return run(classifier, pixels.subarray(query * SIDE ** 2, (query + 1) * SIDE ** 2));
    },
  };
}
