// Fine-tuning in jax-js, as tests/peers has it. Bundled.
import { Network } from "../../tests/peers/jax.js";
import { meanStep, SHOWN } from "./tuning-step.js";

const PIXELS = 32 * 32;

/**
 * @param {{ device: import("../../tests/peers/jax.js").Device, form: import("../../tests/peers/jax.js").Form }} options
 * @returns {Promise<Pick<import("./worker.js").Contender, "fineTune">>}
 */
export async function open({ device, form }) {
  const network = await Network.open(device, await (await fetch("/weights/siamese.safetensors")).arrayBuffer());
  /** @type {ReturnType<Network["fineTune"]> | undefined} */
  let tuner;
  return {
    fineTune({ pixels }, tuning) {
      tuner ??= network.fineTune(pixels.slice(0, SHOWN * PIXELS), form);
      return meanStep(tuner, tuning);
    },
  };
}
