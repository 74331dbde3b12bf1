// What would be published, by those who install it: a Vite app, a page without a bundler, TypeScript, Node.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ROOT } from "../harness/data.js";
import { openPackage } from "../harness/package.js";
import { openArticles, STRICT } from "../harness/pad.js";

const run = promisify(execFile);

/** Where the package is installed, and nothing else. @type {string} */
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "glimpse-"));
  const packed = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: join(ROOT, "pkg") });
  const [{ filename }] = JSON.parse(packed.stdout);
  await write("package.json", JSON.stringify({ private: true, type: "module" }));
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`], { cwd: folder });
});
after(() => rm(folder, { recursive: true, force: true }));

/** @param {string} name @param {string} text */
async function write(name, text) {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

/** Builds an app by the Vite that this repository has, without any configuration. @param {string} name */
async function build(name) {
  await run("node", [join(ROOT, "node_modules/vite/bin/vite.js"), "build", name], { cwd: folder });
  return join(folder, name, "dist");
}

const APP = `
  import { Glimpse } from "glimpse";
  import "glimpse/element";
  const cross = { strokes: [[20, 20, 80, 80], [80, 20, 20, 80]] };
  const gallows = { strokes: [[25, 90, 25, 15, 75, 15, 75, 40]] };
  const glimpse = await Glimpse.load({ engine: "simd" });
  await glimpse.learn("cross", cross);
  await glimpse.learn("gallows", gallows);
  const { ranking } = await glimpse.classify({ strokes: [[25, 15, 78, 88], [85, 25, 18, 75]] });
  document.body.dataset.best = ranking[0].label;
