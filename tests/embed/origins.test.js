// `<glimpse-pad>` from another origin than the page's, as from a content delivery network, and the site's own page for frames.
import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { officialRuns } from "../harness/data.js";
import { invent } from "../harness/package.js";
import { article, ask, openArticles, DIST, SITE } from "../harness/pad.js";
import { serve } from "../../xtask/server.js";

const OPEN = { headers: { "access-control-allow-origin": "*" } };

/** @type {import("glimpse").Strokes[][]} */
let characters;
/** @type {string} */
let support;
/** @type {Awaited<ReturnType<typeof serve>>[]} */
const servers = [];
before(async () => {
  await access(join(SITE, "embed.html")).catch(() => {
    throw new Error("www/dist is not built: run `cargo xtask build`");
  });
  characters = await invent({ seed: 7, characters: 4, drawers: 2 });
  support = JSON.stringify({ support: characters.map(([drawing], i) => ({ label: `sign ${i}`, drawing })) });
});
after(() => Promise.all(servers.map((server) => server.close())));

/** Serves a folder to pages of every origin. @param {string} folder */
async function abroad(folder) {
  const server = await serve(folder, { "/support.json": support, "/data/all_runs.zip": await officialRuns() }, OPEN);
  servers.push(server);
  return server.origin;
}

/**
 * Opens an article with the element from another origin, draws, and gives back the answer and how many workers there are.
 *
 * @param {string} folder
 * @param {string} [policy]
 */
async function drawn(folder, policy) {
  const origin = await abroad(folder);
  const opened = await openArticles({
    pages: {
      "/page.html": article(`<glimpse-pad support="support.json"></glimpse-pad>`, `${origin}/element.js`),
      "/support.json": support,
    },
    headers: policy ? { "content-security-policy": policy.replaceAll("ORIGIN", origin) } : {},
  });
  try {
    const { page } = await opened.page("/page.html");
    return { answer: await ask(page, page, characters[2][1]), workers: page.workers().length };
  } finally {
    await opened.close();
  }
}

test("from another origin it computes in a worker of the page's own", async () => {
  assert.deepEqual(await drawn(DIST), { answer: "sign 2", workers: 1 });
});

test("where the page forbids that worker it computes in the page", async () => {
  const policy =
    "default-src 'none'; script-src ORIGIN 'wasm-unsafe-eval'; connect-src 'self' ORIGIN; worker-src 'self'; style-src 'self'; img-src 'self'";
  assert.deepEqual(await drawn(DIST, policy), { answer: "sign 2", workers: 0 });
});

test("the site's own element.js serves other origins", async () => {
  assert.deepEqual(await drawn(SITE), { answer: "sign 2", workers: 1 });
});

test("in a frame the site's page takes the attributes from its address, within its own policy", async () => {
  const origin = await abroad(SITE);
  const opened = await openArticles({
    pages: {
      "/page.html": `<!doctype html><title>A frame</title><link rel="icon" href="data:,"><iframe width="700" height="480"
        src="${origin}/embed.html?support=support.json&mode=map&theme=dark&lang=ko&system=triplet"></iframe>`,
    },
    headers: {},
  });
  try {
    const { page } = await opened.page("/page.html");
    /** @type {string[]} */
    const refused = [];
    page.on("console", (message) => /Content Security Policy/.test(message.text()) && refused.push(message.text()));
    const frame = page.frameLocator("iframe");
    await frame.locator("glimpse-pad .label").first().waitFor();
    assert.equal(await ask(page.frames()[1], page, characters[1][1]), "sign 1");
    const tiles = frame.locator('glimpse-pad [part~="tile"]');
    await tiles.nth(3).waitFor();
    assert.equal(await tiles.count(), 4);
    assert.equal(await frame.locator("glimpse-pad .invitation").textContent(), "여기에 그리세요");
    const attributes = await frame.locator("glimpse-pad").evaluate((pad) => [pad.getAttribute("theme"), pad.getAttribute("system")]);
    assert.deepEqual(attributes, ["dark", "triplet"]);
    assert.deepEqual(refused, []);
  } finally {
    await opened.close();
  }
});

test("in a frame the site's own archive is replayed", async () => {
  const origin = await abroad(SITE);
  const opened = await openArticles({
    pages: { "/page.html": article(`<iframe title="A replay" src="${origin}/embed.html?mode=replay"></iframe>`) },
    headers: {},
  });
  try {
    const { page } = await opened.page("/page.html");
    const frame = page.frameLocator("iframe");
    await frame.getByRole("button", { name: "Replay" }).click();
    await frame.locator("glimpse-pad .verdict", { hasText: /of ([2-9]|\d\d+) right/ }).waitFor();
  } finally {
    await opened.close();
  }
});
