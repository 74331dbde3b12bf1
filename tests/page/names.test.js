// Names as people write them, clocks that go wrong, browsers that lack something, and files that come at the second try.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hands, line } from "../harness/hands.js";
import { article, openArticles } from "../harness/pad.js";
import { openSite } from "../harness/site.js";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
/** @type {Awaited<ReturnType<typeof openArticles>>} */
let articles;
before(async () => {
  site = await openSite();
  articles = await openArticles({ pages: { "/pad.html": article("<glimpse-pad></glimpse-pad>") }, headers: {} });
});
after(() => Promise.all([site?.close(), articles?.close()]));

const CORNER = /** @type {const} */ ([[0.2, 0.2], [0.5, 0.5], [0.2, 0.8]]);

/** @param {Page} page @param {string} sheet @param {string} field @param {Record<string, readonly (readonly [number, number])[]>} signs */
async function teach(page, sheet, field, signs) {
  const hand = await hands(page, sheet);
  for (const [name, places] of Object.entries(signs)) {
    await hand.stroke("mouse", [...places]);
    await page.fill(field, name);
    await page.press(field, "Enter");
  }
  return hand;
}

test("an accent typed apart is the same letter: one card, one character", async () => {
  const page = await site.page();
  await teach(page, "#paper", "#name", { "é": line(0.3), "e\u0301": line(0.3), "강": CORNER, "\u1100\u1161\u11bc": CORNER });
  await page.waitForFunction(() => document.querySelectorAll(".card .count:not(:empty)").length === 2);
  assert.deepEqual(await page.locator(".card").evaluateAll((cards) => cards.map((card) => /** @type {HTMLElement} */ (card).dataset.label)), ["é", "강"]);
  await page.context().close();

  const { page: pad } = await articles.page("/pad.html");
  await teach(pad, "glimpse-pad .sheet", "glimpse-pad input", { "é": line(0.3), "e\u0301": line(0.3) });
  const labels = await pad.locator("glimpse-pad").evaluate(async (/** @type {import("glimpse/element").GlimpsePad} */ pad) => {
    const glimpse = await pad.glimpse;
    for (let i = 0; i < 50 && glimpse.examples.length < 2; i += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    return glimpse.labels;
  });
  assert.deepEqual(labels, ["é"]);
  await pad.context().close();
});

test("names are cut between letters as people count them", async () => {
  const page = await site.page();
  const family = "👨‍👩‍👧‍👦";
  const svg = (/** @type {string} */ d) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><path d="${d}" fill="none" stroke="black" stroke-width="5"/></svg>`);
  const file = (/** @type {string} */ name, /** @type {string} */ d) => ({ name: `${name}.svg`, mimeType: "image/svg+xml", buffer: svg(d) });
  const long = [`${"a".repeat(23)}${family}b`, `${"a".repeat(23)}😀b`];
  await page.setInputFiles("#picture-file", [file(long[0], "M10 10L90 90"), file(long[1], "M10 50L90 50L50 90")]);
  await page.waitForFunction(() => document.querySelectorAll(".card").length === 2);
  const labels = await page.locator(".card .label").allTextContents();
  assert.deepEqual(labels.sort(), [`${"a".repeat(23)}${family}`, `${"a".repeat(23)}😀`].sort());
  await page.context().close();
});

test("a name written from right to left stays beside its score, not around it", async () => {
  const { page } = await articles.page("/pad.html");
  const hand = await teach(page, "glimpse-pad .sheet", "glimpse-pad input", { "אלף": line(0.3), "بيت": CORNER });
  await hand.stroke("mouse", line(0.3));
  await page.waitForFunction(() => /\u2068אלף\u2069/.test(document.querySelector("glimpse-pad")?.shadowRoot?.querySelector("[role=status]")?.textContent ?? ""));
  const ordered = await page.locator("glimpse-pad .verdict").evaluate((verdict) => {
    const [name, score] = [...verdict.children].map((part) => part.getBoundingClientRect());
    return name.right <= score.left;
  });
  assert.ok(ordered, "name, then score");
  assert.equal(await page.locator("glimpse-pad input").getAttribute("dir"), "auto");
  await page.context().close();
});

test("a clock that was a year ahead once makes no older collection open, and mixes up no drawings", async () => {
  const context = await site.browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: "block" });
  const open = async (ahead = 0) => {
    const page = await context.newPage();
    await page.addInitScript((ahead) => {
      const { now } = Date;
      Date.now = () => now() + ahead;
    }, ahead);
    await page.goto(site.origin);
    await page.waitForSelector('#badge[data-state="ready"]');
    return page;
  };
  const ahead = await open(366 * 24 * 3600_000);
  await teach(ahead, "#paper", "#name", { "first": line(0.3) });
  await ahead.waitForSelector('.card[data-label="first"]');
  await ahead.click("#collection");
  await ahead.click("#new-collection");
  await ahead.keyboard.type("old");
  await ahead.keyboard.press("Enter");
  await ahead.keyboard.press("Escape");
  await teach(ahead, "#paper", "#name", { "then": line(0.3) });
  await ahead.waitForTimeout(500);
  await ahead.close();

  const page = await open();
  await page.waitForFunction(() => document.querySelector("#collection-name")?.textContent === "old");
  await page.click("#collection");
  await page.click("#new-collection");
  await page.keyboard.type("new");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await teach(page, "#paper", "#name", { "now": line(0.3), "later": CORNER });
  await page.waitForTimeout(500);
  await page.reload();
  await page.waitForSelector('.card[data-label="now"]');
  assert.equal(await page.textContent("#collection-name"), "new");
  assert.deepEqual(await page.locator(".card .label").allTextContents(), ["now", "later"]);
  await page.click("#collection");
  assert.deepEqual((await page.locator(".collection-title").allTextContents()).slice(-2), ["old", "new"]);
  await context.close();
});

test("where WebAssembly lacks SIMD, site and element say so, and which browsers have it", async () => {
  const lacking = `{
    const { validate } = WebAssembly;
    const simd = (bytes) => new Uint8Array(bytes.buffer ?? bytes).includes(253);
    WebAssembly.validate = (bytes) => !simd(bytes) && validate(bytes);
  }`;
  for (const address of [site.origin, `${articles.origin}/pad.html`]) {
    const context = await site.browser.newContext({ serviceWorkers: "block" });
    await context.addInitScript({ content: lacking });
    await context.route(/worker[^/]*\.js$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${lacking}${await response.text()}` });
    });
    const page = await context.newPage();
    await page.goto(address);
    const says = address === site.origin ? page.locator("#notice-text") : page.locator("glimpse-pad .error p");
    if (address !== site.origin) await page.locator("glimpse-pad .sheet").click();
    await says.waitFor();
    assert.match((await says.textContent()) ?? "", /SIMD.*Chrome and Edge.*91, Firefox.*89, Safari.*16\.4/);
    await context.close();
  }
});

for (const [what, file] of /** @type {const} */ ([
  ["the module", /wasm\/simd.*\.wasm$/],
  ["the module's code", /wasm\/simd.*\.js/],
  ["the weights", /\.safetensors$/],
  ["the worker", /worker[^/]*\.js$/],
])) {
  for (const fault of ["503", "reset"]) {
    test(`${what} that fails once (${fault}) is fetched again: the fastest engine runs, in a worker`, async () => {
      const context = await site.browser.newContext({ serviceWorkers: "block" });
      let asked = 0;
      await context.route(file, (route) => {
        asked += 1;
        if (asked > 1) return route.continue();
        return fault === "reset" ? route.abort("connectionreset") : route.fulfill({ status: 503, body: "busy" });
      });
      const page = await context.newPage();
      await page.goto(site.origin);
      await page.waitForSelector('#badge[data-state="ready"]');
      assert.ok(asked > 1);
      assert.equal(await page.locator("#badge").getAttribute("data-engine"), "simd");
      assert.equal(page.workers().length, 1);
      await context.close();
    });
  }
}
