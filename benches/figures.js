// The figures that documents quote, made of the files that keep what was measured: `node benches/figures.js [--check]`, by `cargo xtask figures`.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ROOT } from "../tests/harness/data.js";
import { digest } from "./digests.js";
import { judgements } from "./judge.js";
import { compared, number, ofWeights, table, written } from "./report.js";

/** @typedef {import("./report.js").Figures} Bench */
/** @typedef {{ system: string, protocol: string, views: number, trials: number, accuracy: number }} Row */
/** @typedef {{ protocol: string, who: string, accuracy: number }} Published */
/** @typedef {{ weights: Record<string, string>, rows: Row[], published: Published[] }} Scores */
/** @typedef {{ weights: Record<string, string>, sizes: Record<string, { bytes: number, gzip: number }> }} Sizes */
/** @typedef {{ weights: Record<string, string>, instructions: number }} Work */
/** What a document shows: tables between `figures: NAME` and `end`, numbers in sentences between `figure: NAME` and `end`. @typedef {{ tables: Record<string, string>, numbers: Record<string, string> }} Quoted */

const SYSTEMS = ["siamese", "triplet", "relation"];

/** Tables that `cargo glimpse figures` makes and checks. */
const NATIVE = ["accuracy", "fine-tuning", "finding", "finding-peers", "held-out", "people", "sets", "studies"];

/** Files that name the weights they are of. */
const MEASURED = ["weights/scores.json", "weights/fine-tuning.json", "weights/sets.json", "weights/sizes.json", "weights/work.json", "www/preview.json"];

/** What README.md shows of the judgements. */
const JUDGED = [
  "embedding, batch of 1",
  "embedding, batch of 100",
  "classification, 5 taught",
  "classification, 1,000 taught",
  "classification, 10,000 taught",
  "step of fine-tuning, 20 drawings",
  "first visit, to the first answer",
  "first visit on the CPU, download",
  "peak memory, 10,000 taught",
];

/** The rows of README.md's table. */
const GLANCE = {
  official: "Omniglot's 20 official runs, 20-way 1-shot",
  "random-5-way-1-shot": "random characters, 5-way 1-shot",
  "random-20-way-1-shot": "random characters, 20-way 1-shot",
  "random-20-way-5-shot": "random characters, 20-way 5-shot",
  "within-alphabet": "within an alphabet, 20-way 1-shot",
  mnist: "MNIST digits, 10-way 1-shot",
};

/** @param {string} path @returns {Promise<string>} */
const read = (path) => readFile(join(ROOT, path), "utf8");

/** @template T @param {string} path @returns {Promise<T>} */
const json = async (path) => JSON.parse(await read(path));

/** Documents that quote figures, by path. */
export async function documents() {
  const docs = (await readdir(join(ROOT, "docs"))).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  const paths = ["README.md", "pkg/README.md", "weights/README.md", ...docs];
  return Object.fromEntries(await Promise.all(paths.map(async (path) => /** @type {const} */ ([path, await read(path)]))));
}

/** Every figure that may be quoted. @returns {Promise<Quoted>} */
export async function quoted() {
  /** @type {[Scores, Bench, Sizes, Work]} */
  const [scores, bench, { sizes }, { instructions }] = await Promise.all([
    json("weights/scores.json"),
    json("benches/results.json"),
    json("weights/sizes.json"),
    json("weights/work.json"),
  ]);
  const judged = judgements(bench);
  const of = (/** @type {string} */ what) => found(judged.find((judgement) => judgement.what === what), what);
  const size = (/** @type {string} */ name) => found(sizes[name], `weights/sizes.json: ${name}`).gzip;
  // What no server compresses.
  const raw = (/** @type {string} */ name) => found(sizes[name], `weights/sizes.json: ${name}`).bytes;
  const accuracy = (/** @type {string} */ system, /** @type {string} */ protocol) =>
    percent(found(rowOf(scores, system, protocol), `${system} under ${protocol}`).accuracy);
  const [few, many, visit] = [of("classification, 5 taught"), of("classification, 10,000 taught"), of("first visit on the CPU, download")];
  return {
    tables: { glance: glance(scores), bench: summary(bench) },
    numbers: {
      classification: `${number(few.best.ours.value)} ms`,
      "classification-10000": `${number(many.best.ours.value)} ms`,
      "classification-ratio": number(few.best.ratio.median),
      "package-visit": kilobytes(1000 * visit.best.ours.value),
      "smallest-visit": kilobytes(1000 * visit.best.peer.value),
      "smallest-peer": visit.best.peer.name,
      "first-visit": kilobytes(size("first-visit")),
      ...Object.fromEntries(SYSTEMS.map((system) => [`weights-${system}`, kilobytes(size(`weights-${system}`))])),
      element: kilobytes(size("element")),
      network: kilobytes(size("network")),
      flex: megabytes(size("flex")),
      webgpu: megabytes(size("webgpu")),
      archives: megabytes(size("archives")),
      "official-runs": megabytes(raw("official-runs")),
      "single-file": megabytes(raw("single-file")),
      instructions: `${(instructions / 1e6).toFixed(1)} million`,
      official: `${accuracy("siamese", "official")} %`,
      "hausdorff-official": `${accuracy("hausdorff", "official")} %`,
    },
  };
}

