/**
 * The service worker: keeps the page in the browser, so that it works without a network. The page itself is kept whole, version
 * by version; modules, weights, sets and data are kept once they are used, or when the page asks.
 */
import { clientsClaim } from "workbox-core";
import { cleanupOutdatedCaches, precacheAndRoute } from "workbox-precaching";
import { registerRoute } from "workbox-routing";
import { CacheFirst } from "workbox-strategies";
import type { Request as Asked } from "./requests.js";

/** `FILES`: every file of this version, which the build puts here. */
declare const self: ServiceWorkerGlobalScope & { FILES: readonly { url: string; revision: string | null }[] };

const { scope } = self.registration;
const files = self.FILES;
const LARGE = /^(assets\/(wasm|weights|sets)|data)\//;
const CACHE = `glimpse kept ${scope}`;

precacheAndRoute(
  files.filter(({ url }) => !LARGE.test(url)),
  { ignoreURLParametersMatching: [/./] },
);
cleanupOutdatedCaches();
clientsClaim();

const large = new CacheFirst({
  cacheName: CACHE,
  plugins: [
    {
      cacheKeyWillBeUsed: async ({ request }) => request.url.split("?")[0]!,
      // A server that answers every path with its start page has no such file.
      cacheWillUpdate: async ({ response }) =>
        response.ok && !response.headers.get("content-type")?.startsWith("text/html") ? response : null,
    },
  ],
});
registerRoute(({ url }) => url.href.startsWith(scope) && LARGE.test(pathOf(url.href)), large);

self.addEventListener("message", (event) => {
  const asked = event.data as Asked;
  event.waitUntil(asked === "activate" ? self.skipWaiting() : keep(event, asked.keep));
});

// What was kept of the version before is kept of this one too, before it takes over.
self.addEventListener("install", (event) => {
  event.waitUntil(kept().then((paths) => keep(event, paths.map(unversioned))));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(prune());
});

async function keep(event: ExtendableEvent, beginnings: readonly string[]): Promise<void> {
  const paths = beginnings.flatMap((beginning) => {
    if (beginning.startsWith("data/")) return [beginning];
    return files.map(({ url }) => url).filter((url) => LARGE.test(url) && url.startsWith(beginning));
  });
  // What cannot be had now is kept when it is used.
  await Promise.allSettled(paths.flatMap((path) => large.handleAll({ event, request: new Request(path) })));
}

/** Takes away modules, weights and sets that are not of this version. */
async function prune(): Promise<void> {
  const cache = await caches.open(CACHE);
  const current = new Set(files.map(({ url }) => url));
  const old = (await kept()).filter((path) => !path.startsWith("data/") && !current.has(path));
  await Promise.all(old.map((path) => cache.delete(path)));
}

async function kept(): Promise<string[]> {
  const cache = await caches.open(CACHE);
  return (await cache.keys()).map(({ url }) => pathOf(url));
}

function pathOf(url: string): string {
  return url.slice(scope.length).split("?")[0]!;
}

/** `assets/wasm/flex/glimpse.` of `assets/wasm/flex/glimpse.BEXlPIpf.js`; data have no version. */
function unversioned(path: string): string {
  return path.startsWith("data/") ? path : path.slice(0, path.indexOf(".") + 1);
}
