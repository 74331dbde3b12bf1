// A person's path: teach a few characters by drawing each once, draw them again, and be understood.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { withoutHttps } from "../harness/chromium.js";
import { invent } from "../harness/package.js";
import { answered, drawByMouse, drawByPen, drawByTouch, keep, openSite, PHONE, teach } from "../harness/site.js";

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
 * Teaches each character by its first drawer, draws each by its second, and counts the right answers.
 *
 * @param {import("playwright-core").Page} page
 * @param {typeof drawByMouse} draw
 * @param {string} pictures
 */
async function path(page, draw, pictures) {
  await teach(page, characters, draw);
  let right = 0;
  for (const [i, [, redrawn]] of characters.entries()) {
    await draw(page, redrawn);
    await answered(page);
    const best = await page.locator(".card.best").getAttribute("data-label");
    assert.equal(await page.locator("#verdict strong").textContent(), best, "the verdict names the best card");
    right += Number(best === `sign ${i}`);
    if (i === 0) await keep(page, pictures);
    await page.click("#clear");
    await page.waitForSelector(".card.best", { state: "detached" });
  }
  return right;
}

test("five characters drawn once by mouse are known when drawn again by another hand", async () => {
  const page = await site.page();
  assert.ok((await path(page, drawByMouse, "person-mouse")) >= 4);
  await page.context().close();
});

test("the same by finger on a phone, in the dark", async () => {
  const page = await site.page("", {
    ...PHONE,
    colorScheme: "dark",
  });
  assert.ok((await path(page, drawByTouch, "person-finger")) >= 4);
  await page.context().close();
});

test("the same where the page has no HTTPS, and browsers offer less", async () => {
  const page = await site.page();
  await page.goto(withoutHttps(site.origin));
  assert.equal(await page.evaluate(() => isSecureContext), false);
  await page.waitForSelector('#badge[data-state="ready"]');
  assert.ok((await path(page, drawByMouse, "person-plain")) >= 4);
  await page.context().close();
});

test("the same by a pen that feels how hard it is pressed", async () => {
  const page = await site.page();
  const pointers = await page.evaluateHandle(() => {
    /** @type {Set<string>} */
    const types = new Set();
    document.addEventListener("pointermove", ({ pointerType, buttons }) => buttons && types.add(pointerType), true);
    return types;
  });
  assert.ok((await path(page, drawByPen, "person-pen")) >= 4);
  assert.deepEqual(await pointers.evaluate((types) => [...types]), ["pen"]);
  await page.context().close();
});

test("drawing leaves the focus with the page, so that what is typed next is a name", async () => {
  const page = await site.page();
  for (const draw of [drawByMouse, drawByPen]) {
    await page.focus("#name");
    await draw(page, characters[0][0]);
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "BODY", draw.name);
  }
  await page.keyboard.type("Alef");
  assert.equal(await page.inputValue("#name"), "Alef");
  await page.context().close();
});

test("the ranking is there after each stroke, not only after the last", async () => {
  const page = await site.page();
  for (const [taught] of characters) {
    await drawByMouse(page, taught);
    await page.click("#teach-it");
  }
  const strokes = characters.map(([, redrawn]) => redrawn.strokes).find(({ length }) => length > 1);
  assert.ok(strokes, "some invented character has several strokes");
  for (const stroke of strokes) {
    await drawByMouse(page, { strokes: [stroke] });
    await answered(page);
    assert.equal(await page.locator(".card.best").count(), 1);
  }
  await page.context().close();
});

test("a stroke can be taken back, a character forgotten, and one tap invents characters", async () => {
  const page = await site.page();
  const [[first]] = characters;
  await drawByMouse(page, first);
  await page.keyboard.press("Enter");
  await page.waitForSelector('.card[data-label="A"]');

  await drawByMouse(page, { strokes: [[20, 20, 80, 80]] });
  assert.ok(await page.locator("#undo").isEnabled());
  await page.keyboard.press("Control+z");
  assert.ok(await page.locator("#undo").isDisabled(), "the only stroke is gone");

  await page.click("#invent");
  await page.waitForFunction(() => document.querySelectorAll(".card").length === 6);
  await page.click("#redraw");
  await page.waitForSelector(".card.best");

  await page.click('.card[data-label="A"] .forget');
  assert.equal(await page.locator(".card").count(), 5);
  await page.click("#forget-all");
  assert.equal(await page.locator(".card").count(), 0);
  assert.ok(await page.locator("#steps").isVisible(), "the page explains itself again");
  await page.context().close();
});

test("the answer is there while the pen still moves", async () => {
  const page = await site.page();
  await teach(page, characters);
  const [x, y] = await page.locator("#paper").evaluate((paper) => {
    const { left, top, width, height } = paper.getBoundingClientRect();
    return [left + width / 3, top + height / 3];
  });
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 90, y + 160, { steps: 12 });
  await page.waitForSelector(".card.best");
  assert.ok(await page.locator("#undo").isDisabled(), "no stroke is finished yet");
  await page.mouse.up();
  await page.context().close();
});
