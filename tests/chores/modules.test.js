// Files of the package, and of the site, know each other in one direction: in no circle, types counted.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { parseSync } from "vite";
import { ROOT } from "../harness/data.js";

/** @typedef {Map<string, string[]>} Known for each file those that it knows */

/**
 * The files that a file knows, as it names them.
 *
 * @param {string} name
 * @param {string} text
 */
function named(name, text) {
  const { staticImports, staticExports, dynamicImports } = parseSync(name, text).module;
  const imported = staticImports.map(({ moduleRequest }) => moduleRequest.value);
  const handedOn = staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []));
  const fetched = dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1));
  return [...imported, ...handedOn, ...fetched];
}

/** @param {string} folder */
async function known(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts"));
  /** @type {Known} */
  const known = new Map();
  for (const file of files) {
    const others = named(file, await readFile(join(folder, file), "utf8"))
      .filter((name) => name.startsWith("."))
      .map((name) => relative(folder, join(folder, dirname(file), name)).replace(/\.js$/, ".ts"));
    known.set(file, others.filter((other) => files.includes(other)));
  }
  return known;
}

/**
 * A circle of files that know each other, if there is one.
 *
 * @param {Known} known
 */
function circle(known) {
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {(way: string[]) => string[] | undefined} */
  const from = (way) => {
    for (const next of known.get(way.at(-1) ?? "") ?? []) {
      if (way.includes(next)) return [...way.slice(way.indexOf(next)), next];
      const found = done.has(next) ? undefined : from([...way, next]);
      if (found) return found;
    }
    done.add(way.at(-1) ?? "");
    return undefined;
  };
  for (const file of known.keys()) {
    const found = from([file]);
    if (found) return found;
  }
  return undefined;
}

for (const folder of ["pkg/src", "www/src"]) {
  test(`no files of ${folder} know each other in a circle`, async () => {
    const all = await known(join(ROOT, folder));
    assert.ok([...all.values()].flat().length > all.size, "files know each other");
    assert.equal(circle(all), undefined);
  });
}

test("a circle is found through types, what is handed on, and what is fetched later", () => {
  const texts = {
    "a.ts": 'import type { B } from "./b.ts"; export type A = B;',
    "b.ts": 'export { C } from "./c.ts"; export type B = 1;',
    "c.ts": 'export const C = () => import("./a.ts");',
  };
  const all = new Map(Object.entries(texts).map(([name, text]) => [name, named(name, text).map((other) => other.slice(2))]));
  assert.deepEqual(circle(all), ["a.ts", "b.ts", "c.ts", "a.ts"]);
  all.set("c.ts", []);
  assert.equal(circle(all), undefined);
});
