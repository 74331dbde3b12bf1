// What was measured, as BENCHMARKS.md, charts and JSON.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chart } from "./charts.js";
import { NAMES } from "./contenders.js";
import { judgements, ratios } from "./judge.js";

/** @typedef {import("./bench.js").Results} Results */
/** @typedef {import("./charts.js").Mark} Mark */
/** @typedef {import("./judge.js").Judgement} Judgement */
/** @typedef {import("./judge.js").Ratio} Ratio */
/** When each part was measured, and which modules. @typedef {Record<string, { date: string, commit?: string, modules: Record<string, string> }>} Parts */
/** @typedef {Awaited<ReturnType<typeof import("./conditions.js").conditions>> & { parts: Parts }} Conditions */
/** Names of contenders by their ids. @typedef {Record<string, string>} Names */
/** What results.json has. @typedef {Results & { conditions: Conditions, names: Names }} Figures */
/** @typedef {{ sizes: number[], rows: Record<string, Record<string, import("./statistics.js").Spread>> }} Sized */

/**
 * A part of the report; the first row of its table is the head.
 *
 * @typedef {object} Section
 * @property {string} name
 * @property {string} title
 * @property {string} text
 * @property {string[][]} table
 * @property {import("./ground.js").Skipped[]} left out
 * @property {string} [svg]
 */

/**
 * How a part is told: `axis` and `share` are of the chart.
 *
 * @typedef {object} Words
 * @property {string} title
 * @property {string} text
 * @property {(size: number) => string} panel
 * @property {string} [axis]
 * @property {(size: number) => number} [share] what it shows of a time
 */

/**
 * Writes the report into a folder.
 *
 * @param {string} folder
 * @param {Results} results
 * @param {Conditions} conditions
 * @returns {Promise<string>} its sum
 */
export async function report(folder, results, conditions) {
  const json = JSON.stringify({ conditions, names: NAMES, ...results }, rounded, 1) + "\n";
  /** @type {Figures} */
  const figures = JSON.parse(json);
  const { page, svgs } = await written(figures);
  await mkdir(join(folder, CHARTS), { recursive: true });
  for (const [path, svg] of Object.entries(svgs)) await writeFile(join(folder, path), svg);
  await writeFile(join(folder, "BENCHMARKS.md"), page);
  await writeFile(join(folder, "benches/results.json"), json);
  return [...judgements(figures).map(inALine), ...ratios(figures).map(ratioInALine)].join("\n");
}

const CHARTS = "benches/charts";

/** BENCHMARKS.md and its charts, by path, of what results.json has. @param {Figures} figures */
export async function written(figures) {
  const sections = await Promise.all(parts(figures));
  const pages = [
    head(figures.conditions),
    ...judgement(judgements(figures)),
    ...further(ratios(figures)),
    ...sections.map(section),
    HOW,
  ];
  const svgs = sections.flatMap(({ name, svg }) => (svg ? [[`${CHARTS}/${name}.svg`, svg]] : []));
  return { page: pages.join("\n\n") + "\n", svgs: /** @type {Record<string, string>} */ (Object.fromEntries(svgs)) };
}

/** @param {Conditions} conditions */
function head(conditions) {
  const { processor, memory, system, browser, adapter, versions, parts } = conditions;
  const runtimes = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# Benchmarks

One network, one set of weights, several runtimes: Glimpse's engines beside LiteRT.js, ONNX Runtime Web, TF.js and jax-js, timed in
turns in one Chromium.

| | |
|---|---|
| measured | ${measured(parts)} |
| weights | ${ofWeights(conditions)} |
| machine | ${processor}, ${memory}, ${system} |
| browser | ${browser}; WebGPU adapter: ${adapter} |
| peers | ${runtimes.join(", ")} |
| again | \`cargo xtask bench\` measures all of this and writes this page; \`--only PART\` measures a part anew, \`--quick\` takes a look |

All figures: [benches/results.json](benches/results.json). Where the adapter is SwiftShader, WebGPU and WebGL are rendered by the processor, and
their times say nothing of a graphics card.`;
}

/** When, and at which commit: of parts that were measured later than others, too. @param {Parts} parts */
function measured(parts) {
  /** @type {Record<string, string[]>} */
  const by = {};
  for (const [name, { date, commit }] of Object.entries(parts)) (by[commit ? `${date}, at ${commit}` : date] ??= []).push(name);
  const times = Object.entries(by);
  return times.length === 1 ? times[0][0] : times.map(([when, names]) => `${when}: ${names.join(", ")}`).join("; ");
}

