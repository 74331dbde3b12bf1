// Glimpse, by the module of one engine.
import { helpers } from "./helpers.js";

/** @typedef {import("./worker.js").Drawings} Drawings */

/**
 * @param {{ engine: string, workers?: number }} options `workers`: how many embed a batch
 * @returns {Promise<import("./worker.js").Contender>}
 */
export async function open({ engine, workers = 1 }) {
  const folder = `/wasm/${engine}`;
  const weights = fetch("/weights/siamese.safetensors").then((response) => response.arrayBuffer());
  const module = fetch(`${folder}/glimpse_bg.wasm`);
  /** @type {typeof import("glimpse/wasm/flex/glimpse.js")} */
  const { default: load, Session } = await import(`${folder}/glimpse.js`);
  await load({ module_or_path: module });
  const bytes = new Uint8Array(await weights);
  const opened = await Session.open("siamese", bytes);
  let session = opened;

  /** @param {Drawings} support @param {number} taught */
  async function teach({ strokes }, taught) {
    if (session !== opened) session.free();
    session = await Session.open("siamese", bytes);
    for (let i = 0; i < taught; i++) await session.learn(`${i}`, strokes[i % strokes.length]);
  }

  return {
    embed: await helpers(workers - 1, { engine }, (pixels) => opened.embedPixels(pixels)),
    teach,
    async classify({ strokes }, query) {
      const { places, similarity } = await session.classify(strokes[query]);
      const inOrder = new Float32Array(places.length);
      places.forEach((place, rank) => (inOrder[place] = similarity[rank]));
      return inOrder;
    },
    async fineTune({ strokes }, { taught, steps, longest }) {
      const support = Array.from({ length: taught }, (_, i) => [strokes[i % strokes.length]]);
      const tuning = opened.fineTuning(support, steps);
      const times = [];
      for (let start = performance.now(), step; (step = await tuning.advance()); start = performance.now()) {
        if (step.step > 0 && !step.measured) times.push(performance.now() - start);
        if (times[0] > longest) break;
      }
      tuning.free();
      if (times[0] > longest) throw new Error(`a step takes ${(times[0] / 1000).toFixed(1)} s`);
      return times.reduce((sum, time) => sum + time) / times.length;
    },
  };
}
