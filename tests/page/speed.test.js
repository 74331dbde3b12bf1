// A classification after each stroke takes no time that a hand would notice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { invent } from "../harness/package.js";
import { drawByMouse, openSite } from "../harness/site.js";

/** Longest median, in milliseconds, against 20 characters on the CPU. */
const LIMIT = 25;

test(`a classification against 20 characters on the CPU takes at most ${LIMIT} ms`, async (context) => {
  const characters = await invent({ seed: 5, characters: 20, drawers: 2 });
  const site = await openSite();
  try {
    const page = await site.page("?engine=flex");
    for (const [taught] of characters) {
      await drawByMouse(page, taught);
      await page.click("#teach-it");
    }
    /** @type {number[]} */
    const times = [];
    for (const [, redrawn] of characters) {
      for (const stroke of redrawn.strokes) {
        await page.evaluate(() => document.querySelector("#badge-time")?.replaceChildren());
        await drawByMouse(page, { strokes: [stroke] });
        const time = await page.waitForFunction(() => document.querySelector("#badge-time")?.textContent);
        times.push(parseFloat(/** @type {string} */ (await time.jsonValue())));
      }
      await page.click("#clear");
    }
    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)];
    context.diagnostic(`${times.length} classifications, median ${median} ms, longest ${times.at(-1)} ms`);
    assert.ok(median <= LIMIT, `median ${median} ms`);
  } finally {
    await site.close();
  }
});
