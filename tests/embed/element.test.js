// `<glimpse-pad>` in an article, under a strict policy: what it loads and when, and what a person does with it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { withoutHttps } from "../harness/chromium.js";
import { officialRuns, OUTPUT } from "../harness/data.js";
import { invent } from "../harness/package.js";
import { wholeWords } from "../harness/lines.js";
import { article, ask, DIST, draw, openArticles, SITE } from "../harness/pad.js";

const NAMES = ["sola", "brin", "tevu", "kaph", "omi"];

/** @type {import("glimpse").Strokes[][]} */
let characters;
/** @type {Awaited<ReturnType<typeof openArticles>>} */
let opened;
/** The same with the site's files. @type {typeof opened} */
let openedSite;
before(async () => {
  characters = await invent({ seed: 7, characters: NAMES.length, drawers: 2 });
  const support = characters.map(([drawing], i) => ({ label: NAMES[i], drawing }));
  const far = {
    "/support.json": JSON.stringify({ support }),
    "/far.html": article('<div class="far"></div><glimpse-pad support="support.json"></glimpse-pad>'),
  };
  openedSite = await openArticles({ folder: SITE, pages: far });
  opened = await openArticles({
    pages: {
      ...far,
      "/all_runs.zip": await officialRuns(),
      "/teach.html": article("<glimpse-pad></glimpse-pad>"),
      "/draw.html": article('<glimpse-pad support="support.json"></glimpse-pad>'),
      "/map.html": article('<glimpse-pad support="support.json" mode="map"></glimpse-pad>'),
      "/replay.html": article('<glimpse-pad mode="replay"></glimpse-pad>'),
      "/two.html": article(
        '<glimpse-pad id="one" support="support.json"></glimpse-pad><glimpse-pad id="two" system="triplet"></glimpse-pad>',
      ),
    },
  });
});
after(() => Promise.all([opened?.close(), openedSite?.close()]));

/** What was asked for, by path. @param {import("playwright-core").Request[]} requests */
const paths = (requests) => requests.map((request) => new URL(request.url()).pathname);

for (const [whose, folder] of /** @type {const} */ ([["the package's", DIST], ["the site's", SITE]])) {
  test(`before it is touched ${whose} loads its own code alone, and the support only near to be seen`, async () => {
    const { page, requests } = await (folder === DIST ? opened : openedSite).page("/far.html");
    await page.waitForFunction(() => document.querySelector("glimpse-pad")?.shadowRoot);
    await page.waitForTimeout(300);
    const own = ["/far.html", "/article.css", "/icon.svg"];
    const code = paths(requests).filter((path) => !own.includes(path));
    assert.ok(code.every((path) => path.endsWith(".js")), `${code}`);
    const sizes = await Promise.all(code.map(async (path) => gzipSync(await readFile(join(folder, path))).length));
    const size = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`    before it is touched: ${size} bytes, gzip, in ${code.length} files`);
    assert.ok(size <= 18_000, `${size} bytes`);

    await page.locator("glimpse-pad").scrollIntoViewIfNeeded();
    await page.locator("glimpse-pad .label").first().waitFor();
    const seen = paths(requests).filter((path) => !code.includes(path) && !own.includes(path));
    assert.deepEqual(seen.filter((path) => !path.endsWith(".js")), ["/support.json"]);

    await page.locator("glimpse-pad .sheet").click();
    await page.waitForFunction(() => heard.some(([name]) => name === "glimpse-ready"));
    const files = paths(requests).flatMap((path) => /(?:wasm|weights)\/\w+(?=.*\.(?:wasm|safetensors)$)/.exec(path) ?? []);
    assert.deepEqual(files.sort(), ["wasm/simd", "weights/siamese"]);
    await page.context().close();
  });
}

