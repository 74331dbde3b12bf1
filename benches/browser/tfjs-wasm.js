import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { env } from "@tensorflow/tfjs-core";

setWasmPaths("/tfjs/");
// Its module with threads computes on one as well: XNNPACK has been built into it without them.
env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);

export { open } from "./tfjs.js";
