import { access, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { launch } from "./chromium.js";
import { mouseStroke } from "./hands.js";
import { archives, OUTPUT, ROOT } from "./data.js";
import { serve } from "../../xtask/server.js";

/** A phone in somebody's hand. */
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("glimpse").Strokes} Strokes */

/** Side of the square that invented characters are drawn in. */
const SIDE = 105;

/**
 * Serves the built site under a folder, as it may be anywhere, and opens it in Chromium.
 *
 * @param {{ webgpu?: boolean, extra?: Record<string, string | Uint8Array>, headers?: Record<string, string>, program?: string }} [options] `extra`: files by
 *   path under the site; `headers`: sent with each
 */
export async function openSite({ webgpu = false, extra = {}, headers = {}, program } = {}) {
  const folder = join(ROOT, "www/dist");
  await access(join(folder, "index.html")).catch(() => {
    throw new Error("www/dist is not built: run `cargo xtask build`");
  });
  const server = await serve(folder, extra, { headers });
  const browser = await launch({ webgpu, program });
  return {
    origin: server.origin,
    browser,
    /**
     * A page on the site, its engine ready unless told otherwise.
     *
     * @param {string} [query]
     * @param {import("playwright-core").BrowserContextOptions & { ready?: boolean }} [options]
     */
    async page(query = "", { ready = true, ...options } = {}) {
      // What a test answers in the server's place must not be answered by the service worker before.
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: "block", ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(`${server.origin}/${query}`);
      if (ready) await page.waitForSelector('#badge[data-state="ready"]');
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/**
 * Serves the built site in a folder of another site, which has nothing else.
 *
 * @param {string} path of what the folder lies in, from / to /
 */
export async function serveUnder(path) {
  const folder = await mkdtemp(join(tmpdir(), "glimpse-"));
  const link = join(folder, path, "site");
  await mkdir(dirname(link), { recursive: true });
  await symlink(join(ROOT, "www/dist"), link);
  /** @type {Record<string, string | Uint8Array>} */
  const files = {};
  /** @type {string[]} */
  const served = [];
  const { origin, close } = await serve(folder, files, { onrequest: (path) => served.push(path) });
  return {
    origin,
    /** Path of the site. */
    under: `${path}site/`,
    /** Files by path: what is put here is served instead of the folder's. */
    files,
    /** Paths asked for. */
    served,
    /** Nothing is served any more. */
    stop: close,
    async close() {
      await close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Every archive that the site can carry, by path under it. */
export async function carried() {
  const files = Object.entries(await archives());
  return Object.fromEntries(files.map(([path, bytes]) => [`/data${path}`, bytes]));
}

/**
 * Presses a button as soon as something is there: a replay may be over before a click from outside arrives.
 *
 * @param {Page} page
 * @param {string} button
 * @param {string} there
 */
export async function pressWhen(page, button, there) {
  await page.waitForFunction(
    ([button, there]) => {
      const found = document.querySelector(there);
      if (found) /** @type {HTMLButtonElement} */ (document.querySelector(button)).click();
      return found;
    },
    /** @type {const} */ ([button, there]),
  );
}

/**
 * Draws strokes on the paper with the mouse.
 *
 * @param {Page} page
 * @param {Strokes} drawing
 */
export async function drawByMouse(page, { strokes }) {
  const at = await onPaper(page);
  for (const stroke of strokes) await mouseStroke(page, at(stroke));
}

/**
 * Draws strokes on the paper with a finger.
 *
 * @param {Page} page
 * @param {Strokes} drawing
 */
export async function drawByTouch(page, { strokes }) {
  const at = await onPaper(page);
  const devtools = await page.context().newCDPSession(page);
  for (const stroke of strokes) {
    const touched = at(stroke).map(([x, y], i) => {
      const type = i === 0 ? "touchStart" : "touchMove";
      return devtools.send("Input.dispatchTouchEvent", { type, touchPoints: [{ x, y }] });
    });
    await Promise.all(touched);
    await devtools.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  }
  await devtools.detach();
}

/**
 * Draws strokes on the paper with a pen that feels how hard it is pressed.
 *
 * @param {Page} page
 * @param {Strokes} drawing
 */
export async function drawByPen(page, { strokes }) {
  const at = await onPaper(page);
  const devtools = await page.context().newCDPSession(page);
  /** @typedef {"mousePressed" | "mouseMoved" | "mouseReleased"} Move */
  const move = (/** @type {Move} */ type, /** @type {readonly [number, number]} */ [x, y], force = 0.5) =>
    devtools.send("Input.dispatchMouseEvent", {
      ...{ type, x, y, force, pointerType: "pen", button: "left", clickCount: 1 },
      buttons: type === "mouseReleased" ? 0 : 1,
    });
  for (const stroke of strokes) {
    const [first, ...rest] = at(stroke);
    await move("mousePressed", first);
    await Promise.all(rest.map((point) => move("mouseMoved", point, 0.7)));
    await move("mouseReleased", rest.at(-1) ?? first, 0);
  }
  await devtools.detach();
}

/**
 * Waits until the page has answered what is on the paper.
 *
 * @param {Page} page
 */
export async function answered(page) {
  await page.waitForSelector('#answer[aria-busy="false"]', { state: "attached" });
}

/**
 * Waits until the page has answered what is on the paper, and what glides in a picture has come to rest: two frames agree.
 *
 * @param {Page} page
 * @param {string} picture
 */
export async function rested(page, picture) {
  const still = () =>
    page.evaluate(async (picture) => {
      const frame = () => new Promise(requestAnimationFrame);
      const shown = () => document.querySelector(picture)?.innerHTML;
      await frame(); // In which the pen's last move is heard.
      const before = shown();
      await frame();
      return shown() === before;
    }, picture);
  do {
    await answered(page);
    await page.waitForTimeout(600); // Until the picture has heard of it.
  } while (!(await still()));
}

/**
 * Teaches characters by their first drawers, and names them "sign 0", "sign 1" and so on.
 *
 * @param {Page} page
 * @param {Strokes[][]} characters
 * @param {typeof drawByMouse} [draw]
 */
export async function teach(page, characters, draw = drawByMouse) {
  for (const [i, [taught]] of characters.entries()) {
    await draw(page, taught);
    await page.fill("#name", `sign ${i}`);
    await page.press("#name", "Enter");
    await page.waitForSelector(`.card[data-label="sign ${i}"]`, { state: "attached" });
  }
}

/**
 * Draws each character by its second drawer, and counts the right answers.
 *
 * @param {Page} page
 * @param {Strokes[][]} characters
 * @param {typeof drawByMouse} [draw]
 */
export async function recognised(page, characters, draw = drawByMouse) {
  let right = 0;
  for (const [i, [, redrawn]] of characters.entries()) {
    await draw(page, redrawn);
    await answered(page);
    right += Number((await page.locator("#verdict strong").textContent()) === `sign ${i}`);
    await page.click("#clear");
    await answered(page);
  }
  return right;
}

/**
 * Chooses one of the page's alternatives.
 *
 * @param {Page} page
 * @param {"system" | "lens" | "protocol"} name
 * @param {string} value
 */
export async function choose(page, name, value) {
  await page.check(`[name="${name}"][value="${value}"]`);
  if (name !== "system") return;
  await page.waitForSelector(`#badge[data-state="ready"][data-system="${value}"]`);
}

/**
 * Keeps a picture of the page.
 *
 * @param {Page} page
 * @param {string} name
 * @param {import("playwright-core").PageScreenshotOptions} [options]
 */
export async function keep(page, name, options = {}) {
  await mkdir(OUTPUT, { recursive: true });
  await page.screenshot({ path: join(OUTPUT, `${name}.png`), ...options });
}

/**
 * Where a stroke passes on the paper, in CSS pixels: every third point of it, as a hand that is not slow.
 *
 * @param {Page} page
 */
async function onPaper(page) {
  const box = await page.locator("#paper").boundingBox();
  if (!box) throw new Error("the paper is not to be seen");
  /** @param {readonly number[]} stroke */
  return (stroke) => {
    /** @type {[number, number][]} */
    const points = [];
    for (let i = 0; i + 1 < stroke.length; i += 2) {
      points.push([box.x + (stroke[i] / SIDE) * box.width, box.y + (stroke[i + 1] / SIDE) * box.height]);
    }
    return points.filter((_, i) => i % 3 === 0 || i === points.length - 1);
  };
}
