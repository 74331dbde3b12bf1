// Every view in every size and light, kept as pictures, with nothing that runs over the edge.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answered, carried, choose, keep, openSite } from "../harness/site.js";

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
before(async () => {
  site = await openSite({ extra: await carried() });
});
after(() => site?.close());

const SCREENS = [
  { name: "desktop", viewport: { width: 1280, height: 800 } },
  { name: "phone", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  { name: "small", viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
];

for (const { name, ...screen } of SCREENS) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`${name}, ${colorScheme}`, async () => {
      const page = await site.page("", { ...screen, colorScheme });
      /** @param {string} view */
      const look = async (view) => {
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${view} runs over by ${over} px`);
        await keep(page, `${name}-${colorScheme}-${view}`);
      };
      assert.ok(await page.getByText("Draw a character once").isVisible());
      const paper = await page.locator("#paper").boundingBox();
      assert.ok(paper && paper.y + paper.height <= screen.viewport.height, "the whole paper is on the first screen");
      await page.waitForTimeout(3000);
      await look("start");

      await page.click("#invent");
      await page.evaluate(() => scrollTo(0, 0));
      await page.waitForTimeout(800);
      await look("known");
      await page.click("#redraw");
      await page.waitForSelector(".card.best");
      await page.waitForTimeout(1500);
      await page.evaluate(() => scrollTo(0, 0));
      await look("answer");

      await choose(page, "lens", "map");
      await page.waitForSelector(".query-mark:not(.absent)");
      await page.waitForTimeout(900);
      await look("map");
      await choose(page, "lens", "compare");
      await page.waitForFunction(() => document.querySelectorAll('.column[data-state="ready"]').length === 3);
      await answered(page);
      await look("compare");
      await choose(page, "system", "triplet");
      await choose(page, "lens", "triplet");
      await page.waitForTimeout(900);
      await look("triplet");

      await page.click("#tab-results");
      await look("results");
      await page.click("#tab-replay");
      await page.waitForSelector("#start:enabled");
      await look("replay");
      for (const protocol of ["random-5-way-5-shot", "random-20-way-5-shot", "verification", "mnist"]) {
        await choose(page, "protocol", protocol);
        await page.click("#start");
        await page.waitForFunction(() => document.querySelectorAll("#dots .right").length > 10);
        await page.evaluate(() => scrollTo(0, 0));
        await look(protocol);
      }
      await choose(page, "protocol", "official");
      await page.click("#start");
      await page.waitForFunction(() => document.querySelectorAll("#dots .wrong").length > 1);
      await page.click("#pause");
      await page.evaluate(() => scrollTo(0, 0));
      await look("replaying");
      await page.locator("#mistake-list button").first().click();
      await look("mistake");
      await page.context().close();
    });
  }
}
