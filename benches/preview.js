// The pictures in README.md, of the built site, teaching and finding: `node benches/preview.js`, by `cargo xtask figures --only preview`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../tests/harness/data.js";
import { find, known, PARTIAL } from "../tests/harness/signs.js";
import { answered, choose, openSite } from "../tests/harness/site.js";
import { commit } from "./commit.js";
import { digest } from "./digests.js";

const SYSTEMS = ["siamese", "triplet", "relation"];
const [TAUGHT, FOUND] = ["www/preview.png", "www/preview-find.png"];

/** Takes a picture of a page at rest. @param {import("playwright-core").Page} page @param {string} path */
async function take(page, path) {
  await page.mouse.move(0, 0);
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(ROOT, path) });
}

const site = await openSite();
try {
  const page = await site.page("", { reducedMotion: "reduce", ready: false });
  // The same characters each time.
  await page.addInitScript(() => {
    let state = 1;
    Math.random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  });
  await page.reload();
  await page.waitForSelector('#badge[data-state="ready"]');
  await page.click("#invent");
  await page.waitForSelector(".card");
  await page.click("#redraw");
  await page.waitForSelector(".card.best");
  await choose(page, "lens", "compare");
  await page.waitForFunction(() => document.querySelectorAll('.column[data-state="ready"]').length === 3);
  await answered(page);
  await take(page, TAUGHT);
  const finding = await site.page("?find=greek,arrows,mathematics", { reducedMotion: "reduce" });
  await known(finding);
  await finding.locator(".formats label", { hasText: "LaTeX" }).click();
  await find(finding, PARTIAL);
  await take(finding, FOUND);
} finally {
  await site.close();
}

const weights = await Promise.all(SYSTEMS.map(async (system) => [system, await digest(`weights/${system}.safetensors`)]));
const pictures = await Promise.all([TAUGHT, FOUND].map(async (path) => [path, await digest(path)]));
const made = { weights: Object.fromEntries(weights), commit: commit(), pictures: Object.fromEntries(pictures) };
await writeFile(join(ROOT, "www/preview.json"), `${JSON.stringify(made, null, 2)}\n`);
