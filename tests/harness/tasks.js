import assert from "node:assert/strict";

/** @typedef {import("playwright-core").Page} Page */

/** The longest task that nobody notices, in milliseconds. */
const LONGEST = 50;

/** A task that is longer even where others take most of the processor, in milliseconds. */
const STALL = 400;

/** How often it is tried: what shares the machine only adds. */
const TRIES = 3;

/**
 * Makes sure that no task of the page's thread computes for over 50 ms while the page does something, and that one would have been
 * seen. What the Long Tasks API tells is time by the clock, and holds whatever else the machine did meanwhile.
 *
 * @param {import("node:test").TestContext} context receives what was seen
 * @param {string} what
 * @param {() => Promise<Page>} open gives a page that has not done it yet
 * @param {(page: Page) => Promise<void>} work
 */
export async function staysSmooth(context, what, open, work) {
  let longest = Infinity;
  for (let tries = 0; longest > LONGEST && tries < TRIES; tries += 1) {
    const page = await open();
    longest = await longestTask(page, () => work(page));
    const seen = await longestTask(page, () => stall(page));
    context.diagnostic(`${what}: the longest task computed for ${longest.toFixed()} ms, a stall for ${seen.toFixed()}`);
    assert.ok(seen > LONGEST, "a long task is seen");
    await page.context().close();
  }
  assert.ok(longest <= LONGEST, `${what}: a task computed for ${longest} ms`);
}

/**
 * How long the longest task of the page's thread computes during some work, in milliseconds of a processor.
 *
 * @param {Page} page
 * @param {() => Promise<void>} work
 */
async function longestTask(page, work) {
  const browser = page.context().browser();
  assert.ok(browser);
  await browser.startTracing(page, { categories: ["-*", "toplevel", "__metadata"] });
  await work();
  /** @type {{ name: string, pid: number, tid: number, tdur?: number, args: { name?: string } }[]} */
  const events = JSON.parse(`${await browser.stopTracing()}`).traceEvents;
  /** @param {typeof events[number]} event */
  const isPages = ({ name, args }) => name === "thread_name" && args.name === "CrRendererMain";
  const pages = new Set(events.filter(isPages).map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = events.filter(({ name, pid, tid }) => name.endsWith("RunTask") && pages.has(`${pid} ${tid}`));
  return tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1000), 0);
}

/** @param {Page} page */
function stall(page) {
  return page.evaluate(
    (stall) =>
      new Promise((over) => {
        setTimeout(() => {
          const end = performance.now() + stall;
          while (performance.now() < end);
          over(undefined);
        });
      }),
    STALL,
  );
}
