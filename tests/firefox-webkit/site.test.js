// A person's path on the built site, in the browsers that Playwright does not drive here.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { By, Key } from "selenium-webdriver";
import { officialRuns, ROOT } from "../harness/data.js";
import { serve } from "../harness/serve.js";
import { draw, faults, holds, invent, keep, listening, NAMES, phone, start } from "../harness/webdriver.js";

const READY = `document.querySelector('#badge[data-state="ready"]') !== null`;
const ANSWERED = `document.querySelector('#answer').ariaBusy === "false"`;

/** The addresses of all files that are kept for when there is no network. */
const KEPT = `
  const [done] = arguments;
  const filesOf = async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url);
  caches.keys().then(async (names) => done((await Promise.all(names.map(filesOf))).flat()));`;

/** Parts of those that a person's path asks for. */
const NEEDED = ["index.html", "/wasm/simd", "/wasm/flex/glimpse_bg", "/wasm/flex/glimpse.", "/weights/siamese"];

for (const name of NAMES) {
  describe(name, () => {
    /** @type {Awaited<ReturnType<typeof start>>} */
    let browser;
    /** @type {Awaited<ReturnType<typeof serve>>} */
    let site;
    /** @type {import("glimpse").Strokes[][]} */
    let characters;
    before(async () => {
      browser = await start(name);
      console.log(`    ${name} ${browser.version}`);
      characters = await invent(browser.driver, { seed: 7, characters: 5, drawers: 2 });
      const html = await readFile(join(ROOT, "www/dist/index.html"), "utf8");
      const extra = { "/phone.html": phone("./"), "/data/all_runs.zip": await officialRuns() };
      site = await serve(join(ROOT, "www/dist"), { ...listening({ "/index.html": html }), ...extra });
      await browser.driver.get(`${site.origin}/?steps=10`);
      await holds(browser.driver, READY);
    });
    after(async () => {
      await browser?.close();
      await site?.close();
    });

    const find = (/** @type {string} */ selector) => browser.driver.findElement(By.css(selector));
    const click = (/** @type {string} */ selector) => find(selector).click();
    const drawOnPaper = async (/** @type {import("glimpse").Strokes} */ drawing) =>
      draw(browser.driver, await find("#paper"), drawing);

    /** Draws each character by its second drawer, and counts the right answers. */
    async function recognised() {
      let right = 0;
      for (const [i, [, redrawn]] of characters.entries()) {
        await drawOnPaper(redrawn);
        await holds(browser.driver, `${ANSWERED} && document.querySelector(".card.best") !== null`);
        right += Number((await find("#verdict strong").getText()) === `sign ${i}`);
        if (i === 0) await keep(browser.driver, `${name}-recognised`);
        await click("#clear");
        await holds(browser.driver, `document.querySelector(".card.best") === null`);
      }
      return right;
    }

    async function fineTuned() {
      await click("#fine-tune");
      await holds(browser.driver, `document.querySelector("#tuning-close").checkVisibility()`);
      assert.match(await find("#tuning-words").getText(), /^(Better|More certain|No better than before): /);
      await keep(browser.driver, `${name}-tuned`);
      await click("#tuning-close");
    }

    test("five characters drawn once are known when drawn again by another hand", async () => {
      for (const [i, [taught]] of characters.entries()) {
        await drawOnPaper(taught);
        await find("#name").sendKeys(`sign ${i}`, Key.ENTER);
        await holds(browser.driver, `document.querySelector('.card[data-label="sign ${i}"]') !== null`);
      }
      assert.ok((await recognised()) >= 4);
    });

    test("the network is fine-tuned", fineTuned);

    test("all official trials are replayed", async () => {
      await click("#tab-replay");
      await click("#start");
      await holds(browser.driver, `/of 400 right/.test(document.querySelector("#figure").textContent)`);
      const right = await browser.driver.findElements(By.css("#dots .right"));
      assert.ok(right.length >= 368, `Koch’s figure is 368 of 400, this is ${right.length}`);
      await keep(browser.driver, `${name}-replayed`);
      await click("#tab-teach");
      assert.deepEqual(await faults(browser.driver), []);
    });

    test("what was taught is there when the page is loaded anew, and still recognised", async () => {
      await browser.driver.navigate().refresh();
      await holds(browser.driver, `${READY} && document.querySelectorAll(".card").length === 5`);
      assert.ok((await recognised()) >= 4);
      assert.deepEqual(await faults(browser.driver), []);
    });

    test("on a phone nothing is cut off", async () => {
      await browser.driver.get(`${site.origin}/phone.html`);
      await browser.driver.switchTo().frame(0);
      for (const view of ["teach", "replay", "results"]) {
        await holds(browser.driver, READY);
        await click(`#tab-${view}`);
        await keep(browser.driver, `${name}-phone-${view}`);
        assert.equal(await browser.driver.executeScript("return document.documentElement.scrollWidth"), 390, view);
      }
      assert.deepEqual(await faults(browser.driver), []);
    });

    test("when the server is gone the page goes on", async () => {
      await browser.driver.get(`${site.origin}/?steps=10`);
      await browser.driver.wait(async () => {
        const kept = /** @type {string[]} */ (await browser.driver.executeAsyncScript(KEPT));
        return NEEDED.every((part) => kept.some((address) => address.includes(part)));
      }, 60_000);
      await site.close();
      // To refresh goes past the service worker in Firefox's driver.
      await browser.driver.get(`${site.origin}/?steps=10`);
      await holds(browser.driver, `${READY} && document.querySelectorAll(".card").length === 5`);
      assert.ok((await recognised()) >= 4);
      await fineTuned();
    });
  });
}
