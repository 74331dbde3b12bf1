import assert from "node:assert/strict";

/** @typedef {import("playwright-core").Page} Page */

/** A task that anyone would notice, in milliseconds. */
const STALL = 80;

/** How often it is tried: tasks are timed by the clock, so one that waits for a core is long too. */
const TRIES = 6;

/**
 * Makes sure that the Long Tasks API sees no task over 50 ms of the page's thread while it does something, and that it would
 * have seen one. Nothing traces meanwhile: that alone makes tasks long.
 *
 * @param {import("node:test").TestContext} context hears what was seen
 * @param {string} what
 * @param {() => Promise<Page>} open gives a page that has not done it yet
 * @param {(page: Page) => Promise<void>} work
 */
export async function staysSmooth(context, what, open, work) {
  /** @type {number[]} */
  let long = [];
  for (let tries = 0; tries < TRIES; tries += 1) {
    const page = await open();
    const seen = await watch(page);
    await work(page);
    long = await seen.evaluate((seen) => seen.splice(0));
    context.diagnostic(`${what}: ${long.length} long tasks ${long}`);
    if (long.length === 0) {
      await stall(page);
      await page.waitForFunction((seen) => seen.length > 0, seen);
    }
    await page.context().close();
    if (long.length === 0) return;
  }
  assert.fail(`${what}: long tasks ${long}`);
}

/** The durations of long tasks from now on. @param {Page} page */
function watch(page) {
  return page.evaluateHandle(() => {
    /** @type {number[]} */
    const seen = [];
    const observer = new PerformanceObserver((list) => seen.push(...list.getEntries().map(({ duration }) => duration)));
    observer.observe({ type: "longtask" });
    return seen;
  });
}

/** @param {Page} page */
async function stall(page) {
  await page.evaluate((stall) => {
    setTimeout(() => {
      const end = performance.now() + stall;
      while (performance.now() < end);
    });
  }, STALL);
}
