const PIXELS = 32 * 32;
/** Drawings that are embedded at once when they are taught. */
const AT_ONCE = 100;

/**
 * Features of so many drawings, over and over the ones there are.
 *
 * @param {Float32Array} pixels
 * @param {number} count
 * @param {(pixels: Float32Array) => Promise<Float32Array>} embed
 */
export async function inParts(pixels, count, embed) {
  const there = pixels.length / PIXELS;
  /** @type {Float32Array | undefined} */
  let features;
  for (let done = 0; done < count; ) {
    const from = done % there;
    const end = Math.min(from + AT_ONCE, from + count - done, there);
    const part = await embed(pixels.subarray(from * PIXELS, end * PIXELS));
    const length = part.length / (end - from);
    features ??= new Float32Array(count * length);
    features.set(part, done * length);
    done += end - from;
  }
  return features ?? new Float32Array();
}
