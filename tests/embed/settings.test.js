// What a page may say to `<glimpse-pad>`, as pkg/README.md tells it: attributes, parts and properties; and where it may not run.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT } from "../harness/data.js";
import { invent } from "../harness/package.js";
import { article, draw, openArticles, STRICT } from "../harness/pad.js";

/** Where each property shows, and as what. @type {Record<string, [selector: string, property: string, value: string]>} */
const PROPERTIES = {
  "--glimpse-width": [":host", "max-width", "321px"],
  "--glimpse-accent": ["button.primary", "background-color", "rgb(1, 2, 3)"],
  "--glimpse-on-accent": ["button.primary", "color", "rgb(1, 2, 3)"],
  "--glimpse-ink": [".pad", "color", "rgb(1, 2, 3)"],
  "--glimpse-soft": [".invitation", "color", "rgb(1, 2, 3)"],
  "--glimpse-paper": [".sheet", "background-color", "rgb(1, 2, 3)"],
  "--glimpse-desk": [".pad", "background-color", "rgb(1, 2, 3)"],
  "--glimpse-line": ["input", "border-bottom-color", "rgb(1, 2, 3)"],
  "--glimpse-guide": [".guides", "stroke", "rgb(1, 2, 3)"],
  "--glimpse-serif": [".invitation", "font-family", "Bookish"],
  "--glimpse-sans": [".pad", "font-family", "Plain"],
};

/** @type {import("glimpse").Strokes[][]} */
let characters;
/** @type {Awaited<ReturnType<typeof openArticles>>} */
let opened;
/** @type {string} */
let readme;
before(async () => {
  characters = await invent({ seed: 7, characters: 2, drawers: 2 });
  readme = await readFile(join(ROOT, "pkg/README.md"), "utf8");
  opened = await openArticles({
    pages: {
      "/support.json": JSON.stringify({ support: characters.map(([drawing], i) => ({ label: `sign ${i}`, drawing })) }),
      "/pad.html": article("<glimpse-pad></glimpse-pad>"),
      "/told.html": article('<glimpse-pad engine="webgpu flex" label="The letter of the day"></glimpse-pad>'),
      "/every.html": article(`
        <glimpse-pad id="teach"></glimpse-pad>
        <glimpse-pad id="map" mode="map" support="support.json"></glimpse-pad>
        <glimpse-pad mode="replay"></glimpse-pad>
        <glimpse-pad id="find" mode="find" support="latin greek" format="unicode"></glimpse-pad>
        <glimpse-pad support="gone.json"></glimpse-pad>`),
    },
  });
});
after(() => opened?.close());

test("`label` names the sheet, and `engine` tells which to try", async () => {
  const { page, requests } = await opened.page("/told.html");
  await page.getByRole("application", { name: "The letter of the day", exact: true }).click();
  await page.waitForFunction(() => heard.length > 0);
  assert.deepEqual(await page.evaluate(() => heard.map(([name, { engine }]) => [name, engine?.kind])), [["glimpse-ready", "flex"]]);
  assert.deepEqual(requests.filter((request) => request.url().endsWith(".wasm")).map((request) => new URL(request.url()).pathname), [
    "/wasm/flex/glimpse_bg.wasm",
  ]);
  await page.context().close();
});

test("every property that the README names takes effect", async () => {
  const [, others = ""] = /\/\* also (-.*) \*\//.exec(readme) ?? [];
  const named = others.split(", ").map((name) => `--glimpse${name}`);
  assert.deepEqual(Object.keys(PROPERTIES), ["--glimpse-width", "--glimpse-accent", ...named]);

  const { page } = await opened.page("/pad.html");
  const seen = await page.locator("glimpse-pad").evaluate((pad, properties) => {
    for (const [name, [, , value]] of Object.entries(properties)) pad.style.setProperty(name, value);
    return Object.entries(properties).map(([name, [selector, property, value]]) => {
      const element = selector === ":host" ? pad : pad.shadowRoot?.querySelector(selector);
      return [name, [selector, property, element && getComputedStyle(element).getPropertyValue(property)]];
    });
  }, PROPERTIES);
  assert.deepEqual(Object.fromEntries(seen), PROPERTIES);
  await page.context().close();
});

/** A line by its ends, with points in between. @type {(...ends: [number, number, number, number]) => number[]} */
const line = (...[x, y, toX, toY]) => Array.from({ length: 31 }, (_, i) => [x + (i / 30) * (toX - x), y + (i / 30) * (toY - y)]).flat();
/** A capital A, which Greek has, too. */
const ALPHA = { strokes: [[...line(20, 90, 50, 10), ...line(50, 10, 80, 90)], line(32, 60, 68, 60)] };

