// Signs as a hand draws them, in a square of 105 × 105, and the site's view that finds them.
import assert from "node:assert/strict";
import { mouseStroke } from "./hands.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("glimpse").Strokes} Strokes */

/**
 * A curve through points, with as many in between as a hand leaves.
 *
 * @param {...[number, number]} points
 */
function curve(...points) {
  /** @type {number[]} */
  const flat = [];
  points.forEach(([x, y], i) => {
    const [nextX, nextY] = points[i + 1] ?? [x, y];
    for (let t = 0; t < 1; t += 0.1) flat.push(x + t * (nextX - x), y + t * (nextY - y));
  });
  return flat;
}

/**
 * An arc of an ellipse, by its centre, radii, and angles in turns.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {number} from
 * @param {number} to
 */
function arc(x, y, width, height, from, to) {
  return Array.from({ length: 61 }, (_, i) => {
    const angle = 2 * Math.PI * (from + ((to - from) * i) / 60);
    return [x + width * Math.cos(angle), y + height * Math.sin(angle)];
  }).flat();
}

/** @type {Strokes} */
export const THETA = { strokes: [arc(52, 52, 21, 37, -0.2, 0.82), curve([32, 54], [52, 52], [73, 53])] };

/** @type {Strokes} */
export const LAMBDA = { strokes: [curve([28, 14], [36, 13], [43, 24], [58, 60], [70, 88], [80, 90]), curve([49, 42], [38, 66], [24, 91])] };

/** @type {Strokes} */
export const ARROW = { strokes: [curve([14, 53], [50, 52], [90, 52]), curve([70, 34], [90, 52], [71, 71])] };

/** The partial differential, which Greek does not have. @type {Strokes} */
export const PARTIAL = { strokes: [[...curve([36, 22], [44, 14], [56, 12], [66, 20], [72, 36], [73, 56]), ...arc(51, 68, 22, 21, 0, 1), ...curve([73, 60], [73, 50])]] };

/** Waits until the view knows its sets. @param {Page} page */
export const known = (page) => page.waitForSelector('#find[aria-busy="false"] .found-sign');

/** Waits until what moves in a part of the page has come to rest. @param {import("playwright-core").Locator} part */
export const rest = (part) =>
  part.evaluate(async (part) => {
    await Promise.allSettled(part.getAnimations({ subtree: true }).map(({ finished }) => finished));
  });

/**
 * Draws one more stroke on the view's sheet.
 *
 * @param {Page} page
 * @param {readonly number[]} stroke
 */
export async function add(page, stroke) {
  const box = await page.locator("#find canvas").boundingBox();
  assert.ok(box, "the sheet is to be seen");
  /** @type {[number, number][]} */
  const places = [];
  for (let at = 0; at < stroke.length; at += 4) {
    places.push([box.x + (stroke[at] / 105) * box.width, box.y + (stroke[at + 1] / 105) * box.height]);
  }
  await mouseStroke(page, places);
}

/**
 * Draws strokes on the view's sheet, and waits for the signs found.
 *
 * @param {Page} page
 * @param {import("glimpse").Strokes} drawing
 */
export async function find(page, { strokes }) {
  await page.keyboard.press("Escape");
  await page.locator("#find canvas").scrollIntoViewIfNeeded();
  for (const [i, stroke] of strokes.entries()) {
    // From when the last is finished, what is said is of all of them.
    if (i === strokes.length - 1) {
      await page.evaluate(() => addEventListener("pointerup", () => document.querySelector(".found-title")?.replaceChildren(), { capture: true, once: true }));
    }
    await add(page, stroke);
  }
  await page.waitForFunction(() => /^(Best first|Not sure|비슷한|확실하지)/.test(document.querySelector(".found-title")?.textContent ?? ""));
  await rest(page.locator(".found"));
}
