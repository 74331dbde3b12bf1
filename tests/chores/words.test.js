// What a stranger reads is in the field's own words: none of those that we once made up instead.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../harness/data.js";

/** What is not said, and what is said instead. @type {[RegExp, string][]} */
const WORDS = [
  [/\b(?:\d+|eight|six|four|warped|several) looks\b/i, "views; test-time augmentation"],
  [/\b(?:tells?|told|telling) (?:[\w’']+ ){0,4}apart\b/i, "classifies; distinguishes; accuracy"],
  [/\b(?:another|other|two|three|several|first|second|different|real|people’s) hands?\b/i, "drawers, writers"],
  [/\blikeness\b/i, "similarity"],
  [/\bbr(?:ings?|ought)\b/i, "gains; improves from … to …"],
  [/\bunless (?:it is )?told\b/i, "default: …"],
  [/\bhears? (?:of|that|about)\b/i, "is called when; receives"],
  [/\blooked through\b|\brough (?:search|comparison)\b/i, "approximate search"],
  [/\bfinishing\b/i, "annealing"],
  [/\bout of hand\b/i, "diverged"],
  [/\bis told to the page\b/i, "the page is told which engines were rejected, and why"],
  [/\bdecided as natively\b/i, "makes the same decisions as the native build"],
  [/\bthe next thing to learn\b/i, "below our targets"],
  [/\bfigures stand beside\b/i, "published results are listed where available"],
  [/\bbe it the\b/i, "the original included"],
  [/\bproven either way\b/i, "no significant change"],
  [/\bclocks? knows?\b/i, "timers are rounded to"],
  [/\bpaper away\b/i, "background removal, thinning, cropping"],
  [/\bwhich is asked again\b/i, "callbacks, evaluated again"],
  [/\bof which no event tells\b/i, "no event reports"],
  [/\bclosest, but not close\b/i, "Not sure. Closest match:"],
  [/\bnothing to tell it from\b/i, "Teach a second character first."],
  [/\blet go: the\b/i, "Drop to trace this picture"],
  [/\bwhat it reaches\b/i, "Accuracy"],
];

/** @param {string} folder @param {RegExp} name */
const within = async (folder, name) =>
  (await readdir(join(ROOT, folder), { recursive: true })).filter((file) => name.test(file) && !file.includes("node_modules")).map((file) => join(folder, file));

/** Lines of a file that a stranger reads, with their numbers. @param {string} path @param {(text: string) => string} read what else is blanked out */
async function lines(path, read) {
  const text = await readFile(join(ROOT, path), "utf8");
  return read(text).split("\n").map((line, i) => ({ at: `${path}:${i + 1}`, line }));
}

/** Keeps what matches, and blanks out the rest, so that lines stay where they are. @param {RegExp} what */
const only = (what) => (/** @type {string} */ text) => {
  let kept = text.replace(/[^\n]/g, " ");
  for (const { index, 0: found } of text.matchAll(what)) kept = kept.slice(0, index) + found + kept.slice(index + found.length);
  return kept;
};

/** HTML without its tags. @param {string} text */
const shown = (text) => text.replace(/<[^>]*>/g, (tag) => tag.replace(/[^\n]/g, " "));

const asItIs = (/** @type {string} */ text) => text;

/** @param {{ at: string, line: string }[]} lines */
function found(lines) {
  return lines.flatMap(({ at, line }) => WORDS.filter(([word]) => word.test(line)).map(([word, instead]) => `${at}: “${word.exec(line)?.[0]}”: ${instead}`));
}

test("documents", async () => {
  const paths = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "ARCHITECTURE.md", "BENCHMARKS.md", "pkg/README.md", "weights/README.md"];
  paths.push(...(await within("docs", /\.md$/)));
  assert.deepEqual(found((await Promise.all(paths.map((path) => lines(path, asItIs)))).flat()), []);
});

test("the page's words and the element's", async () => {
  const pages = ["www/index.html", "www/embed.html"].map((path) => lines(path, shown));
  const words = ["www/src/words/en.ts", "pkg/src/element/words.ts"].map((path) => lines(path, only(/"[^"]*"|`[^`]*`/g)));
  assert.deepEqual(found((await Promise.all([...pages, ...words])).flat()), []);
});

test("comments on what the package exports", async () => {
  const paths = await within("pkg/src", /\.ts$/);
  const comments = only(/\/\*\*.*?\*\//gs);
  assert.deepEqual(found((await Promise.all(paths.map((path) => lines(path, comments)))).flat()), []);
});

test("comments on what the crate exports, and what its program says", async () => {
  const paths = await within("src", /\.rs$/);
  const comments = only(/^ *\/\/[\/!].*$/gm);
  assert.deepEqual(found((await Promise.all(paths.map((path) => lines(path, comments)))).flat()), []);
});

test("each of these words is found where it is said", () => {
  const said = "8 looks|tells characters apart|another hand|likeness|brings|unless told|hears of|looked through|Finishing|came out of hand|is told to the page|decided as natively|the next thing to learn|figures stand beside|be it the one before|proven either way|their clocks know|paper away|which is asked again|of which no event tells|Closest, but not close|nothing to tell it from|Let go: the picture|What it reaches";
  assert.deepEqual(said.split("|").map((line) => WORDS.findIndex(([word]) => word.test(line))), [...WORDS.keys()]);
});
