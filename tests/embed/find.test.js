// `<glimpse-pad mode="find">`: signs of sets are found by drawing, and one is chosen, which is the value that a form gets.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible } from "../harness/axe.js";
import { article, draw, openArticles } from "../harness/pad.js";
import { ARROW, LAMBDA, rest, THETA } from "../harness/signs.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("glimpse/element").GlimpsePad} GlimpsePad */

const RUNES = {
  ...{ format: "glimpse-set", version: 1, name: "Runes", sources: [] },
  signs: [
    { label: "tiwaz", name: "Rune tiwaz", unicode: "U+16CF", latex: "\\tiwaz", drawings: [[[50, 95, 50, 5], [20, 35, 50, 5, 80, 35]]] },
    { label: "laguz", name: "Rune laguz", drawings: [[[40, 95, 40, 5, 75, 40]]] },
  ],
};

const FORM = (/** @type {string} */ attributes, inner = "") =>
  article(`<form action="/sent.html"><fieldset><glimpse-pad mode="find" name="sign" ${attributes}></glimpse-pad></fieldset>${inner}
    <button id="send">Send</button><button id="reset" type="reset">Reset</button></form>`);

/** @type {Awaited<ReturnType<typeof openArticles>>} */
let articles;
before(async () => {
  articles = await openArticles({
    pages: {
      "/find.html": FORM('support="greek" format="latex" required'),
      "/plain.html": FORM('support="greek arrows" value="none yet"'),
      "/own.html": FORM('support="runes.json arrows"'),
      "/wrong.html": FORM('support="broken.json"'),
      "/unset.html": FORM(""),
      "/runes.json": JSON.stringify(RUNES),
      "/broken.json": JSON.stringify({ ...RUNES, signs: [{ label: "x" }] }),
      "/sent.html": "<!doctype html><title>sent</title>",
    },
  });
});
after(() => articles?.close());

/** What the form would send. @param {Page} page */
const sent = (page) => page.evaluate(() => new URLSearchParams(/** @type {any} */ (new FormData(/** @type {HTMLFormElement} */ (document.querySelector("form"))))).toString());

/** @param {Page} page */
const pad = (page) => page.locator("glimpse-pad");

/**
 * Draws a sign and waits until the first tile is the answer to all of it.
 *
 * @param {Page} page
 * @param {import("glimpse").Strokes} drawing
 */
async function found(page, drawing) {
  const before = await page.evaluate(() => heard.filter(([name]) => name === "glimpse-result").length);
  await pad(page).evaluate((/** @type {GlimpsePad} */ pad) => pad.clear());
  await draw(page, page, drawing);
  await page.waitForFunction(
    ({ before, strokes }) => {
      const results = heard.filter(([name]) => name === "glimpse-result");
      return results.length > before && results.at(-1)?.[1].drawing.strokes.length === strokes;
    },
    { before, strokes: drawing.strokes.length },
  );
  await rest(page.locator("glimpse-pad .found"));
}

/** @param {Page} page @param {string} name */
const button = (page, name) => page.locator(`glimpse-pad .found button[title="${name}"]`);

test("a sign is drawn, chosen, and sent with its form, as the code that the page asked for", async () => {
  const { page, violations } = await articles.page("/find.html");
  await page.evaluate(() => addEventListener("glimpse-choose", (event) => heard.push(["glimpse-choose", /** @type {CustomEvent} */ (event).detail])));
  await found(page, THETA);
  assert.ok((await page.locator("glimpse-pad .found-sign, glimpse-pad .found li").count()) <= 12);
  await button(page, "Greek small letter theta").click();
  assert.equal(await sent(page), "sign=%5Ctheta");
  const [, detail] = await page.evaluate(() => /** @type {any} */ (heard.find(([name]) => name === "glimpse-choose")));
  assert.deepEqual([detail.value, detail.format, detail.sign.name], ["\\theta", "latex", "Greek small letter theta"]);
  assert.equal(await button(page, "Greek small letter theta").getAttribute("aria-pressed"), "true");
  assert.equal(await page.locator("glimpse-pad [role=status]").textContent(), "Chosen: \\theta");
  await pad(page).evaluate((pad) => pad.setAttribute("format", "unicode"));
  await page.waitForFunction(() => document.querySelector("glimpse-pad")?.value === "U+03B8");
  await page.click("#send");
  await page.waitForURL(/\/sent\.html\?sign=U%2B03B8$/);
  assert.deepEqual(await violations(), []);
  await page.context().close();
});

test("a form that requires a sign waits for one, and reset takes it back", async () => {
  const { page } = await articles.page("/find.html");
  await pad(page).locator(".sheet").waitFor();
  await page.click("#send");
  assert.equal(new URL(page.url()).pathname, "/find.html");
  const state = () => pad(page).evaluate((/** @type {GlimpsePad} */ pad) => [pad.value, pad.checkValidity(), pad.validity?.valueMissing, pad.validationMessage]);
  assert.deepEqual(await state(), ["", false, true, "Draw a sign and choose it."]);
  assert.ok(await pad(page).evaluate((pad) => document.activeElement === pad), "the focus is where a sign is missing");
  await found(page, LAMBDA);
  await button(page, "Greek small letter lamda").click();
  assert.deepEqual(await state(), ["\\lambda", true, false, ""]);
  await page.click("#reset");
  assert.deepEqual(await state(), ["", false, true, "Draw a sign and choose it."]);
  assert.equal(await sent(page), "");
  await page.waitForSelector("glimpse-pad .found [aria-pressed=true]", { state: "detached" });
  await page.context().close();
});

