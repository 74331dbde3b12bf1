// Our Siamese network in jax-js, and its fine-tuning as jax-js's users write it. Runs in a page or a worker.
//
// Functions of jax-js take the arrays that they are given: `.ref` is what keeps one for later.
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { BLOCKS, EPSILON, SIDE, TINY, readSafetensors, whole } from "./network.js";

/** @typedef {"wasm" | "webgpu"} Device */
/** @typedef {{ kernel: np.Array, gamma: np.Array, beta: np.Array, mean: np.Array, deviation: np.Array }} Block */
/** What fine-tuning moves. @typedef {{ kernel: np.Array, gamma: np.Array, beta: np.Array }} Moving */
/** Of Adam: the means of gradients and of their squares, and steps so far. @typedef {{ mean: Moving, square: Moving, step: np.Array }} Moments */

/** Of same against different pairs, as in our own fine-tuning. */
const BALANCE = 0.5;
const ADAM = { rate: 1e-3, mean: 0.9, square: 0.999, tiny: 1e-7 };

/** @param {Device} device */
export async function use(device) {
  if (!(await init(device)).includes(device)) throw new Error(`jax-js cannot open ${device}`);
  defaultDevice(device);
}

/**
 * How the last block convolves in a fine-tuning: by jax-js's own convolution, or by a product with the maps unfolded, which are
 * the same in every step.
 *
 * @typedef {"convolution" | "product"} Form
 */

/** The network on one device. */
export class Network {
  /**
   * @param {Device} device
   * @param {ArrayBuffer} weights safetensors of f16
   */
  static async open(device, weights) {
    await use(device);
    return new Network(weights);
  }

  /**
   * @private
   * @param {ArrayBuffer} weights
   */
  constructor(weights) {
    const parameter = readSafetensors(whole(weights));
    const array = (/** @type {string} */ name) => np.array(parameter(name).values).reshape(parameter(name).shape);
    /** @type {Block[]} */
    this.blocks = BLOCKS.map((_, i) => {
      const at = `encoder.blocks.${i}`;
      return {
        kernel: array(`${at}.convolution.weight`),
        gamma: array(`${at}.norm.gamma`),
        beta: array(`${at}.norm.beta`),
        mean: array(`${at}.norm.running_mean`),
        deviation: np.sqrt(array(`${at}.norm.running_var`).add(EPSILON)),
      };
    });
    this.weight = array("head.Siamese.weight").reshape([-1]);
    this.bias = array("head.Siamese.bias");
    this.stages = BLOCKS.map((how, i) =>
      jit((/** @type {Block} */ { kernel, ...norm }, /** @type {np.Array} */ padded) => {
        const map = finish(how, norm, convolve(padded, kernel));
        return i < BLOCKS.length - 1 ? pad(map) : map;
      }),
    );
  }

  /**
   * Features of L2 norm 1, in the order that our encoder has them.
   *
   * @param {Float32Array} pictures 32 × 32 each, ink = 1
   */
  async embed(pictures) {
    return /** @type {Promise<Float32Array>} */ (unit(this.run(pictures, BLOCKS.length)).data());
  }

  /**
   * Fine-tuning of the last block by Adam, as ours does it: other blocks see each picture once.
   *
   * @param {Float32Array} pictures one variation of each character, then another of each, in the same order
   * @param {Form} form
   * @returns its parts, each resolving when the device is done with it: a step gives its loss
   */
  fineTune(pictures, form) {
    const last = BLOCKS.length - 1;
    const characters = pictures.length / (2 * SIDE ** 2);
    const [prepared, convolved] = form === "product" ? [unfold, multiply] : [(/** @type {np.Array} */ x) => x, convolve];
    const begun = () => prepared(this.run(pictures, last));
    const { kernel, gamma, beta, mean, deviation } = this.blocks[last];
    const lossOf = (/** @type {Moving} */ { kernel, gamma, beta }, /** @type {np.Array} */ maps) => {
      const norm = { gamma, beta, mean: mean.ref, deviation: deviation.ref };
      const features = unit(finish(BLOCKS[last], norm, convolved(maps, kernel)));
      const [queries, support] = np.split(features, 2);
      return pairLoss(similarity(queries, support, this.weight.ref, this.bias.ref), characters);
    };
    const moved = jit((/** @type {Moving} */ moving, /** @type {Moments} */ moments, /** @type {np.Array} */ maps) => {
      const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(moving), maps);
      return /** @type {[np.Array, Moving, Moments]} */ ([loss, ...adam(moving, moments, gradients)]);
    });
    /** @type {Moving} */
    let moving = tree.ref({ kernel, gamma, beta });
    const zeros = () => tree.map((/** @type {np.Array} */ array) => np.zeros(array.shape), moving);
    /** @type {Moments} */
    let moments = { mean: zeros(), square: zeros(), step: np.array(0) };
    const maps = begun();
    return {
      async begin() {
        const maps = begun();
        await maps.blockUntilReady();
        maps.dispose();
      },
      async step() {
        /** @type {np.Array} */
        let loss;
        [loss, moving, moments] = moved(moving, moments, maps.ref);
        await blockUntilReady(moving);
        return (await loss.data())[0];
      },
    };
  }

  /** What the first blocks make of pictures: padded for the next one, unless it was the last. @param {Float32Array} pictures @param {number} blocks */
  run(pictures, blocks) {
    const drawings = np.array(pictures.slice()).reshape([-1, 1, SIDE, SIDE]);
    return this.stages.slice(0, blocks).reduce((x, stage, i) => stage(tree.ref(this.blocks[i]), x), padded(drawings));
  }
}

