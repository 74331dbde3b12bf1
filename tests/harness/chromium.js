import { access } from "node:fs/promises";
import { chromium } from "playwright-core";

const QUIET = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** WebGPU by the software adapter, which every machine has. */
const SOFTWARE_WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** No WebGPU at all. */
const NO_WEBGPU = ["--disable-features=WebGPU,WebGPUService", "--disable-blink-features=WebGPU"];

/**
 * Starts Chromium: `$CHROMIUM`, or where Debian installs it.
 *
 * @param {{ webgpu: boolean }} options
 */
export async function launch({ webgpu }) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  await access(executablePath).catch(() => {
    throw new Error(`no browser at ${executablePath}: install Chromium, or name it in $CHROMIUM`);
  });
  return chromium.launch({ executablePath, args: [...QUIET, ...(webgpu ? SOFTWARE_WEBGPU : NO_WEBGPU)] });
}
