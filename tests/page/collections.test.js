// What was taught and fine-tuned is there again: after a reload, under several names, and in files. Where the browser
// keeps nothing the page says so, and goes on.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { accessible } from "../harness/axe.js";
import { gunzipSync, gzipSync, strFromU8, strToU8 } from "fflate";
import { invent, openPackage } from "../harness/package.js";
import { answered, choose, drawByMouse, drawByPen, keep, openSite, PHONE, teach } from "../harness/site.js";

/** @typedef {import("playwright-core").Page} Page */

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
 * The ranking of what is drawn: labels, and the engine's own scores.
 *
 * @param {Page} page
 * @param {import("glimpse").Strokes} query
 */
async function ranked(page, query) {
  await drawByMouse(page, query);
  await answered(page);
  const ranking = await page.locator("#cards .card").evaluateAll((cards) =>
    cards.map((card) => ({
      label: card.dataset.label,
      score: Number(card.querySelector(/** @type {any} */ (".bar")).style.getPropertyValue("--score")),
    })),
  );
  await page.click("#clear");
  await answered(page);
  return ranking;
}

/** A drawing's first stroke: it is like no sign, so that its scores are not so near 1 that nothing moves them. @param {import("glimpse").Strokes} drawing */
const part = ({ strokes }) => ({ strokes: strokes.slice(0, 1) });

/** @typedef {Awaited<ReturnType<typeof ranked>>} Ranking */

/** What is there when Relation is what answers. */
const RELATION = '#badge[data-state="ready"][data-system="relation"]';

/**
 * @param {Ranking} ranking
 * @param {Ranking} before
 */
function assertSame(ranking, before) {
  assert.equal(before.length, characters.length);
  assert.deepEqual(labels(ranking), labels(before));
  for (const [i, { score }] of ranking.entries()) {
    assert.ok(Math.abs(score - before[i].score) < 1e-6, `${score} was ${before[i].score}`);
  }
}

/** @param {Ranking} ranking */
const labels = (ranking) => ranking.map(({ label }) => label);

/**
 * The labels of the cards, as they are shown while nothing is drawn.
 *
 * @param {Page} page
 */
const known = (page) => page.locator("#cards .card").evaluateAll((cards) => cards.map((card) => card.dataset.label));

/** @param {Page} page */
const name = (page) => page.locator("#collection-name").textContent();

/**
 * The names in the open menu.
 *
 * @param {Page} page
 */
const names = (page) => page.locator(".opener .collection-title").allTextContents();

/**
 * Waits until so many characters are shown.
 *
 * @param {Page} page
 * @param {number} count
 */
const cards = (page, count) =>
  page.waitForFunction((count) => document.querySelectorAll("#cards .card").length === count, count);

/** @param {Page} page */
async function reload(page) {
  await page.reload();
  await page.waitForSelector('#badge[data-state="ready"]');
}

/**
 * Makes a collection and names it.
 *
 * @param {Page} page
 * @param {string} name
 */
async function create(page, name) {
  await page.click("#collection");
  await page.click("#new-collection");
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
}

/**
 * Opens a collection from the menu.
 *
 * @param {Page} page
 * @param {string} name
 */
async function open(page, name) {
  await page.click("#collection");
  await page.click(`.opener:has-text("${name}")`);
}

/**
 * The file that the page saves, and its name.
 *
 * @param {Page} page
 */
async function save(page) {
  await page.click("#collection");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-file")]);
  await page.keyboard.press("Escape");
  return { name: download.suggestedFilename(), bytes: new Uint8Array(await readFile(await download.path())) };
}

/**
 * Opens a file by the menu.
 *
 * @param {Page} page
 * @param {Uint8Array} bytes
 * @param {string} [name]
 */
async function openFile(page, bytes, name = "brought.glimpse") {
  await page.click("#collection");
  await page.setInputFiles("#open-file", { name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) });
}