test("preloaded characters are recognised under a strict policy; nothing leaves the origin or carries a drawing", async () => {
  const { page, requests, violations } = await opened.page("/draw.html");
  await page.locator("glimpse-pad .label").first().waitFor();
  let right = 0;
  let detail;
  for (const [i, [, query]] of characters.entries()) {
    right += Number((await ask(page, page, query)) === NAMES[i]);
    detail = await page.evaluate(() => heard.at(-1)?.[1]);
  }
  assert.ok(right >= NAMES.length - 1, `${right} of ${NAMES.length}`);
  assert.deepEqual(await violations(), []);
  for (const request of requests) {
    assert.equal(new URL(request.url()).origin, opened.origin);
    assert.deepEqual([request.method(), request.postData(), new URL(request.url()).search], ["GET", null, ""]);
  }
  assert.equal(detail.ranking.length, NAMES.length);
  assert.ok(detail.drawing.strokes.length > 0);
  await page.context().close();
});

test("the page is told what is taught and forgotten, by the visitor and by itself", async () => {
  const { page } = await opened.page("/teach.html");
  await page.evaluate(() => {
    for (const name of /** @type {const} */ (["glimpse-taught", "glimpse-forgotten"])) {
      addEventListener(name, (event) => {
        const { label, drawing } = /** @type {CustomEvent} */ (event).detail;
        heard.push([name, [label, drawing?.strokes?.length ?? drawing]]);
      });
    }
  });
  await draw(page, page, characters[0][0]);
  await page.fill("glimpse-pad input", NAMES[0]);
  await page.press("glimpse-pad input", "Enter");
  await page.getByRole("button", { name: `Forget ${NAMES[0]}` }).click();
  await page.locator("glimpse-pad .label").waitFor({ state: "detached" });
  await page.locator("glimpse-pad").evaluate(async (/** @type {import("glimpse/element").GlimpsePad} */ pad) => {
    const glimpse = await pad.glimpse;
    await glimpse.learn("twice", { strokes: [[0, 0, 9, 9]] });
    await glimpse.learn("twice", { strokes: [[0, 0, 9, 8]] });
    await glimpse.forget("twice", { drawing: 1 });
  });
  const told = await page.evaluate(() => heard.filter(([name]) => /taught|forgotten/.test(name)));
  assert.deepEqual(told, [
    ["glimpse-taught", [NAMES[0], characters[0][0].strokes.length]],
    ["glimpse-forgotten", [NAMES[0], undefined]],
    ["glimpse-taught", ["twice", 1]],
    ["glimpse-taught", ["twice", 1]],
    ["glimpse-forgotten", ["twice", 1]],
  ]);
  await page.context().close();
});

test("on a page without HTTPS they are recognised too", async () => {
  const { page } = await opened.page(withoutHttps(`${opened.origin}/draw.html`));
  assert.equal(await page.evaluate(() => isSecureContext), false);
  assert.equal(await ask(page, page, characters[0][1]), NAMES[0]);
  await page.context().close();
});

test("what is drawn is answered when the pen is lifted, where the engine is slow and so is the paint", async () => {
  const { page } = await opened.page("/draw.html");
  await page.evaluate(() => {
    const later = setTimeout;
    Object.assign(globalThis, { setTimeout: (/** @type {() => void} */ work, wait = 0) => later(work, wait + 100) });
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (/** @type {any[]} */ ...sent) {
      later(() => Reflect.apply(postMessage, this, sent), 100);
    };
  });
  for (const [i, [, query]] of characters.entries()) assert.equal(await ask(page, page, query), NAMES[i]);
  await page.context().close();
});

test("a visitor teaches and asks, forgets, and what is drawn and taught outlives a change of attributes", async () => {
  const { page } = await opened.page("/teach.html");
  for (const i of [0, 1, 2]) {
    await draw(page, page, characters[i][0]);
    await page.fill("glimpse-pad input", NAMES[i]);
    await page.press("glimpse-pad input", "Enter");
    await page.locator("glimpse-pad .label", { hasText: NAMES[i] }).waitFor();
  }
  assert.equal(await ask(page, page, characters[1][1]), "brin");

  await page.getByRole("button", { name: "Forget tevu" }).click();
  await page.locator("glimpse-pad .label", { hasText: "tevu" }).waitFor({ state: "detached" });
  await page.locator("glimpse-pad").evaluate((pad) => pad.setAttribute("system", "relation"));
  await page.waitForTimeout(100);
  assert.deepEqual((await page.locator("glimpse-pad .label").allTextContents()).sort(), ["brin", "sola"]);
  const answer = page.locator("glimpse-pad .verdict strong");
  await answer.waitFor();
  assert.equal(await answer.textContent(), "brin", "what is drawn is still there");
  assert.equal(await ask(page, page, characters[0][1]), "sola");
  await page.context().close();
});

