// Prints the lines that embed the element from a CDN: with the package's version, and the hash that a browser compares `element.js` with.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** @param {{ name: string, version: string }} of @param {Uint8Array} script */
export function embedLines({ name, version }, script) {
  const integrity = `sha384-${createHash("sha384").update(script).digest("base64")}`;
  const address = `https://cdn.jsdelivr.net/npm/${name}@${version}/dist/element.js`;
  return `<script type="module" src="${address}" integrity="${integrity}" crossorigin></script>\n<glimpse-pad></glimpse-pad>`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  const script = await readFile(new URL("../dist/element.js", import.meta.url));
  console.log(`\nTo embed the element, once this version is published:\n\n${embedLines(manifest, script)}\n`);
}
