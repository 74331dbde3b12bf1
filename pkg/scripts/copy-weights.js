// Copies the trained weights into the package. A checkout that lacks some still builds.
import { cp, mkdir, stat } from "node:fs/promises";

const from = new URL("../../weights/", import.meta.url);
const to = new URL("../dist/weights/", import.meta.url);

await mkdir(to, { recursive: true });
for (const system of ["siamese", "triplet", "relation"]) {
  for (const name of [`${system}.safetensors`, `${system}.json`]) {
    const there = await stat(new URL(name, from)).catch(() => null);
    if (there) await cp(new URL(name, from), new URL(name, to));
    else console.warn(`weights/${name} is not there: the package is built without it`);
  }
}
