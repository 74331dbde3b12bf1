// The page in the visitor's language: the browser's at first, then the visitor's own choice, with nothing lost by changing it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { invent } from "../harness/package.js";
import { answered, carried, drawByMouse, openSite, teach } from "../harness/site.js";
import { allSaid, HANGUL, isEnglish, watchWords } from "../harness/words.js";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
before(async () => {
  site = await openSite({ extra: await carried() });
});
after(() => site?.close());

/** @param {Page} page @param {"en" | "ko"} language */
async function speak(page, language) {
  await page.check(`[name="language"][value="${language}"]`);
  await page.waitForFunction((language) => document.documentElement.lang === language, language);
}

test("the browser's languages decide, the first one that the page has", async () => {
  for (const [locale, language] of [["en-GB", "en"], ["ko-KR", "ko"], ["de-DE", "en"]]) {
    const page = await site.page("", { locale });
    await page.waitForFunction((language) => document.documentElement.lang === language, language);
    assert.equal(HANGUL.test(await page.title()), language === "ko");
    assert.equal(HANGUL.test((await page.locator("h1").first().textContent()) ?? ""), language === "ko");
    assert.ok(await page.locator(`[name="language"][value="${language}"]`).isChecked());
    await page.context().close();
  }
});

/**
 * A page of who wants Korean, which watches its own words, and of which a file comes late or not at all.
 *
 * @param {string} file
 * @param {(route: import("playwright-core").Route) => Promise<void>} answer
 * @param {{ view?: string, patience?: number }} [options] `patience`: for how many milliseconds the page waits for its words, instead of 3,000
 */
async function korean(file, answer, { view = "", patience = 3000 } = {}) {
  const context = await site.browser.newContext({ locale: "ko-KR", viewport: { width: 1280, height: 800 }, serviceWorkers: "block" });
  await context.addInitScript(watchWords);
  await context.addInitScript((patience) => {
    const later = setTimeout;
    Object.assign(globalThis, { setTimeout: (/** @type {() => void} */ work, wait = 0) => later(work, wait === 3000 ? patience : wait) });
  }, patience);
  const page = await context.newPage();
  await page.route(file, answer);
  await page.goto(`${site.origin}/${view}`, { waitUntil: "commit" });
  return page;
}

for (const file of ["first", "ko", "index"]) {
  for (const view of ["", "#replay", "#results"]) {
    test(`who wants Korean sees nothing in English before, however late ${file}.js is, at ${view || "the start"}`, async () => {
      const page = await korean(`**/${file}-*.js`, (route) => new Promise((late) => setTimeout(late, 700)).then(() => route.continue()), { view, patience: 60_000 });
      await page.waitForSelector('#badge[data-state="ready"]');
      await page.waitForFunction((title) => seen.has(title), "가르치기");
      assert.deepEqual((await page.evaluate(() => [...seen])).filter(isEnglish), []);
      await page.context().close();
    });
  }
}

test("the page is read while the script is on its way that chooses the language", async () => {
  const context = await site.browser.newContext({ serviceWorkers: "block" });
  const page = await context.newPage();
  let send = () => {};
  const read = new Promise((done) => (send = () => done(undefined)));
  await page.route("**/first-*.js", (route) => read.then(() => route.continue()));
  await page.goto(site.origin, { waitUntil: "domcontentloaded" });
  send();
  await page.waitForSelector('#badge[data-state="ready"]');
  await context.close();
});

for (const [file, what] of [["ko", "its words do"], ["index", "the page's own script does"]]) {
  test(`who wants Korean is shown English in the end where ${what} not come`, async () => {
    const page = await korean(`**/${file}-*.js`, (route) => route.abort());
    await page.waitForFunction((title) => seen.has(title), "Draw a character once.");
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    await page.context().close();
  });
}

test("only the language that is used is fetched, and the choice is remembered", async () => {
  const page = await site.page();
  const scripts = async () => {
    const names = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    return names.filter((name) => /\/ko-/.test(name)).length;
  };
  assert.equal(await scripts(), 0);
  await speak(page, "ko");
  assert.equal(await scripts(), 1);
  await page.reload();
  await page.waitForFunction(() => document.documentElement.lang === "ko");
  assert.ok(await page.locator('[name="language"][value="ko"]').isChecked());
  await speak(page, "en");
  await page.reload();
  await page.waitForSelector('#badge[data-state="ready"]');
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.equal(await scripts(), 0);
  await page.context().close();
});

test("the other language is there without a network too", async () => {
  const page = await site.page("", { serviceWorkers: "allow" });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.context().setOffline(true);
  await speak(page, "ko");
  assert.match(await page.title(), HANGUL);
  await page.context().close();
});

test("a language that cannot be fetched is said, and the page goes on", async () => {
  const page = await site.page();
  await page.route("**/ko-*.js", (route) => route.abort());
  await page.click('[name="language"][value="ko"]');
  await page.waitForSelector("#notice:visible");
  assert.ok(await page.locator('[name="language"][value="en"]').isChecked());
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.context().close();
});

test("a change loses nothing: what is drawn, taught, asked and open stays, in other words", async () => {
  const characters = await invent({ seed: 7, characters: 3, drawers: 2 });
  const page = await site.page("", { reducedMotion: "reduce" });
  await teach(page, characters);
  await drawByMouse(page, characters[1][1]);
  await answered(page);
  await page.fill("#name", "half a name");
  await page.click("#fine-tune");
  await page.waitForSelector("#tuning-close:visible");
  await answered(page);
  let english = await allSaid(page);
  // What is heard follows what is seen by half a second.
  for (let before; !isDeepStrictEqual(before, english); english = await allSaid(page)) {
    before = english;
    await page.waitForTimeout(1000);
  }
  const state = () =>
    page.evaluate(() => {
      const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("#paper"));
      return {
        ink: canvas.toDataURL(),
        name: /** @type {HTMLInputElement} */ (document.querySelector("#name")).value,
        cards: [...document.querySelectorAll(".card .label, .card .points")].map(({ textContent }) => textContent),
        best: document.querySelector("#verdict strong")?.textContent,
        curves: document.querySelector("#curves .loss")?.getAttribute("d"),
      };
    });
  const before = await state();
  assert.equal(before.best, "sign 1");
  await speak(page, "ko");
  assert.deepEqual(await state(), before);
  assert.match((await page.locator("#verdict").textContent()) ?? "", /^이 글자는 sign 1$/);
  assert.match((await page.locator("#tuning-words").textContent()) ?? "", HANGUL);
  await speak(page, "en");
  assert.deepEqual(await state(), before);
  assert.deepEqual(await allSaid(page), english, "English is what it was");
  await page.context().close();
});

test("a replay goes on while the language changes", async () => {
  const page = await site.page();
  await page.click("#tab-replay");
  await page.click("#start");
  await page.waitForFunction(() => document.querySelectorAll("#dots .right").length > 20);
  await speak(page, "ko");
  await page.waitForFunction(() => document.querySelector("#replay-said")?.textContent?.startsWith("끝났습니다"));
  assert.match((await page.locator("#figure").textContent()) ?? "", /400회 중 39\d회 정답, 95% 신뢰구간/);
  await page.context().close();
});
