// Hands on the site's paper and on the element's sheet, by real input events: what draws, what does not, and what the page around hears.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { hands, line } from "../harness/hands.js";
import { article, openArticles } from "../harness/pad.js";
import { openSite, PHONE } from "../harness/site.js";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
/** @type {Awaited<ReturnType<typeof openArticles>>} */
let articles;
before(async () => {
  site = await openSite();
  articles = await openArticles({ pages: { "/pad.html": article("<glimpse-pad></glimpse-pad>"), "/pen.html": article("<glimpse-pad pen-only></glimpse-pad>") } });
});
after(() => Promise.all([site?.close(), articles?.close()]));

/** The two that draw the sheet, and how their ink is read: heights of strokes, as a share of the sheet's side. */
const FACES = {
  "the site": {
    sheet: "#paper",
    /** @param {import("playwright-core").BrowserContextOptions} [options] */
    open: (options) => site.page("", options),
    ink: (/** @type {Page} */ page) =>
      page.locator("#paper").evaluate(async (canvas) => {
        await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
        const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
        const { data } = /** @type {any} */ (canvas).getContext("2d").getImageData(0, 0, width, height);
        const rows = Array.from({ length: height }, (_, y) => data.subarray(4 * width * y, 4 * width * (y + 1)).some((/** @type {number} */ value, /** @type {number} */ i) => i % 4 === 3 && value > 128));
        return rows.flatMap((inked, y) => (inked && !rows[y - 1] ? [Math.round((10 * y) / height) / 10] : []));
      }),
  },
  "the element": {
    sheet: "glimpse-pad .sheet",
    /** @param {import("playwright-core").BrowserContextOptions} [options] */
    open: async (options) => (await articles.page("/pad.html", options)).page,
    ink: (/** @type {Page} */ page) =>
      page.locator("glimpse-pad .sheet").evaluate(async (sheet) => {
        await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
        const drawn = [...sheet.querySelectorAll("path[part=ink]")].map((path) => path.getAttribute("d")).join("");
        return [...drawn.matchAll(/M[\d.-]+ ([\d.-]+)/g)].map(([, y]) => Math.round(Number(y) / 10.5) / 10).sort();
      }),
  },
};

