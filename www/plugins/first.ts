import { build, type Plugin, type Rolldown } from "vite";

/** What runs before the page is painted: `src/first.ts` as a script, since modules wait for the whole page. */
export async function firstScript(): Promise<string> {
  const input = new URL("../src/first.ts", import.meta.url).pathname;
  const built = await build({
    configFile: false,
    logLevel: "warn",
    build: { write: false, target: "es2022", modulePreload: false, rolldownOptions: { input, output: { format: "iife" } } },
  });
  const [{ output }] = [built].flat() as [Rolldown.RolldownOutput];
  return output[0].code;
}

/**
 * Puts that script into the page, after its style, and tells it where the words of Korean are. The page waits for it to be painted, as it does for its
 * style, but not to be read. Firefox does not know `blocking` and may be seen in English until the script is there.
 */
export function first(): Plugin {
  return {
    name: "first",
    apply: "build",
    async generateBundle() {
      this.emitFile({ type: "asset", name: "first.js", source: await firstScript() });
    },
    transformIndexHtml: {
      order: "post",
      handler(html, { path, bundle = {} }) {
        if (path !== "/index.html") return html;
        const files = Object.values(bundle);
        const script = files.find((file) => file.type === "asset" && file.names.includes("first.js"));
        const korean = files.find((file) => file.type === "chunk" && file.name === "ko");
        if (!script || !korean) throw new Error("the page's first script, or the words of Korean, are not there");
        const tag = `<script async blocking="render" src="./${script.fileName}" data-korean="./${korean.fileName}"></script>`;
        // Browsers ask for a few files at a time, in the order in which they stand there: the style, which the page waits for, before the scripts.
        const [style = ""] = /\s*<link rel="stylesheet"[^>]*>/.exec(html) ?? [];
        const whole = html.replace(style, "").replace(/(\s*)<link rel="icon"/, (icon, indent) => `${style}${indent}${tag}${icon}`);
        // Who reads the source indented reads it in the repository.
        return whole.replace(/\n\s+/g, "\n");
      },
    },
  };
}
