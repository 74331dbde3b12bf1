import { GlimpseError } from "./error.js";
import { Missing } from "./twice.js";

/** Called with each piece that arrives: bytes so far, and bytes in all where the server says. */
export type OnBytes = (loaded: number, total: number | undefined) => void;

/** The URL's answer, with its bytes counted as they are read. */
export async function download(url: string, onbytes: OnBytes, signal: AbortSignal): Promise<Response> {
  // Some bundlers give addresses that are relative.
  const [name] = url.split(/[?#]/)[0]!.split("/").slice(-1);
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new GlimpseError("LoadFailed", `${name} could not be fetched (${String(error)}). Is the network there?`);
  });
  // A server that answers every path with its start page has no such file either.
  const missing = response.status === 404 || response.headers.get("content-type")?.startsWith("text/html");
  if (missing) throw new Missing("LoadFailed", `${name} is not there: this site was built without it.`);
  if (!response.ok) throw new GlimpseError("LoadFailed", `${name} could not be fetched (HTTP ${response.status}).`);

  const length = Number(response.headers.get("content-length"));
  // The length of a compressed body is not that of what is read.
  const total = length > 0 && !response.headers.has("content-encoding") ? length : undefined;
  let loaded = 0;
  onbytes(0, total);
  const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(piece, controller) {
      loaded += piece.byteLength;
      onbytes(loaded, total);
      controller.enqueue(piece);
    },
  });
  return new Response(response.body?.pipeThrough(count) ?? null, { headers: response.headers });
}
