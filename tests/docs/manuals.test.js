// Documentation sites by their real generators, made as docs/*.md tell, served under a sub-path: two elements on a page are drawn on.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { OUTPUT } from "../harness/data.js";
import { invent } from "../harness/package.js";
import { ask, draw } from "../harness/pad.js";
import { LAMBDA } from "../harness/signs.js";
import { openManual, watch } from "./manual.js";

const NAMES = ["sola", "brin", "tevu", "kaph"];
/** It has letters in it that are shortcuts of one generator or another. */
const TAUGHT = ["spin/f", "omi"];

const KNOWING = "glimpse-pad[support]:not([mode])";
const FINDING = 'glimpse-pad[mode="find"]';
const LEARNING = "glimpse-pad:not([support])";

/** @type {import("glimpse").Strokes[][]} */
let characters;
before(async () => {
  characters = await invent({ seed: 7, characters: NAMES.length + TAUGHT.length, drawers: 2 });
});

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page @param {string} pad @param {number} character */
const answer = (page, pad, character) => ask(page, page, characters[character][1], pad);

/** @param {Page} page @param {string} title */
const at = (page, title) => page.locator("h1", { hasText: title }).waitFor();

/** @param {Page} page @param {string} link */
const follow = (page, link) => page.locator("h1 ~ p a, h1 ~ ul a", { hasText: link }).click();

/** @type {(import("./manual.js").Generator & { instant: boolean })[]} */
const GENERATORS = [
  { name: "mdbook", pages: "src", support: "src/letters.json", output: "book", instant: false },
  { name: "mkdocs-material", pages: "docs", support: "docs/letters.json", output: "site", instant: true },
  { name: "vitepress", pages: ".", support: "public/letters.json", output: ".vitepress/dist", instant: true },
];

for (const { instant, ...generator } of GENERATORS) {
  test(generator.name, async (context) => {
    const support = characters.slice(0, NAMES.length).map(([drawing], i) => ({ label: NAMES[i], drawing }));
    const opened = await openManual(context, generator, JSON.stringify({ support }));
    const { page } = await opened.page("/manual/");
    const faults = watch(page, opened.origin);

    await context.test("two elements on a page, one that knows letters and one that learns them", async () => {
      await page.reload();
      await page.evaluate(() => Object.assign(globalThis, { kept: true }));
      await follow(page, "The letters");
      await at(page, "The letters");
      const right = [];
      for (const i of NAMES.keys()) right.push(await answer(page, KNOWING, i));
      assert.deepEqual(right, NAMES);
      for (const [i, name] of TAUGHT.entries()) {
        await draw(page, page, characters[NAMES.length + i][0], LEARNING);
        await page.locator(`${LEARNING} input`).pressSequentially(name);
        await page.keyboard.press("Enter");
        await page.locator(`${LEARNING} .label`, { hasText: name }).waitFor();
      }
      for (const [i, name] of TAUGHT.entries()) assert.equal(await answer(page, LEARNING, NAMES.length + i), name);
      assert.equal(page.workers().filter((worker) => /\/worker[.-]/.test(worker.url())).length, 1);
    });

    await context.test("the sheet's arrow keys turn no pages", async () => {
      const url = page.url();
      await page.locator(`${LEARNING} .sheet`).focus();
      for (const key of ["Escape", "ArrowRight", "ArrowLeft", " ", "ArrowRight", " "]) await page.keyboard.press(key);
      await page.waitForTimeout(300);
      assert.equal(page.url(), url);
      await at(page, "The letters");
    });

    await context.test("another page and back", async () => {
      await follow(page, "other scripts");
      await at(page, "Other scripts");
      assert.equal(await answer(page, KNOWING, 1), NAMES[1]);
      await page.goBack();
      await at(page, "The letters");
      assert.equal(await answer(page, KNOWING, 2), NAMES[2]);
      assert.equal(await page.evaluate(() => "kept" in globalThis), instant, "whether a link loads the page anew");
    });

    await context.test("a page a folder deeper, opened by its address", async () => {
      await follow(page, "other scripts");
      await at(page, "Other scripts");
      await page.reload();
      assert.equal(await answer(page, KNOWING, 3), NAMES[3]);
    });

    await context.test("a sign of a set is found", async () => {
      await draw(page, page, LAMBDA, FINDING);
      await page.locator(`${FINDING} .best .of`, { hasText: "Greek small letter lamda" }).waitFor();
    });

    await context.test("nothing was refused, missing, warned of or asked of another origin", async () => {
      assert.deepEqual(faults, []);
    });

    await context.test("pictures", async () => {
      const looks = /** @type {const} */ ({
        light: {},
        dark: { colorScheme: "dark" },
        phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true },
      });
      for (const [look, options] of Object.entries(looks)) {
        const { page } = await opened.page("/manual/", { viewport: { width: 1280, height: 900 }, ...options });
        await follow(page, "The letters");
        await answer(page, KNOWING, 0);
        await page.mouse.move(0, 0);
        await page.waitForTimeout(500);
        await page.screenshot({ path: join(OUTPUT, `docs-${generator.name}-${look}.png`), fullPage: true });
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${look}: nothing is cut off`);
        await page.context().close();
      }
    });
  });
}
