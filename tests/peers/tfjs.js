// Our Siamese network in TF.js, and its fine-tuning as TF.js's users write it. Runs in a page.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-webgl";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-backend-webgpu";
import { BLOCKS, EPSILON, MAP_SIDE, SIDE, TINY, readSafetensors, whole } from "./network.js";

/** @typedef {"cpu" | "webgl" | "webgpu" | "wasm"} Backend */

/** Of same against different pairs, as in our own fine-tuning. */
const BALANCE = 0.5;
const RATE = 1e-3;

export const version = tf.version_core;
setWasmPaths("/tfjs/");

/** @param {Backend} backend */
async function use(backend) {
  if (!(await tf.setBackend(backend))) throw new Error(`TF.js cannot open ${backend}`);
}

/** The network on one backend. */
export class Network {
  /** @type {Backend} */
  backend;

  /**
   * @param {Backend} backend
   * @param {ArrayBuffer} weights safetensors of f16
   */
  static async open(backend, weights) {
    await use(backend);
    return new Network(backend, weights);
  }

  /**
   * @private
   * @param {Backend} backend
   * @param {ArrayBuffer} weights
   */
  constructor(backend, weights) {
    this.backend = backend;
    const parameter = readSafetensors(whole(weights));
    const vector = (/** @type {string} */ name) => tf.tensor1d(parameter(name).values);
    this.blocks = BLOCKS.map(({ pooled, relu }, i) => {
      const at = `encoder.blocks.${i}`;
      const { values, shape } = parameter(`${at}.convolution.weight`);
      const outputsFirst = tf.tensor4d(values, /** @type {[number, number, number, number]} */ (shape));
      return {
        pooled,
        relu,
        kernel: tf.variable(/** @type {tf.Tensor4D} */ (tf.transpose(outputsFirst, [2, 3, 1, 0]))),
        gamma: tf.variable(vector(`${at}.norm.gamma`)),
        beta: tf.variable(vector(`${at}.norm.beta`)),
        mean: vector(`${at}.norm.running_mean`),
        deviation: tf.sqrt(tf.add(vector(`${at}.norm.running_var`), EPSILON)),
      };
    });
    const channelsFirst = tf.reshape(vector("head.Siamese.weight"), [-1, MAP_SIDE, MAP_SIDE]);
    this.weight = tf.reshape(tf.transpose(channelsFirst, [1, 2, 0]), [-1]);
    this.bias = vector("head.Siamese.bias");
  }

  /**
   * Features of L2 norm 1, in the order that our encoder has them.
   *
   * @param {number[]} picture 32 × 32, ink = 1
   */
  async embed(picture) {
    await use(this.backend);
    const features = tf.tidy(() => {
      const map = this.run(asPictures([picture]), 0, BLOCKS.length);
      return unit(tf.reshape(tf.transpose(map, [0, 3, 1, 2]), [1, -1]));
    });
    const values = await features.data();
    features.dispose();
    return [...values];
  }

  /**
   * Fine-tuning of the last block by Adam, as ours does it: other blocks see each picture once.
   *
   * @param {number[][]} pictures one variation of each character, then another of each, in the same order
   * @param {{ asked: number, shown: number }} exam how many pictures it is measured on, and against how many
   * @returns its parts, each resolving when the backend is done with it: a step gives its loss
   */
  fineTune(pictures, { asked, shown }) {
    const last = this.blocks.length - 1;
    const characters = pictures.length / 2;
    const of = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => pictures[i % pictures.length]);
    const begun = (/** @type {number} */ count) => this.run(asPictures(of(count)), 0, last);
    const features = (/** @type {tf.Tensor4D} */ maps) =>
      unit(tf.reshape(this.run(maps, last, last + 1), [maps.shape[0], -1]));
    const [maps, exam] = [tf.tidy(() => begun(pictures.length)), tf.tidy(() => begun(asked + shown))];
    const { kernel, gamma, beta } = this.blocks[last];
    const moving = [kernel, gamma, beta];
    const optimizer = tf.train.adam(RATE);
    /** Backends do what they are asked in order: this waits for all of it. @param {() => tf.Tensor | null} work */
    const done = async (work) => {
      await use(this.backend);
      const result = work();
      if (!result) throw new Error("TF.js gave no result");
      const [value] = await result.data();
      result.dispose();
      return value;
    };
    return {
      begin: (/** @type {number} */ count) => done(() => tf.tidy(() => begun(count))),
      step: () =>
        done(() => {
          const loss = () => {
            const [queries, support] = tf.split(features(maps), 2);
            return pairLoss(this.similarity(queries, support), characters);
          };
          return optimizer.minimize(loss, true, moving);
        }),
      measure: () =>
        done(() =>
          tf.tidy(() => {
            const [queries, support] = tf.split(features(exam), [asked, shown]);
            return this.similarity(queries, support);
          }),
        ),
    };
  }

  /**
   * What the blocks from `first` up to `end` make of `[batch, side, side, channels]`. Norms keep their statistics.
   *
   * @param {tf.Tensor4D} pictures
   * @param {number} first
   * @param {number} end
   */
  run(pictures, first, end) {
    return this.blocks.slice(first, end).reduce((x, { kernel, gamma, beta, mean, deviation, pooled, relu }) => {
      const slope = tf.div(gamma, deviation);
      const convolved = tf.conv2d(x, /** @type {tf.Tensor4D} */ (kernel), 1, "same");
      const shifted = tf.add(tf.mul(convolved, slope), tf.sub(beta, tf.mul(mean, slope)));
      const normed = /** @type {tf.Tensor4D} */ (shifted);
      const map = pooled ? tf.maxPool(normed, 2, 2, "valid") : normed;
      return relu ? tf.relu(map) : map;
    }, pictures);
  }

  /**
   * @param {tf.Tensor} queries
   * @param {tf.Tensor} support
   */
  similarity(queries, support) {
    const apart = tf.abs(tf.sub(tf.expandDims(queries, 1), tf.expandDims(support, 0)));
    return tf.sub(this.bias, tf.sum(tf.mul(apart, this.weight), 2));
  }
}

/** @param {tf.Tensor} features */
function unit(features) {
  return tf.div(features, tf.add(tf.norm(features, 2, 1, true), TINY));
}

/**
 * The cross-entropy of "same character" over every pair.
 *
 * @param {tf.Tensor} logits
 * @param {number} characters
 */
function pairLoss(logits, characters) {
  const same = tf.eye(characters);
  const weight = 1 - BALANCE + BALANCE / (characters - 1);
  const misses = tf.sum(tf.mul(tf.softplus(tf.neg(logits)), same));
  const falseAlarms = tf.sum(tf.mul(tf.softplus(logits), tf.sub(1, same)));
  return /** @type {tf.Scalar} */ (tf.div(tf.add(misses, tf.mul(falseAlarms, weight)), characters));
}

/** @param {number[][]} pictures */
function asPictures(pictures) {
  return tf.tensor4d(pictures.flat(), [pictures.length, SIDE, SIDE, 1]);
}
