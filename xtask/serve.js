// `node xtask/serve.js PORT SITE MODULES`: serves a folder with the site, and from another one the modules that were built after it.
// It prints a line once it listens, and ends with its standard input: when whoever started it has gone.
import { serve } from "./server.js";

const [port, site, modules] = process.argv.slice(2);
const { origin } = await serve(site, {}, { port: Number(port), fallbacks: { "/assets/wasm": modules } });
console.log(origin);
process.stdin.on("end", () => process.exit()).resume();
