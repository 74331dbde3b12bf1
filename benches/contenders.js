// Who is measured: our engines, and the same network with the same weights in other runtimes, each in its best form.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ROOT } from "../tests/harness/data.js";

/**
 * @typedef {object} Contender
 * @property {string} id
 * @property {string} name
 * @property {"one thread" | "threads" | "graphics"} where it computes
 * @property {string} runtime its script in benches/browser
 * @property {Record<string, string | number | boolean>} options what the script is opened with
 */

const THREADS = availableParallelism();

/** Glimpse's engines, by their folders in pkg/dist/wasm. */
const ENGINES = ["simd", "simd-relaxed", "flex", "ndarray", "webgpu"];

/** @type {Contender[]} */
export const OURS = ENGINES.map((engine) => ({
  id: `glimpse-${engine}`,
  name: `Glimpse ${engine}`,
  where: engine === "webgpu" ? "graphics" : "one thread",
  runtime: "glimpse",
  options: { engine },
}));

/** As replay computes where there are cores: each of several workers a share of a batch. @type {Contender} */
export const IN_WORKERS = {
  id: "glimpse-simd-relaxed-workers",
  name: `Glimpse simd-relaxed, ${THREADS} workers`,
  where: "threads",
  runtime: "glimpse",
  options: { engine: "simd-relaxed", workers: THREADS },
};

/** @type {Contender[]} */
export const PEERS = [
  onnx("onnx-wasm", "ONNX Runtime wasm", "wasm", "one thread"),
  onnx("onnx-wasm-threads", `ONNX Runtime wasm, ${THREADS} threads`, "wasm", "threads"),
  onnx("onnx-webgpu", "ONNX Runtime webgpu", "webgpu", "graphics"),
  onnx("onnx-webnn", "ONNX Runtime webnn", "webnn", "threads"),
  litert("litert-wasm", "LiteRT.js wasm", "one thread"),
  litert("litert-wasm-threads", `LiteRT.js wasm, ${THREADS} threads`, "threads"),
  litert("litert-webgpu", "LiteRT.js webgpu", "graphics"),
  jax("jax-wasm", "jax-js wasm", "one thread"),
  jax("jax-wasm-threads", `jax-js wasm, ${THREADS} threads`, "threads"),
  jax("jax-webgpu", "jax-js webgpu", "graphics"),
  tfjs("wasm", "one thread"),
  tfjs("webgl", "graphics"),
  tfjs("webgpu", "graphics"),
  tfjs("cpu", "one thread"),
];

/** TF.js again, where it can fine-tune, which takes gradients of convolutions, and jax-js, by either of two forms. @type {Contender[]} */
export const LEARNING_PEERS = PEERS.flatMap((peer) => {
  if (peer.runtime === "jax") {
    const options = (/** @type {string} */ form) => ({ ...peer.options, form });
    return [
      { ...peer, runtime: "jax-learning", options: options("convolution") },
      { ...peer, id: `${peer.id}-product`, name: `${peer.name}, by products`, runtime: "jax-learning", options: options("product") },
    ];
  }
  return peer.id.startsWith("tfjs-") && peer.id !== "tfjs-wasm" ? { ...peer, runtime: "tfjs-learning" } : [];
});

/** By contender's id. */
export const NAMES = Object.fromEntries(everyone().map(({ id, name }) => [id, name]));

/** Where a contender computes. @param {string} id */
export function placeOf(id) {
  return everyone().find((contender) => contender.id === id)?.where;
}

function everyone() {
  return [...OURS, IN_WORKERS, ...PEERS, ...LEARNING_PEERS];
}

/** @param {string} id */
export function isOurs(id) {
  return id.startsWith("glimpse-");
}

/** Why a contender cannot take part, where its module is missing. @param {Contender} contender */
export function absence({ runtime, options: { engine } }) {
  if (runtime !== "glimpse" || existsSync(join(ROOT, `pkg/dist/wasm/${engine}/glimpse_bg.wasm`))) return undefined;
  return "not built: cargo xtask build";
}

/** @param {string} id @param {string} name @param {string} provider @param {Contender["where"]} where @returns {Contender} */
function onnx(id, name, provider, where) {
  return { id, name, where, runtime: "onnx", options: { provider, threads: where === "threads" ? THREADS : 1 } };
}

/** @param {string} id @param {string} name @param {Contender["where"]} where @returns {Contender} */
function litert(id, name, where) {
  const options = { accelerator: where === "graphics" ? "webgpu" : "wasm", threads: where === "threads" ? THREADS : 1 };
  return { id, name, where, runtime: "litert", options };
}

/** On wasm it takes as many threads as there are cores, where memory can be shared. @param {string} id @param {string} name @param {Contender["where"]} where @returns {Contender} */
function jax(id, name, where) {
  const options = { device: where === "graphics" ? "webgpu" : "wasm", isolated: where !== "one thread" };
  return { id, name, where, runtime: "jax", options };
}

/** @param {string} backend @param {Contender["where"]} where @returns {Contender} */
function tfjs(backend, where) {
  const id = `tfjs-${backend}`;
  return { id, name: `TF.js ${backend}`, where, runtime: id, options: { backend } };
}
