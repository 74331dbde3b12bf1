// How thorough the measurements are.

/**
 * @typedef {object} Depth
 * @property {number} rounds of turns
 * @property {number} turn how long a turn takes at least, in milliseconds
 * @property {number} longest what a single call may take, in milliseconds
 * @property {number} teaching what teaching all characters may take, in milliseconds
 * @property {number[]} taught characters
 * @property {number[]} tuned drawings of a fine-tuning
 * @property {number} steps of it
 * @property {number} trainings natively
 * @property {number} visits of each contender, after a first
 * @property {number[]} episodes replayed
 * @property {number} replays of so many
 * @property {number} tuning what a turn of it may take: a whole one of ours, a step of a peer's, in milliseconds
 */

/** @type {Depth} */
export const FULL = {
  rounds: 7,
  turn: 300,
  longest: 6000,
  taught: [5, 20, 100, 1000, 10_000],
  teaching: 40_000,
  tuned: [20, 100],
  steps: 50,
  tuning: 60_000,
  visits: 5,
  trainings: 3,
  episodes: [1, 10, 100, 1000],
  replays: 3,
};

/** @type {Depth} */
export const QUICK = {
  rounds: 3,
  turn: 100,
  longest: 2000,
  taught: FULL.taught.filter((taught) => taught <= 1000),
  teaching: 4000,
  tuned: [20],
  steps: 10,
  tuning: 15_000,
  visits: 1,
  trainings: 1,
  episodes: [1, 10],
  replays: 1,
};