/** The weights measured, by the beginnings of their digests. @param {Conditions} conditions */
export function ofWeights({ weights }) {
  return Object.entries(weights)
    .map(([name, digest]) => `${name}, SHA-256 \`${digest.slice(0, 8)}\``)
    .join("; ");
}

/** @param {Judgement[]} judged */
function judgement(judged) {
  return [
    "## Ours ÷ the best peer's",
    `Ours at its best against whichever peer is best at that, on one thread, on several or on the adapter; and our best on one thread
against the best of those that compute on one. Below 1, ours takes less. In brackets: the quartiles of the rounds' own ratios.`,
    compared(judged),
  ];
}

/** Judgements as a table. @param {Judgement[]} judged */
export function compared(judged) {
  const cells = (/** @type {string} */ unit, /** @type {Judgement["alone"]} */ against) => {
    if (!against) return ["–", "–", "–"];
    const named = [against.ours, against.peer].map(({ value, name }) => `${number(value)} ${unit}, ${name}`);
    return [...named, quotient(against.ratio)];
  };
  const rows = judged.map(({ what, unit, best, alone }) => [what, ...cells(unit, best), ...cells(unit, alone)]);
  return table([["", "Glimpse", "best peer", "ratio", "on one thread", "best peer on one", "ratio"], ...rows]);
}

/** @param {Ratio[]} ratios */
function further(ratios) {
  if (ratios.length === 0) return [];
  const rows = ratios.map(({ what, unit, above, below, ratio }) => [
    what,
    quotient(ratio),
    `${number(above.value)} ${unit}, ${above.name}`,
    `${number(below.value)} ${unit}, ${below.name}`,
  ]);
  return ["## Other ratios", table([["", "ratio", "of", "to"], ...rows])];
}

/** @param {import("./statistics.js").Spread} ratio */
function quotient({ median, low, high, samples }) {
  return `**${number(median)}**${samples > 1 ? ` (${number(low)} to ${number(high)})` : ""}`;
}

/** @param {Section} section */
function section({ name, title, text, table: rows, left, svg }) {
  const notes = left.map(({ name, why }) => `${name} (${why})`).join("; ");
  return [
    `## ${title}`,
    text,
    ...(svg ? [`![${title}](${CHARTS}/${name}.svg)`] : []),
    table(rows),
    ...(notes ? [`Left out: ${notes}.`] : []),
  ].join("\n\n");
}

/** @param {Figures} figures @returns {Promise<Section>[]} */
function parts({ names, embedding, classification, tuning, visit, memory, replay, replaying, native }) {
  const sections = [];
  if (embedding) {
    sections.push(
      timed("embedding", embedding, names, {
        title: "Embedding",
        text: `Drawings, 32 × 32 numbers each, to their features, 2,048 numbers each, in batches. Milliseconds a batch: median and
quartiles.`,
        panel: (batch) => `batch of ${count(batch)}`,
        axis: "milliseconds a drawing",
        share: (batch) => 1 / batch,
      }),
    );
  }
  if (classification) {
    sections.push(
      timed("classification", classification, names, {
        title: "Classification",
        text: `One drawing against those taught, one of each character, whose features are kept: one pass of the encoder, and a
comparison with each. Ours begins with pen strokes, which it draws, and ends with a ranking; the peers begin with pixels and end with a
number for each character. From panel to panel: what it costs to know more. Milliseconds: median and quartiles.`,
        panel: (taught) => `${count(taught)} taught`,
      }),
    );
  }
  if (tuning) {
    sections.push(
      timed("tuning", tuning, names, {
        title: "Fine-tuning",
        text: `A step, the mean of ${tuning.steps}, on variations of so many drawings, each of another character; ours draws the
variations too. jax-js convolves by its own convolution or, "by products", by a product with its maps unfolded. TF.js has no gradient of
convolutions on wasm; LiteRT.js and ONNX Runtime Web do not train. Milliseconds: median and quartiles.`,
        panel: (drawings) => `${count(drawings)} drawings`,
      }),
    );
  }
  if (visit) sections.push(visited(visit));
  if (memory) sections.push(remembered(memory, names));
  if (replay) sections.push(replayed(replay, names));
  if (replaying) sections.push(...replayedMore(replaying));
  if (native) sections.push(trained(native));
  return sections;
}

/**
 * @param {string} name
 * @param {Sized & { skipped: Section["left"] }} part
 * @param {Names} names
 * @param {Words} words
 */
