// The server of `cargo xtask serve`, of the tests and of the bench.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { get, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { ROOT } from "../harness/data.js";
import { serve } from "../../xtask/server.js";

const PAGE = "<!doctype html><title>A page</title>".padEnd(5000, "<p>text</p>");
/** More than a connection holds for one who does not read. */
const LONG = 1 << 26;

/** @type {string} */
let folder;
/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "glimpse-"));
  const site = join(folder, "site");
  await mkdir(join(site, "assets/wasm/simd"), { recursive: true });
  await mkdir(join(folder, "modules/flex"), { recursive: true });
  await writeFile(join(folder, "secret.txt"), "secret");
  await mkdir(join(folder, "site-of-another"));
  await writeFile(join(folder, "site-of-another/secret.txt"), "secret");
  await writeFile(join(site, "index.html"), PAGE);
  await writeFile(join(site, "a b.txt"), "0123456789");
  await writeFile(join(site, "glimpse.webmanifest"), "{}");
  await writeFile(join(site, "archive.zip"), Buffer.alloc(LONG, "."));
  await writeFile(join(site, "weights.safetensors"), Buffer.alloc(5000));
  await writeFile(join(site, "assets/wasm/simd/glimpse_bg.wasm"), Buffer.alloc(5000));
  await writeFile(join(folder, "modules/flex/glimpse.js"), "export {};");
  const fallbacks = { "/assets/wasm": join(folder, "modules") };
  server = await serve(site, { "/extra.json": "{}", "/index.html.css": "p {}" }, { fallbacks, headers: { "x-test": "yes" } });
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/**
 * Asks for a path as it stands: `fetch` would put it in order first.
 *
 * @param {string} path
 * @param {import("node:http").RequestOptions} [options]
 */
async function ask(path, options = {}) {
  const { hostname, port } = new URL(server.origin);
  const asked = request({ hostname, port, path, agent: false, ...options }).end();
  const [response] = /** @type {[import("node:http").IncomingMessage]} */ (await once(asked, "response"));
  const { statusCode: status, headers } = response;
  return { status, headers, body: Buffer.concat(await response.toArray()) };
}

test("a folder is answered with its index, and a file with its media type", async () => {
  for (const [path, type] of [
    ["/", "text/html; charset=utf-8"],
    ["/?system=triplet", "text/html; charset=utf-8"],
    ["/a%20b.txt", "text/plain; charset=utf-8"],
    ["/glimpse.webmanifest", "application/manifest+json; charset=utf-8"],
    ["/archive.zip", "application/zip"],
    ["/weights.safetensors", "application/octet-stream"],
    ["/assets/wasm/simd/glimpse_bg.wasm", "application/wasm"],
    ["/extra.json", "application/json; charset=utf-8"],
    ["/index.html.css", "text/css; charset=utf-8"],
  ]) {
    const { status, headers } = await ask(path, { method: "HEAD" });
    assert.equal(status, 200, path);
    assert.equal(headers["content-type"]?.replace("UTF-8", "utf-8"), type, path);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["cache-control"], "no-cache");
    assert.equal(headers["x-test"], "yes");
  }
});

test("a module that was built after the site is found where the page looks for it", async () => {
  assert.equal((await ask("/assets/wasm/flex/glimpse.js")).body.toString(), "export {};");
  assert.equal((await ask("/assets/wasm/webgpu/glimpse.js")).status, 404);
});

test("HEAD is answered with a length and no body", async () => {
  const { status, headers, body } = await ask("/archive.zip", { method: "HEAD" });
  assert.deepEqual([status, headers["content-length"], body.length], [200, `${LONG}`, 0]);
});

test("a part of a file is answered with that part, and a part that is not there with 416", async () => {
  for (const headers of [{ range: "bytes=2-4" }, { range: "bytes=2-4", "accept-encoding": "gzip, br" }]) {
    const part = await ask("/a%20b.txt", { headers });
    assert.deepEqual([part.status, part.headers["content-range"], part.body.toString()], [206, "bytes 2-4/10", "234"]);
  }
  const page = await ask("/", { headers: { range: "bytes=0-4999", "accept-encoding": "gzip" } });
  assert.deepEqual([page.status, page.headers["content-encoding"], page.body.length], [206, undefined, 5000]);
  assert.equal((await ask("/a%20b.txt", { headers: { range: "bytes=10-" } })).status, 416);
});

test("what a browser has already is answered with 304, until it changes", async () => {
  const path = join(folder, "site/changes.txt");
  await writeFile(path, "before");
  const { headers } = await ask("/changes.txt");
  const again = { headers: { "if-none-match": headers.etag } };
  const { status, body } = await ask("/changes.txt", again);
  assert.deepEqual([status, body.length], [304, 0]);
  await writeFile(path, "afterwards");
  assert.equal((await ask("/changes.txt", again)).body.toString(), "afterwards");
});

test("text is compressed where the browser takes it", async () => {
  /** @type {[string, (bytes: Buffer) => Buffer][]} */
  const encodings = [["gzip", gunzipSync], ["br", brotliDecompressSync]];
  for (const [encoding, decompress] of encodings) {
    const { headers, body } = await ask("/", { headers: { "accept-encoding": encoding } });
    assert.equal(headers["content-encoding"], encoding);
    assert.match(headers.vary ?? "", /accept-encoding/i);
    assert.ok(body.length < 1000);
    assert.equal(decompress(body).toString(), PAGE);
  }
  assert.equal((await ask("/")).body.toString(), PAGE);
});

