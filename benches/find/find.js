/**
 * Finding LaTeX's signs by people's drawings of one stroke: Glimpse by a glyph each and by 1, 5 and 20 drawings each, the crate detexify and the package
 * detypify-service, all among the signs of our sets that were drawn. `node benches/find/find.js SET` measures, writes results.json beside this file, and the
 * table of docs/find.md.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commit } from "../commit.js";

const SETS = ["greek", "mathematics", "arrows", "latin", "punctuation", "music", "games"];
const SYSTEM = "triplet";
const SHOTS = [1, 5, 20];

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const [set] = process.argv.slice(2);
/** What a program prints. @param {string} command @param {string[]} args @param {import("node:child_process").ExecFileSyncOptions} options */
const run = (command, args, options = {}) =>
  `${execFileSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28, stdio: ["pipe", "pipe", "inherit"], ...options })}`;

// The signs that were drawn, and what LaTeX calls them.
const { classes } = JSON.parse(await readFile(set, "utf8"));
const drawn = new Set(Object.keys(classes).map((label) => `\\${label.split("-_").slice(1).join("-_")}`));
/** @type {Record<string, string[]>} */
const commands = {};
for (const name of SETS) {
  const { signs } = JSON.parse(await readFile(join(root, `sets/${name}.json`), "utf8"));
  for (const { label, alike = label, latex } of signs) if (latex) (commands[alike] ??= []).push(latex);
}
const asked = Object.fromEntries(Object.entries(commands).filter(([, own]) => own.some((command) => drawn.has(command))));
const signs = join(await mkdtemp(join(tmpdir(), "glimpse-find-")), "signs.json");
await writeFile(signs, JSON.stringify(asked));

/**
 * Shares of 1, with intervals of 95 % by episodes where they are known.
 *
 * @typedef {{ trials: number, top_1: number, top_1_interval?: [number, number], top_5: number, top_5_interval?: [number, number] }} Counts
 * @typedef {Counts & { method: string, examples: string }} Row
 */

/** @type {Row[]} */
const rows = [];
/** @param {Row} row */
const say = (row) => (rows.push(row), console.log(row));
for (const shots of SHOTS) {
  const args = ["--system", SYSTEM, "--set", SETS.join(","), "--data", set, "--drawn-only", "--shots", `${shots}`, "--json"];
  const [byGlyph, byDrawings] = JSON.parse(run("cargo", ["run", "--release", "--features", "cli", "--quiet", "--", "evaluate", ...args]));
  /** @param {Counts} counts @param {string} examples */
  const row = ({ trials, top_1, top_1_interval, top_5, top_5_interval }, examples) =>
    say({ method: "Glimpse", examples, trials, top_1, top_1_interval, top_5, top_5_interval });
  if (shots === SHOTS[0]) row(byGlyph, "a glyph each");
  row(byDrawings, shots === 1 ? "a drawing each" : `${shots} drawings each`);
}

const manifest = join(here, "Cargo.toml");
run("cargo", ["build", "--release", "--manifest-path", manifest]);
const registry = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry/src");
const snapshot = readdirSync(registry).map((name) => join(registry, name, "detexify-0.4.0/snapshot.json")).find((path) => existsSync(path)) ?? "";
const peer = ["run", "--release", "--quiet", "--manifest-path", manifest, "--", snapshot];
const detexify = JSON.parse(run("cargo", peer, { input: await readFile(signs) }));
say({ method: "detexify 0.4.0", examples: "its own drawings of each, a tenth left out and asked for", ...detexify });

run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: here });
const detypify = JSON.parse(run("node", [join(here, "detypify.js"), signs, set]));
say({ method: "detypify-service 0.3.0", examples: "its model, which has learnt from Detexify’s drawings", ...detypify });

const weights = createHash("sha256").update(await readFile(join(root, `weights/${SYSTEM}.safetensors`))).digest("hex");
const document = join(root, "docs/find.md");
/** @param {number} share */
const per = (share) => (100 * share).toFixed(1);
/** @param {number} share @param {[number, number]} interval */
const between = (share, [low, high]) => `${per(share)} (${per(low)} to ${per(high)})`;
/** @param {Row} row */
const line = ({ method, examples, trials, top_1, top_1_interval, top_5, top_5_interval }) => {
  const [one, five] = top_1_interval && top_5_interval ? [between(top_1, top_1_interval), between(top_5, top_5_interval)] : [per(top_1), per(top_5)];
  return `| ${method} | ${examples} | ${trials} | ${one} | ${five} |\n`;
};
const table = `| | by | trials | top 1 | top 5 |\n|---|---|---|---|---|\n${rows.map(line).join("")}`;
const text = await readFile(document, "utf8");
await writeFile(document, text.replace(/(<!-- figures: finding-peers -->\n).*?(?=<!-- end -->)/s, (_, start) => start + table));
await writeFile(join(here, "results.json"), `${JSON.stringify({ system: SYSTEM, weights, commit: commit(), signs: Object.keys(asked).length, rows }, undefined, 2)}\n`);