async function timed(name, { sizes, rows, skipped }, names, { title, text, panel, axis = "milliseconds", share = () => 1 }) {
  const marks = sizes.flatMap((size) =>
    Object.entries(rows).flatMap(([id, { [size]: spread }]) =>
      spread ? [mark(names[id], panel(size), spread, share(size))] : [],
    ),
  );
  const body = Object.entries(rows).map(([id, row]) => [names[id], ...sizes.map((size) => cell(row[size]))]);
  const svg = await chart(marks, axis);
  return { name, title, text, table: [["", ...sizes.map(panel)], ...body], left: skipped, svg };
}

/** @param {NonNullable<Results["visit"]>} visit */
async function visited({ rows, names, skipped }) {
  const entries = Object.entries(rows);
  const marks = entries.flatMap(([id, { time, bytes }]) => [
    mark(names[id], "seconds", time, 1e-3),
    { name: names[id], panel: "MB", value: bytes / 1e6 },
  ]);
  return {
    name: "visit",
    title: "First visit",
    text: `From the navigation to the first answer, with 5 characters taught on the way; caches are empty, the server is on the same
machine. Bytes: all files asked for until then, weights included, each compressed by gzip. Every contender runs in a worker of the same
page; ours once more as any page uses them, by our package with its client, unbundled.`,
    table: [
      ["", "milliseconds", "bytes, gzip"],
      ...entries.map(([id, { time, bytes }]) => [names[id], cell(time), count(bytes)]),
    ],
    left: skipped,
    svg: await chart(marks, ""),
  };
}

/** @param {NonNullable<Results["memory"]>} memory @param {Names} names */
async function remembered({ sizes, rows, skipped }, names) {
  const entries = Object.entries(rows);
  const panel = (/** @type {number} */ taught) => `${count(taught)} taught`;
  const marks = sizes.flatMap((taught) =>
    entries.flatMap(([id, { [taught]: value }]) => (value ? [{ name: names[id], panel: panel(taught), value }] : [])),
  );
  return {
    name: "memory",
    title: "Memory",
    text: `The most that all of Chromium's processes held together, beyond what they held before the runtime was loaded, once so many
characters were taught and drawings classified against them: each contender in a browser of its own. MB of resident memory.`,
    table: [
      ["", ...sizes.map(panel)],
      ...entries.map(([id, row]) => [names[id], ...sizes.map((taught) => (row[taught] ? number(row[taught]) : "–"))]),
    ],
    left: skipped,
    svg: await chart(marks, "MB"),
  };
}

/** @param {NonNullable<Results["replay"]>} replay @param {Names} names */
async function replayed({ sizes, rows, right, skipped }, names) {
  return {
    name: "replay",
    title: "Replay",
    text: `All 400 official one-shot trials, from the published pictures to the decisions, by our package; a second worker is
started, and reads the archive, anew each time. Seconds: median and quartiles.`,
    table: [
      ["", ...sizes.map(crew), "right"],
      ...Object.entries(rows).map(([id, row]) => [
        names[id],
        ...sizes.map((workers) => cell(row[workers], 1000)),
        `${right[id]} of 400`,
      ]),
    ],
    left: skipped,
  };
}

/** @param {NonNullable<Results["replaying"]>} replaying */
function replayedMore({ sizes, rows, skipped }) {
  const names = Object.entries(rows).map(([workers, row]) => ({ name: `Glimpse, ${crew(Number(workers))}`, row }));
  const panel = (/** @type {number} */ episodes) => `${count(episodes)} episode${episodes > 1 ? "s" : ""}`;
  const head = ["", ...sizes.map(panel)];
  const marks = (/** @type {(at: string, panel: string, row: typeof rows[string][string]) => Mark} */ marked) =>
    sizes.flatMap((size) => names.flatMap(({ name, row: { [size]: row } }) => (row ? [marked(name, panel(size), row)] : [])));
  const time = async () => ({
    name: "replaying",
    title: "Replay, how time grows",
    text: `Episodes of random 20-way 1-shot, 20 trials each, from the published pictures to the decisions, on \`simd\`. One archive is read
before, and once more by the second worker, which is started anew each time. Seconds: median and quartiles.`,
    table: [head, ...names.map(({ name, row }) => [name, ...sizes.map((size) => cell(row[size], 1000))])],
    left: skipped,
    svg: await chart(marks((name, panel, row) => mark(name, panel, row, 1e-3)), "seconds"),
  });
  const held = async () => ({
    name: "replaying-memory",
    title: "Replay, how memory grows",
    text: `The most that all of Chromium's processes held together in the same runs, beyond what they held before the package was loaded. MB.`,
    table: [head, ...names.map(({ name, row }) => [name, ...sizes.map((size) => (row[size] ? number(row[size].memory) : "–"))])],
    left: [],
    svg: await chart(marks((name, panel, { memory }) => ({ name, panel, value: memory })), "MB"),
  });
  return [time(), held()];
}

