// A step of a fine-tuning in a peer, as src/learn/fine_tune.rs takes them.

/** Characters of a step, each in two variations, of so many that a drawing has. */
const CHARACTERS = 10;
const VARIATIONS = 10;
/** Pictures of a step. */
export const SHOWN = 2 * CHARACTERS;

/** `begin`: the blocks that stay as they are see as many pictures as a step has. @typedef {{ begin(): Promise<unknown>, step(): Promise<unknown> }} Tuner */

/**
 * Mean milliseconds of a step, with its share of what is done once for each variation.
 *
 * @param {Tuner} tuner
 * @param {import("./worker.js").Tuning} tuning
 */
export async function meanStep({ begin, step }, { taught, steps, longest }) {
  const beginning = await time(begin);
  const stepping = await time(step);
  if (stepping > longest) throw new Error(`a step takes ${(stepping / 1000).toFixed(1)} s`);
  return stepping + (beginning * fresh(taught, steps)) / SHOWN;
}

/** Variations that a step meets for the first time, on average. @param {number} taught @param {number} steps */
function fresh(taught, steps) {
  const [variations, share] = [VARIATIONS * taught, (CHARACTERS / taught) * (2 / VARIATIONS)];
  return (variations * (1 - (1 - share) ** steps)) / steps;
}

/** @param {() => Promise<unknown>} work */
async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
