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
 * @property {Record<string, string | number>} options what the script is opened with
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

/** @type {Contender[]} */
export const PEERS = [
  onnx("onnx-wasm", "ONNX Runtime wasm", "one thread"),
  onnx("onnx-wasm-threads", `ONNX Runtime wasm, ${THREADS} threads`, "threads"),
  onnx("onnx-webgpu", "ONNX Runtime webgpu", "graphics"),
  tfjs("wasm", "one thread"),
  tfjs("webgl", "graphics"),
  tfjs("webgpu", "graphics"),
  tfjs("cpu", "one thread"),
];

/** TF.js again, where it can fine-tune: convolutions have no gradient on wasm. @type {Contender[]} */
export const LEARNING_PEERS = PEERS.filter(({ id }) => id.startsWith("tfjs-") && id !== "tfjs-wasm").map((peer) => ({
  ...peer,
  runtime: "tfjs-learning",
}));

/** @param {string} id */
export function isOurs(id) {
  return id.startsWith("glimpse-");
}

/** Why a contender cannot take part, where its module is missing. @param {Contender} contender */
export function absence({ runtime, options: { engine } }) {
  if (runtime !== "glimpse" || existsSync(join(ROOT, `pkg/dist/wasm/${engine}/glimpse_bg.wasm`))) return undefined;
  return "not built: cargo xtask build";
}

/** @param {string} id @param {string} name @param {Contender["where"]} where @returns {Contender} */
function onnx(id, name, where) {
  const options = { provider: where === "graphics" ? "webgpu" : "wasm", threads: where === "threads" ? THREADS : 1 };
  return { id, name, where, runtime: "onnx", options };
}

/** @param {string} backend @param {Contender["where"]} where @returns {Contender} */
function tfjs(backend, where) {
  const id = `tfjs-${backend}`;
  return { id, name: `TF.js ${backend}`, where, runtime: id, options: { backend } };
}
