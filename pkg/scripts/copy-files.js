// Copies the trained weights, the licences and the types for frameworks into the package. A checkout that lacks some weights still builds.
import { cp, mkdir, stat, writeFile } from "node:fs/promises";

const root = new URL("../../", import.meta.url);
const weights = new URL("../dist/weights/", import.meta.url);

await mkdir(weights, { recursive: true });
for (const system of ["siamese", "triplet", "relation"]) {
  for (const name of [`${system}.safetensors`, `${system}.json`]) {
    const from = new URL(`weights/${name}`, root);
    const there = await stat(from).catch(() => null);
    if (there) await cp(from, new URL(name, weights));
    else console.warn(`weights/${name} is not there: the package is built without it`);
  }
}
// Types alone: what is imported besides is empty.
const frameworks = new URL("../dist/frameworks/", import.meta.url);
await cp(new URL("../frameworks/", import.meta.url), frameworks, { recursive: true });
for (const name of ["react", "vue", "svelte"]) await writeFile(new URL(`${name}.js`, frameworks), "export {};\n");
for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) await cp(new URL(name, root), new URL(`../dist/${name}`, import.meta.url));