for (const [face, { sheet, open, ink }] of Object.entries(FACES)) {
  describe(face, () => {
    /** @type {Page} */
    let page;
    /** @type {Awaited<ReturnType<typeof hands>>} */
    let hand;
    const begin = async (/** @type {import("playwright-core").BrowserContextOptions} */ options = {}) => {
      page = await open(options);
      await page.locator(sheet).waitFor();
      hand = await hands(page, sheet);
    };

    test("a pen wins over a palm that came before it, and one that comes with it", async () => {
      await begin({ ...PHONE });
      await hand.touch("touchStart", { at: [0.8, 0.9] });
      await hand.point("pen", "mousePressed", [0.2, 0.3]);
      for (const at of line(0.3)) await hand.point("pen", "mouseMoved", at);
      await hand.point("pen", "mouseReleased", [0.8, 0.3]);
      await hand.touch("touchEnd");
      assert.deepEqual(await ink(page), [0.3]);
      await hand.stroke("touch", line(0.7));
      assert.deepEqual(await ink(page), [0.3], "while the pen is near, a touch is its hand's");
      await page.context().close();
    });

    test("a touch that the system cancels, and a second finger, leave no ink", async () => {
      await begin({ ...PHONE });
      await hand.stroke("touch", line(0.3));
      await hand.touch("touchStart", { at: [0.2, 0.5] });
      await hand.touch("touchMove", { at: [0.5, 0.5] });
      await hand.touch("touchCancel");
      assert.deepEqual(await ink(page), [0.3]);
      await hand.touch("touchStart", { at: [0.2, 0.6] });
      await hand.touch("touchMove", { at: [0.5, 0.6] });
      await hand.touch("touchStart", { at: [0.5, 0.6] }, { id: 1, at: [0.5, 0.8] });
      await hand.touch("touchMove", { at: [0.5, 0.65] }, { id: 1, at: [0.55, 0.8] });
      await hand.touch("touchEnd");
      assert.deepEqual(await ink(page), [0.3]);
      await hand.stroke("touch", line(0.8));
      assert.deepEqual(await ink(page), [0.3, 0.8]);
      await page.context().close();
    });

    test("a button that was let go in a dialog ends the stroke where it was", async () => {
      await begin();
      await hand.point("mouse", "mousePressed", [0.2, 0.3]);
      await hand.point("mouse", "mouseMoved", [0.5, 0.3]);
      page.once("dialog", (dialog) => dialog.accept());
      await page.evaluate(() => alert());
      await hand.point("mouse", "mouseMoved", [0.5, 0.9], { button: "none", buttons: 0 });
      assert.deepEqual(await ink(page), [0.3]);
      await hand.stroke("mouse", line(0.6));
      assert.deepEqual(await ink(page), [0.3, 0.6]);
      await page.context().close();
    });

    test("what is selected on the page is not dragged: a stroke is drawn", async () => {
      await begin();
      await page.keyboard.press("Control+a");
      await hand.stroke("mouse", line(0.3));
      await hand.stroke("mouse", line(0.6));
      assert.deepEqual(await ink(page), [0.3, 0.6]);
      await page.context().close();
    });

    test("the page around hears no stroke, and what the sheet does not use", async () => {
      await begin({ ...PHONE, viewport: { width: 1000, height: 800 } });
      const heard = await page.evaluateHandle(() => {
        /** @type {string[]} */
        const heard = [];
        const names = ["pointerdown", "pointermove", "pointerup", "mousedown", "mouseup", "click", "touchstart", "touchmove", "touchend", "keydown", "wheel"];
        for (const name of names) document.addEventListener(name, () => heard.push(name));
        return heard;
      });
      const events = async () => [...new Set(await heard.evaluate((heard) => heard.splice(0)))].sort();
      await hand.stroke("touch", line(0.3));
      await hand.stroke("mouse", line(0.4));
      await page.waitForTimeout(50);
      assert.deepEqual(await events(), []);
      await page.locator(sheet).focus();
      await page.keyboard.press("PageDown");
      await page.locator(sheet).hover();
      await events();
      await page.mouse.wheel(0, 10);
      await page.keyboard.press("j");
      await hand.stroke("mouse", line(0.5), { button: "middle", buttons: 4 });
      await page.waitForTimeout(50);
      assert.deepEqual(await events(), ["keydown", "mousedown", "mouseup", "pointerdown", "pointermove", "pointerup", "wheel"]);
      await page.context().close();
    });

    test("a stroke that runs out of the sheet ends at its edge, and goes on as another where it comes back", async () => {
      await begin();
      await hand.stroke("mouse", [[0.5, 0.5], [0.5, -0.1], [0.7, -0.1], [0.7, 0.2]]);
      assert.deepEqual(await ink(page), face === "the site" ? [0] : [0, 0.5]);
      await page.context().close();
    });

    test("other buttons draw nothing, and a pen's barrel button neither", async () => {
      await begin();
      await hand.stroke("mouse", line(0.3), { button: "right", buttons: 2 });
      await hand.stroke("mouse", line(0.4), { button: "middle", buttons: 4 });
      await hand.stroke("pen", line(0.5), { button: "right", buttons: 2 });
      assert.deepEqual(await ink(page), []);
      await page.context().close();
    });

    test("undo and redo, by keys and by buttons", async () => {
      await begin();
      const button = (/** @type {string} */ name) => page.getByRole("button", { name, exact: true });
      await hand.stroke("mouse", line(0.3));
      await hand.stroke("mouse", line(0.6));
      await page.keyboard.press("Control+z");
      assert.deepEqual(await ink(page), [0.3]);
      await page.keyboard.press("Control+Shift+Z");
      assert.deepEqual(await ink(page), [0.3, 0.6]);
      assert.ok(await button("Redo").isHidden());
      await button(face === "the site" ? "Undo stroke" : "Undo").click();
      assert.deepEqual(await ink(page), [0.3]);
      await button("Redo").click();
      assert.deepEqual(await ink(page), [0.3, 0.6]);
      assert.ok(await page.locator(sheet).evaluate((sheet) => sheet.matches(":focus")), "the button is gone, the sheet goes on");
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+z");
      assert.deepEqual(await ink(page), [0.3, 0.6], "what was cleared can be had back");
      await page.context().close();
    });
  });
}