test("every part that the README names is there and can be styled", async () => {
  const [, list] = /^Parts: ([^]*?)\n\n/m.exec(readme) ?? [];
  const named = [...(list ?? "").matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
  assert.ok(named.length > 30, `${named}`);

  const { page } = await opened.page("/every.html");
  await page.locator("glimpse-pad").last().scrollIntoViewIfNeeded();
  await page.locator("glimpse-pad .error:visible").waitFor();
  await draw(page, page, characters[0][0], "#teach");
  await page.fill("#teach input", "mine");
  await page.press("#teach input", "Enter");
  await page.locator("#teach .label", { hasText: "mine" }).waitFor();
  await draw(page, page, characters[0][1], "#map");
  await page.locator("#map .verdict strong").waitFor();
  await draw(page, page, ALPHA, "#find");
  await page.locator("#find .alike button").first().waitFor();
  const styled = await page.evaluate((named) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(named.map((name) => `glimpse-pad::part(${name}) { outline: 3px solid rgb(1, 2, 3) }`).join("\n"));
    document.adoptedStyleSheets = [sheet];
    return named.filter((name) => {
      const parts = [...document.querySelectorAll("glimpse-pad")].flatMap((pad) => [...(pad.shadowRoot?.querySelectorAll(`[part~=${name}]`) ?? [])]);
      return parts.length > 0 && parts.every((part) => getComputedStyle(part).outlineColor === "rgb(1, 2, 3)");
    });
  }, named);
  assert.deepEqual(styled, named);
  await page.context().close();
});

for (const [reducedMotion, moving] of /** @type {const} */ ([["no-preference", true], ["reduce", false]])) {
  test(`with ${reducedMotion} of motion it ${moving ? "moves five seconds at most" : "stands still"}`, async () => {
    const { page } = await opened.page("/every.html", { reducedMotion });
    const ends = () =>
      page.evaluate(async () => {
        await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
        const animations = [...document.querySelectorAll("glimpse-pad")].flatMap((pad) => pad.shadowRoot?.getAnimations() ?? []);
        return animations.map(({ effect }) => Number(effect?.getComputedTiming().endTime));
      });
    await page.locator("glimpse-pad .inviting").first().waitFor();
    const atFirst = await ends();
    await draw(page, page, characters[1][1], "#map");
    await page.locator("#map .verdict strong").waitFor();
    const all = [...atFirst, ...(await ends())];
    if (moving) assert.ok(all.length > 0 && all.every((end) => end <= 5000), `${all}`);
    else assert.deepEqual(all, []);
    await page.context().close();
  });
}

test("a policy that forbids WebAssembly is said inside, with what it has to allow, before anything is fetched in vain", async () => {
  const policy = STRICT.replace(" 'wasm-unsafe-eval'", "");
  const forbidding = await openArticles({
    pages: { "/pad.html": article("<glimpse-pad></glimpse-pad>") },
    headers: { "content-security-policy": policy },
  });
  try {
    const { page, requests } = await forbidding.page("/pad.html");
    await page.locator("glimpse-pad .sheet").click();
    const message = page.locator("glimpse-pad [role=alert] p");
    await message.waitFor();
    assert.match((await message.textContent()) ?? "", /allow 'wasm-unsafe-eval' in script-src/);
    assert.deepEqual(await page.evaluate(() => heard.map(([name, { kind }]) => [name, kind])), [["glimpse-error", "NoWebAssembly"]]);
    assert.deepEqual(requests.filter((request) => /wasm|weights/.test(request.url())), []);
  } finally {
    await forbidding.close();
  }
});

const FALLBACK = "<glimpse-pad><p>These letters can be drawn where scripts may run.</p></glimpse-pad>";
for (const [state, policy, script, shown] of /** @type {const} */ ([
  ["blocked", STRICT.replace("script-src 'self'", "script-src"), "/element.js", true],
  ["missing", STRICT, "/nowhere/element.js", true],
  ["there", STRICT, "/element.js", false],
])) {
  test(`where the script is ${state} the text between the tags is ${shown ? "shown" : "not"}`, async () => {
    const pages = { "/page.html": article(FALLBACK, script) };
    const articles = await openArticles({ pages, headers: { "content-security-policy": policy } });
    try {
      const { page } = await articles.page("/page.html");
      await page.waitForLoadState();
      assert.equal(await page.getByText("where scripts may run").isVisible(), shown);
      assert.equal(await page.locator("glimpse-pad .sheet").isVisible(), !shown);
    } finally {
      await articles.close();
    }
  });
}
