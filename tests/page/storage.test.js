// What a browser may refuse a page: each way of keeping something, absent, refused or without an answer, in the site, in the element and
// in the single file. What does not need to be kept works, and the site says once what is not.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, launchWith } from "../harness/chromium.js";
import { hands, line } from "../harness/hands.js";
import { article, BESIDE, DIST, SITE } from "../harness/pad.js";
import { singleFile } from "../harness/single-file.js";
import { serve } from "../../xtask/server.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Frame} Frame */

const APIS = /** @type {const} */ (["localStorage", "indexedDB", "caches", "serviceWorker", "locks", "replaceState", "BroadcastChannel"]);
const FAULTS = /** @type {const} */ (["absent", "throwing", "rejecting", "hanging"]);

/** Runs in the page, and in its worker: takes a way of keeping something away. @param {readonly [string, string]} what */
function refuse([api, fault]) {
  const refused = () => new DOMException("Refused by the test.", "SecurityError");
  const owners = { serviceWorker: Object.getPrototypeOf(navigator), locks: Object.getPrototypeOf(navigator), replaceState: globalThis.History?.prototype };
  const owner = /** @type {Record<string, any>} */ (owners)[api] ?? globalThis;
  if (!(api in owner)) return;
  const { indexedDB } = globalThis;
  const methods = new Proxy(Object.create(null), {
    get: (_, name) => {
      if (api === "indexedDB" && name === "open") return () => silenced(indexedDB.open("refused by the test", 1));
      return fault === "rejecting" ? () => Promise.reject(refused()) : () => new Promise(() => {});
    },
  });
  const silenced = (/** @type {IDBOpenDBRequest} */ request) => {
    const silence = (/** @type {Event} */ event) => event.stopImmediatePropagation();
    for (const name of ["success", "upgradeneeded", "blocked"]) request.addEventListener(name, silence);
    if (fault === "rejecting") request.addEventListener("upgradeneeded", () => request.transaction?.abort());
    else request.addEventListener("error", silence);
    return request;
  };
  const channel = class {
    addEventListener() {}
    postMessage() {
      if (fault === "rejecting") throw refused();
    }
  };
  const fails = () => {
    if (fault === "rejecting") throw refused();
  };
  const value = api === "BroadcastChannel" ? channel : api === "replaceState" ? fails : methods;
  const get = () => {
    if (fault === "throwing") throw refused();
    return fault === "absent" ? undefined : value;
  };
  Object.defineProperty(owner, api, { get, configurable: true });
}

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */
let site;
/** @type {Awaited<ReturnType<typeof serve>>} */
let dist;
before(async () => {
  const folder = await singleFile();
  const file = await readFile(join(folder, "glimpse.html"));
  await rm(folder, { recursive: true });
  const frame = '<!doctype html><title>Around</title><iframe id="frame" width="1200" height="900" sandbox="allow-scripts" src="/"></iframe>';
  const shown = (/** @type {string} */ show) => `<!doctype html><title>Around</title><iframe id="frame" width="1200" height="900"></iframe>
    <script type="module">const text = await (await fetch("/glimpse.html")).text(); const frame = document.getElementById("frame"); ${show}</script>`;
  const pages = {
    "/glimpse.html": file,
    "/framed.html": frame,
    "/srcdoc.html": shown("frame.srcdoc = text;"),
    "/sandboxed.html": shown('frame.sandbox = "allow-scripts"; frame.srcdoc = text;'),
    "/blob.html": shown('frame.src = URL.createObjectURL(new Blob([text], { type: "text/html" }));'),
  };
  site = await serve(SITE, pages, { headers: { "access-control-allow-origin": "*" } });
  dist = await serve(DIST, { ...BESIDE, "/pad.html": article("<glimpse-pad></glimpse-pad>") }, {});
  browser = await launch({ webgpu: false });
});
after(async () => {
  await browser?.close();
  await Promise.all([site?.close(), dist?.close()]);
});

/** The paper of the site takes ink, is taught two signs, and answers. @param {Page} page @param {Frame} [frame] */
async function siteWorks(page, frame = page.mainFrame()) {
  await frame.waitForSelector('#badge[data-state="ready"]', { timeout: 15_000 });
  for (const name of ["A", "B"]) {
    await frame.locator("#paper").evaluate(draw, name);
    await frame.locator("#teach-it").click();
    await frame.waitForSelector(`.card[data-label="${name}"]`, { timeout: 10_000 });
  }
  await frame.locator("#paper").evaluate(draw, "A");
  await frame.waitForSelector(".card.best", { timeout: 10_000 });
}

