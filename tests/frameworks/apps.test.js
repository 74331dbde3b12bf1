// Apps of frameworks that render on a server, as examples/ has them: installed with the packed package, built, opened, drawn on.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { launch } from "../harness/chromium.js";
import { ROOT } from "../harness/data.js";
import { hands } from "../harness/hands.js";

const run = promisify(execFile);

/** A server answers within this, in milliseconds. */
const PATIENCE = 120_000;

/** The signs of the apps, as a hand draws them. */
const DRAWN = /** @type {const} */ ({
  hook: [[[0.25, 0.85], [0.27, 0.5], [0.26, 0.16], [0.5, 0.14], [0.74, 0.16], [0.75, 0.4]]],
  cross: [[[0.2, 0.22], [0.5, 0.5], [0.8, 0.78]], [[0.78, 0.2], [0.5, 0.49], [0.22, 0.8]]],
});

/** Where the package is packed, and each app a folder. @type {string} */
let folder;
/** @type {string} */
let packed;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "glimpse-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: join(ROOT, "pkg") });
  packed = join(folder, JSON.parse(stdout)[0].filename);
  browser = await launch({ webgpu: false });
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NUXT_TELEMETRY_DISABLED: "1", CI: "1" };

/** Installs an app with the packed package. @param {string} name */
async function install(name) {
  const app = join(folder, name);
  const made = ["node_modules", ".next", ".nuxt", ".output", ".svelte-kit", "build"];
  await cp(join(ROOT, "examples", name), app, { recursive: true, filter: (path) => !made.includes(basename(path)) });
  const manifest = await readFile(join(app, "package.json"), "utf8");
  await writeFile(join(app, "package.json"), manifest.replace("file:../../pkg", `file:${packed}`));
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: app, env });
  return app;
}

/** Runs an app's server until the test ends. @param {import("node:test").TestContext} t @param {string} app @param {"start" | "dev"} script */
async function serve(t, app, script) {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (probe.address());
  await new Promise((closed) => probe.close(closed));
  // A group of its own, since npm starts what starts the server.
  const options = { cwd: app, env: { ...env, PORT: `${port}`, HOST: "127.0.0.1" }, detached: true };
  const server = spawn("npm", ["run", script], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (data) => (said += data));
  t.after(() => process.kill(-(server.pid ?? 0), "SIGKILL"));
  // By its name: to other origins Next gives nothing of what it develops.
  const address = `http://localhost:${port}/`;
  for (const started = Date.now(); Date.now() - started < PATIENCE; ) {
    const response = await fetch(address).catch(() => undefined);
    if (response?.ok) return { address, html: await response.text() };
    await new Promise((tick) => setTimeout(tick, 250));
  }
  throw new Error(`no answer from the server, which says:\n${said}`);
}

/** Opens a page, draws both signs on the element, and has element and core name them; nothing goes wrong. @param {string} address */
async function works(address) {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  /** @type {string[]} */
  const faults = [];
  page.on("pageerror", (error) => faults.push(`${error}`));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
  await page.goto(address);
  await page.locator("glimpse-pad .label").first().waitFor();
  const hand = await hands(page, "glimpse-pad .sheet");
  for (const [sign, strokes] of Object.entries(DRAWN)) {
    for (const stroke of strokes) await hand.stroke("mouse", stroke.map(([x, y]) => /** @type {const} */ ([x, y])));
    for (const output of ["#element", "#core"]) await page.locator(output, { hasText: sign }).waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
  }
  assert.equal(page.workers().length, 1, "core and element share a worker");
  assert.deepEqual(faults, []);
  await page.close();
}

for (const name of ["next", "nuxt", "svelte"]) {
  describe(name, () => {
    /** @type {string} */
    let app;
    before(async () => {
      app = await install(name);
    });

    test("built and served, the element is in the server's page, and takes over", async (t) => {
      await run("npm", ["run", "build"], { cwd: app, env });
      const { address, html } = await serve(t, app, "start");
      assert.match(html, /<glimpse-pad[^>]* support="\/signs\.json"/);
      await works(address);
    });

    // React's StrictMode mounts everything twice, and only where it is developed.
    if (name === "next") test("developed in StrictMode, what is mounted twice works once", async (t) => works((await serve(t, app, "dev")).address));
  });
}
