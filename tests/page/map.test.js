// The map of feature space.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { invent } from "../harness/package.js";
import { answered, choose, drawByMouse, keep, openSite, rested, teach } from "../harness/site.js";

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
/** @type {import("glimpse").Strokes[][]} */
let characters;
before(async () => {
  characters = await invent({ seed: 7, characters: 5, drawers: 2 });
  site = await openSite();
});
after(() => site?.close());

/**
 * Where marks are, in CSS pixels of the map.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} selector
 */
async function places(page, selector) {
  return page.locator(`#map-plane ${selector}`).evaluateAll((marks) =>
    marks.map((mark) => (mark.getAttribute("transform")?.match(/-?[\d.]+/g) ?? []).map(Number)),
  );
}

/** @param {number[]} a @param {number[]} b */
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

test("every drawing that was taught has its place, all within the map", async () => {
  const page = await site.page();
  await teach(page, characters);
  await choose(page, "lens", "map");
  await page.waitForFunction(() => document.querySelectorAll("#map-plane rect").length === 5);
  assert.equal(await page.locator("#map-plane .ink").count(), 5);
  assert.match((await page.locator("#map-caption").textContent()) ?? "", /hold \d+ % of how the 5 taught drawings differ/);
  assert.ok(await page.locator(".query-mark").evaluate((mark) => mark.classList.contains("absent")));
  const box = await page.locator("#map-plane").boundingBox();
  const tiles = await places(page, ".place:has(rect)");
  for (const [x, y] of tiles) assert.ok(box && x > 0 && x < box.width && y > 0 && y < box.height);
  assert.equal(new Set(tiles.map(String)).size, 5, "no two are at the same place");

  await drawByMouse(page, characters[0][0]);
  await page.fill("#name", "sign 0");
  await page.press("#name", "Enter");
  await page.waitForFunction(() => document.querySelectorAll("#map-plane rect").length === 6);
  await page.context().close();
});

test("the query moves as one draws, and ends beside what it is", async () => {
  const page = await site.page();
  await teach(page, characters);
  await choose(page, "lens", "map");
  const box = await page.locator("#paper").boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 0.3 * box.width, box.y + 0.3 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.6 * box.width, box.y + 0.3 * box.height, { steps: 8 });
  await page.waitForSelector(".query-mark:not(.absent)");
  await rested(page, "#map-plane");
  const [first] = await places(page, ".query-mark");
  await page.waitForTimeout(100); // Until it is time for another glance.
  await page.mouse.move(box.x + 0.6 * box.width, box.y + 0.9 * box.height, { steps: 8 });
  await rested(page, "#map-plane");
  const [second] = await places(page, ".query-mark");
  await page.mouse.up();
  assert.ok(distance(first, second) > 5, `moved by ${distance(first, second)} px while the pen was down`);

  await page.click("#clear");
  await page.waitForSelector(".query-mark.absent", { state: "attached" });
  // A drawing that is known, drawn again just so, lies on its own place.
  await drawByMouse(page, characters[2][0]);
  await rested(page, "#map-plane");
  const [query] = await places(page, ".query-mark");
  const [near] = await places(page, ".place.near:has(rect)");
  assert.equal(await page.locator("#map-plane .near text").textContent(), "sign 2");
  assert.ok(distance(query, near) < 40, `${distance(query, near)} px from its like`);
  await keep(page, "map");
  await page.context().close();
});

test("where little motion is wanted, the query is there at once and draws no way", async () => {
  const page = await site.page("", { reducedMotion: "reduce" });
  await teach(page, characters);
  await choose(page, "lens", "map");
  for (const stroke of characters[1][1].strokes) await drawByMouse(page, { strokes: [stroke] });
  await answered(page);
  const at = await places(page, ".query-mark");
  await page.waitForTimeout(400);
  assert.deepEqual(await places(page, ".query-mark"), at);
  assert.equal(await page.locator("#map-plane .way").getAttribute("d"), "");
  await page.context().close();
});

test("a single drawing is shown, and a second one asked for", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 1));
  await choose(page, "lens", "map");
  await page.waitForSelector("#map-plane .place");
  assert.match((await page.locator("#map-caption").textContent()) ?? "", /Teach one more/);
  await page.context().close();
});