test("by keyboard alone: the sheet, Enter for the best, arrows between the others", async () => {
  const { page } = await articles.page("/plain.html");
  await found(page, ARROW);
  await page.locator("glimpse-pad .sheet").focus();
  await page.keyboard.press("Enter");
  const signs = await page.locator("glimpse-pad .found code").allTextContents();
  assert.equal(await pad(page).evaluate((/** @type {GlimpsePad} */ pad) => pad.value), signs[0]);
  await page.keyboard.press("3");
  assert.equal(await pad(page).evaluate((/** @type {GlimpsePad} */ pad) => pad.value), signs[2]);
  const first = page.locator("glimpse-pad .found button").first();
  await first.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("End");
  await page.keyboard.press("Space");
  assert.equal(await page.locator("glimpse-pad .found button").last().getAttribute("aria-pressed"), "true");
  assert.equal(await page.locator('glimpse-pad .found button[tabindex="0"]').count(), 1);
  await page.context().close();
});

test("what a page says the value is holds until something is chosen, and a disabled element does nothing", async () => {
  const { page } = await articles.page("/plain.html");
  assert.equal(await sent(page), "sign=none+yet");
  await page.evaluate(() => document.querySelector("fieldset")?.setAttribute("disabled", ""));
  assert.equal(await sent(page), "");
  const strokes = await pad(page).evaluate((pad) => pad.matches(":disabled") && pad.shadowRoot?.querySelector(".pad")?.hasAttribute("inert"));
  assert.equal(strokes, true);
  await page.evaluate(() => document.querySelector("fieldset")?.removeAttribute("disabled"));
  await found(page, ARROW);
  await page.locator("glimpse-pad .found button").first().click();
  await pad(page).evaluate((/** @type {GlimpsePad} */ pad) => Object.assign(pad, { value: "other" }));
  assert.equal(await sent(page), "sign=other");
  // Attributes that have it built anew take nothing away.
  await pad(page).evaluate((pad) => pad.setAttribute("label", "A sheet"));
  assert.equal(await sent(page), "sign=other");
  await page.context().close();
});

test("what was chosen is there again when the visitor comes back", async () => {
  const { page } = await articles.page("/plain.html");
  await found(page, ARROW);
  await page.locator("glimpse-pad .found button").first().click();
  const chosen = await pad(page).evaluate((/** @type {GlimpsePad} */ pad) => pad.value);
  assert.notEqual(chosen, "none yet");
  await page.goto(`${articles.origin}/sent.html`);
  await page.goBack();
  await page.waitForFunction((chosen) => document.querySelector("glimpse-pad")?.value === chosen, chosen);
  await page.context().close();
});

test("sets of the page's own, by URL, beside ours", async () => {
  const { page } = await articles.page("/own.html");
  await pad(page).evaluate((pad) => pad.setAttribute("format", "latex"));
  await found(page, { strokes: [[52, 98, 51, 60, 52, 8, 52, 8], [20, 40, 36, 24, 52, 8, 70, 26, 84, 42]] });
  const best = page.locator("glimpse-pad .found button").first();
  await best.waitFor();
  assert.ok((await page.locator("glimpse-pad .found button").allTextContents()).some((text) => text.includes("Rune tiwaz")));
  await page.context().close();
});

test("Enter on the sheet chooses, and draws nothing; in another format it is the same choice", async () => {
  const { page } = await articles.page("/plain.html");
  await page.evaluate(() => addEventListener("glimpse-choose", (event) => heard.push(["chosen", /** @type {CustomEvent} */ (event).detail.value])));
  await found(page, THETA);
  const ink = () =>
    pad(page).evaluate(async (pad) => {
      await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(next))));
      return pad.shadowRoot?.querySelector("path[part=ink]")?.getAttribute("d");
    });
  const before = await ink();
  await page.locator("glimpse-pad .sheet").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.equal(await ink(), before);
  await pad(page).evaluate((pad) => pad.setAttribute("format", "latex"));
  await page.waitForFunction(() => /** @type {GlimpsePad} */ (document.querySelector("glimpse-pad")).value === "\\theta");
  assert.deepEqual(await page.evaluate(() => heard.filter(([name]) => name === "chosen")), [["chosen", "θ"]]);
  await page.context().close();
});

test("a set that is damaged is said to be, by sign and field", async () => {
  const { page } = await articles.page("/wrong.html");
  await page.waitForSelector("glimpse-pad .error:not([hidden])");
  assert.equal(await page.locator("glimpse-pad [part=message]").textContent(), "The set of signs is damaged, or none that Glimpse can read.");
  assert.match((await page.locator("glimpse-pad [part=details]").textContent()) ?? "", /sign 0, “x”: `drawings` is a list of one or more/);
  await page.context().close();
});

test("where the page names no set, letters and symbols that cannot be typed are found; open to everyone", async () => {
  const { page } = await articles.page("/unset.html");
  await page.waitForSelector("glimpse-pad .found button");
  await rest(page.locator("glimpse-pad .found"));
  await accessible(page, "before anything is drawn");
  await found(page, LAMBDA);
  await button(page, "Greek small letter lamda").waitFor();
  await accessible(page, "with signs found");
  await page.context().close();
});
