// Our best against the best of the peers.
import { isOurs, placeOf } from "./contenders.js";
import { spread } from "./statistics.js";

/** @typedef {import("./statistics.js").Spread} Spread */
/** A contender's figure, and its rounds'. @typedef {{ id: string, name: string, value: number, rounds: number[] }} Figure */

/** Our best figure, a peer's, and the ratio of ours to it, over the rounds. @typedef {{ ours: Figure, peer: Figure, ratio: Spread }} Against */

/**
 * Against the best of all peers; and our best on one thread against the best of those that compute on one, where there are any.
 *
 * @typedef {{ what: string, unit: string, best: Against, alone?: Against }} Judgement
 */

/** Characters taught, where memory is judged. */
const REMEMBERED = [20, 1000, 10_000];

/**
 * @param {import("./report.js").Figures} figures
 * @returns {Judgement[]}
 */
export function judgements({ names, embedding, classification, tuning, visit, memory, native }) {
  /** @param {string} id @param {{ median: number, rounds: number[] }} timed @returns {Figure} */
  const timed = (id, { median, rounds }) => ({ id, name: names[id], value: median, rounds });
  /** @param {string} id @param {number} value @returns {Figure} */
  const single = (id, value) => ({ id, name: names[id], value, rounds: [value] });
  /**
   * @template T
   * @param {{ sizes: number[], rows: Record<string, Record<string, T>> } | undefined} part
   * @param {(id: string, of: T) => Figure} figure
   * @param {string} unit
   * @param {(size: string) => string} what
   */
  const bySize = (part, figure, unit, what) =>
    (part?.sizes ?? []).flatMap((size) => {
      const rows = Object.entries(part?.rows ?? {}).filter(([, row]) => size in row);
      return judge(what(size.toLocaleString("en")), unit, rows.map(([id, row]) => figure(id, row[size])));
    });
  return [
    ...bySize(embedding, timed, "ms", (batch) => `embedding, batch of ${batch}`),
    ...bySize(classification, timed, "ms", (taught) => `classification, ${taught} taught`),
    ...bySize(tuning, timed, "ms", (drawings) => `step of fine-tuning, ${drawings} drawings`),
    ...(visit ? judgeVisit(visit) : []),
    ...bySize(memory && { ...memory, sizes: REMEMBERED }, single, "MB", (taught) => `peak memory, ${taught} taught`),
    ...(native ? judgeNative(native) : []),
  ];
}

/** A ratio of two figures, over the rounds. @typedef {{ what: string, unit: string, above: Figure, below: Figure, ratio: Spread }} Ratio */

/** Characters taught, whose classifications are measured by the fewest. */
const GROWING = [1000, 10_000];

/**
 * What is not ours ÷ the best peer's.
 *
 * @param {import("./report.js").Figures} figures
 * @returns {Ratio[]}
 */
export function ratios({ names, classification, tuning, visit }) {
  /** @param {string} id @param {{ median: number, rounds: number[] }} timed @returns {Figure} */
  const timed = (id, { median, rounds }) => ({ id, name: names[id], value: median, rounds });
  return [
    ...(classification ? growth(classification, timed) : []),
    ...(tuning ? tuningRatios(tuning, timed) : []),
    ...(visit ? visitRatios(visit) : []),
  ];
}

/** @typedef {(id: string, timed: import("./turns.js").Timed) => Figure} Named */

/** How our classification grows, on the engine that is best with the fewest. @param {NonNullable<import("./bench.js").Results["classification"]>} part @param {Named} timed */
function growth({ sizes, rows }, timed) {
  const [fewest] = sizes;
  const below = lowest(Object.entries(rows).flatMap(([id, row]) => (isOurs(id) && row[fewest] ? [timed(id, row[fewest])] : [])));
  if (!below) return [];
  return GROWING.flatMap((taught) => {
    const { [taught]: row } = rows[below.id];
    const what = `classification, ${taught.toLocaleString("en")} taught ÷ ${fewest} taught`;
    return row ? [ratio(what, "ms", timed(below.id, row), below)] : [];
  });
}

/** How much less a step of ours takes. @param {NonNullable<import("./bench.js").Results["tuning"]>} part @param {Named} timed */
function tuningRatios({ sizes, rows }, timed) {
  return sizes.flatMap((size) => {
    const figures = Object.entries(rows).flatMap(([id, row]) => (row[size] ? [timed(id, row[size])] : []));
    const [ours, peer] = [lowest(figures.filter(({ id }) => isOurs(id))), lowest(figures.filter(({ id }) => !isOurs(id)))];
    return ours && peer ? [ratio(`step of fine-tuning, ${size} drawings, best peer ÷ ours`, "ms", peer, ours)] : [];
  });
}

/** What TF.js on wasm, the peer that a page would take instead, downloads. @param {NonNullable<import("./bench.js").Results["visit"]>} part */
function visitRatios({ rows, names }) {
  const bytes = (/** @type {string} */ id) => ({ id, name: names[id], value: rows[id].bytes / 1000, rounds: [rows[id].bytes] });
  const [ours, peer] = [BY_PACKAGE, "tfjs-wasm"];
  return rows[ours] && rows[peer] ? [ratio("first visit, download, ours ÷ TF.js on wasm", "kB", bytes(ours), bytes(peer))] : [];
}

/** @param {string} what @param {string} unit @param {Figure} above @param {Figure} below @returns {Ratio} */
function ratio(what, unit, above, below) {
  return { what, unit, above, below, ratio: against(above, below).ratio };
}

/** Ours as any page has it on the CPU. */
const BY_PACKAGE = "glimpse-simd-package";

/** @param {NonNullable<import("./bench.js").Results["visit"]>} visit */
function judgeVisit({ rows, names }) {
  const visits = Object.entries(rows).filter(([id]) => !isOurs(id) || id === BY_PACKAGE);
  const named = (/** @type {string} */ id) => ({ id, name: names[id] });
  const times = visits.map(([id, { time }]) => ({ ...named(id), value: time.median, rounds: time.rounds }));
  const bytes = visits
    .filter(([id]) => placeOf(id) !== "graphics")
    .map(([id, { bytes }]) => ({ ...named(id), value: bytes / 1000, rounds: [bytes] }));
  return [
    ...judge("first visit, to the first answer", "ms", times),
    ...judge("first visit on the CPU, download", "kB", bytes),
  ];
}

/** @param {NonNullable<import("./bench.js").Results["native"]>} native */
function judgeNative({ rows, names }) {
  const times = Object.entries(rows).map(([id, { median, rounds }]) => ({ id, name: names[id], value: median, rounds }));
  return judge("training natively, a drawing", "ms", times);
}

/** @param {string} what @param {string} unit @param {Figure[]} figures @returns {Judgement[]} */
function judge(what, unit, figures) {
  const best = ofBest(figures);
  const alone = ofBest(figures.filter(({ id }) => placeOf(id) === "one thread"));
  return best ? [{ what, unit, best, ...(alone && { alone }) }] : [];
}

/** Our best against the best of the peers. @param {Figure[]} figures */
function ofBest(figures) {
  const [ours, peer] = [true, false].map((own) => lowest(figures.filter(({ id }) => isOurs(id) === own)));
  return ours && peer && against(ours, peer);
}

/** @param {Figure} ours @param {Figure} peer @returns {Against} */
function against(ours, peer) {
  return { ours, peer, ratio: spread(ours.rounds.map((own, round) => own / peer.rounds[round])) };
}

/** @param {Figure[]} figures @returns {Figure | undefined} */
function lowest(figures) {
  return figures.toSorted((a, b) => a.value - b.value)[0];
}
