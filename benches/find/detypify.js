/**
 * Top 1 and top 5 of the package detypify-service in Chromium, among the signs named in a JSON file (LaTeX commands by sign) that it knows, for a set of people's strokes:
 * `node detypify.js SIGNS SET`. Its model has learnt from Detexify's drawings, perhaps from these very ones. Prints JSON.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { chromium } from "playwright-core";

/** Of so many drawings one is asked for. */
const EVERY = 4;

const [signsFile, setFile] = process.argv.slice(2);
/** @type {[sign: string, commands: string[]][]} */
const signs = Object.entries(JSON.parse(await readFile(signsFile, "utf8")));
/** @type {{ classes: Record<string, { strokes: number[][] }[]> }} */
const { classes } = JSON.parse(await readFile(setFile, "utf8"));
/** @type {{ sign: string, strokes: number[][] }[]} */
const queries = [];
for (const [label, drawings] of Object.entries(classes)) {
  const command = label.includes("-_") ? `\\${label.split("-_").slice(1).join("-_")}` : undefined;
  const [sign] = signs.find(([, commands]) => command !== undefined && commands.includes(command)) ?? [];
  if (sign) for (const { strokes } of drawings) queries.push({ sign, strokes });
}

const PAGE = `<script type="importmap">{ "imports": { "onnxruntime-web/wasm": "/onnxruntime-web/dist/ort.wasm.min.mjs" } }</script>`;
/** @type {Record<string, string>} */
const types = { ".mjs": "text/javascript", ".wasm": "application/wasm" };
const server = createServer(async ({ url = "" }, response) => {
  const { pathname } = new URL(url, "http://localhost");
  if (pathname === "/") return void response.setHeader("Content-Type", "text/html").end(PAGE);
  const file = await readFile(new URL(`node_modules${pathname}`, import.meta.url)).catch(() => undefined);
  response.writeHead(file ? 200 : 404, { "Content-Type": types[extname(pathname)] ?? "application/octet-stream" }).end(file);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  const { trials, unknown, places } = await page.evaluate(
    async ({ queries, keys }) => {
      /** @type {string} */
      const service = "/detypify-service/dist/index.mjs";
      const { Detypify, inferSyms } = /** @type {import("./service.js").Service} */ (await import(service));
      const recogniser = await Detypify.create();
      const signOf = inferSyms.map(({ char }) => keys[char]);
      const known = new Set(signOf.filter(Boolean));
      const asked = queries.filter(({ sign }) => known.has(sign));
      const places = [];
      for (const { sign, strokes } of asked) {
        const pairs = strokes.map((line) => line.filter((_, i) => i % 2 === 0).map((x, i) => [x, line[2 * i + 1]]));
        const scores = await recogniser.infer(pairs);
        /** @type {Record<string, number>} */
        const best = {};
        scores.forEach((score, i) => signOf[i] && (best[signOf[i]] = Math.max(best[signOf[i]] ?? -Infinity, score)));
        places.push(Object.values(best).filter((score) => score > best[sign]).length);
      }
      return { trials: asked.length, unknown: queries.length - asked.length, places };
    },
    {
      queries: queries.filter((_, i) => i % EVERY === 0),
      keys: await keysOf(),
    },
  );
  /** @param {number} best */
  const share = (best) => places.filter((place) => place < best).length / trials;
  console.log(JSON.stringify({ signs: new Set(queries.map(({ sign }) => sign)).size, trials, unknown, top_1: share(1), top_5: share(5) }));
} finally {
  await browser.close();
  server.close();
}

/** The sign, as the sets group them, by character. */
async function keysOf() {
  /** @type {Record<string, string>} */
  const keys = {};
  const drawn = new Set(queries.map(({ sign }) => sign));
  for (const set of ["greek", "mathematics", "arrows", "latin", "punctuation", "music", "games"]) {
    const file = JSON.parse(await readFile(new URL(`../../sets/${set}.json`, import.meta.url), "utf8"));
    for (const { label, alike = label } of file.signs) if (drawn.has(alike)) keys[label] = alike;
  }
  return keys;
}
