// Every view in every size, light and language: kept as a picture, with nothing that runs over the edge, no word of Hangul broken,
// and open to everyone as far as axe-core can tell.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible } from "../harness/axe.js";
import { wholeWords } from "../harness/lines.js";
import { carried, keep, openSite, PHONE } from "../harness/site.js";
import { everyView } from "../harness/views.js";

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
before(async () => {
  site = await openSite({ extra: await carried() });
});
after(() => site?.close());

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const SMALL = { ...PHONE, viewport: { width: 360, height: 640 } };

/** @typedef {import("playwright-core").BrowserContextOptions} Options */
/** @type {Record<string, Options>} */
const SCREENS = {
  "desktop-light": { ...DESKTOP, colorScheme: "light" },
  "desktop-dark": { ...DESKTOP, colorScheme: "dark" },
  "phone-light": { ...PHONE, colorScheme: "light" },
  "phone-dark": { ...PHONE, colorScheme: "dark" },
  "small-light": { ...SMALL, colorScheme: "light" },
  "small-dark": { ...SMALL, colorScheme: "dark" },
  "desktop-light-korean": { ...DESKTOP, colorScheme: "light", locale: "ko-KR" },
  "phone-dark-korean": { ...PHONE, colorScheme: "dark", locale: "ko-KR" },
  "small-light-korean": { ...SMALL, colorScheme: "light", locale: "ko-KR" },
};

for (const [name, screen] of Object.entries(SCREENS)) {
  test(name, async () => {
    // Motion would be seen half way.
    const page = await site.page("", { ...screen, reducedMotion: "reduce" });
    const paper = await page.locator("#paper").boundingBox();
    assert.ok(paper && paper.y + paper.height <= (screen.viewport?.height ?? 0), "the whole paper is on the first screen");
    await everyView(page, async (view) => {
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${view} runs over by ${over} px`);
      await wholeWords(page, view);
      await keep(page, `${name}-${view}`);
      await accessible(page, view);
    });
    await page.context().close();
  });
}
