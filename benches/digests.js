// Which weights and modules were measured, by SHA-256.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../tests/harness/data.js";

/** Weights that are measured. */
const MEASURED = ["siamese.safetensors"];

/** @param {string} path in the repository */
export async function digest(path) {
  return createHash("sha256").update(await readFile(join(ROOT, path))).digest("hex");
}

/** By file and by engine; our package must have the weights that peers are given. */
export async function digests() {
  const weights = await Promise.all(
    MEASURED.map(async (name) => {
      const [committed, built] = await Promise.all([digest(`weights/${name}`), digest(`pkg/dist/weights/${name}`)]);
      if (committed !== built) throw new Error(`pkg/dist has another ${name}: run \`cargo xtask build\``);
      return [name, committed];
    }),
  );
  const engines = await readdir(join(ROOT, "pkg/dist/wasm"), { withFileTypes: true });
  const modules = engines
    .filter((entry) => entry.isDirectory())
    .map(async ({ name }) => [name, await digest(`pkg/dist/wasm/${name}/glimpse_bg.wasm`)]);
  return {
    weights: /** @type {Record<string, string>} */ (Object.fromEntries(weights)),
    modules: /** @type {Record<string, string>} */ (Object.fromEntries(await Promise.all(modules))),
  };
}
