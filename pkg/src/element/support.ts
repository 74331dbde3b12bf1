import { readPlain, unpackCollection, type Collection } from "../collection.js";
import { GlimpseError } from "../error.js";

/** The collection at a URL: a file that Glimpse saved, or JSON with a `support`. */
export async function fetchSupport(url: URL, signal: AbortSignal): Promise<Collection> {
  const name = url.pathname.split("/").at(-1);
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    throw new GlimpseError("LoadFailed", `${name} could not be fetched (${String(error)}).`);
  });
  if (!response.ok) throw new GlimpseError("LoadFailed", `${name} could not be fetched (HTTP ${response.status}).`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return packed ? unpackCollection(bytes) : readPlain(new TextDecoder().decode(bytes));
}
