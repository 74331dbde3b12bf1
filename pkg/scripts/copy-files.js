// Copies the types of the core, the trained weights, the sets of signs, the licences and the types for frameworks into the package. A checkout that lacks some weights or sets still builds.
import { cp, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { SETS } from "../build/set.js";

const root = new URL("../../", import.meta.url);
const weights = ["siamese", "triplet", "relation"].flatMap((system) => [`${system}.safetensors`, `${system}.json`]);
const sets = [...SETS.map((name) => `${name}.json`), "licences.txt"];

for (const [folder, names] of Object.entries({ weights, sets })) {
  const to = new URL(`../dist/${folder}/`, import.meta.url);
  await mkdir(to, { recursive: true });
  for (const name of names) {
    const from = new URL(`${folder}/${name}`, root);
    const there = await stat(from).catch(() => null);
    if (there) await cp(from, new URL(name, to));
    else console.warn(`${folder}/${name} is not there: the package is built without it`);
  }
}
const build = new URL("../build/", import.meta.url);
for (const name of await readdir(build)) if (name.endsWith(".d.ts")) await cp(new URL(name, build), new URL(`../dist/${name}`, import.meta.url));
// Types alone: what is imported besides is empty.
const frameworks = new URL("../dist/frameworks/", import.meta.url);
await cp(new URL("../frameworks/", import.meta.url), frameworks, { recursive: true });
for (const name of ["react", "vue", "svelte"]) await writeFile(new URL(`${name}.js`, frameworks), "export {};\n");
for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) await cp(new URL(name, root), new URL(`../dist/${name}`, import.meta.url));
