import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Builder, By, Capabilities } from "selenium-webdriver";
import { Command, Name } from "selenium-webdriver/lib/command.js";
import { OUTPUT } from "./data.js";
import { DIST } from "./pad.js";
import { serve } from "../../xtask/server.js";

/** @typedef {import("selenium-webdriver").WebDriver} WebDriver */
/** @typedef {import("selenium-webdriver").WebElement} WebElement */
/** @typedef {import("glimpse").Strokes} Strokes */

/** @type {typeof import("selenium-webdriver/remote.js")} */
const { DriverService } = createRequire(import.meta.url)("selenium-webdriver/remote");

/** How long anything may take, in milliseconds. */
const PATIENCE = 60_000;

/** Side of the square that invented characters are drawn in. */
const SIDE = 105;

/** What drives each browser, and what it is asked for. WebKitGTK's driver knows where its own small browser is. */
const BROWSERS = {
  Firefox: {
    driver: process.env.GECKODRIVER ?? "geckodriver",
    wanted: {
      browserName: "firefox",
      "moz:firefoxOptions": { binary: process.env.FIREFOX ?? "/usr/bin/firefox-esr" },
    },
  },
  WebKit: { driver: process.env.WEBKIT_DRIVER ?? "WebKitWebDriver", wanted: { browserName: "MiniBrowser" } },
};

/** The browsers, by name. */
export const NAMES = /** @type {(keyof typeof BROWSERS)[]} */ (Object.keys(BROWSERS));

/**
 * Starts a browser with its driver.
 *
 * @param {keyof typeof BROWSERS} name
 */
export async function start(name) {
  const { driver: program, wanted } = BROWSERS[name];
  const service = new DriverService.Builder(program).setLoopback(true).build();
  const driver = await new Builder()
    .usingServer(await service.start())
    .withCapabilities(new Capabilities(wanted))
    .build();
  await driver.manage().window().setRect({ x: 0, y: 0, width: 1280, height: 900 });
  return {
    driver,
    version: (await driver.getCapabilities()).getBrowserVersion(),
    async close() {
      await driver.quit();
      await service.kill();
    },
  };
}

/** What a page hears of itself, in `faults` what should not be: no driver tells of both browsers. */
const LISTENER = `
  window.faults = [];
  window.heard = [];
  addEventListener("error", ({ message, target }) => faults.push(message ?? "not loaded: " + (target.src ?? target.href)), true);
  addEventListener("unhandledrejection", ({ reason }) => faults.push("unhandled: " + reason));
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => faults.push(violatedDirective + ": " + blockedURI));
  for (const level of ["warn", "error"]) {
    const { [level]: log } = console;
    console[level] = (...words) => {
      faults.push(words.join(" "));
      log(...words);
    };
  }
  for (const name of ["glimpse-ready", "glimpse-result", "glimpse-error"]) {
    addEventListener(name, ({ detail }) => heard.push([name, detail]));
  }`;

/**
 * Pages that hear of their own faults, and what they hear them with: files by path.
 *
 * @param {Record<string, string>} pages
 */
export function listening(pages) {
  const listens = (/** @type {string} */ html) => html.replace(/<meta charset="utf-8"( \/)?>/, '$&<script src="/listener.js"></script>');
  const listeners = Object.entries(pages).map(([path, html]) => [path, listens(html)]);
  return { ...Object.fromEntries(listeners), "/listener.js": LISTENER };
}

/** Has a page hear of its own faults that no listener can be put into. @param {WebDriver} driver */
export const listen = (driver) => driver.executeScript(LISTENER);

/**
 * What the page heard that should not be.
 *
 * @param {WebDriver} driver
 * @returns {Promise<string[]>}
 */
export const faults = (driver) => driver.executeScript("return faults");

/**
 * Waits until a page's expression holds, and gives its value.
 *
 * @param {WebDriver} driver
 * @param {string} expression
 * @returns {Promise<any>}
 */
export async function holds(driver, expression) {
  return driver.wait(() => driver.executeScript(`return ${expression}`), PATIENCE, `waiting for ${expression}`);
}

/**
 * Invented characters, `[character][drawer]`, in a square of 105 × 105: by the package alone.
 *
 * @param {WebDriver} driver
 * @param {import("glimpse").InventOptions} options
 * @returns {Promise<Strokes[][]>}
 */
