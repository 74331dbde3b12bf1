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

/** @typedef {{ shape: number[], values: Float32Array, place: { offset: number, length: number } }} Parameter `place`: in the file */

/**
 * @param {ArrayBufferLike} bytes safetensors of f16
 * @returns {(name: string) => Parameter}
 */
export function readSafetensors(bytes) {
  const data = 8 + Number(new DataView(bytes).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.slice(8, data)));
  return (name) => {
    const { shape, data_offsets: [from, to] } = header[name];
    const halves = new Uint16Array(bytes.slice(data + from, data + to));
    return { shape, values: Float32Array.from(halves, half), place: { offset: data + from, length: to - from } };
  };
}

/** @param {number} bits of an f16 */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
}