test("what was taught is there after a reload, and ranks as before", async () => {
  const page = await site.page();
  await teach(page, characters);
  const query = characters[2][1];
  const before = await ranked(page, query);
  await reload(page);
  await cards(page, 5);
  assert.deepEqual(await known(page), ["sign 0", "sign 1", "sign 2", "sign 3", "sign 4"]);
  assertSame(await ranked(page, query), before);
  await choose(page, "system", "triplet");
  const triplet = await ranked(page, query);
  await reload(page);
  await cards(page, 5);
  assertSame(await ranked(page, query), triplet);
  await page.context().close();
});

test("a page that ends right after it was taught has kept it, and what was forgotten stays forgotten", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 3));
  await Promise.all([
    page.waitForEvent("load"),
    page.evaluate(() => {
      /** @type {any} */ (document.querySelector('[aria-label="Forget sign 1"]')).click();
      location.reload();
    }),
  ]);
  await cards(page, 2);
  assert.deepEqual(await known(page), ["sign 0", "sign 2"]);
  await page.context().close();
});

test("ink of a pen looks the same after a reload, and invented characters can still be redrawn", async () => {
  const page = await site.page();
  await drawByPen(page, characters[0][0]);
  await page.click("#teach-it");
  await page.click("#invent");
  await cards(page, 6);
  const faces = () => page.locator("#cards .face path").evaluateAll((paths) => paths.map((path) => path.getAttribute("d")));
  const before = await faces();
  await reload(page);
  await cards(page, 6);
  assert.deepEqual(await faces(), before);
  await page.click("#redraw");
  await page.waitForSelector(".card.best");
  await page.context().close();
});

/** Has the page's storage answer only when it is released, from the next load on. @param {Page} page */
const withhold = (page) =>
  page.addInitScript(() => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (...asked) {
      const request = Reflect.apply(open, this, asked);
      const hold = (/** @type {Event} */ event) => {
        event.stopImmediatePropagation();
        Object.assign(globalThis, { held: () => [request.removeEventListener("success", hold), request.dispatchEvent(new Event("success"))] });
      };
      request.addEventListener("success", hold);
      return request;
    };
  });

/** Has the storage answer that was withheld. @param {Page} page */
async function release(page) {
  await page.waitForFunction(() => "held" in globalThis);
  await page.evaluate(() => void (/** @type {any} */ (globalThis).held()));
}

test("what is taught before the storage has answered is in the collection that was open, and renames none", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 1));
  await page.click("#collection");
  await page.click('[aria-label="Rename My characters"]');
  await page.keyboard.type("Elder");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await create(page, "Runes");
  await teach(page, characters.slice(0, 2));
  await kept(page, 5); // Two collections and three drawings.
  await withhold(page);
  await reload(page);
  assert.equal(await page.locator("#cards .card").count(), 0);
  await drawByMouse(page, characters[2][0]);
  await page.fill("#name", "early");
  await page.press("#name", "Enter");
  await cards(page, 1);
  await release(page);
  await cards(page, 3);
  assert.equal(await name(page), "Runes");
  assert.deepEqual(await known(page), ["sign 0", "sign 1", "early"]);

  const other = await page.context().newPage();
  await other.goto(site.origin);
  await kept(other, 6);
  await reload(other);
  await cards(other, 3);
  assert.equal(await name(other), "Runes", "it is kept there");
  await other.click("#collection");
  assert.deepEqual(await names(other), ["Elder", "Runes"]);
  await other.click('.opener:has-text("Elder")');
  await cards(other, 1);
  await page.context().close();
});

test("what is taught before the storage has answered brings no deleted collection back", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 1));
  await page.click("#collection");
  await page.click('[aria-label="Delete My characters"]');
  await cards(page, 0);
  await withhold(page);
  await reload(page);
  await drawByMouse(page, characters[2][0]);
  await page.fill("#name", "early");
  await page.press("#name", "Enter");
  await cards(page, 1);
  await release(page);
  const other = await page.context().newPage();
  await other.goto(site.origin);
  await kept(other, 4); // Of both collections.
  await reload(other);
  for (const tab of [page, other]) {
    await cards(tab, 1);
    assert.deepEqual(await known(tab), ["early"]);
    await tab.bringToFront();
    await tab.click("#collection");
    assert.deepEqual(await names(tab), ["My characters"]);
  }
  await page.context().close();
});

