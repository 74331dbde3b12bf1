// The official runs, replayed on the page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { officialRuns } from "../harness/data.js";
import { keep, openSite } from "../harness/site.js";

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
before(async () => {
  site = await openSite({ extra: { "/data/all_runs.zip": await officialRuns() } });
});
after(() => site?.close());

test("400 trials replay, with running accuracy, and a mistake can be opened", async () => {
  const page = await site.page("#replay");
  await page.click("#start");
  await page.waitForFunction(() => document.querySelectorAll("#dots .right, #dots .wrong").length > 30);
  await keep(page, "replay-running");
  await page.waitForSelector("#start:visible");

  const right = await page.locator("#dots .right").count();
  const wrong = await page.locator("#dots .wrong").count();
  assert.equal(right + wrong, 400);
  assert.ok(right >= 368, `Koch’s figure is 368 of 400, this is ${right}`);
  const figure = (await page.locator("#figure").textContent()) ?? "";
  assert.match(figure, new RegExp(`^${(right / 4).toFixed(1)} %${right} of 400 right, 95 % interval`));
  await keep(page, "replay-done", { fullPage: true });

  await page.locator("#mistake-list button").first().click();
  assert.deepEqual(
    await page.locator("#detail-faces figure").evaluateAll((faces) => faces.map(({ className }) => className)),
    ["asked", "truth", "mistaken"],
  );
  assert.equal(await page.locator("#detail-ranked li").count(), 20);
  await keep(page, "replay-mistake");
  await page.context().close();
});

test("a replay pauses, goes on and is cancelled", async () => {
  const page = await site.page("#replay");
  const shown = () => page.locator("#dots .right, #dots .wrong").count();
  await page.click("#start");
  await page.waitForSelector("#dots .right");
  await page.click("#pause");
  await page.waitForTimeout(200);
  const paused = await shown();
  await page.waitForTimeout(500);
  assert.equal(await shown(), paused, "nothing moves while paused");
  await page.click("#pause");
  await page.waitForFunction((paused) => document.querySelectorAll("#dots .right").length > paused, paused);
  await page.click("#cancel");
  await page.waitForSelector("#start:visible");
  const cancelled = await shown();
  assert.ok(cancelled < 400);
  await page.waitForTimeout(300);
  assert.equal(await shown(), cancelled);
  await page.context().close();
});

test("a site without the runs says so, replays invented alphabets meanwhile, and takes the published archive", async () => {
  const page = await site.page();
  await page.route("**/data/all_runs.zip", (route) => route.fulfill({ status: 404 }));
  await page.click("#tab-replay");
  await page.waitForSelector("#bring:visible");
  await keep(page, "replay-without-runs");

  await page.click("#start-invented");
  await page.waitForFunction(() => document.querySelectorAll("#dots .right").length > 20);
  assert.match((await page.locator("#figure").textContent()) ?? "", /invented alphabets, 20-way one-shot$/);
  assert.ok(await page.locator("#chart .who").first().isHidden(), "published figures are of the official runs");

  await page.setInputFiles("#file", { name: "all_runs.zip", mimeType: "application/zip", buffer: await officialRuns() });
  await page.waitForFunction(() => /official/.test(document.querySelector("#figure")?.textContent ?? ""));
  await page.waitForSelector("#start:visible");
  assert.equal(await page.locator("#dots .right, #dots .wrong").count(), 400);
  assert.ok(await page.locator("#bring").isHidden());
  await page.context().close();
});
