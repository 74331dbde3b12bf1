import { access } from "node:fs/promises";
import { join } from "node:path";
import { launch } from "./chromium.js";
import { ROOT } from "./data.js";
import { serve } from "../../xtask/server.js";

const BLANK = `<!doctype html><meta charset="utf-8"><title>blank</title><link rel="icon" href="data:,">`;

/**
 * Opens a page that holds nothing but the built package, as `window.glimpse`: no bundler, no site.
 *
 * @param {{ webgpu?: boolean, flags?: string[], extra?: Record<string, string | Uint8Array> }} [options] `extra`: files by path
 */
export async function openPackage({ webgpu = false, flags = [], extra = {} } = {}) {
  const folder = join(ROOT, "pkg/dist");
  await access(join(folder, "index.js")).catch(() => {
    throw new Error("pkg/dist is not built: run `cargo xtask build`");
  });
  const server = await serve(folder, { "/blank.html": BLANK, ...extra });
  const browser = await launch({ webgpu, flags });
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(`${server.origin}/blank.html`);
  await page.evaluate(async () => Object.assign(globalThis, { glimpse: await import(/** @type {any} */ ("/index.js")) }));
  return {
    page,
    browser,
    origin: server.origin,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/**
 * Invented characters, `[character][drawer]`, in a square of 105 × 105.
 *
 * @param {import("glimpse").InventOptions} options
 */
export async function invent(options) {
  const { page, close } = await openPackage();
  try {
    return await page.evaluate(async (options) => {
      const instance = await glimpse.Glimpse.load({ engine: "simd" });
      const invented = await instance.invent(options);
      instance.dispose();
      return invented;
    }, options);
  } finally {
    await close();
  }
}

/** Runs in the page: has it know three signs, `A`, `B` and `C`, and `tasks`, which waits for so many of its tasks. */
export function smallSigns() {
  const [A, B, C] = [[[20, 20, 80, 80]], [[20, 20, 80, 20, 80, 80, 20, 80, 20, 20]], [[20, 80, 50, 20, 80, 80]]].map((strokes) => ({
    strokes,
  }));
  /** Waits for so many tasks of the page. @param {number} count */
  const tasks = async (count) => {
    for (let task = 0; task < count; task += 1) {
      await new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = resolve;
        port2.postMessage(0);
      });
    }
  };
  Object.assign(globalThis, { A, B, C, tasks });
}