test("what is taught and forgotten on a first visit before the storage has answered is kept", async () => {
  const context = await site.browser.newContext();
  const page = await context.newPage();
  await withhold(page);
  await page.goto(site.origin);
  await teach(page, characters.slice(0, 2));
  await page.click('[aria-label="Forget sign 0"]');
  await release(page);
  const other = await context.newPage();
  await other.goto(site.origin);
  await kept(other, 2);
  await reload(other);
  await cards(other, 1);
  await other.click("#collection");
  assert.deepEqual(await names(other), ["My characters"]);
  await page.bringToFront();
  await create(page, "Runes");
  await cards(page, 0);
  await open(page, "My characters");
  await cards(page, 1);
  assert.deepEqual(await known(page), ["sign 1"]);
  await context.close();
});

test("a first visitor sees one collection, and that it is kept here only", async () => {
  const page = await site.page();
  assert.equal(await name(page), "My characters");
  await page.click("#collection");
  assert.deepEqual(await names(page), ["My characters"]);
  assert.match((await page.locator("#kept").textContent()) ?? "", /in this browser, and nowhere else/);
  assert.equal(await page.evaluate(async () => (await indexedDB.databases()).length), 1);
  await page.context().close();
});

test("several collections each know their own", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 3));
  await create(page, "Runes");
  assert.equal(await name(page), "Runes");
  assert.equal(await page.locator("#cards .card").count(), 0);
  await teach(page, characters.slice(3));
  const face = page.locator('[data-label="sign 0"] .face path');
  const rune = await face.getAttribute("d");
  await reload(page);
  await cards(page, 2);
  assert.equal(await name(page), "Runes", "the one that was open is open again");
  await open(page, "My characters");
  await cards(page, 3);
  assert.notEqual(await face.getAttribute("d"), rune, "the same label shows this collection’s drawing");
  const ranking = await ranked(page, characters[1][1]);
  assert.equal(ranking[0].label, "sign 1");
  assert.equal(ranking.length, 3);
  await open(page, "Runes");
  await cards(page, 2);
  assert.equal(await face.getAttribute("d"), rune);
  await page.context().close();
});

test("a collection is renamed in place; Escape leaves its name", async () => {
  const page = await site.page();
  await drawByMouse(page, characters[0][0]);
  await page.click("#teach-it");
  await page.click("#collection");
  await page.click('[aria-label="Rename My characters"]');
  await page.keyboard.type("Elder <b>Futhark</b>");
  await page.keyboard.press("Enter");
  assert.deepEqual(await names(page), ["Elder <b>Futhark</b>"]);
  await page.click('[title="Rename"]');
  await page.keyboard.type("something else");
  await page.keyboard.press("Escape");
  assert.deepEqual(await names(page), ["Elder <b>Futhark</b>"]);
  assert.equal(await page.locator("#cards .card").count(), 1, "what is typed there is no drawing’s name");
  await reload(page);
  await page.waitForFunction(() => document.querySelector("#collection-name")?.textContent === "Elder <b>Futhark</b>");
  await page.context().close();
});

test("a deleted collection can be had back for some seconds; then it is gone", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 2));
  await create(page, "Runes");
  await teach(page, characters.slice(2));
  await page.click("#collection");
  await page.click('[aria-label="Delete Runes"]');
  await cards(page, 2);
  assert.equal(await name(page), "My characters");
  await page.getByText("“Runes” is deleted.").waitFor();
  await page.click("text=Undo");
  await cards(page, 3);
  assert.equal(await name(page), "Runes");

  await page.click('[aria-label="Delete Runes"]');
  await page.click('[aria-label="Delete My characters"]');
  await cards(page, 0);
  assert.equal(await name(page), "My characters", "there is always one to teach");
  await page.keyboard.press("Escape");
  await teach(page, characters.slice(0, 1));
  await page.click("#collection");
  await page.getByText("“Runes” is deleted.").waitFor({ state: "detached", timeout: 15_000 });
  await reload(page);
  await cards(page, 1); // What was taught after the deletion.
  await page.click("#collection");
  assert.deepEqual(await names(page), ["My characters"]);
  await page.context().close();
});

