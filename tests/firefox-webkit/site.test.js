// A person's path on the built site, in the browsers that Playwright does not drive here.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { officialRuns, ROOT } from "../harness/data.js";
import { serve } from "../../xtask/server.js";
import { ask, faults, holds, invent, keep, listening, NAMES, phone, start } from "../harness/webdriver.js";
import { person, READY } from "./path.js";

const DIST = join(ROOT, "www/dist");

/** A page of the site. @param {string} name */
const html = (name) => readFile(join(DIST, `${name}.html`), "utf8");

/** The addresses of all files that are kept for when there is no network. */
const KEPT = `
  const [done] = arguments;
  const filesOf = async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url);
  caches.keys().then(async (names) => done((await Promise.all(names.map(filesOf))).flat()));`;

/**
 * What else than a mouse each driver draws with. Firefox's answers to a pen "Unimplemented pointerMove for pointerType pen";
 * WebKit's takes a finger and moves the mouse.
 */
const POINTERS = /** @type {const} */ ({ Firefox: "touch", WebKit: "pen" });

/** Has a page hear which kinds of pointers touch it, in `pointers`. */
const HEAR_POINTERS = `
  window.pointers = new Set();
  addEventListener("pointerdown", ({ pointerType }) => pointers.add(pointerType), true);`;

/** Parts of those that a person's path asks for. */
const NEEDED = ["index.html", "/wasm/simd", "/wasm/flex/glimpse_bg", "/wasm/flex/glimpse.", "/weights/siamese", "/wasm/archives/glimpse_bg", "/data/all_runs.zip"];

for (const name of NAMES) {
  describe(name, () => {
    /** @type {Awaited<ReturnType<typeof start>>} */
    let browser;
    /** @type {Awaited<ReturnType<typeof serve>>} */
    let site;
    /** @type {import("glimpse").Strokes[][]} */
    let characters;
    /** @type {ReturnType<typeof person>} */
    let visitor;
    before(async () => {
      browser = await start(name);
      console.log(`    ${name} ${browser.version}`);
      characters = await invent(browser.driver, { seed: 7, characters: 5, drawers: 2 });
      visitor = person(browser.driver, characters, name);
      const support = characters.map(([drawing], i) => ({ label: `sign ${i}`, drawing }));
      site = await serve(DIST, {
        ...listening({ "/index.html": await html("index"), "/embed.html": await html("embed") }),
        "/phone.html": phone("./"),
        "/article.html": `<!doctype html><title>A frame</title><iframe src="embed.html?support=support.json" width="700" height="480"></iframe>`,
        "/support.json": JSON.stringify({ support }),
        "/data/all_runs.zip": await officialRuns(),
      });
      await browser.driver.get(`${site.origin}/?steps=10`);
      await holds(browser.driver, READY);
    });
    after(async () => {
      await browser?.close();
      await site?.close();
    });

    test("five characters drawn once are known when drawn again by another hand", async () => {
      await visitor.teach();
      await visitor.recognised();
    });

    test(`what is drawn by ${POINTERS[name]} is recognised`, async () => {
      await browser.driver.executeScript(HEAR_POINTERS);
      await visitor.recognised(POINTERS[name]);
      assert.deepEqual(await browser.driver.executeScript("return [...pointers]"), [POINTERS[name], "mouse"]);
    });

    test("a sign of a set is found", () => visitor.found());

    test("the network is fine-tuned", () => visitor.fineTuned());

    test("all official trials are replayed", async () => {
      await visitor.replayed();
      assert.deepEqual(await faults(browser.driver), []);
    });

    test("what was taught is there when the page is loaded anew, and still recognised", async () => {
      await browser.driver.navigate().refresh();
      await holds(browser.driver, `${READY} && document.querySelectorAll(".card").length === 5`);
      await visitor.recognised();
      assert.deepEqual(await faults(browser.driver), []);
    });

    test("on a phone nothing is cut off", async () => {
      await browser.driver.get(`${site.origin}/phone.html`);
      await browser.driver.switchTo().frame(0);
      for (const view of ["teach", "replay", "results"]) {
        await holds(browser.driver, READY);
        await visitor.click(`#tab-${view}`);
        await keep(browser.driver, `${name}-phone-${view}`);
        assert.equal(await browser.driver.executeScript("return document.documentElement.scrollWidth"), 390, view);
      }
      assert.deepEqual(await faults(browser.driver), []);
    });

    test(`in a frame the site's page recognises what is drawn by ${POINTERS[name]}`, async () => {
      await browser.driver.get(`${site.origin}/article.html`);
      await browser.driver.switchTo().frame(0);
      await holds(browser.driver, `document.querySelector("glimpse-pad")?.shadowRoot?.querySelectorAll(".label").length === 5`);
      await browser.driver.executeScript(HEAR_POINTERS);
      assert.equal(await ask(browser.driver, "glimpse-pad", characters[1][1], POINTERS[name]), "sign 1");
      assert.deepEqual(await browser.driver.executeScript("return [...pointers]"), [POINTERS[name]]);
      await keep(browser.driver, `${name}-embed`);
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
      await visitor.recognised();
      await visitor.found();
      await visitor.fineTuned();
      await visitor.replayed();
    });
  });
}
