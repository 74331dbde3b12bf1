// What Chromium's processes hold. Linux tells it.
import { readFile, writeFile } from "node:fs/promises";

/** @typedef {import("playwright-core").Browser} Browser */

/** Memory of Chromium's processes, in MB. @param {Browser} browser @param {"VmRSS" | "VmHWM"} which now, or at most so far */
export async function memory(browser, which) {
  const sizes = (await processes(browser)).map(async (id) => {
    const status = await readFile(`/proc/${id}/status`, "utf8");
    return Number(new RegExp(`${which}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size);
}

/** Has the system forget what the processes held before: proc(5). @param {Browser} browser */
export async function forgetPeaks(browser) {
  await Promise.all((await processes(browser)).map((id) => writeFile(`/proc/${id}/clear_refs`, "5")));
}

/** @param {Browser} browser */
async function processes(browser) {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  await devtools.detach();
  return processInfo.map(({ id }) => id);
}
