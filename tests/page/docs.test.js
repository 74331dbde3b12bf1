// The documentation that the site carries: found from the page, searched, and drawn on, wherever the site lies.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { watch } from "../docs/manual.js";
import { launch } from "../harness/chromium.js";
import { invent } from "../harness/package.js";
import { ask, draw } from "../harness/pad.js";
import { LAMBDA } from "../harness/signs.js";
import { keep, PHONE, serveUnder } from "../harness/site.js";

/** @typedef {import("playwright-core").Page} Page */

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("glimpse").Strokes[][]} */
let characters;
before(async () => {
  characters = await invent({ seed: 7, characters: 2, drawers: 2 });
  browser = await launch({ webgpu: false });
});
after(() => browser?.close());

/**
 * Serves the site under a path, and opens a page of it.
 *
 * @param {{ path?: string, at?: string } & import("playwright-core").BrowserContextOptions} [options]
 */
async function visit({ path = "/", at = "", ...options } = {}) {
  const server = await serveUnder(path);
  const { served } = server;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const faults = watch(page, server.origin);
  const under = server.origin + server.under;
  await page.goto(under + at);
  return {
    ...{ page, under, served, faults },
    async close() {
      await context.close();
      await server.close();
    },
  };
}

/** @param {Page} page @param {string} title */
const titled = (page, title) => page.locator("h1", { hasText: title }).waitFor();

/** Searches for words, and opens what is found first by a key. @param {Page} page @param {string} words @param {string} first */
async function search(page, words, first) {
  await page.click("#local-search button");
  await page.fill("#localsearch-input", words);
  await page.locator(".result.selected", { hasText: first }).waitFor();
  await page.keyboard.press("Enter");
}

/** @param {Page} page */
const runsOver = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

for (const path of ["/", "/some/where/"]) {
  test(`under ${path} the page leads to documentation that is searched and drawn on`, async () => {
    const { page, under, served, faults, close } = await visit({ path });
    try {
      await page.waitForSelector('#badge[data-state="ready"]');
      assert.deepEqual(served.filter((path) => path.includes("/docs/")), [], "nothing of it is fetched before");
      await page.click('footer [href="./docs/"]');
      await titled(page, "Glimpse");

      await search(page, "integrity hash of element.js", "From a CDN");
      await titled(page, "In documentation and other pages");
      assert.equal(page.url(), `${under}docs/embedding.html#from-a-cdn-or-another-origin`);
      for (const [i, [drawing]] of characters.entries()) {
        await draw(page, page, drawing);
        await page.locator("glimpse-pad input").pressSequentially(`sign ${i}`);
        await page.keyboard.press("Enter");
        await page.locator("glimpse-pad .label", { hasText: `sign ${i}` }).waitFor();
      }
      for (const [i, [, redrawn]] of characters.entries()) assert.equal(await ask(page, page, redrawn), `sign ${i}`);

      await page.click('.VPSidebar [href$="/find.html"]');
      await titled(page, "Find signs by drawing them");
      await draw(page, page, LAMBDA);
      await page.locator("glimpse-pad .best .of", { hasText: "Greek small letter lamda" }).waitFor();
      await page.reload();
      await draw(page, page, LAMBDA);
      await page.locator("glimpse-pad .best .of", { hasText: "Greek small letter lamda" }).waitFor();
      assert.equal(await page.locator("glimpse-pad").evaluate((pad) => getComputedStyle(pad).display), "block", "what it says elsewhere is not seen");

      await page.goBack();
      await titled(page, "In documentation and other pages");
      await page.click('.VPNav [href="../api/"]');
      await page.goto(`${under}api/classes/index.Glimpse.html`);
      await page.click('a:text-is("Documentation")');
      await titled(page, "Glimpse");
      assert.equal(page.url(), `${under}docs/`);
      assert.deepEqual(faults, []);
      assert.ok(served.every((path) => `${new URL(under).origin}${path}`.startsWith(under)), String(served));
    } finally {
      await close();
    }
  });
}

test("all its links lead to pages and headings that are there", async () => {
  const { page, under, faults, close } = await visit({ path: "/some/where/", at: "docs/" });
  try {
    /** @type {Map<string, { ids: string[], links: string[] }>} */
    const pages = new Map();
    const waiting = [`${under}docs/`];
    for (const address of waiting) {
      await page.goto(address);
      await page.waitForSelector(".VPSidebar");
      const { ids, links } = await page.evaluate(() => ({
        ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
        links: [...document.querySelectorAll("a")].map(({ href }) => href),
      }));
      pages.set(address, { ids, links });
      const next = links.map((link) => link.split("#")[0]).filter((link) => link.startsWith(`${under}docs/`));
      waiting.push(...new Set(next.filter((link) => !waiting.includes(link))));
    }
    /** @type {string[]} */
    const broken = [];
    for (const [address, { links }] of pages) {
      for (const link of new Set(links.filter((link) => link.startsWith(new URL(under).origin)))) {
        const [target, heading] = link.split("#");
        const known = pages.get(target);
        const there = known ? !heading || known.ids.includes(decodeURIComponent(heading)) : (await page.request.get(target)).ok();
        if (!there) broken.push(`${address}: ${link}`);
      }
    }
    assert.deepEqual(broken, []);
    const names = [...pages.keys()].map((address) => address.slice(`${under}docs/`.length));
    assert.deepEqual(
      ["find.html", "package.html", "weights.html", "history.html", "benchmarks.html", "architecture.html"].filter((name) => !names.includes(name)),
      [],
    );
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const [name, screen] of Object.entries({ desktop: {}, phone: PHONE })) {
    test(`on a ${name}, ${colorScheme}, nothing runs over`, async () => {
      const { page, under, close } = await visit({ at: "docs/", ...screen, colorScheme });
      try {
        await titled(page, "Glimpse");
        await keep(page, `docs-${name}-${colorScheme}`);
        const pages = await page.locator(".VPSidebar a").evaluateAll((links) => links.map((link) => /** @type {HTMLAnchorElement} */ (link).href));
        assert.ok(pages.length > 12);
        for (const address of pages) {
          await page.goto(address);
          await page.waitForSelector("h1");
          const over = await runsOver(page);
          assert.ok(over <= 0, `${address} runs over by ${over} px`);
        }
        await page.goto(`${under}docs/find.html`);
        await draw(page, page, LAMBDA);
        await page.locator("glimpse-pad .best .of", { hasText: "Greek small letter lamda" }).waitFor();
        await keep(page, `docs-find-${name}-${colorScheme}`);
        await page.goto(`${under}docs/embedding.html`);
        await page.locator("glimpse-pad .sheet").waitFor();
        await keep(page, `docs-embedding-${name}-${colorScheme}`);
        await page.locator(name === "phone" ? ".VPNavBarSearch button" : "#local-search button").click();
        await page.fill("#localsearch-input", "privacy");
        await page.locator(".result").first().waitFor();
        await keep(page, `docs-search-${name}-${colorScheme}`);
      } finally {
        await close();
      }
    });
  }
}
