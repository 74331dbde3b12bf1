// What the server of the measurements has beside our package.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";
import { published, ROOT } from "../tests/harness/data.js";
import { whole } from "../tests/peers/network.js";
import { FULL } from "./depth.js";
import { readNetwork } from "./network.js";
import { classifier, encoder, WEIGHTS } from "./onnx/model.js";

/** @typedef {Record<string, string | Uint8Array>} Files by path */

const PAGE = `<!doctype html><meta charset="utf-8"><title>Bench</title><link rel="icon" href="data:,">`;
/** Visits whom its address names. */
const VISIT = `${PAGE}<script type="module">
import { visit } from "/bench/visit.js";
globalThis.visited = visit(JSON.parse(decodeURIComponent(location.hash.slice(1))));
</script>`;
const MODULES = join(ROOT, "node_modules");

/** @returns {Promise<Files>} */
export async function files() {
  const wasm = folder("@tensorflow/tfjs-backend-wasm/wasm-out", "/tfjs", /\.wasm$/);
  const litert = folder("@litertjs/core/wasm", "/litert", /^litert_wasm(_threaded|_jspi)?_internal\.(js|wasm)$/);
  const parts = await Promise.all([ours(), bundled(), onnx(), wasm, litert]);
  // Where one is missing, what replays it is left out.
  const archive = (/** @type {string} */ name) => published(`omniglot/${name}`).catch(() => "");
  const [runs, images] = await Promise.all([archive("all_runs.zip"), archive("images_evaluation.zip")]);
  const pages = { "/bench.html": PAGE, "/visit.html": VISIT };
  return Object.assign({ ...pages, "/all_runs.zip": runs, "/images_evaluation.zip": images }, ...parts);
}

/** Our scripts for the page. */
async function ours() {
  const names = ["page.js", "visit.js", "worker.js", "glimpse.js", "helpers.js", "onnx.js", "in-parts.js"];
  const scripts = names.map(async (name) => [`/bench/${name}`, await readFile(join(ROOT, "benches/browser", name))]);
  return Object.fromEntries(await Promise.all(scripts));
}

/** Those of runtimes that are made for bundlers. @returns {Promise<Files>} */
async function bundled() {
  const names = ["tfjs-cpu", "tfjs-webgl", "tfjs-webgpu", "tfjs-wasm", "tfjs-learning", "litert", "jax", "jax-learning"];
  const bundles = names.map(async (name) => {
    const built = await build({
      configFile: false,
      logLevel: "warn",
      build: {
        write: false,
        target: "es2022",
        chunkSizeWarningLimit: Infinity,
        modulePreload: false,
        rolldownOptions: {
          input: join(ROOT, `benches/browser/${name}.js`),
          preserveEntrySignatures: "strict",
          output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
        },
      },
    });
    const { output } = /** @type {import("vite").Rolldown.RolldownOutput} */ (built);
    return output.map((file) => [`/bench/${file.fileName}`, "code" in file ? file.code : file.source]);
  });
  return Object.fromEntries((await Promise.all(bundles)).flat());
}

/** ONNX Runtime and our network for it. */
async function onnx() {
  const weights = whole(new Uint8Array(await readFile(join(ROOT, "weights", WEIGHTS))).buffer);
  const network = readNetwork(weights);
  const classifiers = FULL.taught.map((taught) => [`/onnx/classifier-${taught}.onnx`, classifier(network, taught)]);
  const runtime = /^ort\.(wasm|webgpu)\.min\.mjs$|^ort-wasm-simd-threaded(\.asyncify)?\.(mjs|wasm)$/;
  return {
    ...(await folder("onnxruntime-web/dist", "/onnx", runtime)),
    "/onnx/encoder.onnx": encoder(network),
    [`/onnx/${WEIGHTS}`]: new Uint8Array(weights),
    ...Object.fromEntries(classifiers),
  };
}

/** Files of an npm package. @param {string} from @param {string} to @param {RegExp} which @returns {Promise<Files>} */
async function folder(from, to, which) {
  const names = (await readdir(join(MODULES, from))).filter((name) => which.test(name));
  const files = names.map(async (name) => [`${to}/${name}`, await readFile(join(MODULES, from, name))]);
  return Object.fromEntries(await Promise.all(files));
}
