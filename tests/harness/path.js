import assert from "node:assert/strict";
import { drawByMouse, recognised, teach } from "./site.js";

/** @typedef {import("playwright-core").Page} Page */

/**
 * All that the page is for: teaches characters, draws them again, fine-tunes, and replays the official runs.
 *
 * @param {Page} page
 * @param {import("glimpse").Strokes[][]} characters
 * @param {typeof drawByMouse} [draw]
 */
export async function wholePath(page, characters, draw = drawByMouse) {
  await teach(page, characters, draw);
  assert.ok((await recognised(page, characters, draw)) >= characters.length - 1, "what was taught is recognised");
  await page.click("#fine-tune");
  await page.waitForSelector("#tuning-close:visible");
  assert.match((await page.locator("#tuning-words").textContent()) ?? "", /^(Better|More certain|No better than before): /);
  await page.click("#tuning-close");
  await page.click("#tab-replay");
  await page.click("#start");
  await page.waitForFunction(() => /of 400 right/.test(document.querySelector("#figure")?.textContent ?? ""));
  assert.ok((await page.locator("#dots .right").count()) >= 368, "Koch’s figure is 368 of 400");
  await page.click("#tab-teach");
}

/**
 * Every address that is asked for, by the page, its workers and its service worker.
 *
 * @param {import("playwright-core").BrowserContext} context
 */
export function requestsOf(context) {
  /** @type {string[]} */
  const asked = [];
  context.on("request", (request) => asked.push(request.url()));
  return asked;
}
