// The same network in TF.js, norms folded and activations fused. Bundled with one back end, since TF.js is made for bundlers.
import * as tf from "@tensorflow/tfjs-core";
import { MAP_SIDE, SIDE, TINY } from "../../tests/peers/network.js";
import { readNetwork } from "../network.js";
import { withChannelsFirst } from "./channels.js";
import { inParts } from "./in-parts.js";

/**
 * @param {{ backend: string }} options
 * @returns {Promise<import("./worker.js").Contender>}
 */
export async function open({ backend }) {
  const weights = fetch("/weights/siamese.safetensors").then((response) => response.arrayBuffer());
  if (!(await tf.setBackend(backend))) throw new Error(`TF.js cannot open ${backend}`);
  const network = readNetwork(await weights);
  const channels = network.weight.values.length / MAP_SIDE ** 2;
  const blocks = network.blocks.map(({ pooled, relu, kernel, slope, shift }) => {
    const outputsFirst = tf.tensor4d(kernel.values, /** @type {[number, number, number, number]} */ (kernel.shape));
    const folded = tf.mul(outputsFirst, tf.reshape(tf.tensor1d(slope), [-1, 1, 1, 1]));
    const filter = /** @type {tf.Tensor4D} */ (tf.transpose(folded, [2, 3, 1, 0]));
    return { pooled, relu, filter, bias: tf.tensor1d(shift) };
  });
  const channelsFirst = tf.tensor3d(network.weight.values, [channels, MAP_SIDE, MAP_SIDE]);
  const weight = tf.reshape(tf.transpose(channelsFirst, [1, 2, 0]), [-1, 1]);
  /** @type {tf.Tensor2D} */
  let support;

  /** @param {Float32Array} pixels */
  function encode(pixels) {
    const drawings = tf.tensor4d(pixels, [pixels.length / SIDE ** 2, SIDE, SIDE, 1]);
    const map = blocks.reduce((x, { pooled, relu, filter, bias }) => {
      const activation = relu ? "relu" : "linear";
      const convolved = tf.fused.conv2d({ x, filter, strides: 1, pad: "same", bias, activation });
      return pooled ? tf.maxPool(convolved, 2, 2, "valid") : convolved;
    }, drawings);
    const features = tf.reshape(map, [drawings.shape[0], -1]);
    const norm = tf.sqrt(tf.sum(tf.square(features), 1, true));
    return /** @type {tf.Tensor2D} */ (tf.div(features, tf.add(norm, TINY)));
  }

  /** @param {() => tf.Tensor} compute */
  async function read(compute) {
    const result = tf.tidy(compute);
    const values = await result.data();
    result.dispose();
    return /** @type {Float32Array} */ (values);
  }

  return {
    embed: (pixels) => read(() => encode(pixels)),
    inOurOrder: (features) => withChannelsFirst(features, channels),
    async teach({ pixels }, taught) {
      support?.dispose();
      const features = await inParts(pixels, taught, (part) => read(() => encode(part)));
      support = tf.tensor2d(features, [taught, features.length / taught]);
    },
    classify({ pixels }, query) {
      const pixel = query * SIDE ** 2;
      return read(() => {
        const apart = tf.abs(tf.sub(encode(pixels.subarray(pixel, pixel + SIDE ** 2)), support));
        return tf.sub(network.bias, tf.matMul(apart, weight));
      });
    },
  };
}
