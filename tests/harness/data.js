import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Where tests leave what is worth looking at. */
export const OUTPUT = join(ROOT, "tests/page/output");

/**
 * A published file: in the data folder, or where the site carries it.
 *
 * @param {string} name its place in the data folder
 */
export async function published(name) {
  const data = process.env.GLIMPSE_DATA ?? join(ROOT, "../shared/data");
  for (const path of [join(data, name), join(ROOT, "www/dist/data", basename(name))]) {
    const bytes = await readFile(path).catch(() => null);
    if (bytes) return bytes;
  }
  throw new Error(`${name} is neither in $GLIMPSE_DATA nor in www/dist/data: run \`cargo xtask build\``);
}

/** Omniglot's all_runs.zip. */
export const officialRuns = () => published("omniglot/all_runs.zip");

/** Every file that replay reads, by the path that a page of its own finds it at. */
export async function archives() {
  const names = [
    "omniglot/all_runs.zip",
    "omniglot/images_evaluation.zip",
    "mnist/t10k-images-idx3-ubyte.gz",
    "mnist/t10k-labels-idx1-ubyte.gz",
  ];
  const files = names.map(async (name) => /** @type {const} */ ([`/${basename(name)}`, await published(name)]));
  return Object.fromEntries(await Promise.all(files));
}
