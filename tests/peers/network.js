// Our Siamese network as its weights file has it, for other runtimes to build. Runs in a page and in Node.

export const SIDE = 32;
export const MAP_SIDE = 4;
/** Of the batch norms. */
export const EPSILON = 1e-5;
/** Keeps the division by a norm from one by 0. */
export const TINY = 1e-6;

export const BLOCKS = [
  { pooled: true, relu: true },
  { pooled: false, relu: true },
  { pooled: true, relu: true },
  { pooled: false, relu: true },
  { pooled: false, relu: true },
  { pooled: false, relu: true },
  { pooled: false, relu: true },
  { pooled: true, relu: false },
];

/** @typedef {{ shape: number[], data_offsets: [number, number] }} Entry of a header */
/** @typedef {{ shape: number[], values: Float32Array, place: { offset: number, length: number } }} Parameter `place`: in the file */

/**
 * @param {ArrayBufferLike} bytes safetensors of f16, whole
 * @returns {(name: string) => Parameter}
 */
export function readSafetensors(bytes) {
  const { header, data } = opened(bytes);
  return (name) => {
    const { shape, data_offsets: [from, to] } = header[name];
    const values = Float32Array.from(new Uint16Array(bytes.slice(data + from, data + to)), half);
    return { shape, values, place: { offset: data + from, length: to - from } };
  };
}

/** @param {ArrayBufferLike} bytes @returns {{ header: Record<string, Entry>, data: number }} where its data begin */
function opened(bytes) {
  const data = 8 + Number(new DataView(bytes).getBigUint64(0, true));
  return { header: JSON.parse(new TextDecoder().decode(bytes.slice(8, data))), data };
}

const TURNS = 4;
/** Poses that a filter is held in, one channel each: the turns, then the same in a mirror. */
const POSES = 2 * TURNS;
/** What ends the name of an array of which the file has one pose. */
const FREE = ".free";

/**
 * Safetensors of f16 with every array in all poses, as src/model/symmetry.rs ties them.
 *
 * @param {ArrayBufferLike} bytes
 * @returns {ArrayBufferLike}
 */
export function whole(bytes) {
  const { header, data } = opened(bytes);
  if (!Object.keys(header).some((name) => name.endsWith(FREE))) return bytes;
  /** @type {Record<string, Entry>} */
  const entries = {};
  const parts = Object.entries(header).map(([name, { shape, data_offsets: [from, to], ...entry }]) => {
    const part = new Uint16Array(bytes.slice(data + from, data + to));
    const free = name.endsWith(FREE);
    const values = free ? inAllPoses(part, name, shape) : part;
    const offset = Object.values(entries).at(-1)?.data_offsets[1] ?? 0;
    const [first, ...rest] = shape;
    entries[free ? name.slice(0, -FREE.length) : name] = {
      ...entry,
      shape: free ? [first * POSES, ...rest] : shape,
      data_offsets: [offset, offset + values.byteLength],
    };
    return values;
  });
  const text = JSON.stringify(entries);
  const beginning = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = new BigUint64Array([BigInt(beginning.length)]);
  return concatenated([length, beginning, ...parts]);
}

/** @param {Uint16Array} free filters in one pose, `[filters, input, side, side]` @param {string} name @param {number[]} shape */
function inAllPoses(free, name, shape) {
  const [, input = 1, side = 1] = name.includes("Siamese.weight") ? [0, 1, MAP_SIDE] : shape;
  const each = input * side ** 2;
  const posed = side === 3 && input > 1;
  const all = new Uint16Array(free.length * POSES);
  for (let pose = 0; pose < POSES; pose++) {
    for (let i = 0; i < free.length; i++) {
      const [filter, channel, at] = [Math.floor(i / each), Math.floor((i % each) / side ** 2), i % side ** 2];
      const of = posed ? channel - (channel % POSES) + after(pose, channel % POSES) : channel;
      all[(filter * POSES + pose) * each + of * side ** 2 + square(pose, at, side)] = free[i];
    }
  }
  return all;
}

/** The pose that something in the pose `other` is in once it is held in `pose`. @param {number} pose @param {number} other */
function after(pose, other) {
  const turns = pose < TURNS ? pose + other : pose + TURNS - (other % TURNS);
  const mirrored = pose < TURNS === other >= TURNS;
  return (turns % TURNS) + (mirrored ? TURNS : 0);
}

/** Where a pose takes the square `at` of a board `side` squares wide. @param {number} pose @param {number} at @param {number} side */
function square(pose, at, side) {
  let [row, column] = [Math.floor(at / side), at % side];
  if (pose >= TURNS) column = side - 1 - column;
  for (let turn = 0; turn < pose % TURNS; turn++) [row, column] = [side - 1 - column, row];
  return row * side + column;
}

/** @param {(Uint8Array | Uint16Array | BigUint64Array)[]} parts */
function concatenated(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let end = 0;
  for (const part of parts) {
    all.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), end);
    end += part.byteLength;
  }
  return all.buffer;
}

/** @param {number} bits of an f16 */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
}
