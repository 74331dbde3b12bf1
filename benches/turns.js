// Contenders take turns, so that what else the machine does meets all of them alike.
import { setTimeout } from "node:timers/promises";
import { median, spread } from "./statistics.js";

/** @typedef {import("./contenders.js").Contender} Contender */
/** @typedef {import("./ground.js").Stage} Stage */

/** @typedef {import("./statistics.js").Spread} Spread */
/** Milliseconds of all calls, and the median of each round. @typedef {Spread & { rounds: number[] }} Timed */
/** By contender's id and size. @typedef {Record<string, Record<string, Timed>>} Rows */

/** Milliseconds for threads to fall asleep between two turns. */
const PAUSE = 20;

/**
 * Times every contender of a stage with every size, the smallest first.
 *
 * @param {Stage} stage
 * @param {number[]} sizes
 * @param {object} part
 * @param {(id: string, size: number) => Promise<number>} part.prepare gives milliseconds that grow with the size
 * @param {number} part.longest what these may be: where more is to be expected a contender is left out
 * @param {(id: string, size: number) => Promise<number[]>} part.measure milliseconds of each call of a turn
 * @param {number} rounds
 * @returns {Promise<Rows>}
 */
export async function takeTurns(stage, sizes, { prepare, longest, measure }, rounds) {
  /** @type {Rows} */
  const rows = {};
  /** @type {Map<string, number>} */
  const pace = new Map();
  for (const size of sizes) {
    for (const contender of stage.contenders) {
      const expected = (pace.get(contender.id) ?? 0) * size;
      if (expected > longest) {
        await stage.drop(contender, `${size.toLocaleString("en")} and more: would take ${(expected / 1000).toFixed(0)} s`);
        continue;
      }
      try {
        pace.set(contender.id, (await prepare(contender.id, size)) / size);
      } catch (error) {
        await stage.drop(contender, error);
      }
    }
    /** @type {Record<string, number[][]>} */
    const taken = Object.fromEntries(stage.contenders.map(({ id }) => [id, []]));
    for (let round = 0; round < rounds; round++) {
      for (const contender of rotated(stage.contenders, round)) {
        await setTimeout(PAUSE);
        try {
          taken[contender.id].push(await measure(contender.id, size));
        } catch (error) {
          await stage.drop(contender, error);
          delete taken[contender.id];
        }
      }
    }
    for (const [id, rounds] of Object.entries(taken)) {
      rows[id] = { ...rows[id], [size]: { ...spread(rounds.flat()), rounds: rounds.map(median) } };
    }
  }
  return rows;
}

/** @template T @param {T[]} items @param {number} by */
function rotated(items, by) {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
