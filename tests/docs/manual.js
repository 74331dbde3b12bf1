// A documentation site, opened as its readers open it.
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../harness/data.js";
import { openArticles } from "../harness/pad.js";
import { blocks, follow, shell } from "./follow.js";

/** @typedef {{ name: string, pages: string, support: string, output: string }} Generator where it looks, and where it leaves what it makes */

/** @typedef {import("node:test").TestContext} TestContext */

/**
 * A folder for one test, with the packed package in it. `later` notes what is to be done when the test ends, last things first.
 *
 * @param {TestContext} context
 */
export async function workshop(context) {
  const folder = await mkdtemp(join(tmpdir(), "glimpse-docs-"));
  const ends = [() => rm(folder, { recursive: true, force: true, maxRetries: 3 })];
  context.after(async () => {
    for (const end of ends.reverse()) await end();
  });
  await shell(`npm pack --silent ${JSON.stringify(join(ROOT, "pkg"))}`, folder);
  return { folder, later: (/** @type {() => Promise<void>} */ end) => void ends.push(end) };
}

/**
 * Builds a site in the way that docs/NAME.md tells, and serves it under /manual/ with the policy that it names.
 *
 * @param {TestContext} context
 * @param {Generator} generator
 * @param {string} support what letters.json says
 */
export async function openManual(context, { name, pages, support: letters, output }, support) {
  const { folder, later } = await workshop(context);
  const site = join(folder, "site");
  await cp(join(ROOT, "tests/docs", name), site, { recursive: true });
  await cp(join(ROOT, "tests/docs/pages"), join(site, pages), { recursive: true });
  await mkdir(dirname(join(site, letters)), { recursive: true });
  await writeFile(join(site, letters), support);

  const steps = await blocks(`docs/${name}.md`);
  const [, header, policy] = /^(\S+): (.*)/.exec(steps.find(({ language }) => language === "http")?.text ?? "") ?? [];
  const served = join(folder, "served");
  const opened = await openArticles({ folder: served, pages: { "/favicon.ico": "" }, headers: { [header]: policy } });
  later(opened.close);
  await follow(steps, site, { SITE_URL: `${opened.origin}/manual/` });
  await cp(join(site, output), join(served, "manual"), { recursive: true });
  return opened;
}

/**
 * What goes wrong on a page from now on: messages, failures, refusals, requests elsewhere.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} origin
 */
export function watch(page, origin) {
  /** @type {string[]} */
  const faults = [];
  // A generator's own font, which a page preloads and a slow machine has not used yet.
  const isOfPreload = (/** @type {string} */ text) => text.includes("was preloaded using link preload but not used");
  page.on("console", (message) => /error|warning/.test(message.type()) && !isOfPreload(message.text()) && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("response", (response) => response.status() >= 400 && faults.push(`${response.status()} ${response.url()}`));
  page.on("request", (request) => new URL(request.url()).origin === origin || faults.push(request.url()));
  return faults;
}
