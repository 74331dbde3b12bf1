// The site after one visit, without a network; and what it does when a new version comes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "../harness/chromium.js";
import { ROOT } from "../harness/data.js";
import { hands, line } from "../harness/hands.js";
import { invent } from "../harness/package.js";
import { requestsOf, wholePath } from "../harness/path.js";
import { find, known, THETA } from "../harness/signs.js";
import { carried, choose, drawByMouse, keep, PHONE, serveUnder, teach } from "../harness/site.js";

/** @typedef {import("playwright-core").Page} Page */

const SITE = join(ROOT, "www/dist");

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("glimpse").Strokes[][]} */
let characters;
before(async () => {
  characters = await invent({ seed: 7, characters: 5, drawers: 2 });
  browser = await launch({ webgpu: false });
});
after(() => browser?.close());

/**
 * Serves the site under a path, and makes a visit there.
 *
 * @param {{ path?: string, query?: string } & import("playwright-core").BrowserContextOptions} [options]
 */
async function visit({ path = "/", query = "", ...options } = {}) {
  const server = await serveUnder(path);
  const { under, files, served } = server;
  for (const [name, bytes] of Object.entries(await carried())) files[under + name.slice(1)] = bytes;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const asked = requestsOf(context);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(`${server.origin}${under}${query}`);
  await ready(page);
  return {
    page,
    /** Files of the site by address: what is put here is served instead. */
    files,
    under,
    served,
    asked,
    /** Takes the network away, and the server too. */
    async leave() {
      await context.setOffline(true);
      await server.stop();
    },
    async close() {
      await context.close();
      await server.close();
    },
  };
}

/** @param {Page} page */
const ready = (page) => page.waitForSelector('#badge[data-state="ready"]');

/**
 * Waits until files are kept whose addresses hold these parts.
 *
 * @param {Page} page
 * @param {string[]} parts
 */
async function kept(page, ...parts) {
  for (;;) {
    const urls = await page.evaluate(async () => {
      const caches = await Promise.all((await self.caches.keys()).map((name) => self.caches.open(name)));
      return (await Promise.all(caches.map((cache) => cache.keys()))).flat().map(({ url }) => url);
    });
    if (parts.every((part) => urls.some((url) => url.includes(part)))) return;
    await page.waitForTimeout(50);
  }
}

/** Tells the browser again that it is offline, which it forgets when a worker starts. @param {Page} page */
async function remindOffline(page) {
  await page.context().setOffline(false);
  await page.context().setOffline(true);
}

/** What is kept after a visit. */
const ALL = ["index.html", "/wasm/simd", "/wasm/flex/glimpse_bg", "/wasm/flex/glimpse.", "/wasm/archives/glimpse_bg", "data/all_runs.zip"];

for (const path of ["/", "/some/where/"]) {
  test(`after one visit under ${path} all works without a network`, async () => {
    const { page, served, asked, under, leave, close } = await visit({ path });
    await kept(page, ...ALL, "/weights/siamese");
    assert.ok(!served.some((path) => /webgpu|ndarray|relation|images_evaluation/.test(path)), "what was not used is not fetched");
    assert.ok(served.every((path) => path.startsWith(under)), String(served));
    const { origin } = new URL(page.url());
    await teach(page, characters.slice(0, 1));
    await leave();
    await page.reload();
    await ready(page);
    await remindOffline(page);
    await page.waitForSelector("#offline:visible");
    for (const link of ["./api/", "./docs/"]) assert.ok(await page.locator(`footer [href="${link}"]`).isHidden(), "no link leads nowhere");
    await page.waitForSelector('.card[data-label="sign 0"]');
    await page.click('.card[data-label="sign 0"] .forget');
    await wholePath(page, characters);
    assert.deepEqual(asked.filter((url) => !url.startsWith(`${origin}${under}`)), []);
    await close();
  });
}

