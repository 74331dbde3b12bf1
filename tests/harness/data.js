import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Where tests leave what is worth looking at. */
export const OUTPUT = join(ROOT, "tests/page/output");

/** Omniglot's all_runs.zip: in the data folder, or where the site carries it. */
export async function officialRuns() {
  const data = process.env.GLIMPSE_DATA ?? join(ROOT, "../shared/data");
  for (const path of [join(data, "omniglot/all_runs.zip"), join(ROOT, "www/dist/data/all_runs.zip")]) {
    const bytes = await readFile(path).catch(() => null);
    if (bytes) return bytes;
  }
  throw new Error("all_runs.zip is neither in $GLIMPSE_DATA/omniglot nor in www/dist/data: run `cargo xtask build`");
}
