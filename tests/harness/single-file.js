import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "./data.js";

/** Builds the site as one file, glimpse.html, in a folder that holds nothing else: tests that need one run side by side. @returns the folder */
export async function singleFile() {
  const folder = await mkdtemp(join(tmpdir(), "glimpse "));
  await promisify(execFile)("npm", ["run", "build:single-file", "--workspace=www", "--", "--outDir", folder], { cwd: ROOT });
  return folder;
}
