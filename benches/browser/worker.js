// One contender, in a worker of its own, so that all are called alike. It takes its times itself: no message is in them.

/**
 * What is measured. Drawings are `[n, 32, 32]`, ink = 1; similarity is that of the query to each character taught, in order.
 *
 * @typedef {object} Contender
 * @property {(pixels: Float32Array) => Promise<Float32Array>} embed
 * @property {(features: Float32Array) => Float32Array} [inOurOrder] where they come in another
 * @property {(support: Drawings, taught: number) => Promise<void>} teach so many characters; what was taught before is forgotten
 * @property {(queries: Drawings, query: number) => Promise<Float32Array>} classify
 * @property {(support: Drawings, tuning: Tuning) => Promise<number>} [fineTune] mean milliseconds of a step
 */

/**
 * On so many drawings, each of another character; a step may take `longest` milliseconds.
 *
 * @typedef {{ taught: number, steps: number, longest: number }} Tuning
 */

/** @typedef {{ strokes: { strokes: number[][] }[], pixels: Float32Array }} Drawings */

/** Numbers of a drawing. */
const PIXELS = 32 * 32;

/** @type {Contender} */
let contender;
/** @type {Drawings} */
let support;
/** @type {Drawings} */
let queries;
/** Classifications so far: each is of the next query. */
let classified = 0;

const calls = {
  /** @param {string} of a folder of drawings */
  async drawings(of) {
    [support, queries] = await Promise.all([readDrawings(of), readDrawings("queries")]);
  },

  /** @param {string} runtime @param {any} options */
  async open(runtime, options) {
    // As on a page that is not isolated, where jax-js computes on one thread.
    if (options.isolated === false) Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
    contender = await (await import(`./${runtime}.js`)).open(options);
  },

  /** Features of the first drawings, in our order. @param {number} count */
  async features(count) {
    const features = await contender.embed(support.pixels.subarray(0, count * PIXELS));
    return contender.inOurOrder?.(features) ?? features;
  },

  /** Features of a share of another worker's batch. @param {Float32Array} pixels */
  share: (pixels) => contender.embed(pixels),

  /** @param {number} query */
  similarity: (query) => contender.classify(queries, query),

  /** @param {number} taught */
  teach: (taught) => contender.teach(support, taught),

  /** @param {Turn} turn @param {number} count */
  embed(turn, count) {
    const pixels = support.pixels.subarray(0, count * PIXELS);
    return time(turn, () => contender.embed(pixels));
  },

  /** @param {Turn} turn */
  classify: (turn) => time(turn, () => contender.classify(queries, classified++ % queries.strokes.length)),

  /** @param {Tuning} tuning */
  async fineTune(tuning) {
    if (!contender.fineTune) throw new Error("has no fine-tuning");
    return contender.fineTune(support, tuning);
  },
};

/** How long a turn takes: it ends with the first call after so many milliseconds. @typedef {number} Turn */

/**
 * Milliseconds of each call of a turn.
 *
 * @param {Turn} turn
 * @param {() => Promise<unknown>} work
 */
async function time(turn, work) {
  const times = [];
  const end = performance.now() + turn;
  do {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  } while (performance.now() < end);
  return times;
}

/** @param {string} folder @returns {Promise<Drawings>} */
async function readDrawings(folder) {
  const [strokes, pictures] = await Promise.all(
    ["strokes.json", "pictures"].map((name) => fetch(`/drawings/${folder}/${name}`)),
  );
  const pixels = Float32Array.from(new Uint8Array(await pictures.arrayBuffer()), (ink) => ink / 255);
  return { strokes: await strokes.json(), pixels };
}

/** @typedef {typeof calls} Calls */

onmessage = async ({ data: { id, call, request } }) => {
  try {
    const done = calls[/** @type {keyof Calls} */ (call)];
    postMessage({ id, reply: await Reflect.apply(done, calls, request) });
  } catch (error) {
    postMessage({ id, error: error instanceof Error ? error.message : `${error}` });
  }
};
