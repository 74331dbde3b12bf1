import { join } from "node:path";
import { launch } from "./chromium.js";
import { mouseStroke } from "./hands.js";
import { ROOT } from "./data.js";
import { serve } from "../../xtask/server.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Frame} Frame */
/** @typedef {import("glimpse").Strokes} Strokes */

/** The built package, as a site would serve it. */
export const DIST = join(ROOT, "pkg/dist");

/** The built site. */
export const SITE = join(ROOT, "www/dist");

/** A policy that allows nothing inline, nothing evaluated, and no other origin. */
export const STRICT =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'";

/** Side of the square that invented characters are drawn in. */
const SIDE = 105;

/**
 * A page that loads the element by one line, and shows what `body` says.
 *
 * @param {string} body
 * @param {string} [script] where the element is
 */
export function article(body, script = "/element.js") {
  return `<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>An article</title>
        <link rel="icon" href="/icon.svg">
        <link rel="stylesheet" href="/article.css">
        <script type="module" src="${script}"></script>
      </head>
      <body><main><h1>Learning from one example</h1><p>Try it with the characters below.</p>${body}<p>It runs in your own browser.</p></main></body>
    </html>`;
}

const ARTICLE = `
  :root { color-scheme: light dark; background: light-dark(#fff, #111); color: light-dark(#222, #ddd); }
  body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; font: 18px/1.6 Georgia, serif; }
  .far { height: 4000px; }`;

/** What an article is served with. */
export const BESIDE = { "/icon.svg": `<svg xmlns="http://www.w3.org/2000/svg"/>`, "/article.css": ARTICLE };

/**
 * Serves pages with the element under a policy, and opens them in Chromium.
 *
 * @param {{ pages?: Record<string, string | Uint8Array>, headers?: Record<string, string>, folder?: string }} options `pages`: files by path
 */
export async function openArticles({ pages = {}, headers = { "content-security-policy": STRICT }, folder = DIST }) {
  const server = await serve(folder, { ...BESIDE, ...pages }, { headers });
  const browser = await launch({ webgpu: false });
  return {
    origin: server.origin,
    browser,
    /**
     * A page of them, with what it asked for and what its policy refused.
     *
     * @param {string} path or its whole address
     * @param {import("playwright-core").BrowserContextOptions} [options]
     */
    async page(path, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1000, height: 760 }, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      /** @type {import("playwright-core").Request[]} */
      const requests = [];
      context.on("request", (request) => requests.push(request));
      await page.addInitScript(() => {
        Object.assign(globalThis, { violations: [], heard: [] });
        addEventListener("securitypolicyviolation", ({ blockedURI, violatedDirective }) =>
          violations.push(`${violatedDirective}: ${blockedURI}`),
        );
        for (const name of /** @type {const} */ (["glimpse-ready", "glimpse-result", "glimpse-error"])) {
          addEventListener(name, (event) => heard.push([name, /** @type {CustomEvent} */ (event).detail]));
        }
      });
      await page.goto(new URL(path, server.origin).href);
      return { page, requests, violations: () => page.evaluate(() => violations) };
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/**
 * Draws strokes on an element's sheet with the mouse.
 *
 * @param {Page | Frame | import("playwright-core").FrameLocator} where
 * @param {Page} page
 * @param {Strokes} drawing
 * @param {string} [pad] which element
 * @returns where the last stroke ended, in the drawing's units
 */
export async function draw(where, page, { strokes }, pad = "glimpse-pad") {
  const sheet = where.locator(`${pad} .sheet`);
  await sheet.scrollIntoViewIfNeeded();
  const box = await sheet.boundingBox();
  if (!box) throw new Error("the sheet is not to be seen");
  /** @type {readonly number[]} */
  let end = [];
  for (const stroke of strokes) {
    const ats = [0];
    for (let i = 2; i < stroke.length; i += 6) ats.push(i);
    await mouseStroke(
      page,
      ats.map((i) => [box.x + (stroke[i] / SIDE) * box.width, box.y + (stroke[i + 1] / SIDE) * box.height]),
    );
    const last = ats.at(-1) ?? 0;
    end = stroke.slice(last, last + 2);
  }
  return end;
}

/**
 * Draws strokes on an element's empty sheet, and waits for the answer to all of them.
 *
 * @param {Page | Frame} where
 * @param {Page} page
 * @param {Strokes} drawing
 * @param {string} [pad] which element
 * @returns the answer as it is shown
 */
export async function ask(where, page, drawing, pad = "glimpse-pad") {
  await where.locator(`${pad} .sheet`).waitFor();
  const asked = await where.locator(pad).evaluateHandle((/** @type {import("glimpse/element").GlimpsePad} */ pad) => {
    /** @type {Strokes["strokes"][]} */
    const asked = [];
    pad.addEventListener("glimpse-result", ({ detail }) => asked.push(detail.drawing.strokes));
    pad.clear();
    return asked;
  });
  const [x, y] = await draw(where, page, drawing, pad);
  const drawn = { asked, count: drawing.strokes.length, x, y };
  await where.waitForFunction(({ asked, count, x, y }) => {
    const strokes = asked.at(-1) ?? [];
    const [endX, endY] = strokes.at(-1)?.slice(-2) ?? [];
    return strokes.length === count && Math.hypot(endX - x, endY - y) < 1;
  }, drawn);
  return where.locator(`${pad} .verdict strong`).textContent();
}
