import type { Plugin } from "vite";

/** What other pages use of the site: `embed.html` in a frame, `element.js` as a script. */
export function embed(): Plugin {
  return {
    name: "embed",
    apply: "build",
    config: () => ({ build: { rolldownOptions: { input: { index: "index.html", embed: "embed.html" } } } }),
    buildStart() {
      const id = new URL("../src/element.ts", import.meta.url).pathname;
      this.emitFile({ type: "chunk", id, fileName: "element.js", preserveSignature: "allow-extension" });
    },
  };
}
