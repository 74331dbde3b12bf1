// A first visit, from nothing to the first answer: how long it takes, and what is downloaded.
import { gzipSync } from "node:zlib";
import { absence, OURS, PEERS } from "../contenders.js";
import { openPage, reason } from "../ground.js";
import { spread } from "../statistics.js";

/** @typedef {{ id: string, name: string, visited: import("../browser/visit.js").Visited }} Visitor */

/** Our engines once more, as any page uses them: the package itself takes relaxed SIMD where it is there. @type {Visitor[]} */
const BY_PACKAGE = OURS.filter(({ id }) => id !== "glimpse-simd-relaxed").map(({ id, name, options: { engine } }) => ({
  id: `${id}-package`,
  name: `${name}, by our package`,
  visited: { engine: /** @type {import("glimpse").EngineKind} */ (engine) },
}));

/** What a visitor draws is no download. */
const DRAWN = /^\/drawings\//;

/** @param {import("../ground.js").Ground} ground @param {import("../depth.js").Depth} depth */
export async function measureVisit(ground, { visits: rounds }) {
  const present = [...OURS, ...PEERS].filter((contender) => !absence(contender));
  let visitors = [
    ...BY_PACKAGE.filter(({ id }) => present.some((own) => id === `${own.id}-package`)),
    ...present.map(({ id, name, runtime, options }) => ({ id, name, visited: { runtime, options } })),
  ];
  /** @type {import("../ground.js").Skipped[]} */
  const skipped = [];
  /** @type {Record<string, { times: number[], files: Set<string> }>} */
  const visits = {};
  // The first round fills no cache of theirs, but some of the browser's own.
  for (let round = 0; round <= rounds; round++) {
    for (const { id, name, visited } of [...visitors]) {
      try {
        const { time, files } = await visit(ground, visited);
        visits[id] = { times: round === 0 ? [] : [...visits[id].times, time], files };
      } catch (error) {
        skipped.push({ name, why: reason(error) });
        visitors = visitors.filter((other) => other.id !== id);
      }
    }
  }
  const rows = visitors.map(async ({ id }) => {
    const { times, files } = visits[id];
    const sizes = await Promise.all([...files].map((path) => compressed(ground.origin + path)));
    return [id, { time: { ...spread(times), rounds: times }, bytes: sizes.reduce((sum, size) => sum + size), files: files.size }];
  });
  return {
    rows: Object.fromEntries(await Promise.all(rows)),
    names: Object.fromEntries(visitors.map(({ id, name }) => [id, name])),
    skipped,
  };
}

/** @param {import("../ground.js").Ground} ground @param {Visitor["visited"]} visited */
async function visit({ browser, origin, asked }, visited) {
  asked.clear();
  const page = await openPage(browser, `${origin}/visit.html#${encodeURIComponent(JSON.stringify(visited))}`);
  try {
    const time = await page.evaluate(() => globalThis.visited);
    return { time, files: new Set([...asked].filter((path) => !DRAWN.test(path))) };
  } finally {
    await page.context().close();
  }
}

/** Bytes of a file as servers send it. @param {string} url */
async function compressed(url) {
  return gzipSync(await (await fetch(url)).arrayBuffer(), { level: 9 }).length;
}