test("the keyboard alone teaches and asks, and the answer is spoken", async () => {
  const { page } = await opened.page("/teach.html");
  const { keyboard } = page;
  const press = async (/** @type {string[]} */ ...keys) => {
    for (const key of keys) await keyboard.press(key);
  };
  const go = (/** @type {string} */ key, /** @type {number} */ times) => press(...Array(times).fill(key));
  const line = async () => {
    await press("Escape", "Space");
    await go("ArrowRight", 6);
    await press("Space");
    await go("ArrowLeft", 6);
  };
  const corner = async () => {
    await press("Escape", "Space");
    await go("ArrowDown", 6);
    await go("ArrowLeft", 6);
    await press("Enter");
    await go("ArrowRight", 6);
    await go("ArrowUp", 6);
  };
  const name = async (/** @type {string} */ label) => {
    await press("Tab", "Tab", "Tab");
    await keyboard.type(label);
    await press("Enter");
    await page.locator("glimpse-pad .label", { hasText: label }).waitFor();
  };
  await press("Tab");
  await line();
  await name("dash");
  await corner();
  await name("corner");
  await corner();
  await page.waitForFunction(() =>
    /Most like corner/.test(document.querySelector("glimpse-pad")?.shadowRoot?.querySelector("[role=status]")?.textContent ?? ""),
  );
  assert.equal(await page.locator("glimpse-pad .verdict strong").textContent(), "corner");
  await page.context().close();
});

test("two elements share one worker and know different things", async () => {
  const { page } = await opened.page("/two.html");
  await draw(page, page, characters[0][1], "#one");
  await draw(page, page, characters[1][0], "#two");
  await page.waitForFunction(() => heard.filter(([name]) => name === "glimpse-ready").length === 2);
  assert.equal(page.workers().length, 1);
  const ready = await page.evaluate(() => heard.filter(([name]) => name === "glimpse-ready").map(([, { system, labels }]) => [system, labels.length]));
  assert.deepEqual(ready.sort(), [["siamese", NAMES.length], ["triplet", 0]]);
  await page.locator("#one").evaluate((pad) => pad.remove());
  const held = () => page.evaluate(async () => (await navigator.locks.query()).held?.length);
  assert.equal(await held(), 1, "the worker's");
  await page.locator("#two").evaluate((pad) => pad.remove());
  while (await held()) await page.waitForTimeout(50);
  await page.context().close();
});

test("what goes wrong is said inside, and can be tried again", async () => {
  const { page } = await opened.page("/draw.html");
  // What is said covers the sheet: it comes when all is drawn.
  let drawn = () => {};
  const whole = new Promise((done) => (drawn = () => done(undefined)));
  await page.route(/\.wasm$/, (route) => whole.then(() => route.fulfill({ status: 404, body: "" })));
  await draw(page, page, characters[0][1]);
  drawn();
  const error = page.locator("glimpse-pad [role=alert]");
  await error.waitFor();
  assert.match((await error.textContent()) ?? "", /is not there/);
  assert.deepEqual(await page.evaluate(() => heard.map(([name, { kind }]) => [name, kind])), [["glimpse-error", "EngineFailed"]]);

  await page.unroute(/\.wasm$/);
  await error.getByRole("button", { name: "Try again" }).click();
  const answer = page.locator("glimpse-pad .verdict strong");
  await answer.waitFor();
  assert.equal(await answer.textContent(), NAMES[0], "the drawing is still there");
  assert.equal(await error.isVisible(), false);

  await page.locator("glimpse-pad").evaluate((pad) => pad.setAttribute("support", "gone.json"));
  await error.waitFor();
  assert.match((await error.textContent()) ?? "", /gone\.json.*404/);
  await page.context().close();
});