test("the menu is used by keyboard alone", async () => {
  const page = await site.page();
  await create(page, "Runes");
  await drawByMouse(page, characters[0][0]);
  await page.focus("#collection");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#collections").isVisible(), false);
  assert.ok(await page.locator("#undo").isEnabled(), "Escape closed the menu and left the paper as it was");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "collection");
  await page.click("#teach-it");
  await create(page, "Letters");
  await page.focus("#collection");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  assert.equal(await name(page), "Runes");
  await page.context().close();
});

test("what two tabs teach is in both, and in the storage", async () => {
  const page = await site.page();
  const other = await page.context().newPage();
  await other.goto(site.origin);
  await other.waitForSelector('#badge[data-state="ready"]');
  await page.bringToFront();
  await teach(page, characters.slice(0, 3));
  await cards(other, 3);
  await other.bringToFront();
  await drawByMouse(other, characters[3][0]);
  await other.fill("#name", "sign 3");
  await other.press("#name", "Enter");
  await cards(page, 4);
  await page.bringToFront();
  await page.click('[aria-label="Forget sign 1"]');
  await cards(other, 3);
  await reload(page);
  await cards(page, 3);
  assert.deepEqual(await known(page), ["sign 0", "sign 2", "sign 3"]);
  await other.bringToFront();
  const ranking = await ranked(other, characters[0][1]);
  assert.deepEqual(labels(ranking).sort(), ["sign 0", "sign 2", "sign 3"]);
  await page.context().close();
});

test("a collection that another tab opens does not take the place of this tab's", async () => {
  const page = await site.page();
  const other = await page.context().newPage();
  await other.goto(site.origin);
  await other.waitForSelector('#badge[data-state="ready"]');
  await page.bringToFront();
  await teach(page, characters.slice(0, 2));
  await cards(other, 2);
  const third = await page.context().newPage();
  await third.goto(site.origin);
  await cards(third, 2);
  await page.bringToFront();
  await create(page, "Runes");
  for (const tab of [other, third]) {
    await tab.bringToFront();
    await tab.click("#collection");
    await tab.waitForSelector('.opener:has-text("Runes")');
    assert.equal(await name(tab), "My characters");
    assert.deepEqual(await known(tab), ["sign 0", "sign 1"]);
  }
  await page.context().close();
});

test("a saved file opens in a fresh profile on another engine, with the same ranking", async () => {
  const page = await site.page("?system=triplet");
  await teach(page, characters);
  await page.click("#collection");
  await page.click('[title="Rename"]');
  await page.keyboard.type("A/B: signs");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  const query = characters[2][1];
  const before = await ranked(page, query);
  const file = await save(page);
  assert.equal(file.name, "A_B_ signs.glimpse");
  await page.context().close();

  const fresh = await site.page("?engine=ndarray");
  await openFile(fresh, file.bytes, file.name);
  await cards(fresh, 5);
  await fresh.waitForSelector('#badge[data-state="ready"][data-system="triplet"][data-engine="ndarray"]');
  assert.equal(await name(fresh), "A/B: signs");
  assert.deepEqual(labels(await ranked(fresh, query)), labels(before));
  await reload(fresh);
  await cards(fresh, 5);
  assert.deepEqual(labels(await ranked(fresh, query)), labels(before));
  await fresh.context().close();
});

test("a dropped file is a collection beside the others, and replaces none", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 2));
  const { bytes } = await save(page);
  const transfer = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], "My characters.glimpse"));
    return transfer;
  }, Buffer.from(bytes).toString("base64"));
  await page.dispatchEvent("#teach", "drop", { dataTransfer: transfer });
  await page.waitForFunction(() => document.querySelector("#collection-name")?.textContent === "My characters 2");
  await cards(page, 2);
  await page.click("#forget-all");
  await open(page, "My characters");
  await cards(page, 2);
  await page.context().close();
});

