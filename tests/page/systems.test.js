// Three systems: one is chosen, or all of them answer side by side.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { invent } from "../harness/package.js";
import { answered, choose, drawByMouse, keep, openSite, recognised, teach } from "../harness/site.js";

const SYSTEMS = /** @type {const} */ (["siamese", "triplet", "relation"]);

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
/** @type {import("glimpse").Strokes[][]} */
let characters;
before(async () => {
  characters = await invent({ seed: 7, characters: 5, drawers: 2 });
  site = await openSite();
});
after(() => site?.close());

/**
 * The labels and scores of a list of cards.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} list
 */
async function ranking(page, list) {
  return page.locator(`${list} .card`).evaluateAll((cards) =>
    cards.map((card) => `${card.dataset.label} ${card.querySelector(".points")?.textContent}`),
  );
}

/**
 * Which weights a page asks for.
 *
 * @param {import("playwright-core").Page} page
 */
function weightsOf(page) {
  /** @type {Set<string>} */
  const asked = new Set();
  page.context().on("request", (request) => {
    const [, system] = /(\w+)[^/]*\.safetensors$/.exec(request.url()) ?? [];
    if (system) asked.add(system);
  });
  return asked;
}

test("each system takes over what was taught, and recognises it", async () => {
  const page = await site.page("", { ready: false });
  const weights = weightsOf(page);
  await page.reload();
  await page.waitForSelector('#badge[data-state="ready"]');
  assert.deepEqual([...weights], ["siamese"], "only what runs is downloaded");
  await teach(page, characters);
  for (const system of SYSTEMS) {
    await choose(page, "system", system);
    assert.equal(await page.locator("#cards .card").count(), characters.length);
    assert.ok((await recognised(page, characters)) >= 4, system);
    assert.equal(new URL(page.url()).searchParams.get("system"), system === "siamese" ? null : system);
    assert.match((await page.locator("#card").textContent()) ?? "", new RegExp(`This ${system} network`, "i"));
    await page.click("#badge");
    assert.match((await page.locator("#system-name").textContent()) ?? "", new RegExp(system, "i"));
    if (system === "relation") await keep(page, "system");
    await page.keyboard.press("Escape");
  }
  assert.deepEqual([...weights], [...SYSTEMS]);
  await page.context().close();
});

test("the address chooses a system, by keyboard one goes on to the next", async () => {
  const page = await site.page("?system=triplet");
  assert.equal(await page.locator("#badge").getAttribute("data-system"), "triplet");
  await page.focus('[name="system"]:checked');
  await page.keyboard.press("ArrowRight");
  await page.waitForSelector('#badge[data-state="ready"][data-system="relation"]');
  assert.equal(new URL(page.url()).searchParams.get("system"), "relation");
  await page.context().close();
});

test("where a system cannot be loaded, the one before goes on", async () => {
  const page = await site.page();
  await teach(page, characters);
  await page.route("**/relation*.safetensors", (route) => route.fulfill({ body: "these are no weights" }));
  // The choice goes back by itself, perhaps at once.
  await page.locator('[name="system"][value="relation"]').dispatchEvent("click");
  await page.waitForSelector("#notice:visible");
  assert.equal(await page.locator("#notice").getAttribute("data-kind"), "BadWeights");
  assert.ok(await page.locator('[name="system"][value="siamese"]').isChecked());
  assert.ok((await recognised(page, characters)) >= 4);
  await page.unroute("**/relation*.safetensors");
  await page.click("#notice-retry");
  await page.waitForSelector('#badge[data-state="ready"][data-system="relation"]');
  assert.ok((await recognised(page, characters)) >= 4);
  await page.context().close();
});

test("all three rank the same drawing side by side, each as it does alone", async () => {
  const page = await site.page();
  const weights = weightsOf(page);
  await teach(page, characters);
  await choose(page, "lens", "compare");
  for (const system of SYSTEMS) await page.waitForSelector(`.column[data-system="${system}"][data-state="ready"]`);
  assert.deepEqual([...weights].sort(), ["relation", "triplet"], "the other two come on demand");

  await drawByMouse(page, characters[1][1]);
  await answered(page);
  await keep(page, "compare");
  /** @type {Record<string, string[]>} */
  const beside = {};
  for (const system of SYSTEMS) {
    beside[system] = await ranking(page, `.column[data-system="${system}"]`);
    assert.equal(beside[system].length, characters.length);
    assert.equal(await page.locator(`.column[data-system="${system}"] .card.best`).count(), 1);
  }
  await choose(page, "lens", "ranking");
  for (const system of SYSTEMS) {
    await choose(page, "system", system);
    await answered(page);
    assert.deepEqual(await ranking(page, "#cards"), beside[system], system);
  }
  await page.context().close();
});

test("what is taught and forgotten while three are shown, all three learn and forget", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 3));
  await choose(page, "lens", "compare");
  for (const system of SYSTEMS) await page.waitForSelector(`.column[data-system="${system}"][data-state="ready"]`);
  await teach(page, characters.slice(0, 4));
  await drawByMouse(page, characters[3][1]);
  await answered(page);
  for (const system of SYSTEMS) assert.equal((await ranking(page, `.column[data-system="${system}"]`)).length, 4);
  await page.click("#forget-all");
  await answered(page);
  assert.equal(await page.locator(".card").count(), 0);
  await page.context().close();
});

test("loading a system to compare can be cancelled, and begun again", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 2));
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  await page.route("**/relation*.safetensors", async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  await choose(page, "lens", "compare");
  const column = page.locator('.column[data-system="relation"]');
  await page.waitForSelector('.column[data-system="relation"][data-state="loading"] progress:visible');
  await keep(page, "compare-loading");
  await column.getByRole("button", { name: "Cancel" }).click();
  assert.match((await column.textContent()) ?? "", /not loaded/);
  await page.waitForSelector('.column[data-system="triplet"][data-state="ready"]');
  release();
  await column.getByRole("button", { name: "Load" }).click();
  await page.waitForSelector('.column[data-system="relation"][data-state="ready"]');
  await page.context().close();
});