/** Blocks are compiled one by one, each with what pads its map: a convolution with padding of its own takes several times as long. @param {np.Array} x `[batch, channels, side, side]` */
export function pad(x) {
  return np.pad(x, [[0, 0], [0, 0], [1, 1], [1, 1]]);
}

export const padded = jit(pad);

/** @param {np.Array} padded @param {np.Array} kernel */
export function convolve(padded, kernel) {
  return lax.conv(padded, kernel, [1, 1], "VALID");
}

/** @param {np.Array} map */
export function pool(map) {
  return lax.reduceWindow(map, np.max, [2, 2], [2, 2]);
}

/** The surroundings of each pixel: `[channels, 9, batch, side, side]`. */
const unfold = jit((/** @type {np.Array} */ padded) => {
  const side = padded.shape[3] - 2;
  const shifts = [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => [[row, row + side], [column, column + side]]));
  const parts = shifts.map(([rows, columns]) => padded.ref.slice([], [], /** @type {any} */ (rows), /** @type {any} */ (columns)));
  padded.dispose();
  return np.transpose(np.stack(parts, 1), [2, 1, 0, 3, 4]);
});

/** @param {np.Array} unfolded @param {np.Array} kernel */
function multiply(unfolded, kernel) {
  const [inputs, positions, batch, side] = unfolded.shape;
  const outputs = kernel.shape[0];
  const product = np.matmul(kernel.reshape([outputs, -1]), unfolded.reshape([inputs * positions, -1]));
  return np.transpose(product.reshape([outputs, batch, side, side]), [1, 0, 2, 3]);
}

/** The norm, whose statistics are kept, and what follows. @param {typeof BLOCKS[number]} how @param {Omit<Block, "kernel">} norm @param {np.Array} convolved */
function finish({ pooled, relu }, { gamma, beta, mean, deviation }, convolved) {
  const slope = gamma.div(deviation);
  const shift = beta.sub(mean.mul(slope.ref));
  const normed = convolved.mul(slope.reshape([-1, 1, 1])).add(shift.reshape([-1, 1, 1]));
  const map = pooled ? pool(normed) : normed;
  return relu ? nn.relu(map) : map;
}

/** @param {np.Array} maps of the last block */
function unit(maps) {
  const features = maps.reshape([maps.shape[0], -1]);
  const norm = np.sqrt(np.square(features.ref).sum(1, { keepdims: true }));
  return features.div(norm.add(TINY));
}

/** @param {np.Array} queries @param {np.Array} support @param {np.Array} weight @param {np.Array} bias */
function similarity(queries, support, weight, bias) {
  const apart = np.absolute(np.expandDims(queries, 1).sub(np.expandDims(support, 0)));
  return bias.sub(apart.mul(weight).sum(2));
}

/**
 * The cross-entropy of "same character" over every pair.
 *
 * @param {np.Array} logits
 * @param {number} characters
 */
function pairLoss(logits, characters) {
  const same = np.eye(characters);
  const weight = 1 - BALANCE + BALANCE / (characters - 1);
  const misses = nn.softplus(np.negative(logits.ref)).mul(same.ref).sum();
  const falseAlarms = nn.softplus(logits).mul(np.subtract(1, same)).sum();
  return misses.add(falseAlarms.mul(weight)).div(characters);
}

/** @param {Moving} moving @param {Moments} moments @param {Moving} gradients @returns {[Moving, Moments]} */
function adam(moving, moments, gradients) {
  /** @typedef {np.Array} A */
  const step = moments.step.add(1);
  const blend = (/** @type {number} */ share) => (/** @type {A} */ old, /** @type {A} */ now) => old.mul(share).add(now.mul(1 - share));
  const square = tree.map(blend(ADAM.square), moments.square, tree.map((/** @type {A} */ g) => np.square(g), tree.ref(gradients)));
  const mean = tree.map(blend(ADAM.mean), moments.mean, gradients);
  const unbiased = (/** @type {number} */ share) => np.subtract(1, np.exp(step.ref.mul(Math.log(share))));
  const [means, squares] = [unbiased(ADAM.mean), unbiased(ADAM.square)];
  const moved = tree.map(
    (/** @type {A} */ value, /** @type {A} */ mean, /** @type {A} */ square) => {
      const deviation = np.sqrt(square.div(squares.ref)).add(ADAM.tiny);
      return value.sub(mean.div(means.ref).div(deviation).mul(ADAM.rate));
    },
    moving,
    tree.ref(mean),
    tree.ref(square),
  );
  return [moved, { mean, square, step }];
}