test("teach, fine-tune, reload: the same ranking; undone, reload: the ranking before", async () => {
  const page = await site.page("?system=relation");
  await teach(page, characters);
  const query = part(characters[2][1]);
  const before = await ranked(page, query);
  await page.click("#fine-tune");
  await page.waitForSelector("#tuning-undo:visible", { timeout: 120_000 });
  const tuned = await ranked(page, query);
  assert.ok(tuned.some(({ score }, i) => Math.abs(score - before[i].score) > 1e-4), "fine-tuning changes scores");
  const { bytes } = await save(page);
  const fresh = await site.page();
  await openFile(fresh, bytes);
  await cards(fresh, 5);
  await fresh.waitForSelector(RELATION);
  assertSame(await ranked(fresh, query), tuned);
  await fresh.context().close();

  await reload(page);
  await cards(page, 5);
  assertSame(await ranked(page, query), tuned);
  await page.click("#reset-tuning");
  await page.waitForSelector("#reset-tuning", { state: "hidden" });
  assertSame(await ranked(page, query), before);
  await reload(page);
  await cards(page, 5);
  assertSame(await ranked(page, query), before);
  await page.context().close();
});

test("a collection that is opened while another is fine-tuned is answered by the trained network", async () => {
  const page = await site.page("?steps=2000");
  await teach(page, characters);
  const before = await ranked(page, characters[2][1]);
  const { bytes } = await save(page);
  await page.click("#fine-tune");
  await page.waitForFunction(() => /Step/.test(document.querySelector("#tuning-at")?.textContent ?? ""));
  await openFile(page, bytes);
  await page.waitForFunction(() => document.querySelector("#collection-name")?.textContent === "My characters 2");
  await page.waitForSelector('#tuning[aria-busy="false"]', { state: "attached" });
  assertSame(await ranked(page, characters[2][1]), before);
  await open(page, "My characters");
  assertSame(await ranked(page, characters[2][1]), before);
  await page.context().close();
});

for (const [how, late] of /** @type {const} */ ([
  ["another collection is opened", false],
  ["it is cancelled", false],
  ["it is cancelled", true],
])) {
  test(`fine-tuning that ends as ${how}${late ? ", its weights under way," : ""} changes nothing`, async () => {
    // Opening a file takes a while on a busy machine: it goes on beyond that.
    const page = await site.page(how === "another collection is opened" ? "?steps=600" : "?steps=20");
    await teach(page, characters);
    const before = await ranked(page, characters[2][1]);
    const { bytes } = await save(page);
    // The engine hears of no abort: it has done its work by then.
    await page.evaluate((late) => {
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (/** @type {any[]} */ ...sent) {
        const cancel = document.querySelector("#tuning-cancel");
        if (late && sent[0].call === "retune" && cancel instanceof HTMLElement) cancel.click();
        if (!("abort" in sent[0])) Reflect.apply(postMessage, this, sent);
      };
    }, late);
    // Cancelled at once: it may be over before a hand is there.
    const pressed = how === "it is cancelled" && !late ? ["#fine-tune", "#tuning-cancel"] : ["#fine-tune"];
    await page.evaluate((pressed) => {
      for (const button of pressed) /** @type {HTMLElement} */ (document.querySelector(button)).click();
    }, pressed);
    if (how === "another collection is opened") {
      await openFile(page, bytes);
      await page.waitForFunction(() => document.querySelector("#collection-name")?.textContent === "My characters 2");
    }
    await page.waitForSelector('#tuning[aria-busy="false"]', { state: "attached" });
    assert.equal(await page.locator("#tuning-words").textContent(), "Cancelled: nothing has changed.");
    assert.ok(await page.locator("#badge-tuned").isHidden());
    assertSame(await ranked(page, characters[2][1]), before);
    if (how === "another collection is opened") await open(page, "My characters");
    await reload(page);
    await cards(page, 5);
    assertSame(await ranked(page, characters[2][1]), before);
    await page.context().close();
  });
}

