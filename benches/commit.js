// The commit that is measured.
import { execFileSync } from "node:child_process";
import { ROOT } from "../tests/harness/data.js";

/** What measuring itself writes, which changes nothing that is measured. */
export const WRITTEN = [":/!weights/*.json", ":/!benches/*.json", ":/!*.svg", ":/!*.md", ":/!www/preview*"];

/** The commit that the checkout is at, as `git describe --always --dirty` writes it: `1a2b3c4`, or `1a2b3c4-dirty` where files differ from it. `undefined` without git. */
export function commit() {
  const git = (/** @type {string[]} */ ...words) => execFileSync("git", words, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const commit = git("rev-parse", "--short", "HEAD");
    return git("status", "--porcelain", "--untracked-files=no", "--", ":/", ...WRITTEN) ? `${commit}-dirty` : commit;
  } catch {
    return undefined;
  }
}
