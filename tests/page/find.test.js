// Draw to find: signs of sets by drawing or by name, copied as the visitor wants; what is not there is taught.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible } from "../harness/axe.js";
import { WHOLE, withoutHttps } from "../harness/chromium.js";
import { openSite, PHONE } from "../harness/site.js";
import { add, ARROW, find as draw, known, LAMBDA, PARTIAL, THETA } from "../harness/signs.js";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
before(async () => {
  site = await openSite();
});
after(() => site?.close());

/** How much more memory all signs may take than one small set, in MB. */
const MEMORY = 20;

/** A page on the view, its sets known. @param {string} query @param {Parameters<typeof site.page>[1]} [options] */
async function open(query, options = {}) {
  const page = await site.page(query, { permissions: ["clipboard-read", "clipboard-write"], ...options });
  await known(page);
  return page;
}

/** @param {Page} page @param {string} name */
const sign = (page, name) => page.locator(`.tiles button[title="${name}"]`);

/** @param {Page} page */
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

/** What is copied by a press, once a sign says that it was. @param {Page} page @param {() => Promise<void>} press */
async function copied(page, press) {
  await page.waitForSelector(".found-sign.copied", { state: "detached" });
  await Promise.all([page.waitForSelector(".found-sign.copied"), press()]);
  return clipboard(page);
}

/**
 * Holds the next of one kind of calls to the engine. What is returned lets it go, once it is there.
 *
 * @param {Page} page
 * @param {import("../../pkg/src/calls.js").Call} call
 */
async function hold(page, call) {
  await page.evaluate((call) => {
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (/** @type {any[]} */ ...sent) {
      const go = () => Reflect.apply(postMessage, this, sent);
      if (sent[0].call !== call) return go();
      Worker.prototype.postMessage = postMessage;
      addEventListener("let go", go, { once: true });
      document.documentElement.dataset.held = call;
    };
  }, call);
  return {
    there: () => page.waitForSelector(`html[data-held="${call}"]`),
    letGo: () =>
      page.evaluate(() => {
        delete document.documentElement.dataset.held;
        dispatchEvent(new Event("let go"));
      }),
  };
}

test("one tap from the first screen: Greek is chosen, θ and λ are drawn and copied, ∂ is taught and found from then on", async () => {
  const page = await site.page("", { permissions: ["clipboard-read", "clipboard-write"] });
  await page.click("#tab-find");
  await known(page);
  await page.click(".sets summary");
  for (const name of ["arrows", "mathematics"]) await page.uncheck(`.chips [value="${name}"]`);
  await page.waitForFunction(() => location.search === "?find=greek");
  await known(page);

  await draw(page, THETA);
  assert.equal(await copied(page, () => sign(page, "Greek small letter theta").click()), "θ");
  await page.check('[name="format"][value="latex"]');
  await draw(page, LAMBDA);
  assert.equal(await copied(page, () => sign(page, "Greek small letter lamda").click()), "\\lambda");

  await draw(page, PARTIAL);
  await page.fill("#find .naming input", "∂ partial");
  await page.press("#find .naming input", "Enter");
  await page.waitForSelector(".found-sign:first-child .tile-name >> text=taught by you");
  await draw(page, PARTIAL);
  const first = page.locator(".found-sign").first();
  assert.equal(await first.locator(".tile-name").textContent(), "taught by you");
  assert.equal(await copied(page, () => page.keyboard.press("Enter")), "∂ partial");

  // It is kept with the visitor's collection, and so is what is copied.
  await page.click("#tab-teach");
  assert.equal(new URL(page.url()).search, "");
  assert.equal(await page.locator(".card").count(), 1);
  await page.reload();
  await page.waitForSelector('.card[data-label="∂ partial"]');
  await page.click("#tab-find");
  await known(page);
  assert.ok(await page.locator('[name="format"][value="latex"]').isChecked());
  assert.equal(new URL(page.url()).search, "?find=greek");
  await draw(page, PARTIAL);
  assert.equal(await first.locator(".tile-name").textContent(), "taught by you");
  await page.context().close();
});

