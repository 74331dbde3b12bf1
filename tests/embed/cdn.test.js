// The page of examples/cdn, whose element comes from a CDN by one line. The package is not published: its own files answer in the CDN's place, as packed.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { embedLines } from "../../pkg/scripts/embed-lines.js";
import { ROOT } from "../harness/data.js";
import { draw, openArticles } from "../harness/pad.js";
import { LAMBDA } from "../harness/signs.js";

const run = promisify(execFile);

/** The line that loads the element. */
const LINE = /<script type="module".*<\/script>/;

/** The example as it stands. @type {string} */
let example;
/** The line that the build prints. @type {string} */
let line;
/** Where the CDN has the package. @type {string} */
let host;
/** The packed package. @type {string} */
let folder;
/** @type {Awaited<ReturnType<typeof openArticles>>} */
let articles;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "glimpse-cdn-"));
  const { stdout } = await run("npm", ["pack", "--silent", join(ROOT, "pkg")], { cwd: folder });
  await run("tar", ["-xzf", stdout.trim()], { cwd: folder });
  example = await readFile(join(ROOT, "examples/cdn/index.html"), "utf8");
  const manifest = JSON.parse(await readFile(join(folder, "package/package.json"), "utf8"));
  [line] = LINE.exec(embedLines(manifest, await readFile(join(folder, "package/dist/element.js")))) ?? [""];
  [, host] = /src="(.*)dist\/element\.js"/.exec(line) ?? ["", ""];
  articles = await openArticles({ headers: {}, pages: { "/cdn.html": example.replace(LINE, line) } });
});
after(async () => {
  await articles?.close();
  await rm(folder, { recursive: true, force: true });
});

/**
 * Opens the example with the line that the build prints, and answers for the CDN.
 *
 * @param {(path: string, bytes: Buffer) => Buffer} [served] what is sent of a file
 */
async function opened(served = (_, bytes) => bytes) {
  const { page, requests } = await articles.page("about:blank");
  /** @type {string[]} */
  const errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  const types = { js: "text/javascript", wasm: "application/wasm", json: "application/json" };
  await page.context().route(`${host}**`, async (route) => {
    const path = route.request().url().slice(host.length);
    const body = served(path, await readFile(join(folder, "package", path)));
    const type = types[/** @type {keyof typeof types} */ (path.split(".").at(-1))] ?? "application/octet-stream";
    await route.fulfill({ body, contentType: type, headers: { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" } });
  });
  await page.goto(`${articles.origin}/cdn.html`);
  return { page, requests, errors };
}

test("the example has the line that the build prints, but for its hash", () => {
  const [has = ""] = LINE.exec(example) ?? [];
  assert.equal(has, line.replace(/(?<=integrity="sha384-)[^"]+/, "…"));
});

test("the page finds a sign by what the CDN sends", async () => {
  const { page, requests } = await opened();
  await draw(page, page, LAMBDA);
  const best = () => document.querySelector("glimpse-pad")?.shadowRoot?.querySelector(".found button")?.getAttribute("title");
  await page.waitForFunction(`(${best})() === "Greek small letter lamda"`);
  const foreign = requests.map((request) => request.url()).filter((url) => !url.startsWith(articles.origin) && /^https?:/.test(url));
  assert.ok(foreign.length > 5 && foreign.every((url) => url.startsWith(host)), `${foreign}`);
  assert.ok(foreign.some((url) => url.endsWith(".wasm")) && foreign.some((url) => url.endsWith("sets/greek.json")), `${foreign}`);
  await page.context().close();
});

test("a file that the hash does not match is not run, and what stands between the tags is shown instead", async () => {
  const { page, errors } = await opened((path, bytes) => (path === "dist/element.js" ? Buffer.concat([bytes, Buffer.from("\n")]) : bytes));
  while (!errors.some((error) => /integrity/.test(error))) await page.waitForEvent("console");
  await page.getByText("could not be loaded").waitFor();
  assert.equal(await page.evaluate(() => customElements.get("glimpse-pad")), undefined);
  await page.context().close();
});
