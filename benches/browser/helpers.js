// Workers beside a contender's own, which embed shares of its batches.

/** @typedef {(pixels: Float32Array) => Promise<Float32Array>} Embed */

/** Numbers of a drawing. */
const PIXELS = 32 * 32;

/**
 * Embeds with the help of so many workers.
 *
 * @param {number} count
 * @param {{ engine: string }} options what they are opened with
 * @param {Embed} own
 * @returns {Promise<Embed>}
 */
export async function helpers(count, options, own) {
  if (count === 0) return own;
  const calls = Array.from({ length: count }, start);
  await Promise.all(calls.map((call) => call("open", "glimpse", options)));
  return async (pixels) => {
    const drawings = pixels.length / PIXELS;
    const end = (/** @type {number} */ share) => Math.round((drawings * share) / (count + 1)) * PIXELS;
    const shares = Array.from({ length: count + 1 }, (_, share) => pixels.slice(end(share), end(share + 1)));
    const [first = pixels, ...others] = shares;
    const theirs = others.map((share, i) => (share.length > 0 ? calls[i]("share", share) : new Float32Array()));
    const parts = [await own(first), ...(await Promise.all(theirs))];
    const features = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      features.set(part, at);
      at += part.length;
    }
    return features;
  };
}

/** A worker, to be called: one call at a time. @returns {(call: string, ...request: unknown[]) => Promise<any>} */
function start() {
  const worker = new Worker("/bench/worker.js", { type: "module" });
  return (call, ...request) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data: { reply, error } }) => (error === undefined ? resolve(reply) : reject(new Error(error)));
      worker.postMessage({ id: 0, call, request });
    });
}