test("the sheet stays where it is while signs are found, so that a stroke under way is not torn", async () => {
  for (const [name, screen] of Object.entries({ desktop: {}, phone: PHONE, small: { ...PHONE, viewport: { width: 360, height: 640 } } })) {
    for (const locale of ["en-GB", "ko-KR"]) {
      const page = await open("?find=greek", { ...screen, locale });
      const place = () =>
        page.locator("#find canvas").evaluate((canvas) => {
          const { x, y, width, height } = canvas.getBoundingClientRect();
          return { x, y: y + scrollY, width, height };
        });
      const before = await place();
      for (const drawing of [THETA, PARTIAL, LAMBDA]) {
        await draw(page, drawing);
        assert.deepEqual(await place(), before, `${name}, ${locale}`);
      }
      await page.keyboard.press("Escape");
      await page.waitForFunction(() => !/^(Best first|Not sure|비슷한|확실하지)/.test(document.querySelector(".found-title")?.textContent ?? ""));
      assert.deepEqual(await place(), before, `${name}, ${locale}, empty again`);
      await page.context().close();
    }
  }
});

test("twelve tiles at most, the best one marked, with all that look the same", async () => {
  const page = await open("?find=latin,greek,cyrillic,punctuation");
  await draw(page, { strokes: [[52, 12, 52, 30, 51, 50, 52, 72, 52, 94, 52, 94]] });
  assert.equal(await page.locator(".found-sign").count(), 12);
  assert.equal(await page.locator(".found-sign.best").count(), 1);
  assert.ok(await page.locator(".found-sign:first-child").evaluate((item) => item.classList.contains("best")));
  const more = page.locator(".kin.more").first();
  const count = Number(/\d+/.exec((await more.textContent()) ?? "")?.[0]);
  const tile = page.locator(".found-sign", { has: more }).first();
  const key = await tile.getAttribute("data-key");
  await more.click();
  assert.equal(await page.locator(`.found-sign[data-key="${key}"] .kin:visible`).count(), count + 3);
  await page.context().close();
});

test("a link names the sets, by commas or spaces; what is none is passed over", async () => {
  for (const query of ["?find=greek,digits", "?find=greek%20digits", "?find=nothing,greek,digits"]) {
    const page = await open(query);
    const names = await page.locator(".chips input:checked").evaluateAll((boxes) => boxes.map((box) => /** @type {HTMLInputElement} */ (box).value));
    assert.deepEqual(names, ["digits", "greek"], query);
    assert.equal(new URL(page.url()).search, "?find=digits,greek");
    await page.context().close();
  }
});

test("by keyboard alone: drawn with arrow keys, moved between, copied by digit and by Enter", async () => {
  const page = await open("?find=greek,arrows,mathematics");
  await page.focus("#find canvas");
  await page.keyboard.press("Space");
  for (let i = 0; i < 7; i += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => /^(Best first|Not sure)/.test(document.querySelector(".found-title")?.textContent ?? ""));
  const codes = await page.locator(".tile-code").allTextContents();
  for (const [key, nth] of /** @type {const} */ ([["Enter", 0], ["3", 2], ["1", 0], ["0", 9]])) {
    await page.keyboard.press(key);
    await page.waitForFunction((said) => document.querySelector("#find .hint")?.textContent === said, `Copied: ${codes[nth]}`);
    assert.equal(await clipboard(page), codes[nth], key);
  }
  // One stop of the Tab key for all tiles; arrows move within.
  await page.locator(".found-sign button").first().focus();
  const focused = () => page.evaluate(() => [...document.querySelectorAll(".tiles button:not([hidden])")].indexOf(/** @type {Element} */ (document.activeElement)));
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), 1);
  await page.keyboard.press("End");
  assert.equal(await focused(), (await page.locator(".tiles button:not([hidden])").count()) - 1);
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => [...document.querySelectorAll(".found-sign")].findIndex((item) => item.contains(document.activeElement))), 4);
  assert.equal(await page.locator('.tiles button[tabindex="0"]').count(), 1);
  await page.context().close();
});

test("a key copies the answer to all that is drawn, also where it is on its way", async () => {
  const page = await open("?find=greek");
  const codes = page.locator(".tile-code");
  const [round, across] = THETA.strokes;
  for (const [key, nth] of /** @type {const} */ ([["Enter", 0], ["2", 1]])) {
    await draw(page, { strokes: [round] });
    const before = await codes.allTextContents();
    const classify = await hold(page, "classify");
    await add(page, across);
    await classify.there();
    const text = await copied(page, async () => {
      await page.keyboard.press(key);
      await classify.letGo();
    });
    const answer = await codes.allTextContents();
    assert.notEqual(answer[nth], before[nth], `${key}: both have the same there`);
    assert.equal(text, answer[nth], key);
  }
  // What is drawn next is not what was meant.
  await draw(page, { strokes: [round] });
  await page.waitForSelector(".found-sign.copied", { state: "detached" });
  await page.evaluate(() => navigator.clipboard.writeText("nothing"));
  const classify = await hold(page, "classify");
  await add(page, across);
  await classify.there();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await classify.letGo();
  await page.waitForFunction(() => !/^(Best first|Not sure)/.test(document.querySelector(".found-title")?.textContent ?? ""));
  assert.equal(await clipboard(page), "nothing");
  await page.context().close();
});

