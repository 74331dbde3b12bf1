import { readPlain, unpackCollection, type Collection } from "../collection.js";
import { fetchFile } from "./fetch.js";

/** The collection at a URL: a file that Glimpse saved, or JSON with a `support`. */
export async function fetchSupport(url: URL, signal: AbortSignal): Promise<Collection> {
  const response = await fetchFile(url, signal);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return packed ? unpackCollection(bytes) : readPlain(new TextDecoder().decode(bytes));
}
