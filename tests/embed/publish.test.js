// The package as npm would publish it: nothing that publint or are-the-types-wrong finds, and types for frameworks that hold.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { embedLines } from "../../pkg/scripts/embed-lines.js";
import { ROOT } from "../harness/data.js";

const run = promisify(execFile);
const PACKAGE = join(ROOT, "pkg");
const BIN = join(ROOT, "node_modules/.bin");

/** @type {string} */
let folder;
/** The tarball. @type {string} */
let packed;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "glimpse-publish-"));
  const { stdout } = await run("npm", ["pack", "--silent", PACKAGE], { cwd: folder });
  packed = join(folder, stdout.trim());
  await mkdir(join(folder, "node_modules/@types"), { recursive: true });
  await run("tar", ["-xzf", packed, "-C", join(folder, "node_modules")]);
  await run("mv", ["package", "glimpse"], { cwd: join(folder, "node_modules") });
  for (const name of ["@types/react", "csstype", "vue", "@vue", "svelte"]) {
    await symlink(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
});
after(() => rm(folder, { recursive: true, force: true }));

test("publint finds nothing", async () => {
  const { messages, pkg } = await publint({ pkgDir: join(folder, "node_modules/glimpse"), level: "warning", strict: true });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
});

test("are-the-types-wrong finds nothing, for whoever imports modules", async () => {
  const entries = [".", "./element", "./ink", "./formats", "./react", "./vue", "./svelte"];
  const { stdout } = await run(join(BIN, "attw"), [packed, "--profile", "esm-only", "--format", "json", "--entrypoints", ...entries]).catch((error) => error);
  const { analysis } = JSON.parse(stdout);
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), entries.toSorted());
  const problems = analysis.problems.filter((/** @type {{ resolutionKind?: string }} */ { resolutionKind = "" }) => !["node10", "node16-cjs"].includes(resolutionKind));
  assert.deepEqual(problems, []);
});

test("`npm publish --dry-run` has nothing to warn of", async () => {
  const { stdout, stderr } = await run("npm", ["publish", "--dry-run", "--json", packed], { cwd: folder });
  const { glimpse } = JSON.parse(stdout);
  assert.ok(glimpse.files.length > 20);
  // That nobody is logged in is no fault of the package.
  assert.doesNotMatch(stderr, /npm warn (?!.*\(dry-run\))/i);
});

/** What the compiler says of a file. @param {string} name @param {string} text @param {string[]} [flags] */
async function compiled(name, text, flags = []) {
  await writeFile(join(folder, name), text);
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", ...flags];
  const { stdout } = await run(join(BIN, "tsc"), [...options, name], { cwd: folder }).catch((error) => error);
  return stdout;
}

test("JSX of React knows the element, its attributes and events", async () => {
  const text = `
    import type {} from "glimpse/react";
    export const pad = <glimpse-pad support="letters.json" mode="map" pen-only="" onglimpse-result={({ detail }) => console.log(detail.ranking[0]?.label)} />;
    // @ts-expect-error a URL is text
    export const wrong = <glimpse-pad support={5} />;
    // @ts-expect-error there is no such event detail
    export const deaf = <glimpse-pad onglimpse-ready={({ detail }) => detail.nothing} />;`;
  assert.equal(await compiled("react.tsx", text, ["--jsx", "preserve"]), "");
});

test("Vue knows the element, its attributes and events", async () => {
  const text = `
    import type {} from "glimpse/vue";
    import type { GlobalComponents } from "vue";
    type Props = InstanceType<GlobalComponents["glimpse-pad"]>["$props"];
    export const props: Props = { support: "letters.json", "pen-only": true, onGlimpseResult: ({ detail }) => console.log(detail.ranking) };
    // @ts-expect-error a URL is text
    export const wrong: Props = { support: 5 };`;
  assert.equal(await compiled("vue.ts", text), "");
});

test("Svelte knows the element, its attributes and events", async () => {
  const text = `
    import type {} from "glimpse/svelte";
    import type { SvelteHTMLElements } from "svelte/elements";
    type Props = SvelteHTMLElements["glimpse-pad"];
    export const props: Props = { support: "letters.json", "onglimpse-result": ({ detail }) => console.log(detail.ranking) };
    // @ts-expect-error a URL is text
    export const wrong: Props = { support: 5 };`;
  assert.equal(await compiled("svelte.ts", text), "");
});

test("the lines to embed name the version, and the hash that a browser computes of the script", async () => {
  const manifest = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
  const script = await readFile(join(PACKAGE, "dist/element.js"));
  const lines = embedLines(manifest, script);
  const [, hash = ""] = /integrity="sha384-([^"]+)"/.exec(lines) ?? [];
  const digest = Buffer.from(await crypto.subtle.digest("SHA-384", script)).toString("base64");
  assert.equal(hash, digest);
  assert.match(lines, new RegExp(`src="https://[^"]*/${manifest.name}@${manifest.version.replaceAll(".", "\\.")}/dist/element\\.js"[^>]* crossorigin`));
  assert.ok(lines.includes("<glimpse-pad></glimpse-pad>"));
});
