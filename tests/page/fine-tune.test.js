// Fine-tuning on the page: seen, cancelled, undone, and never in the way.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { invent } from "../harness/package.js";
import { answered, carried, choose, drawByMouse, drawByTouch, keep, openSite, PHONE, pressWhen, teach } from "../harness/site.js";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
/** @type {import("glimpse").Strokes[][]} */
let characters;
before(async () => {
  characters = await invent({ seed: 7, characters: 5, drawers: 2 });
  site = await openSite({ extra: await carried() });
});
after(() => site?.close());

/** Characters that look so much alike that they are taken for one another. */
const ALIKE = [
  [[20, 20, 80, 80]],
  [[20, 20, 60, 80]],
  [[20, 20, 80, 60]],
  [[30, 10, 50, 90]],
  [[20, 30, 50, 55, 80, 80]],
  [[30, 20, 30, 80, 70, 80]],
  [[30, 20, 32, 80, 72, 78], [50, 50, 70, 50]],
  [[30, 20, 30, 80, 70, 80, 70, 60]],
  [[30, 20, 30, 80, 70, 80], [30, 50, 45, 50]],
  [[28, 20, 30, 80, 70, 70]],
].map((strokes) => [{ strokes }]);

/**
 * Waits until so many steps are done.
 *
 * @param {Page} page
 * @param {number} least
 */
const steps = (page, least) =>
  page.waitForFunction((least) => {
    const [, step] = /Step (\d+)/.exec(document.querySelector("#tuning-at")?.textContent ?? "") ?? [];
    return Number(step) >= least;
  }, least);

/**
 * Fine-tunes to the end.
 *
 * @param {Page} page
 * @returns what it brought, in the page's words
 */
async function fineTune(page) {
  await page.click("#fine-tune");
  await ended(page);
  return (await page.locator("#tuning-words").textContent()) ?? "";
}

/** Waits until it has ended, and the frame that draws its curves whole. @param {Page} page */
async function ended(page) {
  await page.waitForSelector("#tuning-close:visible");
  await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
}

/**
 * The scores of what is on the paper, asked for anew, in full.
 *
 * @param {Page} page
 */
async function scores(page) {
  await choose(page, "lens", "map");
  await choose(page, "lens", "ranking");
  await answered(page);
  return page.locator("#cards .card").evaluateAll((cards) =>
    cards.map((card) => [card.dataset.label, card.querySelector(".bar")?.getAttribute("style")].join(" ")),
  );
}

/** @param {Page} page */
const isMarked = (page) => page.locator("#badge-tuned").isVisible();

test("curves grow, steps are counted, what it brought is told, and the system is called fine-tuned", async () => {
  const page = await site.page("?system=relation&steps=300");
  await teach(page, characters);
  assert.equal(await isMarked(page), false);
  await page.click("#fine-tune");
  const midway = await page.waitForFunction(() => {
    const at = document.querySelector("#tuning-at")?.textContent ?? "";
    const value = /** @type {HTMLProgressElement} */ (document.querySelector("#tuning-bar")).value;
    const points = document.querySelector("#curves .loss")?.getAttribute("d")?.split("L").length ?? 0;
    return Number(/^Step (\d+)/.exec(at)?.[1]) >= 120 && { at, value, points };
  });
  const { at, value, points } = /** @type {{ at: string, value: number, points: number }} */ (await midway.jsonValue());
  assert.match(at, /^Step \d+ of 300, \d+ s left$/);
  assert.ok(value >= 0.4);
  assert.ok(points >= 19, `${points} steps are in the curve`);
  await keep(page, "desktop-light-fine-tuning");

  await ended(page);
  assert.match((await page.locator("#tuning-words").textContent()) ?? "", /^(Better|More certain|No better than before): /);
  assert.ok((await page.locator("#curves .mark").count()) > 3, "it was measured now and then");
  assert.equal(await page.locator("#curves .mark.best").count(), 1);
  assert.match((await page.locator("#curves").getAttribute("aria-label")) ?? "", /accuracy: \d+ of 30.*best: step \d+/);
  assert.ok(await isMarked(page));
  assert.ok(await page.locator("#badge-tuned").isVisible(), "the badge says so");
  assert.match((await page.locator("#card").textContent()) ?? "", /^Before fine-tuning, this Relation network/);
  await page.click("#tuning-close");
  assert.ok(await page.locator("#tuning").isHidden());
  await page.context().close();
});

