// Fine-tuning in TF.js, as tests/peers has it. Bundled.
import { Network } from "../../tests/peers/tfjs.js";
import { meanStep, SHOWN } from "./tuning-step.js";

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
    fineTune({ pixels }, tuning) {
      if (!tuner) {
        const pictures = Array.from({ length: SHOWN }, (_, i) => [...pixels.subarray(i * PIXELS, (i + 1) * PIXELS)]);
        tuner = network.fineTune(pictures, { asked: 1, shown: 1 });
      }
      const { begin, step } = tuner;
      return meanStep({ begin: () => begin(SHOWN), step }, tuning);
    },
  };
}
