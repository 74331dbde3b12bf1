// Copies the trained weights, the sets of signs and the licences into the package. A checkout that lacks some weights still builds.
import { cp, mkdir, stat } from "node:fs/promises";

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
await cp(new URL("sets/", root), new URL("../dist/sets/", import.meta.url), { recursive: true }).catch(() =>
  console.warn("sets/ is not there: the package is built without it"),
);
for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) await cp(new URL(name, root), new URL(`../dist/${name}`, import.meta.url));
