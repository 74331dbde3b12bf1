import { find, known, LAMBDA } from "./signs.js";
import { answered, choose, pressWhen } from "./site.js";

/** @typedef {import("playwright-core").Page} Page */

/**
 * Brings a page that was just opened, every archive at hand, into every state that a visitor sees, and looks at each.
 *
 * @param {Page} page
 * @param {(view: string) => Promise<void>} look
 */
export async function everyView(page, look) {
  await drawn(page, look);
  await panels(page, look);
  await lenses(page, look);
  await page.click("#tab-find");
  await known(page);
  await look("find");
  await find(page, LAMBDA);
  await page.click(".sets summary");
  await top(page);
  await look("found");
  await page.click("#tab-results");
  await page.waitForSelector("#all-figures tbody");
  await look("results");
  await replayed(page, look);
}

/** What moves on the page, by name. @param {Page} page */
export const moving = (page) =>
  page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return document.getAnimations().map((animation) => `${/** @type {CSSAnimation} */ (animation).animationName ?? animation}`);
  });

/** @type {typeof everyView} */
async function drawn(page, look) {
  await look("start");
  await page.click("#invent");
  await page.waitForSelector(".card");
  await top(page);
  await look("known");
  await page.click("#redraw");
  await page.waitForSelector(".card.best");
  await answered(page);
  await top(page);
  await look("answer");
}

/** @type {typeof everyView} */
async function panels(page, look) {
  await page.click("#badge");
  await look("engine");
  await page.keyboard.press("Escape");
  await page.click("#collection");
  await look("collections");
  await page.keyboard.press("Escape");
  await page.click("#choose-sample");
  await page.waitForSelector("#sample-list button");
  await look("samples");
  await page.keyboard.press("Escape");
  await page.click("#fine-tune");
  await page.waitForFunction(() => (document.querySelector("progress#tuning-bar")?.getAttribute("value") ?? "0") > "0.3");
  await look("fine-tuning");
  await page.waitForSelector("#tuning-close:visible");
  await look("fine-tuned");
  const reset = page.locator("#reset-tuning");
  if (await reset.isVisible()) await reset.click(); // it may have brought nothing: the page invents other characters each time
  await page.waitForSelector("#badge-tuned", { state: "hidden" });
  await page.click("#tuning-close");
  await top(page);
}

/** @type {typeof everyView} */
async function lenses(page, look) {
  await choose(page, "lens", "map");
  await page.waitForSelector(".query-mark:not(.absent)");
  await look("map");
  await choose(page, "lens", "compare");
  await page.waitForFunction(() => document.querySelectorAll('.column[data-state="ready"]').length === 3);
  await answered(page);
  await look("compare");
  await choose(page, "system", "triplet");
  await choose(page, "lens", "triplet");
  await page.waitForSelector("#triplet-view:not(.empty)");
  await look("triplet");
  await choose(page, "lens", "ranking");
}

/** @type {typeof everyView} */
async function replayed(page, look) {
  await page.click("#tab-replay");
  await page.waitForSelector("#start:enabled");
  await look("replay");
  for (const protocol of ["random-5-way-5-shot", "random-20-way-5-shot", "verification", "mnist"]) {
    await choose(page, "protocol", protocol);
    await page.click("#start");
    await pressWhen(page, "#pause", "#dots .right:nth-child(n + 10)");
    await top(page);
    await look(protocol);
  }
  await choose(page, "protocol", "official");
  await page.click("#start");
  await pressWhen(page, "#pause", "#dots .wrong");
  await top(page);
  await look("replaying");
  await page.locator("#mistake-list button").first().click();
  await look("mistake");
}

/** @param {Page} page */
async function top(page) {
  await page.evaluate(() => scrollTo(0, 0));
}
