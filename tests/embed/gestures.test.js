// Gesture shortcuts for an app, as they stand in examples/gestures: a drawing acts on the task that is chosen, and so do keys and buttons.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible } from "../harness/axe.js";
import { ROOT } from "../harness/data.js";
import { hands } from "../harness/hands.js";
import { openArticles } from "../harness/pad.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("../harness/hands.js").Place} Place */

const LETTER = "Answer Ada’s letter";
const FERNS = "Water the ferns";
const TRAIN = "Book the night train";
const BOOKS = "Return the library books";

const ring = Array.from({ length: 33 }, (_, i) => /** @type {Place} */ ([0.48 + 0.3 * Math.cos(i / 5 - 1.3), 0.52 - 0.27 * Math.sin(i / 5 - 1.3)]));

/** Gestures as somebody else draws them than who drew the example's. @type {Record<string, Place[][]>} */
const DRAWN = {
  check: [[[0.2, 0.5], [0.3, 0.62], [0.4, 0.76], [0.58, 0.48], [0.76, 0.22]]],
  cross: [[[0.24, 0.25], [0.5, 0.52], [0.72, 0.8]], [[0.8, 0.2], [0.5, 0.5], [0.2, 0.74]]],
  circle: [ring],
  arrow: [[[0.48, 0.86], [0.5, 0.5], [0.52, 0.16]], [[0.34, 0.34], [0.52, 0.15], [0.7, 0.36]]],
  zigzag: [[[0.15, 0.7], [0.3, 0.3], [0.42, 0.7], [0.56, 0.3], [0.7, 0.7], [0.86, 0.3]]],
  hook: [[[0.3, 0.2], [0.3, 0.5], [0.32, 0.78], [0.55, 0.82], [0.76, 0.8]]],
  spiral: [Array.from({ length: 50 }, (_, i) => /** @type {Place} */ ([0.5 + i * 0.008 * Math.cos(i / 3), 0.5 + i * 0.008 * Math.sin(i / 3)]))],
};

/** @type {Awaited<ReturnType<typeof openArticles>>} */
let articles;
before(async () => {
  articles = await openArticles({ folder: ROOT, headers: {} });
});
after(() => articles?.close());

/** @param {import("playwright-core").BrowserContextOptions} [options] */
async function opened(options) {
  const { page } = await articles.page("/examples/gestures/index.html", options);
  const hand = await hands(page, "#sheet");
  return {
    page,
    /** Draws a gesture, and waits for what is said of it. @param {string} gesture @param {string} said @param {"mouse" | "touch"} [by] */
    async draw(gesture, said, by = "mouse") {
      for (const stroke of DRAWN[gesture]) await hand.stroke(by, stroke);
      await says(page, said);
    },
  };
}

/** @param {Page} page @param {string} text */
const says = (page, text) => page.waitForFunction((text) => document.querySelector("#said")?.textContent === text, text);

/** The list as it stands, with what is said of each task. @param {Page} page */
const tasks = (page) => page.locator("#list label").allInnerTexts().then((all) => all.map((text) => text.replaceAll(/\s+/g, " ").trim()));

/** @param {Page} page @param {string} name */
const choose = (page, name) => page.getByRole("radio", { name }).check();

test("each gesture acts on the task that is chosen, by mouse and by finger", async () => {
  const { page, draw } = await opened({ hasTouch: true });
  await accessible(page, "gestures");
  await draw("check", `Done: ${LETTER}`);
  await choose(page, TRAIN);
  await draw("circle", `Important: ${TRAIN}`, "touch");
  await draw("arrow", `To the top: ${TRAIN}`);
  assert.deepEqual(await tasks(page), [`${TRAIN} important`, `${LETTER} done`, FERNS, BOOKS]);
  await choose(page, FERNS);
  await draw("cross", `Delete: ${FERNS}`, "touch");
  assert.deepEqual(await tasks(page), [`${TRAIN} important`, `${LETTER} done`, BOOKS]);
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await says(page, "Undone.");
  assert.deepEqual(await tasks(page), [`${TRAIN} important`, `${LETTER} done`, FERNS, BOOKS]);
  await accessible(page, "gestures, used");
  await page.context().close();
});

test("what is no gesture does nothing, and that is said", async () => {
  const { page, draw } = await opened();
  const before = await tasks(page);
  for (const other of ["zigzag", "spiral"]) {
    await draw(other, "That is none of the gestures, so nothing was done.");
    await page.locator("#said").evaluate((said) => (said.textContent = ""));
  }
  assert.deepEqual(await tasks(page), before);
  await page.context().close();
});

test("one drawing teaches a gesture, which is kept; what is another action's is refused", async () => {
  const { page, draw } = await opened();
  await page.getByRole("button", { name: "Teach the gesture for Undo" }).click();
  await says(page, "Draw the gesture for “Undo”, once.");
  await draw("check", "That is the gesture for “Done”. Draw another one.");
  await draw("hook", "“Undo” has a new gesture.");
  await page.getByRole("button", { name: "Redraw the gesture for Done" }).click();
  await draw("zigzag", "“Done” has a new gesture.");
  await page.reload();
  await draw("zigzag", `Done: ${LETTER}`);
  await draw("hook", "Undone.");
  await draw("hook", "There is nothing to undo.");
  assert.deepEqual(await tasks(page), [LETTER, FERNS, TRAIN, BOOKS]);
  await page.context().close();
});

test("each action has a key in the list, and a gesture is drawn by keys too", async () => {
  const { page } = await opened();
  await page.getByRole("radio", { name: LETTER }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("i");
  await page.keyboard.press("Enter");
  await page.keyboard.press("t");
  assert.deepEqual(await tasks(page), [`${FERNS} done, important`, LETTER, TRAIN, BOOKS]);
  await page.keyboard.press("Delete");
  await says(page, `Delete: ${FERNS}`);
  assert.deepEqual(await tasks(page), [LETTER, TRAIN, BOOKS]);
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  assert.deepEqual(await tasks(page), [LETTER, `${FERNS} done, important`, TRAIN, BOOKS]);
  await page.locator("#text").fill("Call the plumber");
  await page.keyboard.press("Enter");
  assert.equal((await tasks(page)).at(-1), "Call the plumber");
  assert.ok(await page.getByRole("radio", { name: "Call the plumber" }).isChecked());

  await page.locator("#sheet").focus();
  const strokes = [["ArrowUp", "ArrowLeft", 12], ["ArrowDown", "ArrowRight", 24], ["ArrowUp", undefined, 24], ["ArrowDown", "ArrowLeft", 24]];
  for (const [i, [across, along, steps]] of /** @type {[string, string | undefined, number][]} */ (strokes).entries()) {
    // The second stroke of a cross begins above the end of the first.
    if (i % 2 === 1) await page.keyboard.press(" ");
    for (let step = 0; step < steps; step += 1) {
      await page.keyboard.press(across);
      if (along) await page.keyboard.press(along);
    }
    if (i % 2 === 1) await page.keyboard.press(" ");
  }
  await says(page, "Delete: Call the plumber");
  await page.context().close();
});