test("where held-out variations are mistaken before, it says how many are told apart after", async () => {
  const page = await site.page();
  await teach(page, ALIKE);
  const words = await fineTune(page);
  const [, was, is] = /^Better: from (\d+) to (\d+) of 60 held-out/.exec(words) ?? [];
  assert.ok(Number(is) > Number(was), words);
  assert.match((await page.locator("#curves").getAttribute("aria-label")) ?? "", new RegExp(`best: step \\d+, ${is} of 60`));
  await keep(page, "desktop-light-fine-tuned-better");
  await page.context().close();
});

test("a drawing is answered while it runs", async () => {
  const page = await site.page("?steps=600");
  await teach(page, characters);
  const answers = await page.evaluateHandle(() => {
    /** @type {(string | null)[]} */
    const answers = [];
    const verdict = /** @type {HTMLElement} */ (document.querySelector("#verdict"));
    new MutationObserver(() => {
      const best = verdict.querySelector("strong");
      if (best && document.querySelector('#tuning[aria-busy="true"]')) answers.push(best.textContent);
    }).observe(verdict, { childList: true });
    return answers;
  });
  await page.click("#fine-tune");
  await drawByMouse(page, characters[2][1]);
  await page.waitForSelector("#tuning-close:visible");
  const given = await answers.evaluate((answers) => answers);
  assert.ok(given.length > 0, "an answer came before the end");
  assert.ok(given.every((label) => label?.startsWith("sign ")), String(given));
  await page.context().close();
});

test("cancelling leaves every score exactly as it was", async () => {
  const page = await site.page("?steps=2000");
  await teach(page, characters);
  await drawByMouse(page, characters[0][1]);
  const before = await scores(page);
  await page.click("#fine-tune");
  await steps(page, 5);
  await page.click("#tuning-cancel");
  await page.waitForSelector("#tuning-close:visible");
  assert.equal(await page.locator("#tuning-words").textContent(), "Cancelled: nothing has changed.");
  assert.ok(await page.locator("#tuning-undo").isHidden());
  assert.equal(await isMarked(page), false);
  assert.deepEqual(await scores(page), before);
  await page.context().close();
});

for (const way of ["#tuning-undo", "#reset-tuning"]) {
  test(`fine-tuning changes the scores, and ${way} brings back exactly those before`, async () => {
    const page = await site.page("?system=relation");
    await teach(page, characters);
    await drawByMouse(page, characters[0][1]);
    const before = await scores(page);
    await fineTune(page);
    assert.notDeepEqual(await scores(page), before);
    await page.click(way);
    await page.waitForSelector("#badge-tuned", { state: "hidden" });
    assert.match((await page.locator("#tuning-words").textContent()) ?? "", /The network is as it was trained\.$/);
    assert.deepEqual(await scores(page), before);
    assert.ok(await page.locator(way).isHidden());
    await page.context().close();
  });
}

test("undoing the second fine-tuning brings back the first", async () => {
  const page = await site.page("?steps=10");
  await teach(page, ALIKE);
  await drawByMouse(page, ALIKE[0][0]);
  await fineTune(page);
  const first = await scores(page);
  await page.click("#tuning-again");
  await page.waitForSelector("#tuning-close:visible");
  assert.match((await page.locator("#tuning-words").textContent()) ?? "", /^(Better|More certain)/);
  assert.notDeepEqual(await scores(page), first);
  await page.click("#tuning-undo");
  await page.waitForFunction(() => /as it was before/.test(document.querySelector("#tuning-words")?.textContent ?? ""));
  assert.deepEqual(await scores(page), first);
  assert.ok(await isMarked(page));
  await page.context().close();
});