test("what cannot be had without a network says so", async () => {
  const { page, leave, close } = await visit();
  await kept(page, ...ALL);
  assert.ok(await page.locator("#offline").isHidden());
  await page.click("#tab-replay");
  await choose(page, "protocol", "mnist");
  await page.click("#start");
  await page.waitForFunction(() => document.querySelectorAll("#dots .right").length > 5);
  await page.click("#cancel");
  await kept(page, "t10k-images", "t10k-labels");
  await leave();
  await page.reload();
  await ready(page);
  await choose(page, "protocol", "mnist");
  await page.click("#start");
  await page.waitForFunction(() => document.querySelectorAll("#dots .right").length > 5);
  await page.click("#cancel");
  await remindOffline(page);
  await choose(page, "protocol", "verification");
  await page.waitForFunction(() => /offline, and these drawings/.test(document.querySelector("#download")?.textContent ?? ""));
  assert.ok(await page.locator("#start").isDisabled());
  await page.waitForTimeout(300);
  await keep(page, "offline-archive");

  await page.dispatchEvent('[name="system"][value="relation"]', "click");
  await page.waitForSelector("#notice:visible");
  assert.match((await page.locator("#notice-text").textContent()) ?? "", /^You are offline, and the Relation network/);
  assert.ok(await page.isChecked('[name="system"][value="siamese"]'), "the network before goes on");
  await keep(page, "offline-system");
  await close();
});

test("a system that is chosen is kept, and so is what fine-tuning it needs", async () => {
  const { page, leave, close } = await visit({ query: "?system=triplet" });
  await kept(page, ...ALL, "/weights/triplet");
  await leave();
  await page.reload();
  await page.waitForSelector('#badge[data-state="ready"][data-system="triplet"]');
  await wholePath(page, characters);
  await close();
});

test("where the visitor asked for few downloads only what is used is kept", async () => {
  const { page, served, close } = await visit();
  await page.context().addInitScript(() => Object.defineProperty(navigator, "connection", { value: { saveData: true } }));
  await kept(page, ...ALL);
  await page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
  served.length = 0;
  await page.reload();
  await ready(page);
  await kept(page, "/weights/siamese", "/wasm/simd");
  await page.waitForTimeout(1000);
  assert.ok(!served.some((path) => /flex|archives|all_runs/.test(path)), String(served));
  await close();
});

/** Weights of another version. */
const OTHER = "assets/weights/siamese.another.safetensors";

/**
 * Has the server give another version, whose title says so, and whose weights are others.
 *
 * @param {Awaited<ReturnType<typeof visit>>} visited
 */
async function publish({ files, under }) {
  const [page, worker] = await Promise.all(["index.html", "sw.js"].map((name) => readFile(join(SITE, name), "utf8")));
  files[`${under}index.html`] = page.replace(/<title.*?>/, "$&New: ");
  files[under + OTHER] = "";
  const [, ours = ""] = /"(assets\/weights\/siamese\.[^"]*)"/.exec(worker) ?? [];
  files[`${under}sw.js`] = worker.replace(ours, OTHER).replace('"index.html","revision":"', "$&another ");
}

/**
 * How often can be undone, counted as soon as anything can.
 *
 * @param {Page} page
 * @param {string} button
 */
async function undoAll(page, button) {
  const counted = await page.waitForFunction((button) => {
    const undo = /** @type {HTMLButtonElement | null} */ (document.querySelector(button));
    let count = 0;
    for (; undo?.disabled === false; count += 1) undo.click();
    return count;
  }, button);
  return counted.jsonValue();
}

