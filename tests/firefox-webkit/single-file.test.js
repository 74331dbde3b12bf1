// The site as one file, opened from a disk in the browsers that Playwright does not drive here.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { ROOT } from "../harness/data.js";
import { faults, holds, invent, listen, NAMES, start } from "../harness/webdriver.js";
import { person, READY } from "./path.js";

/** Holds nothing but the file. */
let folder = "";
before(async () => {
  await promisify(execFile)("npm", ["run", "build:single-file"], { cwd: ROOT });
  folder = await mkdtemp(join(tmpdir(), "glimpse "));
  await copyFile(join(ROOT, "www/dist-single/glimpse.html"), join(folder, "glimpse.html"));
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
