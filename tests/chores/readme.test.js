// README.md is short, and shows first what a newcomer looks for.
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { documents } from "../../benches/figures.js";
import { ROOT } from "../harness/data.js";

const WORDS = 900;
const LINES = 120;
/** By here the lines to embed have been seen. */
const EMBED = 25;

const readme = await readFile(join(ROOT, "README.md"), "utf8");
const lines = readme.trimEnd().split("\n");

test("README.md has few words and lines", () => {
  const words = readme.replace(/<!--.*?-->/g, "").split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  console.log(`    ${words} words, ${lines.length} lines`);
  assert.ok(words <= WORDS, `${words} words`);
  assert.ok(lines.length <= LINES, `${lines.length} lines`);
});

test("README.md shows a picture and the lines to embed before anything else", () => {
  const at = (/** @type {RegExp} */ what) => lines.findIndex((line) => what.test(line)) + 1;
  const [picture, embed] = [at(/^!\[/), at(/<glimpse-pad>/)];
  assert.ok(picture > 0 && picture < embed && embed <= EMBED, `line ${picture}, line ${embed}`);
});

test("links in documents lead to files and headings that are there", async () => {
  const slug = (/** @type {string} */ heading) => heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
  /** @type {string[]} */
  const broken = [];
  for (const [path, text] of Object.entries({ ...(await documents()), "ARCHITECTURE.md": await readFile(join(ROOT, "ARCHITECTURE.md"), "utf8") })) {
    for (const [, target] of text.replace(/^```.*?^```/gms, "").matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [file, heading] = target.split("#");
      const there = join(ROOT, file ? join(dirname(path), file) : path);
      const found = await stat(there).catch(() => undefined);
      const headings = found?.isFile() && heading ? [...(await readFile(there, "utf8")).matchAll(/^#+ (.*)$/gm)].map(([, title]) => slug(title)) : [];
      if (!found || (heading && !headings.includes(heading))) broken.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});
