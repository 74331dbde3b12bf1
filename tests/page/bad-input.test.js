// What goes wrong is said clearly, and the page stays usable.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { officialRuns } from "../harness/data.js";
import { drawByMouse, keep, openSite } from "../harness/site.js";

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
/** @type {import("fflate").Unzipped} */
let files;
before(async () => {
  const archive = await officialRuns();
  files = unzipSync(archive);
  site = await openSite({ extra: { "/data/all_runs.zip": archive } });
});
after(() => site?.close());

/** @type {[string, string, () => Uint8Array][]} */
const ARCHIVES = [
  ["text that is no zip", "BadArchive", () => strToU8("no zip at all")],
  ["a zip cut short", "BadArchive", () => zipSync(files).subarray(0, 100_000)],
  ["a zip of something else", "BadArchive", () => zipSync({ "readme.txt": strToU8("hello") })],
  ["a truncated picture", "BadImage", () => edited("item01.png", (bytes) => bytes.subarray(0, 60))],
  ["unknown labels", "BadLabels", () => edited("class_labels.txt", () => strToU8("run01/test/none.png nowhere"))],
  ["other than the published one", "BadArchive", () => edited("class_labels.txt", withTwoAnswersSwapped)],
];

/**
 * The official archive with one file of its first run changed.
 *
 * @param {string} name
 * @param {(bytes: Uint8Array) => Uint8Array} edit
 */
function edited(name, edit) {
  const path = Object.keys(files).find((path) => path.includes("run01/") && path.endsWith(name));
  assert.ok(path);
  return zipSync({ ...files, [path]: edit(/** @type {Uint8Array} */ (files[path])) });
}

/** @param {Uint8Array} labels lines of a query's path and its answer's */
function withTwoAnswersSwapped(labels) {
  const [first, second, ...rest] = strFromU8(labels).split("\n").map((line) => line.split(" "));
  const swapped = [[first?.[0], second?.[1]], [second?.[0], first?.[1]], ...rest];
  return strToU8(swapped.map((line) => line.join(" ")).join("\n"));
}

for (const [what, kind, archive] of ARCHIVES) {
  test(`a dropped archive that is ${what} is refused as ${kind}, and the replay still works`, async () => {
    const page = await site.page("#replay");
    await drop(page, archive());
    await page.waitForSelector("#notice:visible");
    assert.equal(await page.locator("#notice").getAttribute("data-kind"), kind);
    assert.ok(((await page.locator("#notice-text").textContent()) ?? "").length > 20);
    if (kind === "BadImage") await keep(page, "bad-archive");
    await page.click("#start");
    await page.waitForSelector("#dots .right");
    await page.context().close();
  });
}

test("teaching an empty paper is answered by a hint", async () => {
  const page = await site.page();
  const hint = await page.evaluate(() => {
    /** @type {HTMLElement} */ (document.querySelector("#teach-it")).click();
    return document.querySelector("#hint")?.textContent ?? "";
  });
  assert.match(hint, /empty/);
  assert.equal(await page.locator(".card").count(), 0);
  await page.context().close();
});

test("with one character known the page asks for a second", async () => {
  const page = await site.page();
  await drawByMouse(page, { strokes: [[20, 20, 80, 80]] });
  await page.click("#teach-it");
  assert.match((await page.locator("#hint").textContent()) ?? "", /“A” is known\. Now draw a different one/);
  await drawByMouse(page, { strokes: [[20, 20, 80, 80]] });
  await page.waitForFunction(() => document.querySelector("#verdict")?.textContent?.includes("Only one"));
  assert.equal(await page.locator("#notice").isVisible(), false);
  await page.context().close();
});

test("damaged weights are named as the cause, and trying again helps once they are whole", async () => {
  const context = await site.browser.newContext();
  await context.route("**/*.safetensors", (route) => route.fulfill({ body: "these are no weights" }));
  const page = await context.newPage();
  await page.goto(site.origin);
  await page.waitForSelector("#notice:visible");
  assert.equal(await page.locator("#notice").getAttribute("data-kind"), "BadWeights");
  await keep(page, "bad-weights");
  await drawByMouse(page, { strokes: [[20, 20, 80, 80]] });
  assert.ok(await page.locator("#undo").isEnabled(), "one can still draw");
  await context.unroute("**/*.safetensors");
  await page.click("#notice-retry");
  await page.waitForSelector('#badge[data-state="ready"]');
  await context.close();
});

/**
 * Drops a file onto the page.
 *
 * @param {import("playwright-core").Page} page
 * @param {Uint8Array} bytes
 */
async function drop(page, bytes) {
  const transfer = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    transfer.items.add(new File([bytes], "all_runs.zip", { type: "application/zip" }));
    return transfer;
  }, Buffer.from(bytes).toString("base64"));
  await page.dispatchEvent("#replay", "drop", { dataTransfer: transfer });
}
