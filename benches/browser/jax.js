// The same network in jax-js, norms folded, compiled block by block as in tests/peers. Bundled.
import { jit, nn, numpy as np, tree } from "@jax-js/jax";
import { convolve, pad, padded, pool, use } from "../../tests/peers/jax.js";
import { SIDE, TINY } from "../../tests/peers/network.js";
import { readNetwork } from "../network.js";
import { inParts } from "./in-parts.js";

/**
 * @param {{ device: import("../../tests/peers/jax.js").Device }} options
 * @returns {Promise<import("./worker.js").Contender>}
 */
export async function open({ device }) {
  const weights = fetch("/weights/siamese.safetensors").then((response) => response.arrayBuffer());
  await use(device);
  const network = readNetwork(await weights);
  const weight = np.array(network.weight.values);
  const blocks = network.blocks.map(({ kernel, slope, shift, pooled, relu }, i) => {
    const filters = np.array(kernel.values).reshape(kernel.shape);
    const slopes = np.array(slope).reshape([-1, 1, 1, 1]);
    const parameters = { kernel: filters.mul(slopes), shift: np.array(shift).reshape([-1, 1, 1]) };
    const compute = jit((/** @type {typeof parameters} */ { kernel, shift }, /** @type {np.Array} */ x) => {
      const convolved = convolve(x, kernel).add(shift);
      const active = relu ? nn.relu(convolved) : convolved;
      const map = pooled ? pool(active) : active;
      return i < network.blocks.length - 1 ? pad(map) : unit(map);
    });
    return (/** @type {np.Array} */ x) => compute(tree.ref(parameters), x);
  });
  const compare = jit((/** @type {np.Array} */ query, /** @type {np.Array} */ support, /** @type {np.Array} */ weight) =>
    np.subtract(network.bias, np.absolute(query.sub(support)).mul(weight).sum(1)),
  );
  /** @type {np.Array | undefined} */
  let support;

  /** @param {Float32Array} pixels */
  function encode(pixels) {
    const drawings = np.array(pixels.slice()).reshape([-1, 1, SIDE, SIDE]);
    return blocks.reduce((x, block) => block(x), padded(drawings));
  }

  /** @param {Float32Array} pixels */
  async function embed(pixels) {
    return /** @type {Promise<Float32Array>} */ (encode(pixels).data());
  }

  return {
    embed,
    async teach({ pixels }, taught) {
      support?.dispose();
      const features = await inParts(pixels, taught, embed);
      support = np.array(features).reshape([taught, -1]);
    },
    async classify({ pixels }, query) {
      if (!support) throw new Error("nothing was taught");
      const features = encode(pixels.subarray(query * SIDE ** 2, (query + 1) * SIDE ** 2));
      const similarity = compare(features, support.ref, weight.ref);
      return /** @type {Promise<Float32Array>} */ (similarity.data());
    },
  };
}

/** Features of L2 norm 1. @param {np.Array} maps */
function unit(maps) {
  const features = maps.reshape([maps.shape[0], -1]);
  const norm = np.sqrt(np.square(features.ref).sum(1, { keepdims: true }));
  return features.div(norm.add(TINY));
}