`;

const page = (/** @type {string} */ script) =>
  `<!doctype html><title>An app</title><link rel="icon" href="/icon.svg"><glimpse-pad></glimpse-pad>${script}`;

/** Opens a page of a folder under the strict policy. @param {string} folder @param {string} path */
async function opens(folder, path) {
  const opened = await openArticles({ folder, headers: { "content-security-policy": STRICT } });
  try {
    const { page, violations } = await opened.page(path);
    await page.locator("body[data-best]").waitFor();
    await page.locator("glimpse-pad .sheet").click();
    await page.waitForFunction(() => heard.some(([name]) => name === "glimpse-ready"));
    assert.equal(await page.getAttribute("body", "data-best"), "cross");
    assert.equal(page.workers().length, 1, "core and element share a worker");
    assert.deepEqual(await violations(), []);
  } finally {
    await opened.close();
  }
}

test("the tarball holds code, types, modules, weights and licences", async () => {
  const installed = join(folder, "node_modules/glimpse");
  const files = await readdir(installed, { recursive: true });
  const needed = ["dist/index.js", "dist/index.d.ts", "dist/element.js", "dist/element/index.d.ts", "dist/worker.js", "README.md"];
  const assets = ["dist/wasm/simd/glimpse_bg.wasm", "dist/weights/siamese.safetensors", "examples/node.js"];
  const licences = ["dist/LICENSE-MIT", "dist/LICENSE-APACHE", "dist/licences.txt", "dist/wasm/licences.txt", "dist/sets/licences.txt"];
  for (const name of [...needed, ...assets, ...licences]) assert.ok(files.includes(name), name);
  const { dependencies = {} } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  assert.deepEqual(dependencies, {});
});

test("a fresh Vite app needs no configuration", async () => {
  await write("app/index.html", page('<script type="module" src="/main.js"></script>'));
  await write("app/main.js", APP);
  await opens(await build("app"), "/index.html");
});

test("a page without a bundler needs a folder and a script", async () => {
  const imports = APP.replace('"glimpse"', '"./node_modules/glimpse/dist/index.js"').replace(
    '"glimpse/element"',
    '"./node_modules/glimpse/dist/element.js"',
  );
  await write("plain.js", imports);
  await write("plain.html", page('<script type="module" src="plain.js"></script>'));
  await opens(folder, "/plain.html");
});

test("what imports the core and uses nothing of it carries nothing of it", async () => {
  await write("bare/index.html", page('<script type="module" src="/main.js"></script>'));
  await write("bare/main.js", 'import "glimpse"; document.title = "bare";');
  const dist = await build("bare");
  const script = (await readdir(join(dist, "assets"))).find((name) => name.startsWith("index-")) ?? "";
  assert.doesNotMatch(await readFile(join(dist, "assets", script), "utf8"), /safetensors|Worker|classify/);
});

test("TypeScript knows core, element and events", async () => {
  await write(
    "types.ts",
    `import { Glimpse, type Classification, type LoadOptions } from "glimpse";
     import { GlimpsePad, type ResultDetail } from "glimpse/element";
     const options: LoadOptions = { system: "triplet", wasm: { simd: new Uint8Array() } };
     export const answer = async (): Promise<Classification> => (await Glimpse.load(options)).classify({ strokes: [] });
     const pad: GlimpsePad = document.createElement("glimpse-pad");
     pad.words = { teach: "Remember" };
     pad.addEventListener("glimpse-result", ({ detail }) => console.log((detail satisfies ResultDetail).ranking[0]?.label));
     // @ts-expect-error there is no such system
     export const wrong: LoadOptions = { system: "none" };`,
  );
  for (const resolution of ["bundler", "nodenext"]) {
    const module = resolution === "bundler" ? "esnext" : "nodenext";
    const flags = ["--noEmit", "--strict", "--target", "es2022", "--module", module, "--moduleResolution", resolution];
    const { stdout } = await run(join(ROOT, "node_modules/.bin/tsc"), [...flags, "types.ts"], { cwd: folder }).catch((error) => error);
    assert.equal(stdout, "");
  }
});

test("Node classifies without a browser, and may import the element, as servers that render pages do", async () => {
  const { stdout } = await run("node", ["node_modules/glimpse/examples/node.js"], { cwd: folder });
  assert.match(stdout, /^1\.00 cross\n/);
  assert.match(stdout, /by simd/);
  await run("node", ["--input-type=module", "-e", 'import "glimpse/element"'], { cwd: folder });
});

test("modules and weights are taken as URLs, bytes or compiled, and fine-tuning finds its own module", async () => {
  const { page, close } = await openPackage();
  /** @type {string[]} */
  const asked = [];
  page.context().on("request", (request) => asked.push(new URL(request.url()).pathname));
  try {
    const outcomes = await page.evaluate(async () => {
      const bytes = await (await fetch("/wasm/simd/glimpse_bg.wasm")).arrayBuffer();
      const weights = await (await fetch("/weights/triplet.safetensors")).arrayBuffer();
      const url = "wasm/simd/glimpse_bg.wasm";
      const sources = [url, new URL(url, location.href), bytes, new Uint8Array(bytes), await WebAssembly.compile(bytes)];
      const drawing = { strokes: [[20, 20, 80, 80, 20, 90]] };
      const features = [];
      for (const [i, simd] of sources.entries()) {
        const options = { wasm: { simd }, weights: i % 2 ? weights : "weights/triplet.safetensors" };
        const instance = await glimpse.Glimpse.load({ ...options, engine: "simd", system: "triplet", worker: `own ${i}` });
        features.push(String(await instance.embed(drawing)));
        if (i === 4) {
          await instance.learn("a", drawing);
          await instance.learn("b", { strokes: [[20, 20, 20, 90]] });
          await instance.fineTune({ steps: 1 });
        }
        instance.dispose();
      }
      return new Set(features).size;
    });
    assert.equal(outcomes, 1);
    const modules = new Set(asked.filter((path) => path.endsWith(".wasm")));
    assert.deepEqual([...modules], ["/wasm/simd/glimpse_bg.wasm", "/wasm/flex/glimpse_bg.wasm"]);
  } finally {
    await close();
  }
});
