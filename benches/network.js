// The network as inference has it: each batch norm is a slope and a shift of its convolution. Runs in a page and in Node.
import { BLOCKS, EPSILON, readSafetensors, whole } from "../tests/peers/network.js";

/** @typedef {ReturnType<typeof readNetwork>} Network */

/** @param {ArrayBufferLike} bytes the Siamese weights: safetensors of f16 */
export function readNetwork(bytes) {
  const parameter = readSafetensors(whole(bytes));
  const blocks = BLOCKS.map(({ pooled, relu }, i) => {
    const of = (/** @type {string} */ name) => parameter(`encoder.blocks.${i}.${name}`);
    const norm = (/** @type {string} */ name) => of(`norm.${name}`).values;
    const [mean, variance] = [norm("running_mean"), norm("running_var")];
    const slope = norm("gamma").map((gamma, channel) => gamma / Math.sqrt(variance[channel] + EPSILON));
    const shift = norm("beta").map((beta, channel) => beta - mean[channel] * slope[channel]);
    return { pooled, relu, kernel: of("convolution.weight"), slope, shift };
  });
  return { blocks, weight: parameter("head.Siamese.weight"), bias: parameter("head.Siamese.bias").values[0] };
}
