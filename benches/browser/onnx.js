// The same network in ONNX Runtime Web.
import { inParts } from "./in-parts.js";

/** @typedef {import("onnxruntime-web").InferenceSession} Session */

const SIDE = 32;

/**
 * @param {{ provider: "wasm" | "webgpu", threads: number }} options
 * @returns {Promise<import("./worker.js").Contender>}
 */
export async function open({ provider, threads }) {
  const bytes = fetch("/onnx/siamese.safetensors").then((response) => response.arrayBuffer());
  /** @type {typeof import("onnxruntime-web")} */
  const ort = await import(`/onnx/ort.${provider}.min.mjs`);
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = "/onnx/";
  const weights = { path: "siamese.safetensors", data: new Uint8Array(await bytes) };
  const encoder = await session("encoder.onnx");
  /** @type {Session | undefined} */
  let classifier;

  /** @param {string} model @param {{ path: string, data: Uint8Array }[]} beside */
  function session(model, ...beside) {
    const externalData = [weights, ...beside];
    return ort.InferenceSession.create(`/onnx/${model}`, {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
      externalData,
    });
  }

  /** @param {Session} session @param {Float32Array} pixels */
  async function run(session, pixels) {
    const drawings = new ort.Tensor("float32", pixels, [pixels.length / SIDE ** 2, 1, SIDE, SIDE]);
    const { [session.outputNames[0]]: output } = await session.run({ drawings });
    return /** @type {Promise<Float32Array>} */ (output.getData(true));
  }

  return {
    embed: (pixels) => run(encoder, pixels),
    async teach({ pixels }, taught) {
      await classifier?.release();
      const features = await inParts(pixels, taught, (part) => run(encoder, part));
      classifier = await session(`classifier-${taught}.onnx`, { path: "support", data: new Uint8Array(features.buffer) });
    },
    async classify({ pixels }, query) {
      if (!classifier) throw new Error("nothing was taught");
      return run(classifier, pixels.subarray(query * SIDE ** 2, (query + 1) * SIDE ** 2));
    },
  };
}
