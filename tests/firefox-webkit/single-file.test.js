// The site as one file, opened from a disk in the browsers that Playwright does not drive here.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { singleFile } from "../harness/single-file.js";
import { faults, holds, invent, listen, NAMES, start } from "../harness/webdriver.js";
import { person, READY } from "./path.js";

/** Holds nothing but the file. */
let folder = "";
before(async () => {
  folder = await singleFile();
});
after(() => rm(folder, { recursive: true, force: true }));

for (const name of NAMES) {
  describe(name, () => {
    /** @type {Awaited<ReturnType<typeof start>>} */
    let browser;
    /** @type {ReturnType<typeof person>} */
    let visitor;
    before(async () => {
      browser = await start(name);
      const characters = await invent(browser.driver, { seed: 7, characters: 5, drawers: 2 });
      visitor = person(browser.driver, characters, `${name}-single-file`);
    });
    after(() => browser?.close());

    async function open() {
      await browser.driver.get(`${pathToFileURL(join(folder, "glimpse.html"))}?steps=10`);
      await listen(browser.driver);
      await holds(browser.driver, READY);
    }

    test("it teaches, answers, fine-tunes and replays", async () => {
      await open();
      await visitor.teach();
      await visitor.recognised();
      await visitor.found();
      await visitor.fineTuned();
      await visitor.replayed();
      assert.deepEqual(await faults(browser.driver), []);
    });

    test("what was taught is there when it is opened again", async () => {
      await open();
      await holds(browser.driver, `document.querySelectorAll(".card").length === 5`);
      await visitor.recognised();
      assert.deepEqual(await faults(browser.driver), []);
    });
  });
}