export async function invent(driver, options) {
  const server = await serve(DIST, {
    "/invent.html": '<!doctype html><meta charset="utf-8"><script type="module" src="/invent.js"></script>',
    "/invent.js": `
      import { Glimpse } from "/index.js";
      const glimpse = await Glimpse.load({ engine: "simd" });
      globalThis.invented = await glimpse.invent(${JSON.stringify(options)});
      glimpse.dispose();`,
  });
  try {
    await driver.get(`${server.origin}/invent.html`);
    return await holds(driver, "globalThis.invented");
  } finally {
    await server.close();
  }
}

/** @typedef {"mouse" | "touch" | "pen"} PointerType */

/**
 * Draws strokes on a sheet: every third point of each, as a hand that is not slow.
 *
 * @param {WebDriver} driver
 * @param {WebElement} sheet
 * @param {Strokes} drawing
 * @param {PointerType} [pointerType]
 */
export async function draw(driver, sheet, { strokes }, pointerType = "mouse") {
  await driver.executeScript("arguments[0].scrollIntoView({ block: 'nearest' })", sheet);
  const { width, height } = await sheet.getRect();
  /** @type {object[]} */
  const actions = [];
  for (const stroke of strokes) {
    const last = stroke.length - 2;
    for (let i = 0; i <= last; i = i === last ? last + 2 : Math.min(i + 6, last)) {
      // From the middle of the sheet.
      const [x, y] = [(stroke[i] / SIDE - 0.5) * width, (stroke[i + 1] / SIDE - 0.5) * height];
      actions.push({ type: "pointerMove", origin: sheet, x: Math.round(x), y: Math.round(y), duration: 4 });
      if (i === 0) actions.push({ type: "pointerDown", button: 0 });
    }
    actions.push({ type: "pointerUp", button: 0 });
  }
  // Selenium's own actions know the mouse only.
  const hand = { type: "pointer", id: pointerType, parameters: { pointerType }, actions };
  await driver.execute(new Command(Name.ACTIONS).setParameter("actions", [hand]));
}

/**
 * An element in a `<glimpse-pad>`, which a script may fill only after the page has loaded.
 *
 * @param {WebDriver} driver
 * @param {string} pad
 * @param {string} part
 */
export async function inPad(driver, pad, part) {
  const there = `document.querySelector(${JSON.stringify(pad)})?.shadowRoot?.querySelector(${JSON.stringify(part)}) != null`;
  await holds(driver, there);
  const shadow = await driver.findElement(By.css(pad)).getShadowRoot();
  return shadow.findElement(By.css(part));
}

/**
 * Draws strokes on the empty sheet of a `<glimpse-pad>`, in a page that is {@link listening}, and waits for the answer to all of them.
 *
 * @param {WebDriver} driver
 * @param {string} pad
 * @param {Strokes} drawing
 * @param {PointerType} [pointerType]
 * @returns {Promise<string>} the answer as it is shown
 */
export async function ask(driver, pad, drawing, pointerType) {
  const sheet = await inPad(driver, pad, ".sheet");
  await driver.executeScript("heard.splice(0)");
  await draw(driver, sheet, drawing, pointerType);
  const [x, y] = drawing.strokes.at(-1)?.slice(-2) ?? [];
  // A network that arrives in the middle of a stroke answers what there is of it.
  await holds(
    driver,
    `(([...strokes]) => {
      const [x, y] = strokes.at(-1)?.slice(-2) ?? [];
      return strokes.length === ${drawing.strokes.length} && Math.hypot(x - ${x}, y - ${y}) < 1;
    })(heard.at(-1)?.[1].drawing?.strokes ?? [])`,
  );
  return holds(driver, `document.querySelector(${JSON.stringify(pad)}).shadowRoot.querySelector(".verdict strong")?.textContent`);
}

/**
 * Keeps a picture of what the window shows, when what moves has come to rest.
 *
 * @param {WebDriver} driver
 * @param {string} name
 */
export async function keep(driver, name) {
  await mkdir(OUTPUT, { recursive: true });
  await driver.sleep(700);
  await writeFile(join(OUTPUT, `${name}.png`), await driver.takeScreenshot(), "base64");
}

/** A page that shows another one as wide and high as a phone does: no window of these browsers is as narrow. */
export const phone = (/** @type {string} */ address) =>
  `<!doctype html><meta charset="utf-8"><title>A phone</title><iframe src="${address}" width="390" height="760"></iframe>`;
