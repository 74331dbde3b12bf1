import assert from "node:assert/strict";

/** A task that anyone would notice, in milliseconds. */
const STALL = 80;

/**
 * Makes sure that the Long Tasks API sees no task over 50 ms of the page's thread while it does something, and that it would
 * have seen one. Nothing traces meanwhile: that alone makes tasks long.
 *
 * @param {import("node:test").TestContext} context hears what was seen
 * @param {import("playwright-core").Page} page
 * @param {string} what
 * @param {() => Promise<void>} work
 */
export async function staysSmooth(context, page, what, work) {
  const seen = await page.evaluateHandle(() => {
    /** @type {number[]} */
    const seen = [];
    const observer = new PerformanceObserver((list) => seen.push(...list.getEntries().map(({ duration }) => duration)));
    observer.observe({ type: "longtask" });
    return seen;
  });
  await work();
  const long = await seen.evaluate((seen) => seen.splice(0));
  context.diagnostic(`${what}: ${long.length} long tasks ${long}`);
  assert.deepEqual(long, [], `${what}: long tasks`);

  await page.evaluate((stall) => {
    setTimeout(() => {
      const end = performance.now() + stall;
      while (performance.now() < end);
    });
  }, STALL);
  await page.waitForFunction((seen) => seen.length > 0, seen);
}
