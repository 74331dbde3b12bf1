import { access } from "node:fs/promises";
import { chromium } from "playwright-core";

/** Another name for this machine, which Chromium does not trust as it trusts localhost. */
const PLAIN = "plain.test";

const QUIET = [
  `--host-resolver-rules=MAP ${PLAIN} 127.0.0.1`,
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The address of a page as any site without HTTPS has it. @param {string} address */
export const withoutHttps = (address) => address.replace("127.0.0.1", PLAIN);

/** WebGPU by the software adapter, which every machine has. */
const SOFTWARE_WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** No WebGPU at all, nor a graphics processor that the processor would play. */
const NO_WEBGPU = ["--disable-features=WebGPU,WebGPUService", "--disable-blink-features=WebGPU", "--disable-gpu"];

/** Chromium as people have it: `$CHROMIUM`, or where Debian installs it. */
export const WHOLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** The same without windows, which takes a third less work: `$CHROMIUM_SHELL`, where it is named. */
const SHELL = process.env.CHROMIUM_SHELL ?? WHOLE;

/**
 * Starts Chromium.
 *
 * @param {{ webgpu: boolean, flags?: string[], program?: string }} options
 */
export async function launch({ webgpu, flags = [], program = SHELL }) {
  await access(program).catch(() => {
    throw new Error(`no browser at ${program}: install Chromium, or name it in $CHROMIUM`);
  });
  const start = () => chromium.launch({ executablePath: program, args: [...QUIET, ...(webgpu ? SOFTWARE_WEBGPU : NO_WEBGPU), ...flags] });
  const browser = await start().catch(start); // Once in some hundred times it crashes as it starts, before anything is tested.
  const { newContext, close } = browser;
  return Object.assign(browser, {
    /** @param {Parameters<typeof newContext>} options */
    newContext: async (...options) => closesQuietly(await newContext.apply(browser, options)),
    /** @param {Parameters<typeof close>} options */
    async close(...options) {
      await Promise.all(browser.contexts().map(letGo));
      await close.apply(browser, options);
    },
  });
}

/**
 * Starts Chromium as people have it, with a profile of its own, in a folder.
 *
 * @param {string} folder
 */
export async function launchWith(folder) {
  return closesQuietly(await chromium.launchPersistentContext(folder, { executablePath: WHOLE, args: [...QUIET, ...NO_WEBGPU] }));
}

/** Makes a context let go of its handlers when it closes. @param {import("playwright-core").BrowserContext} context */
function closesQuietly(context) {
  const { close } = context;
  return Object.assign(context, {
    /** @param {Parameters<typeof close>} options */
    async close(...options) {
      await letGo(context);
      await close.apply(context, options);
    },
  });
}

/**
 * Lets go of the handlers of requests: what one that still runs throws, since its page is closed, fails no test. A page that closes meanwhile has none left.
 *
 * @param {import("playwright-core").BrowserContext} context
 */
const letGo = (context) =>
  Promise.all([context, ...context.pages()].map((target) => target.unrouteAll({ behavior: "ignoreErrors" }).catch(() => {})));
