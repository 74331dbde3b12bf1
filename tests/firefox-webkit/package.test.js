// What the package asks of a browser beside a sheet to draw on: pictures of every kind, files, every engine of the CPU.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { DIST } from "../harness/pad.js";
import { serve } from "../../xtask/server.js";
import { faults, holds, listening, NAMES, start } from "../harness/webdriver.js";

const PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/answers.js"></script>';

for (const name of NAMES) {
  describe(name, () => {
    /** @type {Awaited<ReturnType<typeof start>>} */
    let browser;
    /** @type {Awaited<ReturnType<typeof serve>>} */
    let server;
    before(async () => {
      browser = await start(name);
      const script = await readFile(new URL("./answers.js", import.meta.url));
      server = await serve(DIST, { ...listening({ "/page.html": PAGE }), "/answers.js": script });
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    test("pictures of every kind, a saved file and every engine of the CPU lead to the same answers", async () => {
      await browser.driver.get(`${server.origin}/page.html`);
      const answers = await holds(browser.driver, "globalThis.answers ?? (faults.length > 0 && {})");
      assert.deepEqual(await faults(browser.driver), []);
      for (const [asked, given] of Object.entries(answers)) {
        assert.deepEqual(given, ["sign 0", "sign 1", "sign 2", "sign 3", "sign 4"], asked);
      }
    });
  });
}
