import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { readSet, SETS } from "glimpse";
import { createLogger, defineConfig, type Logger, type Plugin } from "vite";
import { embed } from "./plugins/embed.js";
import { first } from "./plugins/first.js";
import { serviceWorker } from "./plugins/service-worker.js";
import { singleFile } from "./plugins/single-file.js";

const SYSTEMS = ["siamese", "triplet", "relation"];

/** What the site carries from others. */
const CARRIED = [
  ...["idb", "perfect-freehand", "@fontsource/alegreya", "@fontsource/alegreya-sans"],
  ...["workbox-core", "workbox-precaching", "workbox-routing", "workbox-strategies", "wasm-feature-detect"],
  // Scripts and styles of the API reference.
  "typedoc",
  // The same of the documentation, and its search.
  ...["vitepress", "vue", "@vueuse/core", "minisearch", "mark.js", "focus-trap", "tabbable"],
];

/** What the page and the element both begin with: one file packs smaller than five. What only finding takes is named so. */
const GROUPS = [
  { name: "shared", test: /preload-helper|pkg\/dist\/(dom|error|ink|ranked-list)\.js|perfect-freehand/ },
  { name: "find-glyph", test: /pkg\/dist\/glyph\.js/ },
  { name: "core", test: /pkg\/dist\/(core-shared|twice)\.js/ },
  // What the views that are fetched later share with the page.
  { name: "common", test: /www\/src\/(paper|protocols|reload|words\/(en|index|preference))\.ts|virtual:published/ },
];

export default defineConfig(({ mode }) => ({
  base: "./",
  customLogger: logger(),
  build: {
    target: "es2022",
    // A data: URL is not allowed by the page's content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { assetFileNames, codeSplitting: { groups: GROUPS } } },
  },
  worker: { format: "es", rolldownOptions: { output: { assetFileNames } } },
  plugins: [figures(), licences(...CARRIED), mode === "single-file" ? singleFile() : [first(), serviceWorker(), embed()]],
}));

/** Without warnings of engines and sets that are not built yet: the page finds them by the same names once they are. */
function logger(): Logger {
  const logger = createLogger();
  const { warnOnce } = logger;
  logger.warnOnce = (message, options) => {
    if (!/new URL\("\.\/(wasm|sets)\//.test(message)) warnOnce(message, options);
  };
  return logger;
}

/** Modules and weights keep their place in the package, by which the service worker knows them. */
function assetFileNames({ originalFileNames: [original = ""] }: { originalFileNames: string[] }): string {
  const [, place] = /pkg\/dist\/((?:wasm\/[\w-]+|weights|sets)\/)/.exec(original) ?? [];
  return place ? `assets/${place}[name].[hash][extname]` : "assets/[name]-[hash][extname]";
}

/**
 * `virtual:sets` are the sets of signs that there are, with how many each holds; `virtual:model-cards` are the trained networks' cards. Of what was measured `virtual:official` are the systems' rows of
 * the official runs, `virtual:published` what others reached, which the page begins with, and `virtual:scores`, `virtual:fine-tuning` and `virtual:trust` all rows, which the results show. Null where
 * a checkout has none.
 */
function figures(): Plugin {
  /** A file of figures, as far as the page quotes it. */
  const read = async (name: string, wanted: (key: string) => boolean): Promise<Record<string, unknown> | null> => {
    const text = await readFile(new URL(`../weights/${name}.json`, import.meta.url), "utf8").catch(() => "null");
    // The page shows four decimals at most; of twice as many the shown ones come out the same.
    const rounded = (value: unknown): unknown => (typeof value === "number" ? Number(value.toFixed(8)) : value);
    return JSON.parse(text, (key, value: unknown) => (key === "" || wanted(key) ? rounded(value) : undefined));
  };
  // What only `glimpse figures` checks.
  const isShown = (key: string): boolean => !["outcomes", "per_run", "recipes", "weights", "commit"].includes(key);
  const list = async (name: string, key: "rows" | "published", wanted: (row: Record<string, unknown>) => boolean = () => true): Promise<string> => {
    const rows = (await read(name, isShown))?.[key] as Record<string, unknown>[] | undefined;
    return JSON.stringify(rows?.filter(wanted) ?? null);
  };
  const counted = async (name: string): Promise<[string, number][]> => {
    const text = await readFile(new URL(`../pkg/dist/sets/${name}.json`, import.meta.url), "utf8").catch(() => undefined);
    return text === undefined ? [] : [[name, readSet(text).signs.length]];
  };
  const modules: Record<string, () => Promise<string>> = {
    "virtual:sets": async () => JSON.stringify(Object.fromEntries((await Promise.all(SETS.map(counted))).flat())),
    "virtual:official": () => list("scores", "rows", ({ system, protocol, views }) => protocol === "official" && views === 1 && SYSTEMS.includes(system as string)),
    "virtual:published": () => list("scores", "published"),
    "virtual:scores": () => list("scores", "rows"),
    "virtual:fine-tuning": () => list("fine-tuning", "rows"),
    "virtual:trust": () => list("sets", "rows", ({ method, reliability }) => SYSTEMS.includes(method as string) && reliability !== undefined),
    "virtual:model-cards": async () => {
      const isQuoted = (key: string): boolean => ["parameters", "bytes"].includes(key);
      const cards = SYSTEMS.map(async (system) => `${system}: ${JSON.stringify(await read(system, isQuoted))}`);
      return `{ ${(await Promise.all(cards)).join(", ")} }`;
    },
  };
  return {
    name: "figures",
    resolveId: (source) => (source in modules ? `\0${source}` : null),
    async load(resolved) {
      const module = modules[resolved.slice(1)];
      return module ? `export default ${await module()}` : null;
    },
  };
}

/** `licences.txt`: the terms of what the site carries from others: npm’s packages, the modules’ crates, the sets’ fonts and tables, the data. */
function licences(...names: string[]): Plugin {
  // Each maker of documents may have a folder of its own: TypeDoc does, with the TypeScript that it takes.
  const places = [import.meta.url, ...["../docs/api/", "../docs/site/"].map((folder) => new URL(folder, import.meta.url))].map((url) => createRequire(url));
  const ofPackage = async (name: string): Promise<string> => {
    for (const folder of places.flatMap((place) => place.resolve.paths(name) ?? [])) {
      for (const file of ["LICENSE", "LICENSE.md", "LICENSE.txt"]) {
        const text = await readFile(join(folder, name, file), "utf8").catch(() => null);
        if (text) return `${name}\n\n${text.trim()}\n`;
      }
    }
    throw new Error(`${name} comes without a licence file`);
  };
  const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), "utf8");
  return {
    name: "licences",
    apply: "build",
    async generateBundle() {
      const others = [read("../pkg/dist/wasm/licences.txt"), read("../sets/licences.txt"), read("data-licences.txt")];
      const texts = await Promise.all([...names.map(ofPackage), ...others]);
      this.emitFile({ type: "asset", fileName: "licences.txt", source: texts.join(`\n${"-".repeat(72)}\n\n`) });
    },
  };
}