/** The same of the element. @param {Page} page */
async function elementWorks(page) {
  const hand = await hands(page, "glimpse-pad .sheet");
  for (const [i, name] of ["A", "B"].entries()) {
    await hand.stroke("mouse", i === 0 ? line(0.3) : [[0.2, 0.2], [0.5, 0.5], [0.2, 0.8]]);
    await page.fill("glimpse-pad input", name);
    await page.press("glimpse-pad input", "Enter");
  }
  await hand.stroke("mouse", line(0.3));
  await page.locator("glimpse-pad .verdict strong").waitFor({ timeout: 15_000 });
}

/** A stroke on an element's paper, without a pointer of the browser's own: in frames, the mouse is not at hand. @param {Element} paper @param {string} which */
function draw(paper, which) {
  const { left, top, width, height } = paper.getBoundingClientRect();
  const at = (/** @type {number} */ i) => ({ clientX: left + (0.2 + 0.08 * i) * width, clientY: top + (which === "A" ? 0.3 : 0.2 + 0.02 * i * i % 0.6) * height });
  const common = { pointerId: 1, pointerType: "mouse", isPrimary: true, bubbles: true, cancelable: true };
  paper.dispatchEvent(new PointerEvent("pointerdown", { ...common, ...at(0), button: 0, buttons: 1 }));
  for (let i = 1; i < 8; i += 1) paper.dispatchEvent(new PointerEvent("pointermove", { ...common, ...at(i), button: -1, buttons: 1 }));
  paper.dispatchEvent(new PointerEvent("pointerup", { ...common, ...at(7), button: 0, buttons: 0 }));
}

const FACES = {
  "the site": { address: () => `${site.origin}/`, works: siteWorks },
  "the element": { address: () => `${dist.origin}/pad.html`, works: elementWorks },
  "the single file": { address: () => `${site.origin}/glimpse.html`, works: siteWorks },
};

for (const [face, { address, works }] of Object.entries(FACES)) {
  describe(face, () => {
    for (const api of APIS) {
      for (const fault of FAULTS) {
        test(`works with ${api} ${fault}`, async () => {
          const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
          const script = `(${refuse})(${JSON.stringify([api, fault])});`;
          await context.addInitScript({ content: script });
          await context.route(/worker[^/]*\.js$/, async (route) => {
            const response = await route.fetch();
            await route.fulfill({ response, body: `${script}${await response.text()}` });
          });
          const page = await context.newPage();
          await page.goto(address());
          await works(page);
          if (api === "indexedDB" && face !== "the element") {
            await page.waitForSelector('#notice[data-kind="NotKept"]', { timeout: 10_000 });
            assert.match((await page.textContent("#notice")) ?? "", /keeps nothing for this page/);
          }
          await context.close();
        });
      }
    }
  });
}

test("with all of a site's data blocked in Chromium, the site, the element and the single file work", async () => {
  const folder = await mkdtemp(join(tmpdir(), "glimpse "));
  await mkdir(join(folder, "Default"));
  await writeFile(join(folder, "Default/Preferences"), JSON.stringify({ profile: { default_content_setting_values: { cookies: 2 } } }));
  const context = await launchWith(folder);
  try {
    for (const { address, works } of Object.values(FACES)) {
      const page = await context.newPage();
      await page.goto(address());
      await assert.rejects(page.evaluate(() => localStorage.length), /denied/, "the browser refuses");
      await works(page);
      await page.close();
    }
  } finally {
    await context.close();
    await rm(folder, { recursive: true, force: true });
  }
});

for (const [what, path] of /** @type {const} */ ([
  ["the site in a frame without an origin of its own", "/framed.html"],
  ["the single file as a frame's text", "/srcdoc.html"],
  ["the single file as the text of a sandboxed frame", "/sandboxed.html"],
  ["the single file in a viewer of blobs", "/blob.html"],
])) {
  test(`${what} works`, async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    await page.goto(`${site.origin}${path}`);
    const frame = await (await page.waitForSelector("#frame")).contentFrame();
    assert.ok(frame);
    await siteWorks(page, frame);
    await page.close();
  });
}
