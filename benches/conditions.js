// Where and when it was measured, and with which versions.
import { readFile } from "node:fs/promises";
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "../tests/harness/data.js";
import { commit } from "./commit.js";
import { digests } from "./digests.js";
import { openPage } from "./ground.js";

const PEERS = ["@litertjs/core", "onnxruntime-web", "@tensorflow/tfjs-core", "@jax-js/jax"];

/** @param {import("./ground.js").Ground} ground */
export async function conditions({ browser, origin }) {
  const page = await openPage(browser, `${origin}/bench.html`);
  const adapter = await page.evaluate(async () => {
    const { gpu } = /** @type {any} */ (navigator);
    const info = (await gpu?.requestAdapter())?.info;
    return info ? `${info.vendor} ${info.architecture}`.trim() : "none";
  });
  await page.context().close();
  const versions = PEERS.map(async (name) => {
    const { version } = JSON.parse(await readFile(join(ROOT, "node_modules", name, "package.json"), "utf8"));
    return [name, version];
  });
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    processor: `${availableParallelism()} × ${cpus()[0].model.trim()}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    system: `${platform()} ${arch()}`,
    browser: `Chromium ${browser.version()}`,
    adapter,
    ...(await digests()),
    versions: /** @type {Record<string, string>} */ (Object.fromEntries(await Promise.all(versions))),
  };
}