test("what goes wrong is said in the element's language, and the error's own words only to who unfolds them", async () => {
  const { page } = await opened.page("/draw.html");
  const pad = page.locator("glimpse-pad");
  await pad.evaluate((pad) => Object.assign(pad, { lang: "ko" }).setAttribute("support", "gone.json"));
  const error = pad.locator("[role=alert]");
  await error.waitFor();
  assert.equal(await error.innerText(), "필요한 파일을 받지 못했습니다. 네트워크가 연결되어 있나요?\n\n다시 시도\n자세히");
  await error.getByText("자세히").click();
  await error.getByText("gone.json could not be fetched (HTTP 404).").waitFor();

  await pad.evaluate((pad) => pad.setAttribute("lang", "en"));
  await error.waitFor();
  assert.match(await error.innerText(), /^A file could not be fetched\. Is there a connection\?/);
  await page.context().close();
});

test("a file that Glimpse saved is a support too", async () => {
  const { page } = await opened.page("/teach.html");
  const labels = await page.evaluate(async () => {
    const { packCollection } = await import(/** @type {any} */ ("/index.js"));
    const { support } = await (await fetch("/support.json")).json();
    const file = await packCollection({ system: "triplet", support, tuned: {} });
    const pad = document.querySelector("glimpse-pad");
    // The policy forbids blob: URLs, so the page answers in a server's place.
    const { fetch: asked } = globalThis;
    globalThis.fetch = async (url, options) => (`${url}`.endsWith("mine.glimpse") ? new Response(file) : asked(url, options));
    pad?.setAttribute("support", "mine.glimpse");
    const glimpse = await pad?.glimpse;
    return [glimpse?.system, ...(glimpse?.labels ?? [])];
  });
  assert.deepEqual(labels, ["triplet", ...NAMES]);
  await page.context().close();
});

test("the map shows what is known, and the query beside what is most like it", async () => {
  const { page } = await opened.page("/map.html");
  await draw(page, page, characters[3][1]);
  await page.locator("glimpse-pad .query-mark:not(.absent)").waitFor();
  assert.equal(await page.locator("glimpse-pad .place:has(rect)").count(), NAMES.length);
  await page.waitForFunction(
    (name) => document.querySelector("glimpse-pad")?.shadowRoot?.querySelector(".near text")?.textContent === name,
    NAMES[3],
  );
  await page.context().close();
});

test("official trials are replayed, most of them right, until the button or a key stops them; the outcome is spoken", async () => {
  const { page } = await opened.page("/replay.html");
  const [play, stop] = ["Replay", "Stop"].map((name) => page.getByRole("button", { name, exact: true }));
  const score = page.locator("glimpse-pad .verdict");
  const spoken = page.locator("glimpse-pad [role=status]");
  await play.click();
  await score.filter({ hasText: /of ([5-9]|\d\d+) right/ }).waitFor();
  const [right, seen] = (await score.innerText()).match(/\d+/g) ?? [];
  assert.ok(Number(right) >= Number(seen) - 1, `${right} of ${seen}`);
  assert.equal(await page.locator("glimpse-pad .support canvas").count(), 20);
  assert.equal(await spoken.textContent(), "", "nobody hears every trial");
  assert.equal(page.workers().length, 1);
  await stop.click();
  await play.waitFor();
  const outcome = await score.textContent();
  assert.equal(await spoken.textContent(), outcome);
  await page.waitForTimeout(900);
  assert.equal(await score.textContent(), outcome, "it stands still");

  await page.keyboard.press("Enter");
  await score.filter({ hasText: /of [1-4] right/ }).waitFor();
  await page.keyboard.press("Space");
  await play.waitFor();
  assert.equal(await spoken.textContent(), await score.textContent(), "of what began anew");

  await page.route(/all_runs/, () => {}); // it never answers
  await page.keyboard.press("Enter");
  await stop.waitFor();
  await page.keyboard.press("Enter");
  await play.waitFor();
  assert.equal(await page.locator("glimpse-pad [role=alert]").isVisible(), false, "to stop is no fault");
  await page.context().close();
});

test("a replay to its end says what came of it", async () => {
  const { page } = await opened.page("/replay.html");
  // Time passes a hundred times as fast.
  await page.evaluate(() => {
    const { setTimeout } = globalThis;
    Object.assign(globalThis, { setTimeout: (/** @type {() => void} */ then, /** @type {number} */ millis) => setTimeout(then, millis / 100) });
  });
  await page.getByRole("button", { name: "Replay" }).click();
  await page.locator("glimpse-pad [role=status]", { hasText: /^39\d of 400 right$/ }).waitFor();
  assert.ok(await page.getByRole("button", { name: "Replay" }).isVisible());
  await page.context().close();
});

