import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin, ResolvedConfig } from "vite";
import { firstScript } from "./first.js";

/** What is left out: engines that the others do without, and that are large. */
const LEFT_OUT = /\/wasm\/(webgpu|ndarray)\//;

/** The choice of what is left out, and links to what does not lie beside a lone file. */
const ABSENT = [
  /\s*<label><input type="radio" name="engine" value="(webgpu|ndarray)".*?<\/label>/g,
  /\s*<link rel="(manifest|apple-touch-icon|stylesheet)".*?>/g,
  /\s*<script type="module".*?<\/script>/g,
  /\s*<a href=".\/(api|docs)\/".*?<\/a>/g,
];

/**
 * What runs first: unpacks the files and starts the page. A worker of a page from a disk has an origin of its own: it cannot
 * fetch the page's blobs, so it is handed them. In WebKit it can read no blob at all: there it fails, and the page computes by itself.
 *
 * The two have no locks in common, by which the page would learn of the worker's end. A worker of the worker's own stands in for them:
 * it answers the page however busy the worker is, and ends with it.
 */
const START = `
const packed = document.getElementById("packed");
const { body } = await fetch("data:;base64," + packed.textContent);
const bytes = await new Response(body.pipeThrough(new DecompressionStream("gzip"))).blob();
packed.remove();

let start = 0;
const files = FILES.map(([name, type, length]) => [name, bytes.slice(start, (start += length), type)]);
const placed = (files) => Object.fromEntries(files.map(([name, file]) => [name, URL.createObjectURL(file)]));
const inside = (globalThis.inside = placed(files));

const work = ({ data: [files, script], ports }) => {
  globalThis.inside = placed(files);
  const answer = "onmessage = ({ ports: [port] }) => (port.onmessage = () => port.postMessage(0))";
  const request = (_, held) => {
    held();
    new Worker(URL.createObjectURL(new Blob([answer]))).postMessage(0, ports);
  };
  Object.defineProperty(navigator, "locks", { value: { request } });
  import(inside[script]).catch((error) => setTimeout(() => { throw error; }));
};
const code = "const placed = " + placed + "; addEventListener('message', " + work + ", { once: true });";
const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
const ports = new Map();
globalThis.Worker = class extends Worker {
  constructor(script, { name }) {
    super(url, { name });
    const { port1, port2 } = new MessageChannel();
    this.addEventListener("message", ({ data }) => data.ready && ports.set(data.ready, port1));
    this.postMessage([files, Object.keys(inside).find((name) => inside[name] === String(script))], [port2]);
  }
};
const request = (lock, ended) => {
  const port = ports.get(lock);
  let unanswered = NaN; // Until it has answered once, it may be that there is no such worker in this browser.
  port.onmessage = () => (unanswered = 0);
  const asking = setInterval(() => {
    port.postMessage(0);
    unanswered += 1;
    if (unanswered > 5) {
      clearInterval(asking);
      ended();
    }
  }, 1000);
};
Object.defineProperty(navigator, "locks", { value: { request } });

Object.assign(document.querySelector('[href="./licences.txt"]'), { href: inside["licences.txt"], target: "_blank" });
await import(inside["main.js"]);
`;

const TYPES: Record<string, string> = {
  ".js": "text/javascript",
  ".txt": "text/plain;charset=utf-8",
  ".wasm": "application/wasm",
};

/** `glimpse.html`: the whole site in one file, which works when it is opened from a disk. */
export function singleFile(): Plugin {
  let site: ResolvedConfig;
  return {
    name: "single-file",
    apply: "build",
    enforce: "post",
    config: ({ build }) => ({
      experimental: {
        renderBuiltUrl: (name, { hostType }) => {
          if (hostType !== "js") return undefined;
          // A page where a file should be: it is not there.
          const absent = JSON.stringify(`data:text/html,/${name}`);
          return { runtime: LEFT_OUT.test(name) ? absent : `globalThis.inside[${JSON.stringify(name)}]` };
        },
      },
      build: {
        outDir: build?.outDir ?? "dist-single",
        copyPublicDir: false,
        modulePreload: false,
        assetsInlineLimit: (path) => path.endsWith(".woff2"),
        rolldownOptions: { output: { codeSplitting: false } },
      },
    }),
    configResolved: (config) => void (site = config),
    generateBundle: {
      order: "post",
      async handler(_, bundle) {
        const files: { name: string; content: Uint8Array }[] = [];
        let page = "";
        let style = "";
        for (const [name, file] of Object.entries(bundle)) {
          delete bundle[name];
          if (file.type === "chunk") files.push({ name: "main.js", content: Buffer.from(file.code) });
          else if (name.endsWith(".html")) page = `${file.source}`;
          else if (name.endsWith(".css")) style = `${file.source}`;
          else if (!LEFT_OUT.test(name)) files.push({ name, content: Buffer.from(file.source) });
        }
        // The official runs, where the site that was built before carries them.
        const runs = await readFile(join(site.root, "dist/data/all_runs.zip")).catch(() => undefined);
        if (runs) files.push({ name: "data/all_runs.zip", content: runs });

        const first = (await firstScript()).trim();
        const icon = await readFile(join(site.publicDir, "icon.svg"), "base64");
        const index = files.map(({ name, content }) => [name, TYPES[extname(name)] ?? "", content.length]);
        const start = START.replace("FILES", () => JSON.stringify(index));
        const packed = gzipSync(Buffer.concat(files.map(({ content }) => content)), { level: 9 });
        const policy =
          `default-src 'none'; script-src '${digest(first)}' '${digest(start)}' blob: 'wasm-unsafe-eval'; style-src '${digest(style)}'; ` +
          `img-src blob: data:; font-src data:; connect-src blob: data:; worker-src blob:; base-uri 'none'; form-action 'none'`;
        const source = ABSENT.reduce((page, absent) => page.replace(absent, ""), page)
          .replace(/(http-equiv="Content-Security-Policy"\s+content=").*?"/, (_, before) => `${before}${policy}"`)
          .replace(/href="[^"]*icon\.svg"/, `href="data:image/svg+xml;base64,${icon}"`)
          .replace('href="./" aria-label', 'href="#" aria-label')
          .replace("</head>", () => `<script>${first}</script><style>${style}</style></head>`)
          .replace("</body>", () => `<script type="text/plain" id="packed">${packed.toString("base64")}</script>
<script type="module">${start}</script></body>`);
        this.emitFile({ type: "asset", fileName: "glimpse.html", source });
      },
    },
  };
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