test("a collection that is opened while another’s fine-tuning is reset keeps its own", async () => {
  const { tuned } = await fineTuned();
  const query = part(characters[2][1]);
  const page = await site.page("?system=relation");
  await openFile(page, tuned);
  await cards(page, 5);
  await page.waitForSelector("#badge-tuned:visible");
  const before = await ranked(page, query);
  await openFile(page, tuned);
  await page.waitForFunction(() => document.querySelector("#collection-name")?.textContent === "Tuned 2");
  await page.click("#collection");
  await page.evaluate(() => {
    const openers = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".opener"));
    const other = [...openers].find((opener) => opener.querySelector(".collection-title")?.textContent === "Tuned");
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (/** @type {any[]} */ ...sent) {
      Reflect.apply(postMessage, this, sent);
      if (sent[0].call !== "retune") return;
      Worker.prototype.postMessage = postMessage;
      queueMicrotask(() => other?.click());
    };
    /** @type {HTMLElement} */ (document.querySelector("#reset-tuning")).click();
  });
  await page.waitForFunction(() => document.querySelector("#collection-name")?.textContent === "Tuned");
  assertSame(await ranked(page, query), before);
  await reload(page);
  await cards(page, 5);
  await page.waitForSelector("#badge-tuned:visible");
  assertSame(await ranked(page, query), before);
  await open(page, "Tuned 2");
  await page.waitForSelector("#badge-tuned:visible");
  assertSame(await ranked(page, query), before);
  await page.context().close();
});

test("fine-tuned weights in a file answer, after a reload too, and only for their collection and system", async () => {
  const file = await fineTuned();
  const query = part(characters[2][1]);
  const page = await site.page("?system=triplet");
  await openFile(page, file.untuned);
  await page.waitForSelector('#badge[data-state="ready"][data-system="relation"]');
  await cards(page, 5);
  const untuned = await ranked(page, query);
  await openFile(page, file.tuned);
  await page.waitForFunction(() => document.querySelector("#collection-name")?.textContent === "Tuned");
  await cards(page, 5);
  const tuned = await ranked(page, query);
  assert.ok(tuned.some(({ score }, i) => Math.abs(score - untuned[i].score) > 1e-4), "fine-tuning changes scores");
  await reload(page);
  await cards(page, 5);
  assertSame(await ranked(page, query), tuned);
  await choose(page, "system", "triplet");
  const triplet = await ranked(page, query);
  await open(page, "Trained");
  assertSame(await ranked(page, query), triplet);
  await choose(page, "system", "relation");
  assertSame(await ranked(page, query), untuned);
  await open(page, "Tuned");
  assertSame(await ranked(page, query), tuned);
  const again = await save(page);
  await page.context().close();

  const fresh = await site.page("?engine=ndarray");
  await openFile(fresh, again.bytes);
  await cards(fresh, 5);
  await fresh.waitForSelector(RELATION);
  assert.deepEqual(labels(await ranked(fresh, query)), labels(tuned));
  await fresh.context().close();
});

/** The characters in a file, before and after the package fine-tuned on them. */
async function fineTuned() {
  const { page, close } = await openPackage();
  try {
    const files = await page.evaluate(async (characters) => {
      const instance = await glimpse.Glimpse.load({ engine: "flex", system: "relation" });
      for (const [i, [taught]] of characters.entries()) await instance.learn(`sign ${i}`, taught);
      const untuned = [...(await instance.save("Trained"))];
      await instance.fineTune({ steps: 30, seed: 1 });
      return { untuned, tuned: [...(await instance.save("Tuned"))], changed: instance.tunedWeights !== undefined };
    }, characters);
    assert.ok(files.changed);
    return { untuned: Uint8Array.from(files.untuned), tuned: Uint8Array.from(files.tuned) };
  } finally {
    await close();
  }
}

/** @type {[string, RegExp, (file: Uint8Array) => Uint8Array][]} */
const FAULTS = [
  ["cut short", /is damaged/, (file) => file.subarray(0, file.length / 2)],
  ["with a byte flipped", /is damaged/, (file) => file.map((byte, i) => (i === file.length >> 1 ? byte ^ 1 : byte))],
  ["of version 2", /newer Glimpse \(version 2\); this one reads version 1/, (file) => edited(file, { version: 2 })],
  ["that holds nonsense", /cannot read: a drawing of “A”/, (file) =>
    edited(file, { support: [{ label: "A", drawing: { strokes: [["<script>", null]] } }] })],
  ["that is no collection", /is no Glimpse collection/, () => strToU8("GIF89a")],
  ["that is empty", /is no Glimpse collection/, () => new Uint8Array()],
];

