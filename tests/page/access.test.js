// The page for everyone: by keyboard alone, heard instead of seen, and large; and through axe-core where looks.test.js does not come.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible } from "../harness/axe.js";
import { article, openArticles } from "../harness/pad.js";
import { carried, keep, openSite } from "../harness/site.js";
import { everyView, moving } from "../harness/views.js";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
before(async () => {
  site = await openSite({ extra: await carried() });
});
after(() => site?.close());

/**
 * Presses keys one after the other.
 *
 * @param {Page} page
 * @param {string[]} keys
 */
async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

/**
 * Moves the focus to an element by Tab alone.
 *
 * @param {Page} page
 * @param {string} selector
 */
async function tabTo(page, selector) {
  for (let i = 0; i < 60; i += 1) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${selector} is not reached by Tab`);
}

/** @param {Page} page */
const focused = (page) => page.evaluate(() => document.activeElement?.id);

/** A page that writes down what it tells those who hear it: what follows may have taken its place before a test looks. */
async function listenedTo() {
  const page = await site.page();
  await page.evaluate(() => {
    globalThis.told = [];
    for (const region of document.querySelectorAll('[role="status"]')) {
      const write = () => told.push([region.id, region.textContent ?? ""]);
      new MutationObserver(write).observe(region, { childList: true, characterData: true, subtree: true });
    }
  });
  return page;
}

/**
 * Waits until those who hear the page have been told something, after what was waited for before.
 *
 * @param {Page} page
 * @param {string} region
 * @param {RegExp} words
 */
async function hears(page, region, words) {
  await page.waitForFunction(
    ([region, source]) => {
      const at = told.findIndex(([id, text]) => id === region && new RegExp(source).test(text));
      return told.splice(0, at + 1).length > 0;
    },
    /** @type {const} */ ([region, words.source]),
  );
}

const DOWN = Array(8).fill("ArrowDown");
const RIGHT = Array(8).fill("ArrowRight");

test("by keyboard alone two signs are drawn with the arrow keys, taught, and told apart", async () => {
  const page = await listenedTo();
  await tabTo(page, "#paper");
  await press(page, "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "Space", ...DOWN, "Space");
  await hears(page, "hint", /give it a name/);
  await page.keyboard.type("stick");
  assert.equal(await focused(page), "name", "what is typed beside a drawing is its name");
  await press(page, "Enter");
  await hears(page, "heard", /^stick is known now/);
  assert.equal(await focused(page), "paper");

  await press(page, ...Array(4).fill("ArrowLeft"), ...Array(4).fill("ArrowUp"), "Space", ...RIGHT, ...DOWN);
  await press(page, ...Array(8).fill("ArrowLeft"), ...Array(8).fill("ArrowUp"), "Space");
  assert.ok(await page.locator("#undo").isEnabled());
  await press(page, "Backspace");
  assert.ok(await page.locator("#undo").isDisabled(), "Backspace takes back the stroke");
  await press(page, "Space", ...RIGHT, ...DOWN, ...Array(8).fill("ArrowLeft"), "Enter");
  await page.waitForSelector('.card[data-label="A"]');

  await press(page, "ArrowRight", "ArrowRight", "Space", ...Array(9).fill("ArrowUp"), "Space");
  await hears(page, "heard", /^This is stick, \d\.\d\d\. Next: A, \d\.\d\d\.$/);
  assert.equal(await page.locator("#verdict").textContent(), "This is stick");
  await press(page, "Escape");
  assert.ok(await page.locator("#clear").isDisabled(), "Escape clears");
  await page.context().close();
});

test("held arrows move the pen aslant, Shift makes small steps, and the pen stays on the paper", async () => {
  const page = await site.page("", { reducedMotion: "reduce" });
  const ink = () =>
    page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))); // Until it is drawn.
      const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("#paper"));
      const { width, height } = canvas;
      const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).getImageData(0, 0, width, height);
      let [left, right, top, bottom] = [width, 0, height, 0];
      for (let i = 3; i < data.length; i += 4) {
        if (data[i] < 128) continue;
        const [x, y] = [((i - 3) / 4) % width, Math.floor((i - 3) / 4 / width)];
        [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
      }
      return { width: (right - left) / width, height: (bottom - top) / height, right: right / width };
    });
  await tabTo(page, "#paper");
  await press(page, "Space");
  await page.keyboard.down("ArrowRight");
  await page.keyboard.down("ArrowDown");
  await page.keyboard.down("ArrowDown");
  await page.keyboard.up("ArrowDown");
  await page.keyboard.up("ArrowRight");
  await press(page, "Space");
  const aslant = await ink();
  assert.ok(Math.abs(aslant.width - aslant.height) < 0.08 && aslant.width > 0.1, JSON.stringify(aslant));
  await press(page, "Space", ...Array(60).fill("ArrowRight"), "Space");
  assert.ok((await ink()).right < 1, "the pen stops at the edge");
  await page.context().close();
});

test("by keyboard alone, without drawing: samples are taught, and known when another hand writes them", async () => {
  const page = await listenedTo();
  /** @param {number} nth */
  const chooseSample = async (nth) => {
    await tabTo(page, "#choose-sample");
    await press(page, "Enter");
    await page.waitForFunction(() => document.activeElement?.closest("#sample-list"));
    await press(page, ...Array(nth).fill("Tab"), "Enter");
    assert.equal(await focused(page), "paper");
    await page.waitForSelector("#undo:enabled");
  };
  for (const [nth, name] of ["hook", "loop", "fork"].entries()) {
    await chooseSample(nth);
    await hears(page, "heard", new RegExp(`^Sample ${nth + 1} is on the paper, by hand 1`));
    await page.keyboard.type(name);
    await press(page, "Enter");
    await hears(page, "heard", new RegExp(`^${name} is known now`));
  }
  await chooseSample(1);
  await hears(page, "heard", /^This is loop, \d\.\d\d/);
  await page.context().close();
});

test("views, menus and dialogs open and close by keyboard, and the focus comes back", async () => {
  const page = await site.page();
  await tabTo(page, "#tab-teach");
  await press(page, "ArrowRight");
  assert.equal(await focused(page), "tab-find");
  await page.waitForSelector("#find");
  await press(page, "ArrowRight");
  assert.equal(await focused(page), "tab-replay");
  assert.ok(await page.locator("#replay").isVisible());
  await press(page, "ArrowRight", "ArrowRight");
  assert.equal(await focused(page), "tab-teach", "round and round");

  for (const [button, menu] of [
    ["badge", "engine"],
    ["collection", "collections"],
    ["choose-sample", "samples"],
  ]) {
    await tabTo(page, `#${button}`);
    await press(page, "Enter");
    await page.waitForSelector(`#${menu}:popover-open`);
    await press(page, "Tab");
    assert.ok(await page.evaluate((menu) => document.activeElement?.closest(`#${menu}`), menu), `Tab goes into ${menu}`);
    await press(page, "Escape");
    await page.waitForSelector(`#${menu}`, { state: "hidden" });
    assert.equal(await focused(page), button);
  }

  await page.evaluate(() => document.querySelector("body")?.focus());
  await tabTo(page, "#tab-teach");
  await press(page, "ArrowRight", "ArrowRight");
  await tabTo(page, "#start");
  await press(page, "Enter");
  await page.waitForSelector("#dots .dot:nth-child(3):enabled");
  await tabTo(page, "#dots button");
  await press(page, "ArrowRight", "Enter");
  await page.waitForSelector("#detail[open]");
  assert.match((await page.locator("#detail-title").textContent()) ?? "", /^Episode 1, query 2/);
  await tabTo(page, "#detail-after");
  await press(page, "Enter");
  assert.match((await page.locator("#detail-title").textContent()) ?? "", /^Episode 1, query 3/);
  await press(page, "Escape");
  assert.equal(await page.evaluate(() => document.activeElement?.className), "dot right");
  await page.context().close();
});

