// A first visit: from nothing to the first answer, with 5 characters taught.
import { bench } from "./page.js";

const TAUGHT = 5;

/** @typedef {{ runtime: string, options: object } | { engine: import("glimpse").EngineKind }} Visited `engine`: by our package */

/** Milliseconds from the navigation to the first answer. @param {Visited} visited */
export async function visit(visited) {
  await ("engine" in visited ? byPackage(visited.engine) : byWorker(visited));
  return performance.now();
}

/** @param {{ runtime: string, options: object }} contender */
async function byWorker({ runtime, options }) {
  const drawings = bench.call("visited", "drawings", "few");
  await bench.call("visited", "open", runtime, options);
  await drawings;
  await bench.call("visited", "teach", TAUGHT);
  await bench.call("visited", "similarity", 0);
}

/** As any page uses Glimpse. @param {import("glimpse").EngineKind} engine */
async function byPackage(engine) {
  const read = async (/** @type {string} */ folder) => (await fetch(`/drawings/${folder}/strokes.json`)).json();
  /** @type {[typeof import("glimpse"), import("glimpse").Strokes[], import("glimpse").Strokes[]]} */
  const [{ Glimpse }, support, queries] = await Promise.all([
    import(/** @type {any} */ ("/index.js")),
    read("few"),
    read("queries"),
  ]);
  const glimpse = await Glimpse.load({ engine });
  for (const [i, drawing] of support.entries()) await glimpse.learn(`${i}`, drawing);
  await glimpse.classify(queries[0]);
}
