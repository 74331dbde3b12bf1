// Fine-tuning in TF.js, as tests/peers has it. Bundled.
import { Network } from "../../tests/peers/tfjs.js";

/** As in src/learn/fine_tune.rs: characters of a step, each in two variations, of so many that a drawing has. */
const CHARACTERS = 10;
const VARIATIONS = 10;
const SHOWN = 2 * CHARACTERS;
const PIXELS = 32 * 32;

/**
 * @param {{ backend: import("../../tests/peers/tfjs.js").Backend }} options
 * @returns {Promise<Pick<import("./worker.js").Contender, "fineTune">>}
 */
export async function open({ backend }) {
  const network = await Network.open(backend, await (await fetch("/weights/siamese.safetensors")).arrayBuffer());
  /** @type {ReturnType<Network["fineTune"]> | undefined} */
  let tuner;
  return {
    async fineTune({ pixels }, { taught, steps, longest }) {
      if (!tuner) {
        const pictures = Array.from({ length: SHOWN }, (_, i) => [...pixels.subarray(i * PIXELS, (i + 1) * PIXELS)]);
        tuner = network.fineTune(pictures, { asked: 1, shown: 1 });
      }
      const { begin, step } = tuner;
      const beginning = await time(() => begin(SHOWN));
      const stepping = await time(step);
      if (stepping > longest) throw new Error(`a step takes ${(stepping / 1000).toFixed(1)} s`);
      return stepping + (beginning * fresh(taught, steps)) / SHOWN;
    },
  };
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