test("wherever Tab goes, it is seen where the focus is", async () => {
  const page = await site.page("", { reducedMotion: "reduce" });
  await page.click("#invent");
  await page.waitForSelector(".card");
  for (const view of ["teach", "replay", "results"]) {
    await page.click(`#tab-${view}`);
    // The results come when they are opened.
    if (view === "results") await page.waitForSelector(".plot");
    const seen = new Set();
    for (let i = 0; i < 80; i += 1) {
      await press(page, "Tab");
      const at = await page.evaluate(() => {
        const element = document.activeElement;
        if (!(element instanceof HTMLElement) || element === document.body) return null;
        const frame = /** @type {HTMLElement} */ (element.closest(".tile, .file") ?? element);
        const styles = [element, frame].map((element) => getComputedStyle(element));
        const outlined = styles.some(({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && parseFloat(outlineWidth) >= 2);
        const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent");
        const probe = Object.assign(document.createElement("i"), { style: `color: ${accent}` });
        document.body.append(probe);
        const bordered = styles.some(({ borderBottomColor }) => borderBottomColor === getComputedStyle(probe).color);
        probe.remove();
        const { width, height } = frame.getBoundingClientRect();
        return { name: element.id || element.outerHTML.slice(0, 90), visible: (outlined || bordered) && width > 1 && height > 1 };
      });
      if (!at) break;
      seen.add(at.name);
      assert.ok(at.visible, `${view}: the focus is not seen at ${at.name}`);
    }
    assert.ok(seen.size > 6, `${view}: ${[...seen].join(", ")}`);
  }
  await page.context().close();
});

test("who asked for little motion sees none while it loads", async () => {
  const page = await site.page("", { reducedMotion: "reduce", ready: false });
  assert.deepEqual(await moving(page), []);
  await page.context().close();
});

test("at 200 % everything is there: nothing runs over the edge, nothing is cut off", async () => {
  for (const locale of ["en-US", "ko-KR"]) {
    const half = { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 };
    const page = await site.page("", { ...half, reducedMotion: "reduce", locale });
    await everyView(page, async (view) => {
      await keep(page, `zoomed-${locale.slice(0, 2)}-${view}`);
      const wrong = await page.evaluate(() => {
        const found = document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [];
        for (const element of document.querySelectorAll("body *")) {
          if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
          if (element.closest(".visually-hidden, svg, .softmax, .card, .file input")) continue;
          const style = getComputedStyle(element);
          if (style.clipPath !== "none" || style.position === "absolute") continue;
          const { left, right } = element.getBoundingClientRect();
          const name = `${element.tagName}#${element.id}.${element.className}`;
          if (left < -1 || right > innerWidth + 1) found.push(`${name} is beyond the edge`);
          const cut = style.overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1;
          if (cut && style.textOverflow !== "ellipsis") found.push(`${name} is cut off`);
        }
        return found;
      });
      assert.deepEqual(wrong, [], `${locale}, ${view}`);
    });
    await page.context().close();
  }
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  test(`axe-core finds nothing where there is trouble, ${colorScheme}`, async () => {
    const page = await site.page("", { colorScheme, reducedMotion: "reduce", ready: false });
    await accessible(page, "loading");
    await page.waitForSelector('#badge[data-state="ready"]');

    await page.route(/triplet.*safetensors/, (route) => route.abort());
    await page.dispatchEvent('[name="system"][value="triplet"]', "click");
    await page.waitForSelector("#notice-retry:visible");
    await accessible(page, "an error");
    await page.context().setOffline(true);
    await page.waitForSelector("#offline:visible");
    await page.click("#badge");
    await accessible(page, "offline");
    await page.keyboard.press("Escape");
    await page.context().setOffline(false);

    await page.evaluate(() => ((/** @type {HTMLElement} */ (document.querySelector("#update"))).hidden = false));
    await accessible(page, "a new version");
    await page.click("#update-later");

    await page.route("**/data/*", (route) => route.fulfill({ status: 404 }));
    await page.click("#tab-replay");
    await page.click("#start");
    await page.waitForSelector("#bring:visible");
    await accessible(page, "without drawings to replay");
    await page.context().close();
  });
}

for (const lang of ["en", "ko"]) {
  test(`axe-core finds nothing in the frame and in the element, ${lang}`, async () => {
    const pads = ["draw", "replay"].map((mode) => `<glimpse-pad lang="${lang}" mode="${mode}"></glimpse-pad>`);
    const elements = await openArticles({ pages: { "/index.html": article(pads.join("")) } });
    try {
      for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
        const page = await site.page(`embed.html?lang=${lang}`, { ready: false, colorScheme, reducedMotion: "reduce" });
        await page.waitForSelector("glimpse-pad .sheet");
        await accessible(page, "the frame");
        const context = await elements.browser.newContext({ colorScheme, reducedMotion: "reduce", bypassCSP: true });
        const other = await context.newPage();
        await other.goto(`${elements.origin}/index.html`);
        await other.waitForSelector("glimpse-pad .sheet");
        await accessible(other, "the element");
        await other.locator("glimpse-pad .sheet").focus();
        for (const name of ["one", "two"]) {
          await press(other, "Space", ...(name === "one" ? DOWN : RIGHT), "Space");
          await other.locator("glimpse-pad input").fill(name);
          await other.keyboard.press("Enter");
          await other.waitForSelector(`glimpse-pad .list :text-is("${name}")`);
        }
        await press(other, "Space", ...DOWN, "Space");
        await other.waitForSelector("glimpse-pad .best");
        await accessible(other, "the element’s answer");
        await context.close();
        await page.context().close();
      }
    } finally {
      await elements.close();
    }
  });
}
