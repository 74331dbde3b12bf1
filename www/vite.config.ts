import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    // A data: URL is not allowed by the page's content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
  plugins: [modelCard(), licences("perfect-freehand", "@fontsource/alegreya", "@fontsource/alegreya-sans")],
});

/** `virtual:model-card` is the trained network's card, or null in a checkout that has none. */
function modelCard(): Plugin {
  const id = "virtual:model-card";
  const card = new URL("../weights/siamese.json", import.meta.url);
  return {
    name: "model-card",
    resolveId: (source) => (source === id ? `\0${id}` : null),
    async load(resolved) {
      if (resolved !== `\0${id}`) return null;
      return `export default ${await readFile(card, "utf8").catch(() => "null")}`;
    },
  };
}

/** `licences.txt`: the terms of what the site carries from others. */
function licences(...names: string[]): Plugin {
  const require = createRequire(import.meta.url);
  return {
    name: "licences",
    apply: "build",
    async generateBundle() {
      const texts = names.map(async (name) => {
        for (const folder of require.resolve.paths(name) ?? []) {
          for (const file of ["LICENSE", "LICENSE.md"]) {
            const text = await readFile(join(folder, name, file), "utf8").catch(() => null);
            if (text) return `${name}\n\n${text.trim()}\n`;
          }
        }
        throw new Error(`${name} comes without a licence file`);
      });
      const source = (await Promise.all(texts)).join(`\n${"-".repeat(72)}\n\n`);
      this.emitFile({ type: "asset", fileName: "licences.txt", source });
    },
  };
}
