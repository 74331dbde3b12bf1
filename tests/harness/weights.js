import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./data.js";

/** Weights of Siamese whose stored self-test embedding is all zero, so that no engine agrees with it. */
export async function weightsThatFail() {
  const bytes = Uint8Array.from(await readFile(join(ROOT, "weights/siamese.safetensors")));
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const [start, end] = header["self_test.features"].data_offsets;
  return bytes.fill(0, 8 + length + start, 8 + length + end);
}
