// The page that holds the contenders' workers.

/** @typedef {import("./worker.js").Calls} Calls */
/** @template T @typedef {{ resolve(reply: T): void, reject(error: Error): void }} Waiting */

/** @type {Map<string, Worker>} */
const workers = new Map();
/** @type {Map<number, Waiting<any>>} */
const waiting = new Map();
let calls = 0;

/** Milliseconds after which no answer is waited for: LiteRT.js with threads has been seen to stand still. */
const LONGEST = 180_000;

/**
 * Calls a contender's worker, which is started by its first call.
 *
 * @template {keyof Calls} Call
 * @param {string} id
 * @param {Call} call
 * @param {Parameters<Calls[Call]>} request
 * @returns {Promise<Awaited<ReturnType<Calls[Call]>>>}
 */
function call(id, call, ...request) {
  const worker = workers.get(id) ?? start(id);
  const answer = new Promise((resolve, reject) => {
    waiting.set(calls, { resolve, reject });
    worker.postMessage({ id: calls++, call, request });
  });
  return Promise.race([answer, silence()]);
}

/** @returns {Promise<never>} */
async function silence() {
  await new Promise((resolve) => setTimeout(resolve, LONGEST));
  throw new Error(`no answer in ${LONGEST / 1000} s`);
}

/** @param {string} id */
function start(id) {
  const worker = new Worker("/bench/worker.js", { type: "module", name: id });
  worker.onmessage = ({ data: { id, reply, error } }) => {
    const { resolve, reject } = /** @type {Waiting<any>} */ (waiting.get(id));
    waiting.delete(id);
    if (error === undefined) resolve(reply);
    else reject(new Error(error));
  };
  worker.onerror = ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
  };
  workers.set(id, worker);
  return worker;
}

/** @param {string} id */
function stop(id) {
  workers.get(id)?.terminate();
  workers.delete(id);
}

/**
 * Largest difference of each contender's numbers to the first one's; similarity has no unit, so that is a share of the largest.
 *
 * @template {"features" | "similarity"} Call
 * @param {readonly string[]} ids
 * @param {Call} of
 * @param {Parameters<Calls[Call]>} request
 */
async function differences(ids, of, ...request) {
  const numbers = [];
  for (const id of ids) numbers.push(await call(id, of, ...request));
  const [first] = numbers;
  const largest = (/** @type {Float32Array} */ values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const unit = of === "similarity" ? largest(first) : 1;
  return numbers.map((own) => (own.length === first.length ? largest(own.map((value, i) => value - first[i])) / unit : Infinity));
}

export const bench = { call, stop, differences };