test("a new version is offered, and a reload loses nothing", async () => {
  const visited = await visit();
  const { page, close } = visited;
  await kept(page, ...ALL);
  await teach(page, characters.slice(0, 2));
  const other = await page.context().newPage();
  await other.goto(page.url());
  await ready(other);
  await publish(visited);
  await page.reload();
  await page.waitForSelector("#update:visible");
  assert.doesNotMatch(await page.title(), /^New/);
  assert.ok(visited.served.includes(visited.under + OTHER), "what it needs is kept before it takes over");
  const drawn = { strokes: characters.flatMap(([{ strokes }]) => strokes) };
  await drawByMouse(page, drawn);
  await page.fill("#name", "unfinished");
  await keep(page, "update");
  await page.click("#update-now");
  await page.waitForFunction(() => document.title.startsWith("New"));
  const undone = await undoAll(page, "#undo");
  await ready(page);
  await page.waitForFunction(() => document.querySelectorAll(".card").length === 2);
  assert.equal(undone, drawn.strokes.length, "all strokes are there at once: the visitor may draw on");
  assert.equal(await page.inputValue("#name"), "unfinished");
  assert.ok(await page.locator("#update").isHidden());

  await other.waitForSelector("#update:visible");
  assert.doesNotMatch(await other.title(), /^New/, "the other page is not reloaded by itself");
  await other.bringToFront();
  await other.click("#tab-find");
  await known(other);
  const hand = await hands(other, "#find canvas");
  const lines = [0.2, 0.3, 0.4, 0.5, 0.6].map(line);
  for (const drawn of lines) await hand.stroke("mouse", drawn);
  await other.click("#update-now");
  await other.waitForFunction(() => document.title.startsWith("New"));
  const undo = "#find .tools button:first-child";
  await other.waitForSelector(`${undo}:enabled`);
  await (await hands(other, "#find canvas")).stroke("mouse", line(0.8));
  for (const _ of [...lines, "the one after"]) await other.click(undo);
  await other.waitForSelector(`${undo}:disabled`);
  await close();
});

test("the first version is not told as a new one, and a new one can wait", async () => {
  const visited = await visit();
  const { page, leave, close } = visited;
  await kept(page, ...ALL);
  assert.ok(await page.locator("#update").isHidden());
  await publish(visited);
  await page.reload();
  await page.click("#update-later");
  assert.ok(await page.locator("#update").isHidden());
  await leave();
  await page.reload();
  await ready(page);
  await close();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const [name, screen] of Object.entries({ desktop: {}, phone: PHONE, small: { ...PHONE, viewport: { width: 360, height: 640 } } })) {
    test(`being offline and a new version on a ${name}, ${colorScheme}`, async () => {
      const visited = await visit({ ...screen, colorScheme });
      const { page, leave, close } = visited;
      await kept(page, ...ALL);
      await publish(visited);
      await page.reload();
      await page.waitForSelector("#update:visible");
      await leave();
      await page.click("#invent");
      await page.click("#redraw");
      await page.waitForSelector(".card.best");
      await page.evaluate(() => scrollTo(0, 0));
      await page.waitForSelector("#offline:visible");
      await page.waitForTimeout(1000);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `it runs over by ${over} px`);
      const header = await page.locator(".top").boundingBox();
      assert.ok(header && header.height < 110, "the badge leaves the header as high as it is");
      await keep(page, `${name}-${colorScheme}-offline`);
      await close();
    });
  }
}

test("it can be installed", async () => {
  const { page, close } = await visit({ path: "/some/where/" });
  await kept(page, ...ALL);
  const devtools = await page.context().newCDPSession(page);
  const { url, errors } = await devtools.send("Page.getAppManifest");
  assert.match(url, /\/some\/where\/site\/glimpse\.webmanifest$/);
  assert.deepEqual(errors, []);
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"), []);
  await close();
});

test("sets that were used once are found in without a network; one that was not is said to be missing, and the page goes on", async () => {
  const site = await visit({ query: "?find=greek" });
  const { page } = site;
  try {
    await known(page);
    await kept(page, "assets/wasm/simd", "assets/weights/siamese", "assets/sets/greek");
    await site.leave();
    await page.reload();
    await ready(page);
    await known(page);
    await find(page, THETA);
    assert.ok((await page.locator(".tiles button").evaluateAll((all) => all.map((one) => /** @type {HTMLElement} */ (one).title))).includes("Greek small letter theta"));
    await page.click(".sets summary");
    await page.check('.chips [value="music"]');
    await page.waitForSelector("#notice:not([hidden])");
    assert.equal(await page.locator("#notice-text").textContent(), "The signs could not be fetched. Is the network there?");
    await find(page, THETA);
  } finally {
    await site.close();
  }
});
