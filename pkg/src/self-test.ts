/** Name of the stored embedding that engines are checked against. */
const STORED = "self_test.features";

/** A copy of the weights whose stored embedding is all zero, so that no engine agrees with it. */
export function withFailingSelfTest(weights: Uint8Array): Uint8Array {
  const copy = weights.slice();
  const headerLength = Number(new DataView(copy.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(copy.subarray(8, 8 + headerLength)));
  const [start, end] = header[STORED].data_offsets;
  copy.fill(0, 8 + headerLength + start, 8 + headerLength + end);
  return copy;
}