/**
 * A document with its figures.
 *
 * @param {string} path where it is, for errors
 * @param {string} text
 * @param {Quoted} figures
 */
export function filled(path, text, { tables, numbers }) {
  const open = [...text.matchAll(/<!-- figures?: ([^ ]*) -->/g)];
  const closed = [...text.matchAll(/<!-- end -->/g)];
  if (open.length !== closed.length) throw new Error(`${path}: ${open.length} figures begin and ${closed.length} end`);
  return text
    .replace(/(<!-- figures: ([^ ]*) -->\n)(.*?)(<!-- end -->)/gs, (whole, start, name, _, end) =>
      NATIVE.includes(name) ? whole : `${start}${found(tables[name], `${path}: no table is called ${name}`)}\n${end}`,
    )
    .replace(/(<!-- figure: ([^ ]*) -->)(.*?)(<!-- end -->)/gs, (_, start, name, __, end) => {
      return `${start}${found(numbers[name], `${path}: no figure is called ${name}`)}${end}`;
    });
}

/** The weights that are here, by system. @returns {Promise<Record<string, string>>} */
export async function weights() {
  return Object.fromEntries(await Promise.all(SYSTEMS.map(async (system) => [system, await digest(`weights/${system}.safetensors`)])));
}

/** What is stale: files of other weights than `now`, documents and pictures that differ from the files. */
export async function faults(now = weights()) {
  /** @type {string[]} */
  const faults = [];
  const digests = await now;
  for (const path of MEASURED) {
    /** @type {{ weights?: Record<string, string> }} */
    const { weights = {} } = await json(path);
    for (const system of SYSTEMS) {
      if (weights[system] !== digests[system]) faults.push(`${path} is of other weights of ${system}`);
    }
  }
  /** @type {{ pictures: Record<string, string> }} */
  const { pictures } = await json("www/preview.json");
  for (const [path, taken] of Object.entries(pictures)) {
    if (taken !== (await digest(path))) faults.push(`${path} is not the picture that www/preview.json names`);
  }

  /** @type {Bench} */
  const bench = await json("benches/results.json");
  for (const [name, measured] of Object.entries(bench.conditions.weights)) {
    if (measured !== digests[name.replace(".safetensors", "")]) faults.push(`benches/results.json is of another ${name}`);
  }
  const { page, svgs } = await written(bench);
  for (const [path, text] of Object.entries({ "BENCHMARKS.md": page, ...svgs })) {
    if ((await read(path)) !== text) faults.push(`${path} differs from benches/results.json`);
  }

  const figures = await quoted();
  for (const [path, text] of Object.entries(await documents())) {
    const told = text.split("\n");
    const differing = filled(path, text, figures).split("\n").findIndex((line, i) => line !== told[i]);
    if (differing >= 0) faults.push(`${path}:${differing + 1} quotes other figures: ${told[differing]}`);
  }
  return faults;
}

/** Writes the figures into the documents, and the bench's page and charts. */
export async function fill() {
  const { page, svgs } = await written(await json("benches/results.json"));
  for (const [path, text] of Object.entries({ "BENCHMARKS.md": page, ...svgs })) await writeFile(join(ROOT, path), text);
  const figures = await quoted();
  for (const [path, text] of Object.entries(await documents())) {
    const now = filled(path, text, figures);
    if (now !== text) await writeFile(join(ROOT, path), now);
  }
}

/** Our systems beside the best published result, by protocol. @param {Scores} scores */
function glance(scores) {
  const rows = Object.entries(GLANCE).map(([protocol, name]) => {
    const ours = SYSTEMS.map((system) => percent(found(rowOf(scores, system, protocol), `${system} under ${protocol}`).accuracy));
    const [best] = scores.published.filter((row) => row.protocol === protocol).toSorted((a, b) => b.accuracy - a.accuracy);
    return [name, ...ours, best ? `${percent(best.accuracy)} ${best.who}` : ""];
  });
  return table([["", "Siamese", "Triplet", "Relation", "best published"], ...rows]);
}

/** The bench in some rows. @param {Bench} bench */
function summary(bench) {
  const { conditions } = bench;
  const { date, processor, browser } = conditions;
  const judged = judgements(bench).filter(({ what }) => JUDGED.includes(what));
  return `Measured on ${date} with ${ofWeights(conditions)}, on ${processor}, ${browser}.\n\n${compared(judged)}`;
}

/** @param {Scores} scores @param {string} system @param {string} protocol */
function rowOf({ rows }, system, protocol) {
  return rows.find((row) => row.system === system && row.protocol === protocol && row.views === 1);
}

/** A share in per cent; half of a tenth counts as one, as natively. @param {number} share */
function percent(share) {
  return (Math.round(share * 1000) / 10).toFixed(1);
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${number(bytes / 1000)} kB`;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${number(bytes / 1e6)} MB`;
}

/** @template T @param {T | undefined} value @param {string} what @returns {T} */
function found(value, what) {
  if (value === undefined) throw new Error(`${what} is not there`);
  return value;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
  if (!values.check) await fill();
  const stale = await faults();
  for (const fault of stale) console.error(fault);
  if (stale.length > 0) {
    console.error("Measure what is of other weights again, or put the files' figures into the documents: `cargo xtask figures --help` says how.");
    process.exitCode = 1;
  }
}
