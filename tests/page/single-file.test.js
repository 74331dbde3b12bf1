// The site as one file, opened from a disk with no network.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { accessible } from "../harness/axe.js";
import { launch } from "../harness/chromium.js";
import { published } from "../harness/data.js";
import { invent } from "../harness/package.js";
import { requestsOf, wholePath } from "../harness/path.js";
import { find, known, THETA } from "../harness/signs.js";
import { singleFile } from "../harness/single-file.js";
import { choose, drawByMouse, drawByTouch, keep, PHONE, recognised, teach } from "../harness/site.js";
import { isEnglish, watchWords } from "../harness/words.js";

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("glimpse").Strokes[][]} */
let characters;
/** Holds nothing but the file. */
let folder = "";
before(async () => {
  folder = await singleFile();
  characters = await invent({ seed: 7, characters: 5, drawers: 2 });
  browser = await launch({ webgpu: false });
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/**
 * Opens the file without a network, and hears what it asks for and what the browser complains of.
 *
 * @param {import("playwright-core").BrowserContextOptions & { query?: string, watched?: boolean, within?: import("playwright-core").Browser }} [options]
 */
async function open({ query = "", watched = false, within = browser, ...options } = {}) {
  const context = await within.newContext({ viewport: { width: 1280, height: 800 }, offline: true, ...options });
  const asked = requestsOf(context);
  /** @type {string[]} */
  const complaints = [];
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
  if (watched) await context.addInitScript(watchWords);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(`${pathToFileURL(join(folder, "glimpse.html"))}${query}`);
  await page.waitForSelector('#badge[data-state="ready"]');
  return { page, asked, complaints };
}

for (const worker of ["on", "off"]) {
  test(`it teaches, answers, fine-tunes and replays, with its worker ${worker}, and asks for nothing outside`, async () => {
    const { page, asked, complaints } = await open({ query: `?worker=${worker}` });
    assert.equal(page.workers().length, worker === "on" ? 2 : 0, "one computes, and one tells that it lives");
    await wholePath(page, characters);
    assert.ok(asked.some((url) => url.startsWith("blob:")), "requests are seen");
    assert.deepEqual(asked.filter((url) => !/^(blob|data):/.test(url)), [page.url()]);
    assert.deepEqual(complaints, []);
    assert.ok(await page.locator("#offline").isHidden(), "it needs no network");
    await keep(page, `single-file-worker-${worker}`);
    await page.context().close();
  });
}

test("every system is inside, and what was taught is there when it is opened again", async () => {
  const { page, complaints } = await open();
  await teach(page, characters);
  for (const system of ["triplet", "relation"]) {
    await choose(page, "system", system);
    await drawByMouse(page, characters[0][1]);
    await page.waitForSelector(".card.best");
    await page.click("#clear");
    await page.waitForSelector(".card.best", { state: "detached" });
  }
  await page.reload();
  await page.waitForSelector('#badge[data-state="ready"]');
  await page.waitForFunction(() => document.querySelectorAll(".card").length === 5);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a worker that is busy for long is waited for, and one that is killed gives way to another", async () => {
  const { page, complaints } = await open();
  await teach(page, characters);
  const [worker] = page.workers();
  await worker.evaluate(() => {
    const end = performance.now() + 9000;
    while (performance.now() < end);
  });
  assert.ok((await recognised(page, characters)) >= characters.length - 1);
  assert.equal(await page.locator("#notice").isVisible(), false, "it was not taken for dead");

  await worker.evaluate(() => self.close());
  assert.ok((await recognised(page, characters)) >= characters.length - 1);
  const notice = await page.locator("#notice-text").textContent();
  assert.equal(notice, "The worker was ended. A new one goes on with all that you taught.");
  assert.equal(page.workers().length, 2);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

for (const worker of ["on", "off"]) {
  test(`a module that traps gives way to a fresh one, with its worker ${worker}`, async () => {
    // The engine's own limit, lowered to 48 MB: reading the evaluation archive takes more.
    const small = await launch({ webgpu: false, flags: ["--js-flags=--wasm-max-mem-pages=768"] });
    try {
      const { page } = await open({ query: `?system=relation&worker=${worker}`, within: small });
      await teach(page, characters);
      await page.click("#fine-tune");
      await page.waitForSelector("#tuning-close:visible");
      await page.click("#tuning-close");
      await page.click("#tab-replay");
      await choose(page, "protocol", "random-5-way-1-shot");
      await page.click("#start");
      await page.setInputFiles("#file", {
        name: "images_evaluation.zip",
        mimeType: "application/zip",
        buffer: await published("omniglot/images_evaluation.zip"),
      });
      await page.waitForFunction(() => /^The engine stopped unexpectedly/.test(document.querySelector("#notice-text")?.textContent ?? ""));
      await page.click("#tab-teach");
      assert.match((await page.locator("#engine-refused").textContent()) ?? "", /Not simd: The engine stopped unexpectedly/);
      assert.ok(await page.locator("#badge-tuned").isVisible(), "what was fine-tuned stays");
      assert.equal(await page.locator("#cards .card").count(), characters.length);
      assert.ok((await recognised(page, characters)) >= characters.length - 1);
      await page.context().close();
    } finally {
      await small.close();
    }
  });
}

test("what is not inside it says, and the licences are inside", async () => {
  const { page } = await open();
  await page.click("#badge");
  assert.deepEqual(
    await page.locator("#engine-choice input").evaluateAll((inputs) => inputs.map((input) => /** @type {HTMLInputElement} */ (input).value)),
    ["auto", "simd", "flex"],
  );
  await page.keyboard.press("Escape");
  await page.click("#tab-replay");
  await choose(page, "protocol", "mnist");
  await page.click("#start");
  await page.waitForSelector("#bring:visible");
  const [terms] = await Promise.all([page.waitForEvent("popup"), page.click("footer a")]);
  await terms.waitForLoadState();
  const text = (await terms.locator("body").textContent()) ?? "";
  for (const name of ["perfect-freehand", "Omniglot"]) assert.match(text, new RegExp(`^${name}\\b`, "m"));
  assert.match(text, /^.*\bburn 0\.\d+\.\d+.*\n\n.*MIT/m, "the crates in its modules are named, and their terms");
  await page.context().close();
});

test("both languages are inside, none is seen before the visitor's, and axe-core finds nothing", async () => {
  const { page, complaints } = await open({ locale: "ko-KR", reducedMotion: "reduce", watched: true });
  await page.waitForFunction((title) => seen.has(title), "가르치기");
  assert.deepEqual((await page.evaluate(() => [...seen])).filter(isEnglish), []);
  await accessible(page, "the file in Korean");
  await page.check('[name="language"][value="en"]');
  await page.waitForFunction(() => document.documentElement.lang === "en");
  await accessible(page, "the file in English");
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("by finger on a phone, in the dark", async () => {
  const { page } = await open({
    ...PHONE,
    colorScheme: "dark",
  });
  await wholePath(page, characters, drawByTouch);
  await keep(page, "phone-dark-single-file");
  await page.context().close();
});

test("every set is inside, and signs are found", async () => {
  const { page, asked, complaints } = await open({ query: "?find=greek,music" });
  await known(page);
  await find(page, THETA);
  await page.waitForSelector('.tiles button[title="Greek small letter theta"]');
  await page.click(".sets summary");
  await page.locator(".chips input").first().check();
  await page.waitForFunction(() => document.querySelectorAll(".chips :checked").length > 10);
  await known(page);
  assert.deepEqual(asked.filter((url) => !/^(blob|data|file):/.test(url)), []);
  assert.deepEqual(complaints, []);
  await page.context().close();
});
