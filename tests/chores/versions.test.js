// One version, wherever it is written.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { documents } from "../../benches/figures.js";
import { ROOT } from "../harness/data.js";

const read = (/** @type {string} */ path) => readFile(join(ROOT, path), "utf8");
/** @type {{ version: string }} */
const { version } = JSON.parse(await read("pkg/package.json"));

test("package, crate, code, citation, changelog and tarball have one version", async () => {
  const written = {
    "Cargo.toml": /^version = "(.*)"$/m.exec(await read("Cargo.toml"))?.[1],
    "pkg/src/version.ts": /VERSION = "(.*)"/.exec(await read("pkg/src/version.ts"))?.[1],
    "CITATION.cff": /^version: (.*)$/m.exec(await read("CITATION.cff"))?.[1],
    "CHANGELOG.md": /^## (\d\S*)$/m.exec(await read("CHANGELOG.md"))?.[1],
  };
  assert.deepEqual(written, Object.fromEntries(Object.keys(written).map((path) => [path, version])));
  const tarballs = Object.entries(await documents()).flatMap(([path, text]) => [...text.matchAll(/glimpse-(\d+\.\d+\.\d+)\.tgz/g)].map(([, named]) => [path, named]));
  assert.ok(tarballs.length > 3);
  assert.deepEqual(tarballs.filter(([, named]) => named !== version), []);
});

test("the VitePress that makes the site's documentation is the one that the tests follow docs/vitepress.md with", async () => {
  const [ours, followed] = await Promise.all(["docs/site/package.json", "tests/docs/vitepress/package.json"].map(read));
  assert.equal(JSON.parse(ours).devDependencies.vitepress, JSON.parse(followed).devDependencies.vitepress);
});