/** @param {number} workers */
function crew(workers) {
  return `${workers} worker${workers > 1 ? "s" : ""}`;
}

/** @param {NonNullable<Results["native"]>} native */
async function trained({ rows, names, skipped }) {
  return {
    name: "native",
    title: "Training natively",
    text: `Steps of pre-training, 256 drawings each, on all cores: forward, backward, optimiser. Ours varies and draws its drawings
too; PyTorch is given numbers, and compiles the network (\`torch.compile\`). Milliseconds a drawing: median and quartiles.`,
    table: [
      ["", "milliseconds a drawing", "drawings a second"],
      ...Object.entries(rows).map(([id, times]) => [names[id], cell(times), number(1000 / times.median)]),
    ],
    left: skipped,
  };
}

const HOW = `## How it is measured

- **The same network.** All have our trained Siamese weights. ONNX Runtime gets a graph whose norms fold into its convolutions when it is
  loaded, all optimisations on; LiteRT.js a f32 model of each batch, written in the page, with norms folded and activations fused; TF.js
  convolutions with norm and activation fused; jax-js norms folded and each block compiled. Features must agree to 10⁻³, similarity to
  10⁻³ of the largest, or nothing is timed.
- **Called alike.** Each contender has a worker of its own in one page, which takes the times itself: no message is in them. The page is
  isolated, so there are threads, and a clock of 5 µs.
- **In turns.** After warming up, contenders take turns in rounds, each round beginning with another one. A turn lasts some hundred
  milliseconds, or one call.
- **Left out** is who would take longer than a run can wait.
- Ours computes on one thread. A batch is also embedded in as many workers as there are cores, a share in each, as replay does; the
  way there and back, pixels and features as messages, is in the time.
- LiteRT.js, ONNX Runtime and jax-js compute on one thread and on as many as there are cores; jax-js does the former where memory
  cannot be shared, so there it is not.
- TF.js is listed with one thread on wasm: its module with threads computes on one too, whatever it is told (\`getThreadsCount()\` is 1).
- Memory is what the operating system counts (\`VmRSS\`, \`VmHWM\`), garbage that is not yet collected included.`;

/** @param {string} name @param {string} panel @param {import("./statistics.js").Spread} spread @param {number} unit @returns {Mark} */
function mark(name, panel, { median, low, high }, unit) {
  return { name, panel, value: unit * median, low: unit * low, high: unit * high };
}

/** @param {import("./statistics.js").Spread | undefined} spread */
function cell(spread, unit = 1) {
  if (!spread) return "–";
  const [median, low, high] = [spread.median, spread.low, spread.high].map((value) => number(value / unit));
  return `${median} (${low} to ${high})`;
}

/** A table in Markdown. @param {string[][]} rows the first is the head */
export function table([head, ...body]) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...body.map(line)].join("\n");
}

/** @param {Judgement} judgement */
function inALine({ what, unit, best, alone }) {
  const beside = (/** @type {Judgement["best"]} */ { ours, peer, ratio }) =>
    `${number(ours.value)} ${unit} (${ours.name}): ${number(ratio.median)} of ${number(peer.value)} ${unit} (${peer.name})`;
  return `${what.padEnd(40)} ${beside(best)}${alone ? `, one thread ${beside(alone)}` : ""}`;
}

/** @param {Ratio} ratio */
function ratioInALine({ what, unit, above, below, ratio }) {
  const figures = `${number(above.value)} ${unit} (${above.name}) ÷ ${number(below.value)} ${unit} (${below.name})`;
  return `${what.padEnd(40)} ${number(ratio.median).padStart(5)}  ${figures}`;
}

/** A figure with as many digits as are worth reading. @param {number} value */
export function number(value) {
  const digits = value < 0.1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** @param {number} value a whole number */
function count(value) {
  return value.toLocaleString("en");
}

/** @param {string} _ @param {unknown} value */
function rounded(_, value) {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
