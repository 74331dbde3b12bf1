// The five lines of README.md and of docs/embedding.md, in folders where nothing is yet.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { launch } from "../harness/chromium.js";
import { invent } from "../harness/package.js";
import { ask, draw } from "../harness/pad.js";
import { serve } from "../../xtask/server.js";
import { blocks, shell, start } from "./follow.js";
import { watch, workshop } from "./manual.js";

const MINUTES = 5;
const LINES = 5;

/**
 * Follows a section of a page, draws on the page that comes of it, and holds lines and time to what they may be.
 *
 * @param {import("node:test").TestContext} context
 * @param {string} guide
 * @param {string} section
 * @param {(commands: string, folder: string) => Promise<{ address: string, close(): Promise<void> }>} open
 */
async function newcomer(context, guide, section, open) {
  const characters = await invent({ seed: 11, characters: 2, drawers: 2 });
  const [{ text }, ...more] = await blocks(guide, section);
  assert.deepEqual(more, []);
  const lines = text.trim().split("\n").length;
  const { folder, later } = await workshop(context);

  const started = performance.now();
  const site = await open(text, folder);
  later(site.close);
  const browser = await launch({ webgpu: false });
  later(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  const faults = watch(page, new URL(site.address).origin);
  await page.goto(site.address);
  for (const [i, [drawing]] of characters.entries()) {
    await draw(page, page, drawing);
    await page.fill("glimpse-pad input", `letter ${i}`);
    await page.press("glimpse-pad input", "Enter");
    await page.locator("glimpse-pad .label", { hasText: `letter ${i}` }).waitFor();
  }
  const answer = await ask(page, page, characters[1][1]);
  const seconds = (performance.now() - started) / 1000;

  assert.equal(answer, "letter 1");
  assert.deepEqual(faults, []);
  console.log(`    ${lines} lines, ${seconds.toFixed(0)} s until a letter was recognised`);
  assert.ok(lines <= LINES);
  assert.ok(seconds < MINUTES * 60);
}

test("a fresh Vite app", (context) => newcomer(context, "README.md", "### A new Vite app", start));

test("a fresh mdBook", (context) =>
  newcomer(context, "docs/embedding.md", "## A new mdBook", async (commands, folder) => {
    await shell(commands, folder);
    const { origin, close } = await serve(join(folder, "letters/book"));
    return { address: `${origin}/chapter_1.html`, close };
  }));