test("the site's paper is as sharp as the screen that it is moved to, at once", async () => {
  const page = await site.page();
  const devtools = await page.context().newCDPSession(page);
  const { sheet, ink } = FACES["the site"];
  const hand = await hands(page, sheet);
  await hand.stroke("mouse", line(0.3));
  const sharp = (/** @type {number} */ factor) =>
    page.waitForFunction((factor) => {
      const paper = /** @type {HTMLCanvasElement} */ (document.querySelector("#paper"));
      return devicePixelRatio === factor && paper.width === Math.round(paper.clientWidth * factor);
    }, factor);
  const metrics = { width: 0, height: 0, mobile: false };
  await devtools.send("Emulation.setDeviceMetricsOverride", { ...metrics, deviceScaleFactor: 3 });
  await sharp(3);
  assert.deepEqual(await ink(page), [0.3]);
  // Emulated, the browser tells of the first change only.
  await devtools.send("Emulation.setDeviceMetricsOverride", { ...metrics, deviceScaleFactor: 2 });
  await hand.stroke("mouse", line(0.6));
  await sharp(2);
  assert.deepEqual(await ink(page), [0.3, 0.6]);
  await page.context().close();
});

test("with `pen-only` a finger draws nothing, a pen and the mouse do", async () => {
  const { page } = await articles.page("/pen.html", { ...PHONE });
  const { sheet, ink } = FACES["the element"];
  const hand = await hands(page, sheet);
  await hand.stroke("touch", line(0.2));
  await hand.stroke("pen", line(0.4));
  await hand.stroke("mouse", line(0.6));
  assert.deepEqual(await ink(page), [0.4, 0.6]);
  await page.locator("glimpse-pad").evaluate((pad) => pad.removeAttribute("pen-only"));
  await page.waitForTimeout(3500);
  await hand.stroke("touch", line(0.8));
  assert.deepEqual(await ink(page), [0.4, 0.6, 0.8]);
  await page.context().close();
});

test("what is drawn and named while the network is on its way stays, and Enter teaches once", async () => {
  const { page } = await articles.page("/pad.html");
  /** @type {() => void} */
  let go = () => {};
  const held = new Promise((resolve) => (go = () => resolve(undefined)));
  await page.route("**/*.safetensors", async (route) => {
    await held;
    await route.continue();
  });
  const { sheet, ink } = FACES["the element"];
  const hand = await hands(page, sheet);
  const name = page.locator("glimpse-pad input");
  await hand.stroke("mouse", line(0.3));
  await name.fill("one");
  await name.press("Enter");
  await name.press("Enter");
  assert.deepEqual(await ink(page), []);
  await hand.stroke("mouse", [[0.2, 0.2], [0.5, 0.5], [0.2, 0.8]]);
  await name.fill("two");
  go();
  await page.waitForFunction(() => heard.some(([name]) => name === "glimpse-ready"));
  const taught = (/** @type {number} */ count) =>
    page.waitForFunction(async (count) => {
      const pad = /** @type {import("glimpse/element").GlimpsePad} */ (document.querySelector("glimpse-pad"));
      return (await pad.glimpse).examples.length === count;
    }, count);
  await taught(1);
  await page.waitForTimeout(500);
  assert.deepEqual(await ink(page), [0.2]);
  assert.equal(await name.inputValue(), "two");
  await name.press("Enter");
  const labels = () => page.locator("glimpse-pad").evaluate(async (/** @type {import("glimpse/element").GlimpsePad} */ pad) => (await pad.glimpse).examples.map(({ label }) => label));
  await taught(2);
  assert.deepEqual(await labels(), ["one", "two"]);
  await page.context().close();
});
