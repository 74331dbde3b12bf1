import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin, ResolvedConfig } from "vite";

/** Files beside the bundle that the page asks for. */
const PUBLIC = ["icon.svg", "glimpse.webmanifest"];

/** `sw.js`: the service worker, which knows every file of the site, and by a digest those whose names do not tell their version. */
export function serviceWorker(): Plugin {
  let site: ResolvedConfig;
  return {
    name: "service-worker",
    apply: "build",
    config: () => ({
      build: {
        rolldownOptions: {
          input: { index: "index.html", sw: "src/service-worker.ts" },
          output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
        },
      },
    }),
    configResolved: (config) => void (site = config),
    generateBundle: {
      order: "post",
      async handler(_, { "sw.js": worker, ...bundle }) {
        if (worker?.type !== "chunk") throw new Error("there is no service worker");
        const built = Object.values(bundle).map((file) => ({
          url: file.fileName,
          content: file.type === "chunk" ? file.code : file.source,
        }));
        const beside = PUBLIC.map(async (url) => ({ url, content: await readFile(join(site.publicDir, url)) }));
        const files = [...built, ...(await Promise.all(beside))].map(({ url, content }) => ({
          url,
          revision: url.startsWith("assets/") ? null : createHash("sha256").update(content).digest("hex").slice(0, 16),
        }));
        worker.code = worker.code.replace("self.FILES", () => JSON.stringify(files));
      },
    },
  };
}
