// The reference in pkg/README.md and `custom-elements.json` name all that the package offers, and nothing else.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { ROOT } from "../harness/data.js";

const PACKAGE = join(ROOT, "pkg");
const read = (/** @type {string} */ path) => readFile(join(PACKAGE, path), "utf8");

const readme = await read("README.md");
/** What the README says as code, also within longer code: `forget(label)` says `forget`. */
const said = new Set([...readme.matchAll(/```\w+\n(.*?)```|`([^`]+)`/gs)].flatMap(([, block, word]) => (block ?? word).match(/[\w$-]+/g) ?? []));

/** @typedef {{ name: string }} Named */
/** @type {{ modules: { declarations: { tagName?: string, attributes: Named[], events: Named[], cssParts: Named[], cssProperties: Named[] }[] }[] }} */
const manifest = JSON.parse(await read("dist/custom-elements.json"));
const [element] = manifest.modules.flatMap(({ declarations }) => declarations).filter(({ tagName }) => tagName === "glimpse-pad");
const names = (/** @type {Named[]} */ of) => of.map(({ name }) => name).sort();

const files = [...(await readdir(join(PACKAGE, "src/element"))).map((name) => `element/${name}`), "ranked-list.ts", "plane.ts", "stage.ts"];
/** @type {[string, string][]} */
const sources = await Promise.all(files.map(async (name) => [name, await read(`src/${name}`)]));
const script = sources.filter(([name]) => name.endsWith(".ts")).map(([, text]) => text).join("\n");
const style = sources.filter(([name]) => name.endsWith(".css")).map(([, text]) => text).join("\n");

/** The first cells of a table in the README, by its head. @param {string} head */
function listed(head) {
  const [, rows = ""] = new RegExp(`^\\| ${head} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, "m").exec(readme) ?? [];
  return rows.split("\n").flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([\w-]+)`/g)].map(([, name]) => name)).sort();
}

const unique = (/** @type {Iterable<string>} */ names) => [...new Set(names)].sort();

test("the core's exports, and every member of `Glimpse`, are in the README", async () => {
  const core = await import(pathToFileURL(join(PACKAGE, "dist/index.js")).href);
  const { prototype } = core.Glimpse;
  const members = Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor");
  const statics = Object.getOwnPropertyNames(core.Glimpse).filter((name) => !["length", "name", "prototype"].includes(name));
  const formats = await import(pathToFileURL(join(PACKAGE, "dist/formats.js")).href);
  const missing = [...Object.keys(core), ...Object.keys(formats), ...members, ...statics].filter((name) => !said.has(name));
  assert.deepEqual(missing, []);
  assert.ok(members.length > 20 && statics.length >= 4);
});

test("the events of an instance are in the README", async () => {
  const [, events = ""] = /interface GlimpseEvents \{(.*?)^\}/ms.exec(await read("src/events.ts")) ?? [];
  const declared = [...events.matchAll(/^  (\w+): CustomEvent/gm)].map(([, name]) => name);
  assert.ok(declared.length >= 6);
  const [, told = ""] = /An instance is an `EventTarget`: (.*?)\./s.exec(readme) ?? [];
  assert.deepEqual(unique([...told.matchAll(/`(\w+)`/g)].map(([, name]) => name).filter((name) => name !== "detail")), unique(declared));
});

test("every entry of the package is in the README", async () => {
  const { exports } = JSON.parse(await read("package.json"));
  const entries = Object.keys(exports).map((entry) => entry.replace(/^\.\/?/, ""));
  // Files that only bundlers, the package and the site ask for, and what `assets` stands for.
  const internal = ["", "worker.js", "weights/*", "wasm/*", "sets/*", "package.json", "dom", "glyph", "ink", "plane", "ranked-list", "stage"];
  assert.deepEqual(entries.filter((entry) => !internal.includes(entry) && !readme.includes(`"glimpse/${entry}"`) && !readme.includes(`\`"glimpse/${entry}"\``) && !readme.includes(`glimpse/${entry}\``)), []);
});

test("attributes: those that the element observes, reads, and lists for frameworks", async () => {
  const [, observed = ""] = /observedAttributes = \[(.*?)\]/.exec(script) ?? [];
  const styled = [...style.matchAll(/:host\(\[([\w-]+)/g)].map(([, name]) => name).filter((name) => name !== "hidden");
  const looked = [...script.matchAll(/getAttribute\("([\w-]+)"\)/g)].map(([, name]) => name);
  const ofForms = script.includes("formAssociated = true") ? ["disabled", "name", "required", "value"] : [];
  const attributes = unique([...ofForms, ...[...observed.matchAll(/"([\w-]+)"/g)].map(([, name]) => name), ...styled, ...looked]);
  assert.ok(attributes.length >= 9, `${attributes}`);
  assert.deepEqual(names(element.attributes), attributes);
  assert.deepEqual(listed("attribute"), attributes);
  const typed = [...(await read("src/element/attributes.ts")).matchAll(/^  "?([\w-]+)"?\?:/gm)].map(([, name]) => name);
  assert.deepEqual(unique([...typed, "lang"]), attributes, "`lang` is every element's");
});

test("events: those that the element sends and that its types declare", async () => {
  const [, declared = ""] = /interface GlimpsePadEvents \{(.*?)^\}/ms.exec(script) ?? [];
  const events = unique([...declared.matchAll(/^  "([\w-]+)":/gm)].map(([, name]) => name));
  assert.deepEqual(unique([...script.matchAll(/#emit\("([\w-]+)"/g)].map(([, name]) => name)), events);
  assert.deepEqual(names(element.events), events);
  assert.deepEqual(listed("event"), events);
  const vue = await read("frameworks/vue.d.ts");
  for (const name of events) assert.ok(vue.includes(`GlimpsePadEvents["${name}"]`), name);
});

test("parts: those that the element has", () => {
  const made = [...script.matchAll(/\bh\(\s*"\w+",\s*"([\w-]+)"/g)].map(([, name]) => name);
  const chosen = [...script.matchAll(/#button\([\w.!]+, "([\w-]+)"/g)].map(([, name]) => name);
  const drawn = [...script.matchAll(/\bpart: "([\w-]+)"/g)].map(([, name]) => name);
  const parts = unique([...made, ...chosen, ...drawn]);
  assert.deepEqual(names(element.cssParts), parts);
  const [, list = ""] = /^Parts: (.*?)\n\n/ms.exec(readme) ?? [];
  assert.deepEqual(unique([...list.matchAll(/`([\w-]+)`/g)].map(([, name]) => name)), parts);
});

test("properties: those that the style takes from the page", () => {
  const taken = unique([...style.matchAll(/var\((--glimpse-[\w-]+)/g)].map(([, name]) => name));
  assert.ok(taken.length > 8);
  assert.deepEqual(names(element.cssProperties), taken);
  const [, others = ""] = /\/\* also (-.*) \*\//.exec(readme) ?? [];
  assert.deepEqual(unique(["--glimpse-width", "--glimpse-accent", ...others.split(", ").map((name) => `--glimpse${name}`)]), taken);
});