test("the length of modules, weights and archives is told, so that the page can show progress", async () => {
  for (const path of ["/assets/wasm/simd/glimpse_bg.wasm", "/weights.safetensors", "/archive.zip"]) {
    const { headers, body } = await ask(path, { headers: { "accept-encoding": "gzip, br" } });
    assert.equal(headers["content-encoding"], undefined, path);
    assert.equal(headers["content-length"], `${body.length}`, path);
  }
});

test("what is not there is answered with 404, and not with a page", async () => {
  for (const path of ["/nothing.js", "/assets", "/assets/", "/index.html/"]) {
    const { status, headers, body } = await ask(path);
    assert.ok(status === 404 || (status === 301 && path === "/assets"), `${path}: ${status}`);
    if (status === 404) assert.match(headers["content-type"] ?? "", /^text\/plain/, path);
    assert.doesNotMatch(body.toString(), /A page/, path);
  }
});

test("no path leads outside", async () => {
  for (const path of [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/..%5csecret.txt",
    "/assets/../../secret.txt",
    "/../site-of-another/secret.txt",
    "/..%2fsite-of-another%2fsecret.txt",
    "/assets/wasm/..%2f..%2fsecret.txt",
    "/assets/wasm/flex/..%2f..%2f..%2fsecret.txt",
    "//secret.txt",
    "/a%00b.txt",
    "/%",
    "/%zz",
    "/%ff",
  ]) {
    const { status, body } = await ask(path);
    assert.ok(status === 400 || status === 404, `${path}: ${status}`);
    assert.doesNotMatch(body.toString(), /^secret/, path);
  }
});

test("only GET and HEAD are answered", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const { status, headers } = await ask("/", { method });
    assert.deepEqual([status, headers.allow], [405, "GET, HEAD"], method);
  }
});

test("answers that are not read keep no other waiting", async () => {
  const { hostname, port } = new URL(server.origin);
  const unread = Array.from({ length: 16 }, () => connect(Number(port), hostname).pause());
  for (const connection of unread) {
    connection.write("GET /archive.zip HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(connection, "readable");
  }
  assert.equal((await ask("/a%20b.txt")).body.toString(), "0123456789");
  for (const connection of unread) connection.destroy();
});

test("a visitor who leaves, and a file that vanishes while it is read, end nothing else", async () => {
  const path = join(folder, "site/vanishing.zip");
  await writeFile(path, Buffer.alloc(LONG));
  for (let i = 0; i < 10; i++) {
    const asked = get(`${server.origin}/vanishing.zip`, { agent: false });
    const [response] = await once(asked, "response");
    if (i === 5) await rm(path);
    response.destroy();
    if (i >= 5) break;
  }
  assert.equal((await ask("/vanishing.zip")).status, 404);
  assert.equal((await ask("/a%20b.txt")).status, 200);
});

test("a port that is taken is an error", async () => {
  await assert.rejects(serve(folder, {}, { port: Number(new URL(server.origin).port) }), /EADDRINUSE/);
});

/** The program that `cargo xtask serve` starts, on a free port. */
async function start() {
  const program = join(ROOT, "xtask/serve.js");
  const child = spawn(process.execPath, [program, "0", join(folder, "site"), join(folder, "modules")]);
  const [line] = await once(child.stdout, "data");
  return { child, origin: `${line}`.trim() };
}

test("60 connections in bursts of six, with six busy processes beside, are all answered", async () => {
  const { child, origin } = await start();
  const busy = "const end = Date.now() + 20_000; while (Date.now() < end);";
  const others = Array.from({ length: 6 }, () => spawn(process.execPath, ["-e", busy]));
  const answered = await bursts(origin);
  for (const other of others) other.kill();
  child.stdin.end();
  assert.equal(answered, 60);
});

/**
 * Opens ten times six connections at once and asks for a page on each. Half of them stay open, as a browser leaves them.
 *
 * @param {string} origin
 * @returns {Promise<number>} how many were answered within four seconds
 */
async function bursts(origin) {
  const { hostname, port } = new URL(origin);
  /** @type {import("node:net").Socket[]} */
  const open = [];
  let answered = 0;
  for (let burst = 0; burst < 10; burst++) {
    const six = Array.from({ length: 6 }, () => connect(Number(port), hostname));
    const answers = six.map(async (connection) => {
      connection.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      const [answer] = await once(connection, "data", { signal: AbortSignal.timeout(4000) });
      assert.match(`${answer}`, /^HTTP\/1.1 200/);
    });
    answered += (await Promise.allSettled(answers)).filter(({ status }) => status === "fulfilled").length;
    for (const connection of six.splice(0, 3)) connection.destroy();
    open.push(...six);
    await setTimeout(200);
  }
  for (const connection of open) connection.destroy();
  return answered;
}

test("the server ends with whoever started it", async () => {
  const { child } = await start();
  child.stdin.end();
  assert.deepEqual(await once(child, "exit"), [0, null]);
});
