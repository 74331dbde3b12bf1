// Two `<glimpse-pad>` in an article under a strict policy, in the browsers that Playwright does not drive here.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Key } from "selenium-webdriver";
import { officialRuns } from "../harness/data.js";
import { article, BESIDE, DIST, STRICT } from "../harness/pad.js";
import { serve } from "../../xtask/server.js";
import { ask, draw, faults, holds, inPad, invent, keep, listening, NAMES, phone, start } from "../harness/webdriver.js";

const LABELS = ["sola", "brin", "tevu", "kaph", "omi"];

for (const name of NAMES) {
  describe(name, () => {
    /** @type {Awaited<ReturnType<typeof start>>} */
    let browser;
    /** @type {Awaited<ReturnType<typeof serve>>} */
    let server;
    /** @type {Awaited<ReturnType<typeof serve>>} */
    let phones;
    /** @type {import("glimpse").Strokes[][]} */
    let characters;
    before(async () => {
      browser = await start(name);
      characters = await invent(browser.driver, { seed: 7, characters: LABELS.length, drawers: 2 });
      const support = characters.map(([drawing], i) => ({ label: LABELS[i], drawing }));
      const pages = listening({
        "/two.html": article(
          '<glimpse-pad id="known" support="support.json"></glimpse-pad><glimpse-pad id="empty" system="triplet"></glimpse-pad>',
        ),
        "/replay.html": article('<glimpse-pad mode="replay" archive="all_runs.zip"></glimpse-pad>'),
      });
      const files = { "/support.json": JSON.stringify({ support }), "/all_runs.zip": await officialRuns(), ...BESIDE };
      server = await serve(DIST, { ...pages, ...files }, { headers: { "content-security-policy": STRICT } });
      phones = await serve(DIST, { "/two.html": phone(`${server.origin}/two.html`) });
      await browser.driver.get(`${server.origin}/two.html`);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
      await phones?.close();
    });

    const part = (/** @type {string} */ pad, /** @type {string} */ part) => inPad(browser.driver, pad, part);
    /** An expression for what a pad shows. */
    const shown = (/** @type {string} */ pad, /** @type {string} */ what) =>
      `document.querySelector("${pad}").shadowRoot?.querySelector("${what}")?.textContent`;

    test("preloaded characters are recognised", async () => {
      let right = 0;
      for (const [i, [, query]] of characters.entries()) {
        right += Number((await ask(browser.driver, "#known", query)) === LABELS[i]);
        if (i === 0) await keep(browser.driver, `${name}-pad`);
        await browser.driver.executeScript(`document.querySelector("#known").clear()`);
      }
      assert.ok(right >= LABELS.length - 1, `${right} of ${LABELS.length}`);
    });

    test("another element beside it is taught other ones", async () => {
      for (const i of [0, 1]) {
        await draw(browser.driver, await part("#empty", ".sheet"), characters[i][0]);
        await (await part("#empty", "input")).sendKeys(`mine ${i}`, Key.ENTER);
        await holds(browser.driver, `[...document.querySelector("#empty").shadowRoot.querySelectorAll(".label")].length === ${i + 1}`);
      }
      assert.equal(await ask(browser.driver, "#empty", characters[1][1]), "mine 1");
      assert.deepEqual(await faults(browser.driver), []);
    });

    test("official trials are replayed, most of them right", async () => {
      await browser.driver.get(`${server.origin}/replay.html`);
      await holds(browser.driver, shown("glimpse-pad", "button"));
      await (await part("glimpse-pad", "button")).click();
      // It goes on: what was asked for a moment later is of more trials.
      const told = await holds(browser.driver, `/^\\d+ of ([5-9]|\\d\\d+) right/.exec(${shown("glimpse-pad", ".verdict")})?.[0]`);
      const [right, of] = String(told).split(" of ").map(parseFloat);
      assert.ok(right >= 0.8 * of, String(told));
      await keep(browser.driver, `${name}-pad-replay`);
      assert.deepEqual(await faults(browser.driver), []);
    });

    test("on a phone nothing is cut off", async () => {
      await browser.driver.get(`${phones.origin}/two.html`);
      await browser.driver.switchTo().frame(0);
      await holds(browser.driver, shown("#known", ".label"));
      assert.equal(await ask(browser.driver, "#known", characters[2][1]), LABELS[2]);
      await keep(browser.driver, `${name}-pad-phone`);
      assert.equal(await browser.driver.executeScript("return document.documentElement.scrollWidth"), 390);
      assert.deepEqual(await faults(browser.driver), []);
    });
  });
}
