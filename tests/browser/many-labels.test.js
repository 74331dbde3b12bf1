// Fine-tuning on many labels: done, and in little memory.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { openPackage } from "../harness/package.js";

const LABELS = 2000;

/** The most memory that the page's process may ever hold, in MB. */
const PEAK = 300;

/** The most that a process of Chromium's which shows pages has ever held, in MB. @param {import("playwright-core").Browser} browser */
async function peakOf(browser) {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  await devtools.detach();
  const peaks = processInfo
    .filter(({ type }) => type === "renderer")
    .map(async ({ id }) => {
      // A spare one may be gone by now.
      const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    });
  return Math.max(...(await Promise.all(peaks)));
}

for (const system of /** @type {const} */ (["siamese", "triplet", "relation"])) {
  test(`${system} learns from ${LABELS} labels within ${PEAK} MB, and answers in between`, { timeout: 300_000 }, async (context) => {
    const opened = await openPackage();
    try {
      opened.page.setDefaultTimeout(300_000);
      const outcome = await opened.page.evaluate(
        async ({ system, labels }) => {
          /** @type {unknown[]} */
          const recoveries = [];
          const onrecover = (/** @type {unknown} */ recovery) => recoveries.push(recovery);
          const instance = await glimpse.Glimpse.load({ system, engine: "simd", onrecover });
          /** @type {import("glimpse").Strokes[]} */
          const drawings = [];
          for (let seed = 0; drawings.length < labels; seed += 1) {
            drawings.push(...(await instance.invent({ seed, characters: 20, drawers: 5 })).flat());
          }
          drawings.length = labels;
          for (const [i, drawing] of drawings.entries()) await instance.learn(i, drawing);
          let waited = 0;
          let over = false;
          const started = performance.now();
          const tuning = instance.fineTune({ steps: 20 }).finally(() => (over = true));
          while (!over) {
            const asked = performance.now();
            await instance.classify(drawings[0], { limit: 3 });
            waited = Math.max(waited, performance.now() - asked);
            await new Promise((done) => setTimeout(done, 50));
          }
          const { losses, before } = await tuning;
          const took = performance.now() - started;
          const { ranking } = await instance.classify(drawings[7], { limit: 3 });
          instance.dispose();
          return { recoveries, losses, before, waited, took, best: ranking[0].label };
        },
        { system, labels: LABELS },
      );
      const peak = await peakOf(opened.browser);
      const { losses, waited, took, best, recoveries } = outcome;
      context.diagnostic(
        `${system}: ${(took / 1000).toFixed(1)} s, peak ${peak.toFixed(0)} MB, longest wait for an answer ${waited.toFixed(0)} ms`,
      );
      assert.deepEqual([losses.length, recoveries], [20, []]);
      assert.ok(system === "relation" || best === "7");
      assert.ok(peak <= PEAK, `${peak} MB`);
    } finally {
      await opened.close();
    }
  });
}
