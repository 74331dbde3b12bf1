// The server of the site: `cargo xtask serve` runs it (serve.js), and so do the tests and the bench.
import { extname } from "node:path";
import compression from "compression";
import express from "express";

/**
 * Serves a folder on localhost, as it is on disk at each request. Text is compressed; modules, weights and data are not, since a
 * browser tells the length of no compressed body and the page shows how much of a download has arrived.
 *
 * @param {string} folder
 * @param {Record<string, string | Uint8Array>} [extra] files by path, which take precedence over the folder's
 * @param {object} [options]
 * @param {number} [options.port] 0, the default: any that is free
 * @param {Record<string, string>} [options.headers] sent with every response
 * @param {Record<string, string>} [options.fallbacks] by path, a folder to look in for what the first does not have
 * @param {(path: string) => void} [options.onrequest] called with the path of each file that is asked for
 * @returns {Promise<{ origin: string, close(): Promise<void> }>} rejected if the port is taken
 */
export async function serve(folder, extra = {}, { port = 0, headers = {}, fallbacks = {}, onrequest } = {}) {
  const app = express().disable("x-powered-by");
  app.use((request, response, next) => {
    response.set({ "cache-control": "no-cache", "x-content-type-options": "nosniff", ...headers });
    if (["GET", "HEAD"].includes(request.method)) next();
    else response.set("allow", "GET, HEAD").status(405).type("text").send("Only GET and HEAD are answered.");
  });
  app.use(compression({ filter: worthCompressing }));
  app.use((request, response, next) => {
    const asked = decoded(request.path);
    if (asked === null) return response.status(400).type("text").send("This is no path.");
    const path = asked.endsWith("/") ? `${asked}index.html` : asked;
    onrequest?.(path);
    const added = extra[path];
    if (added === undefined) next();
    else response.type(extname(path) || "bin").send(Buffer.from(added));
  });
  app.use(express.static(folder));
  for (const [path, fallback] of Object.entries(fallbacks)) app.use(path, express.static(fallback));
  app.use((_, response) => response.status(404).type("text").send("There is no such file."));

  const server = app.listen(port, "127.0.0.1");
  await new Promise((listening, failed) => server.once("listening", listening).once("error", failed));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}

/** Modules and weights. */
const BINARY = /^application\/(wasm|octet-stream)/;

/**
 * Whether a response is text that is asked for whole.
 *
 * @param {import("express").Request} request
 * @param {import("express").Response} response
 */
function worthCompressing(request, response) {
  const binary = BINARY.test(`${response.getHeader("content-type")}`);
  return !binary && !request.headers.range && compression.filter(request, response);
}

/** A path without percent encoding; null if that is broken. @param {string} path */
function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
