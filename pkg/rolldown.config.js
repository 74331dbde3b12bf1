import { defineConfig } from "rolldown";

/**
 * Bundles the core, whose modules lie one by one in `build`, into `dist`: a page without a bundler waits for a few files beside each other instead of thirty, one after
 * the other. Names stay, since bundlers know a worker by `new Worker(new URL(…))` alone.
 */
export default defineConfig({
  input: Object.fromEntries(["index", "worker", "collection", "formats", "glyph", "set", "twice"].map((name) => [name, `build/${name}.js`])),
  plugins: [
    {
      name: "shared-with-the-element",
      // One class of errors in the whole package: the element's bundle has it.
      resolveId: (source) => (source === "./error.js" ? { id: source, external: true } : null),
    },
  ],
  output: {
    dir: "dist",
    chunkFileNames: "core-[name].js",
    // One file packs smaller than five.
    codeSplitting: { groups: [{ name: "shared", test: /build\/(bounds|examples|json|types)\.js$/ }] },
    minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
  },
});
