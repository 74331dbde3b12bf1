import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

/** @type {Record<string, string>} */
const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
  ".zip": "application/zip",
};

/**
 * Serves a folder on a free port of localhost.
 *
 * @param {string} folder
 * @param {Record<string, string | Uint8Array>} [extra] files beside it, by path
 * @param {{ headers?: Record<string, string>, onrequest?: (path: string) => void }} [options] `headers`: of every answer
 * @returns {Promise<{ origin: string, close(): Promise<void> }>}
 */
export async function serve(folder, extra = {}, { headers = {}, onrequest } = {}) {
  const server = createServer(async (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const asked = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const path = asked.endsWith("/") ? `${asked}index.html` : asked;
    onrequest?.(path);
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    const added = extra[path];
    if (added !== undefined) {
      response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(added) }).end(added);
      return;
    }
    const file = join(folder, normalize(path));
    const found = await stat(file).catch(() => null);
    if (!found?.isFile()) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found");
      return;
    }
    response.writeHead(200, { "content-type": type, "content-length": found.size });
    createReadStream(file).pipe(response);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
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
