// Every view in every size, light and language: kept as a picture, with nothing that runs over the edge, no word broken or left in another
// language, nothing that moves or is too small to be touched, and open to everyone as far as axe-core can tell.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible } from "../harness/axe.js";
import { wholeWords } from "../harness/lines.js";
import { carried, keep, openSite, PHONE } from "../harness/site.js";
import { everyView, moving } from "../harness/views.js";
import { allSaid, isEnglish } from "../harness/words.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContextOptions} Options */

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
before(async () => {
  site = await openSite({ extra: await carried() });
});
after(() => site?.close());

/** @type {Record<string, Options>} */
const SCREENS = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: PHONE,
  small: { ...PHONE, viewport: { width: 360, height: 640 } },
};

/** @typedef {"light" | "dark"} Light */
/** In which light a screen is seen in each language. @type {[screen: string, locale: string, lights: Light[]][]} */
const LOOKS = [
  ["desktop", "en-US", ["light", "dark"]],
  ["phone", "en-US", ["light", "dark"]],
  ["small", "en-US", ["light", "dark"]],
  ["desktop", "ko-KR", ["light"]],
  ["phone", "ko-KR", ["dark"]],
  ["small", "ko-KR", ["light"]],
];

for (const [screen, locale, lights] of LOOKS) {
  const korean = locale === "ko-KR";
  const name = korean ? `${screen}, Korean` : screen;
  test(`${name}, ${lights.join(" and ")}`, async () => {
    const options = SCREENS[screen];
    // Motion would be seen half way.
    const page = await site.page("", { ...options, locale, colorScheme: lights[0], reducedMotion: "reduce" });
    const paper = await page.locator("#paper").boundingBox();
    assert.ok(paper && paper.y + paper.height <= (options.viewport?.height ?? 0), "the whole paper is on the first screen");
    await everyView(page, async (view) => {
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${view} runs over by ${over} px`);
      assert.deepEqual(await moving(page), [], `who asked for little motion sees none in ${view}`);
      await wholeWords(page, view);
      if (korean) assert.deepEqual((await allSaid(page)).filter(isEnglish), [], `English is left in ${view}`);
      if (options.hasTouch) await touchable(page, view);
      for (const light of lights) {
        if (lights.length > 1) await page.emulateMedia({ colorScheme: light });
        await keep(page, `${screen}-${light}${korean ? "-korean" : ""}-${view}`);
        await accessible(page, `${view}, ${light}`);
      }
    });
    await page.context().close();
  });
}

/** What one uses all the time, which has to be 44 px high. */
const MAIN = ["#teach-it", "#undo", "#name", "#tab-teach", "#tab-replay", "#badge", "#collection", ".forget", "#start", "#pause"];

/**
 * Fails where what is touched is too small.
 *
 * @param {Page} page
 * @param {string} view
 */
async function touchable(page, view) {
  const small = await page.evaluate((main) => {
    /** @type {string[]} */
    const found = [];
    for (const element of document.querySelectorAll("a, button, input, select, [tabindex='0']")) {
      // Dots have their equal in the dialog's buttons.
      if (!element.checkVisibility({ visibilityProperty: true }) || element.closest(".dots")) continue;
      const { width, height } = (element.closest("label") ?? element).getBoundingClientRect();
      const least = main.some((selector) => element.matches(selector)) ? 44 : 24;
      if (width < 24 || height < least) found.push(`${element.outerHTML.slice(0, 80)}: ${width} × ${height}`);
    }
    return found;
  }, MAIN);
  assert.deepEqual(small, [], `what is touched is large enough in ${view}`);
}
