import { readFile } from "node:fs/promises";
import { defineConfig, type Plugin } from "vite";

/** What the element shares with the core or the site, each in a file of its own: the element fetches some of it later. */
const SHARED = ["dom", "error", "ink", "plane", "ranked-list", "stage"];

/** Bundles `<glimpse-pad>` and what it shares into `dist`. The core stays beside them, as it is. */
export default defineConfig({
  build: {
    target: "es2022",
    // light-dark() as it is: it follows the color-scheme of the page, which none of its replacements can.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    emptyOutDir: false,
    reportCompressedSize: false,
    // What is fetched later, for a map or a replay, takes what it shares with the element from there.
    rolldownOptions: { preserveEntrySignatures: "allow-extension", output: { chunkFileNames: "element-[name].js", minify: true } },
    lib: { entry: { element: "src/element/index.ts", ...Object.fromEntries(SHARED.map((name) => [name, `src/${name}.ts`])) }, formats: ["es"] },
  },
  plugins: [core(), licence("perfect-freehand")],
});

/** The core's modules, by where they are from `dist`. */
function core(): Plugin {
  return {
    name: "core",
    enforce: "pre",
    resolveId: (source) => (source.startsWith("../") ? { id: source.slice(1), external: true } : null),
  };
}

/** `licences.txt`: the terms of what the bundle carries from others. */
function licence(name: string): Plugin {
  return {
    name: "licence",
    async generateBundle() {
      const text = await readFile(new URL(`../node_modules/${name}/LICENSE`, import.meta.url), "utf8");
      this.emitFile({ type: "asset", fileName: "licences.txt", source: `${name}\n\n${text.trim()}\n` });
    },
  };
}