test("an answer stays when the language changes, and while another set is on its way", async () => {
  const page = await open("?find=greek");
  await draw(page, THETA);
  const shown = () => page.locator(".found-title, .found-sign:first-child .tile-code").allTextContents();
  const before = await shown();
  for (const language of ["ko", "en"]) {
    await page.check(`[name="language"][value="${language}"]`);
    await page.waitForFunction((language) => document.documentElement.lang === language, language);
    assert.deepEqual((await shown()).slice(1), before.slice(1), language);
  }
  const opening = await hold(page, "open");
  await page.click(".sets summary");
  await page.check('.chips [value="arrows"]');
  await opening.there();
  assert.deepEqual(await shown(), before);
  await opening.letGo();
  await page.waitForFunction(() => location.search.includes("arrows"));
  await page.context().close();
});

test("what was taught in Find and is forgotten elsewhere is gone from it, and it goes on", async () => {
  const page = await open("?find=greek");
  /** @type {Error[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(error));
  const own = page.locator(".tile-name >> text=taught by you");
  const teach = async () => {
    await draw(page, PARTIAL);
    await page.fill("#find .naming input", "∂ partial");
    await page.press("#find .naming input", "Enter");
    await own.waitFor();
  };
  const inTeach = async (/** @type {string[]} */ ...buttons) => {
    for (const button of ["#tab-teach", ...buttons, "#tab-find"]) await page.click(button);
    await own.waitFor({ state: "detached" });
  };
  await teach();
  await inTeach(".card .forget");
  await page.keyboard.press("Escape");
  await draw(page, THETA);
  await teach();
  await draw(page, PARTIAL);
  await inTeach(".card .forget");
  assert.match((await page.locator(".found-title").textContent()) ?? "", /^(Best first|Not sure)/, "what is on the paper is looked at again");
  await teach();
  await inTeach("#collection", "#new-collection");
  await draw(page, THETA);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("a fault while signs are shown ends with it", async () => {
  const page = await open("?find=greek");
  const fault = page.waitForEvent("pageerror");
  await page.evaluate(() => {
    const tiles = /** @type {Element} */ (document.querySelector(".tiles"));
    tiles.replaceChildren = () => {
      Reflect.deleteProperty(tiles, "replaceChildren");
      throw new Error("a fault");
    };
  });
  await page.fill('#find [type="search"]', "theta");
  assert.equal((await fault).message, "a fault");
  await draw(page, THETA);
  await page.context().close();
});

test("by name: what is typed is looked for, beside what is drawn, and a stroke goes back to drawing", async () => {
  const page = await open("?find=greek,arrows,mathematics");
  await page.keyboard.type("theta");
  assert.equal(await page.inputValue('#find [type="search"]'), "theta");
  await page.waitForFunction(() => document.querySelector(".found-title")?.textContent?.startsWith("By name"));
  assert.ok((await page.locator(".found-sign button").evaluateAll((buttons) => buttons.map((button) => /** @type {HTMLElement} */ (button).title))).includes("Greek small letter theta"));
  for (const [asked, name] of [["\\infty", "Infinity"], ["U+2192", "Rightwards arrow"], ["∑", "N-ary summation"], ["small rho greek", "Greek small letter rho"]]) {
    await page.fill('#find [type="search"]', asked);
    await sign(page, name).first().waitFor({ state: "attached" });
  }
  await page.fill('#find [type="search"]', "no such sign");
  await page.waitForFunction(() => document.querySelector(".found-title")?.textContent === "No sign has this name.");
  assert.equal(await page.locator(".found-sign").count(), 0);
  await draw(page, ARROW);
  assert.equal(await page.inputValue('#find [type="search"]'), "");
  await page.context().close();
});

test("the best sign is said to those who hear the page", async () => {
  const page = await open("?find=greek,arrows");
  await draw(page, ARROW);
  const name = await page.locator(".found-sign .tile-name").first().textContent();
  await page.waitForFunction((name) => document.querySelector("#find .visually-hidden[role=status]")?.textContent?.includes(name ?? "?"), name);
  await page.context().close();
});

test("a set that cannot be fetched is said, and tried again; the page goes on", async () => {
  const page = await site.page();
  await page.route("**/sets/music*", (route) => route.abort());
  await page.click("#tab-find");
  await known(page);
  await page.click(".sets summary");
  await page.check('.chips [value="music"]');
  await page.waitForSelector("#notice:not([hidden])");
  await draw(page, THETA);
  await page.unroute("**/sets/music*");
  await page.click("#notice-retry");
  await page.waitForFunction(() => location.search.includes("music"));
  assert.ok(await page.locator("#notice").isHidden());
  await page.context().close();
});

test("where the browser keeps nothing and gives no clipboard, signs are found and copied the old way", async () => {
  const page = await site.page("", { ready: false });
  await page.addInitScript(() => {
    for (const name of ["localStorage", "indexedDB"]) Object.defineProperty(globalThis, name, { get: () => { throw new DOMException("no", "SecurityError"); } });
  });
  await page.goto(`${withoutHttps(site.origin)}/?find=greek`);
  assert.equal(await page.evaluate(() => navigator.clipboard), undefined);
  await known(page);
  await draw(page, THETA);
  await page.evaluate(() => document.addEventListener("copy", () => document.documentElement.setAttribute("data-copied", `${getSelection()}` || /** @type {HTMLTextAreaElement} */ (document.activeElement).value)));
  await page.keyboard.press("1");
  await page.waitForSelector(".found-sign.copied");
  assert.equal(await page.locator("html").getAttribute("data-copied"), await page.locator(".tile-code").first().textContent());
  await page.context().close();
});

for (const [screen, options] of /** @type {[string, Parameters<typeof site.page>[1]][]} */ ([
  ["a phone, in the dark", { ...PHONE, colorScheme: "dark" }],
  ["a small phone", { ...PHONE, viewport: { width: 360, height: 640 } }],
  ["a phone, in Korean", { ...PHONE, locale: "ko-KR" }],
])) {
  test(`on ${screen}, nothing runs over, and the best sign is on the first screen`, async () => {
    const page = await open("?find=greek,arrows,mathematics", { ...options, reducedMotion: "reduce" });
    const lines = await page.locator("#find .invitation").evaluate((invitation) => {
      const text = document.createRange();
      text.selectNodeContents(invitation);
      return text.getClientRects().length;
    });
    assert.equal(lines, 1, "the invitation has the sheet's width for its line");
    await draw(page, LAMBDA);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
    await page.evaluate(() => scrollTo(0, 0));
    const box = await page.locator(".found-sign .tile-face").first().boundingBox();
    assert.ok(box && box.y + box.height <= (page.viewportSize()?.height ?? 0), `the best sign ends at ${box && box.y + box.height}`);
    await accessible(page, screen);
    await page.context().close();
  });
}

test("open to everyone: at first, with an answer, with the sets unfolded", async () => {
  const page = await open("?find=greek,arrows,mathematics");
  await accessible(page, "at first");
  await draw(page, THETA);
  await accessible(page, "with an answer");
  await page.click(".sets summary");
  await accessible(page, "sets");
  await page.context().close();
});

test(`all signs take at most ${MEMORY} MB more than a set of 27`, async (context) => {
  // Browsers with windows tell a page what it and its workers hold where no other site shares its process.
  const headers = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  const isolated = await openSite({ headers, program: WHOLE });
  const held = async (/** @type {boolean} */ all) => {
    const page = await isolated.page("?find=hebrew&engine=simd");
    if (all) {
      await page.click(".sets summary");
      await page.locator(".chips input").first().check();
      await page.waitForFunction(() => location.search.includes("music"));
    }
    await page.waitForSelector('#find[aria-busy="false"] .found-sign');
    const { bytes } = await page.evaluate(() => /** @type {any} */ (performance).measureUserAgentSpecificMemory());
    const count = (await page.locator(".sets-chosen").textContent())?.split(":")[0];
    await page.context().close();
    return { count, mb: bytes / 2 ** 20 };
  };
  try {
    const [few, all] = [await held(false), await held(true)];
    context.diagnostic(`${few.count}: ${few.mb.toFixed(1)} MB; ${all.count}: ${all.mb.toFixed(1)} MB`);
    assert.ok(all.mb - few.mb <= MEMORY, `${few.mb} and ${all.mb} MB`);
  } finally {
    await isolated.close();
  }
});