test("it is offered once two characters are known, and ends when fewer are", async () => {
  const page = await site.page("?steps=2000");
  const offer = page.locator("#fine-tune");
  assert.ok(await offer.isHidden());
  await teach(page, characters.slice(0, 1));
  assert.ok(await offer.isHidden());
  await teach(page, characters.slice(0, 2));
  assert.ok(await offer.isVisible());
  await offer.click();
  await steps(page, 1);
  await page.click('.card[data-label="sign 0"] .forget');
  await page.waitForSelector("#tuning", { state: "hidden" });
  assert.ok(await offer.isHidden());
  assert.equal(await isMarked(page), false);
  assert.ok(await page.locator("#notice").isHidden());
  await page.context().close();
});

test("another system or engine cancels it; each system keeps its own fine-tuning", async () => {
  const page = await site.page("?steps=1000");
  await teach(page, characters);
  const cancelled = () => page.waitForFunction(() => /^Cancelled/.test(document.querySelector("#tuning-words")?.textContent ?? ""));
  await page.click("#fine-tune");
  await steps(page, 1);
  await choose(page, "system", "triplet");
  await cancelled();
  assert.equal(await isMarked(page), false);

  await fineTune(page);
  assert.ok(await isMarked(page));
  await choose(page, "system", "siamese");
  assert.equal(await isMarked(page), false);
  assert.ok(await page.locator("#tuning").isHidden(), "what is told is of the other system");
  await choose(page, "system", "triplet");
  assert.ok(await isMarked(page));

  await page.click("#fine-tune");
  await steps(page, 1);
  await page.click("#badge");
  await page.check('#engine-choice input[value="ndarray"]');
  await page.waitForSelector('#badge[data-state="ready"][data-engine="ndarray"]');
  await page.keyboard.press("Escape");
  await cancelled();
  assert.ok(await isMarked(page), "the fine-tuning before goes along");
  await page.context().close();
});

test("a fine-tuned network is one after a reload too, and replay calls it so", async () => {
  const page = await site.page("?system=relation");
  await teach(page, characters);
  await fineTune(page);
  await page.reload();
  await page.waitForSelector('#badge[data-state="ready"]');
  await page.waitForSelector("#badge-tuned:visible");
  await page.click("#tab-replay");
  await page.click("#start");
  await pressWhen(page, "#cancel", "#dots .right");
  assert.match((await page.locator("#figure").textContent()) ?? "", /of \d+ right.*Relation network, fine-tuned, official/);
  await page.click("#tab-teach");
  await page.click("#reset-tuning");
  await page.waitForSelector("#badge-tuned", { state: "hidden" });
  assert.ok(await page.locator("#tuning").isHidden());
  await page.reload();
  await page.waitForSelector('#badge[data-state="ready"]');
  await page.waitForSelector("#cards .card");
  assert.equal(await isMarked(page), false);
  await page.context().close();
});

test("the keyboard begins, cancels and closes it", async () => {
  const page = await site.page("?steps=600");
  await teach(page, characters.slice(0, 2));
  const focused = () => page.evaluate(() => document.activeElement?.id);
  await page.focus("#fine-tune");
  await page.keyboard.press("Enter");
  await steps(page, 1);
  assert.equal(await focused(), "tuning-cancel");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#tuning-close:visible");
  assert.equal(await focused(), "tuning-close");
  await page.keyboard.press("Enter");
  assert.equal(await focused(), "fine-tune");
  assert.ok(await page.locator("#tuning").isHidden());
  await page.context().close();
});

test("by finger on a phone, in the dark", async () => {
  const page = await site.page("?system=relation&steps=300", {
    ...PHONE,
    colorScheme: "dark",
  });
  await teach(page, characters, drawByTouch);
  await page.tap("#fine-tune");
  await steps(page, 15);
  // It scrolls into sight.
  await page.waitForFunction(() => {
    const { top, bottom } = /** @type {Element} */ (document.querySelector("#tuning")).getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
  await keep(page, "phone-dark-fine-tuning");
  await page.waitForSelector("#tuning-close:visible");
  await keep(page, "phone-dark-fine-tuned");
  await page.tap("#tuning-undo");
  await page.waitForSelector("#badge-tuned", { state: "hidden" });
  await page.context().close();
});