test("an archive that is not there is said, and trying again plays", async () => {
  const { page } = await opened.page("/replay.html");
  await page.route(/all_runs/, (route) => route.fulfill({ status: 404, body: "not found" }));
  await page.getByRole("button", { name: "Replay" }).click();
  const error = page.locator("glimpse-pad [role=alert]");
  await error.waitFor();
  assert.match((await error.textContent()) ?? "", /all_runs\.zip.*404/);
  assert.deepEqual(await page.evaluate(() => heard.at(-1)?.[1].kind), "LoadFailed");

  await page.unroute(/all_runs/);
  await error.getByRole("button", { name: "Try again" }).click();
  await page.locator("glimpse-pad .verdict", { hasText: /of ([2-9]|\d\d+) right/ }).waitFor();
  assert.equal(await error.isVisible(), false);
  const focused = await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.textContent);
  assert.equal(focused, "Stop", "the focus is on what stops it");
  await page.context().close();
});

test("it is light or dark as the page is, or as it is told, and speaks the page's language or the page's words", async () => {
  const { page } = await opened.page("/teach.html", { colorScheme: "dark" });
  const pad = page.locator("glimpse-pad");
  const paper = () => page.locator("glimpse-pad .sheet").evaluate((sheet) => getComputedStyle(sheet).backgroundColor);
  const [dark, light] = ["rgb(35, 33, 32)", "rgb(255, 253, 248)"];
  assert.equal(await paper(), dark);
  await pad.evaluate((pad) => pad.setAttribute("theme", "light"));
  assert.equal(await paper(), light);
  await page.emulateMedia({ colorScheme: "light" });
  await pad.evaluate((pad) => pad.setAttribute("theme", "dark"));
  assert.equal(await paper(), dark);
  await pad.evaluate((pad) => pad.setAttribute("theme", "auto"));
  assert.equal(await paper(), light);
  await page.evaluate(() => (document.documentElement.style.colorScheme = "dark"));
  assert.equal(await paper(), dark);

  await pad.evaluate((pad) => pad.setAttribute("lang", "ko"));
  assert.equal(await page.locator("glimpse-pad .teaching button").textContent(), "가르치기");
  await pad.evaluate((/** @type {import("glimpse/element").GlimpsePad} */ pad) => (pad.words = { teach: "Remember" }));
  assert.equal(await page.locator("glimpse-pad .teaching button").textContent(), "Remember");
  await page.context().close();
});

test("in Korean its lines break between words", async () => {
  const { page } = await opened.page("/draw.html", { viewport: { width: 280, height: 700 } });
  const pad = page.locator("glimpse-pad");
  await pad.evaluate((pad) => pad.setAttribute("lang", "ko"));
  await pad.locator(".label").first().waitFor();
  await pad.locator(".label").evaluateAll((labels) => {
    for (const label of labels) label.textContent = "동그라미와 긴 꼬리가 달린 글자";
  });
  await wholeWords(page, "the element");
  await page.context().close();
});

test("pictures of it in an article", async () => {
  const looks = /** @type {const} */ ({
    light: {},
    dark: { colorScheme: "dark" },
    phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true },
  });
  for (const [look, options] of Object.entries(looks)) {
    for (const mode of ["draw", "map"]) {
      const { page } = await opened.page(`/${mode}.html`, options);
      await page.locator("glimpse-pad .label").first().waitFor();
      await page.screenshot({ path: join(OUTPUT, `pad-${mode}-${look}-poster.png`) });
      await draw(page, page, characters[2][1]);
      await page.locator("glimpse-pad .verdict strong").waitFor();
      await page.waitForTimeout(500);
      await page.screenshot({ path: join(OUTPUT, `pad-${mode}-${look}.png`), fullPage: true });
      const wider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(wider, false, `${mode}, ${look}: nothing is cut off`);
      await page.context().close();
    }
  }
});