/**
 * A file with some of its document changed, its checksum right.
 *
 * @param {Uint8Array} file
 * @param {object} change
 */
function edited(file, change) {
  return gzipSync(strToU8(JSON.stringify({ ...JSON.parse(strFromU8(gunzipSync(file))), ...change })));
}

test("a file that is no sound collection is refused in clear words, and nothing is lost", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 3));
  const { bytes } = await save(page);
  for (const [what, words, fault] of FAULTS) {
    await openFile(page, fault(bytes), "brought.glimpse");
    await page.waitForSelector('#notice[data-kind="BadCollection"]:visible');
    const said = (await page.locator("#notice-text").textContent()) ?? "";
    assert.match(said, /^“brought\.glimpse”: /, what);
    assert.match(said, words, what);
    await page.click("#notice-close");
    assert.equal(await name(page), "My characters");
    assert.equal(await page.locator("#cards .card").count(), 3);
  }
  await page.click("#collection");
  assert.deepEqual(await names(page), ["My characters"]);
  await page.context().close();
});

test("weights in a file that are no weights are named; its drawings are there, and the trained network answers", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 3));
  const before = await ranked(page, characters[1][1]);
  const { bytes } = await save(page);
  await openFile(page, edited(bytes, { tuned: { siamese: "bm8gd2VpZ2h0cw==" } }));
  await page.waitForSelector('#notice[data-kind="BadWeights"]:visible');
  await cards(page, 3);
  assert.deepEqual(await ranked(page, characters[1][1]), before);
  await page.context().close();
});

test("where the browser keeps nothing the page says so, goes on, and saves to a file", async () => {
  const context = await site.browser.newContext();
  await context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("A mutation operation was attempted on a database that did not allow mutations.", "InvalidStateError");
    };
  });
  const page = await context.newPage();
  await page.goto(site.origin);
  await page.waitForSelector('#badge[data-state="ready"]');
  assert.equal(await page.locator("#notice").isVisible(), false, "nothing is lost before anything is taught");
  await teach(page, characters);
  await page.waitForSelector('#notice[data-kind="NotKept"]:visible');
  assert.match((await page.locator("#notice-text").textContent()) ?? "", /keeps nothing for this page.*“Save to a file” keeps it/);
  await page.click("#notice-close");
  const before = await ranked(page, characters[2][1]);
  await create(page, "Runes");
  await teach(page, characters.slice(0, 2));
  assert.equal(await page.locator("#notice").isVisible(), false, "it is said once");
  await open(page, "My characters");
  await cards(page, 5);
  assertSame(await ranked(page, characters[2][1]), before);
  await page.click("#collection");
  await keep(page, "not-kept");
  await page.keyboard.press("Escape");
  const { bytes } = await save(page);
  const [dialog] = await Promise.all([page.waitForEvent("dialog"), page.close({ runBeforeUnload: true })]);
  assert.equal(dialog.type(), "beforeunload", "who closes the page is asked first");
  await dialog.accept();
  await context.close();

  const fresh = await site.page();
  await openFile(fresh, bytes);
  await cards(fresh, 5);
  assertSame(await ranked(fresh, characters[2][1]), before);
  await fresh.context().close();
});

test("what does not fit into the storage is said, used meanwhile, and kept once there is room", async () => {
  const context = await site.browser.newContext();
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  // An empty database takes 74 kB, an invented character with those who redraw it some 6 kB.
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: site.origin, quotaSize: 100_000 });
  await page.goto(site.origin);
  await page.waitForSelector('#badge[data-state="ready"]');
  await teach(page, characters.slice(0, 2));
  await page.click("#collection");
  assert.match((await page.locator("#kept").textContent()) ?? "", /in this browser, and nowhere else/);
  await page.keyboard.press("Escape");

  await page.click("#invent");
  await page.waitForSelector('#notice[data-kind="NotKept"]:visible');
  assert.match((await page.locator("#notice-text").textContent()) ?? "", /storage is full.*“Save to a file” keeps it/);
  assert.equal((await ranked(page, characters[1][1])).length, 7);
  await page.click("#collection");
  assert.match((await page.locator("#kept").textContent()) ?? "", /storage is full/);
  await keep(page, "storage-full");
  await accessible(page, "a full storage");
  await page.keyboard.press("Escape");
  const other = await context.newPage();
  await other.goto(site.origin);
  await other.waitForSelector(".card");
  const kept = await known(other);
  assert.deepEqual(kept.slice(0, 2), ["sign 0", "sign 1"], "what was kept stays kept");
  assert.ok(kept.length < 7, `${kept.length} of 7 fit`);
  await other.close();

  await devtools.send("Storage.overrideQuotaForOrigin", { origin: site.origin });
  await page.waitForSelector("#notice", { state: "hidden", timeout: 15_000 });
  assert.match((await page.locator("#kept").textContent()) ?? "", /in this browser, and nowhere else/);
  await reload(page);
  await cards(page, 7);
  await context.close();
});

