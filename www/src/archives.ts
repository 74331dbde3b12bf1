import type { ReplayOptions } from "glimpse";
import { inside } from "./inside.js";
import type { Archive } from "./protocols.js";

/** An archive's bytes, as a replay takes them. */
export type Bytes = ReplayOptions["archive"];

/** The site carries no such file. */
export class NotCarried extends Error {}

/**
 * Fetches an archive's files from beside the page.
 *
 * @param onprogress hears how many megabytes have arrived
 * @throws NotCarried if the site was built without one of them
 */
export async function fetchArchive(
  { files }: Archive,
  { signal, onprogress }: { signal: AbortSignal; onprogress: (megabytes: number) => void },
): Promise<Bytes> {
  let loaded = 0;
  const fetchFile = async (path: string): Promise<ArrayBuffer> => {
    if (inside && !inside[path]) throw new NotCarried(`${path} is not inside`);
    const response = await fetch(inside?.[path] ?? path, { signal });
    const missing = !response.ok || response.headers.get("content-type")?.startsWith("text/html");
    if (missing || !response.body) throw new NotCarried(`${path} is not there`);
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(piece, controller) {
          loaded += piece.byteLength;
          onprogress(loaded / 1e6);
          controller.enqueue(piece);
        },
      }),
    );
    return new Response(counted).arrayBuffer();
  };
  const [first, second] = await Promise.all(files.map(({ path }) => fetchFile(path)));
  return second ? { images: first!, labels: second } : first!;
}

/** Whether its files can be had without a network. */
export async function isKept({ files }: Archive): Promise<boolean> {
  if (inside) return true;
  try {
    const kept = await Promise.all(files.map(({ path }) => caches.match(path)));
    return kept.every((file) => file !== undefined);
  } catch {
    return false; // The browser has no caches, or refuses them.
  }
}

/** Megabytes of all its files. */
export function sizeOf({ files }: Archive): number {
  return files.reduce((sum, { megabytes }) => sum + megabytes, 0);
}

/** An archive made of the visitor's own files; nothing if their number is not the archive's. */
export function fromFiles({ files }: Archive, given: readonly File[]): Bytes | undefined {
  const [first, second] = [...given].sort((a, b) => b.size - a.size);
  if (!first || given.length !== files.length) return undefined;
  // Pictures take more bytes than their labels.
  return second ? { images: first, labels: second } : first;
}