/** How many rows the browser keeps: none where there is no database, which is not to be made by asking. @param {Page} page */
const rows = (page) =>
  page.evaluate(async () => {
    const databases = await indexedDB.databases();
    if (!databases.some(({ name }) => name === "glimpse")) return 0;
    return new Promise((resolve) => {
      const opening = indexedDB.open("glimpse");
      opening.onsuccess = () => {
        const { result } = opening;
        const counting = result.transaction("kept").objectStore("kept").count();
        counting.onsuccess = () => resolve(counting.result);
        result.close();
      };
    });
  });

/**
 * Waits until the browser keeps so many rows.
 *
 * @param {Page} page
 * @param {number} count
 */
async function kept(page, count) {
  const deadline = Date.now() + 60_000;
  for (let now; (now = await rows(page)) !== count; await page.waitForTimeout(20)) {
    assert.ok(Date.now() < deadline, `${now} rows are kept, not ${count}`);
  }
}

test("storage that is cleared meanwhile does not stop the page", async () => {
  const page = await site.page();
  await teach(page, characters.slice(0, 2));
  // The collection and two drawings: what is still being written when all is cleared would be written again.
  await kept(page, 3);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Storage.clearDataForOrigin", { origin: site.origin, storageTypes: "indexeddb" });
  assert.equal((await ranked(page, characters[1][1])).length, 2);
  await drawByMouse(page, characters[2][0]);
  await page.fill("#name", "sign 2");
  await page.press("#name", "Enter");
  await cards(page, 3);
  // The collection and one drawing. A busy machine may take longer to keep them than a driver to reload the page.
  await kept(page, 2);
  await reload(page);
  await cards(page, 1);
  assert.deepEqual(await known(page), ["sign 2"], "what was cleared is not written again, what came later is kept");
  await page.context().close();
});

const SCREENS = [
  { size: "desktop", viewport: { width: 1280, height: 800 } },
  { size: "phone", ...PHONE },
  { size: "small", viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
];

for (const { size, ...screen } of SCREENS) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`the menu, ${size}, ${colorScheme}`, async () => {
      const page = await site.page("", { ...screen, colorScheme, reducedMotion: "reduce" });
      await page.click("#invent");
      await cards(page, 5);
      await create(page, "The runes of the elder Futhark, by hand");
      await page.click("#invent");
      await cards(page, 5);
      await create(page, "Letters");
      await open(page, "The runes");
      await cards(page, 5);
      await page.evaluate(() => scrollTo(0, 0));
      await page.waitForTimeout(900);
      await keep(page, `${size}-${colorScheme}-collection`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `a long name runs over by ${over} px`);
      await page.click("#collection");
      await page.click('[aria-label="Delete Letters"]');
      await page.mouse.move(0, 0);
      await page.waitForTimeout(300);
      const menu = await page.locator("#collections").boundingBox();
      assert.ok(menu && menu.x >= 0 && menu.x + menu.width <= screen.viewport.width);
      assert.ok(menu.y >= 0 && menu.y + menu.height <= screen.viewport.height);
      await keep(page, `${size}-${colorScheme}-collections`);
      await accessible(page, "a deleted collection");
      await page.click('[aria-label="Rename My characters"]');
      await keep(page, `${size}-${colorScheme}-renaming`);
      await accessible(page, "a collection that is renamed");
      await page.context().close();
    });
  }
}
