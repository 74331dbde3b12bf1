import type { Call, Calls, FromHost, ToHost } from "./calls.js";
import { GlimpseError } from "./error.js";
import type { Progress } from "./types.js";

/** What a caller may add to a call. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  onprogress?: ((progress: Progress) => void) | undefined;
}

/** The way to a host, wherever it runs. */
export interface Link {
  call<C extends Call>(call: C, request: Calls[C]["request"], options?: CallOptions): Promise<Calls[C]["reply"]>;
}

interface Shared {
  link: Promise<Link>;
  users: number;
  close(): void;
}

const shared = new Map<"worker" | "page", Shared>();

/**
 * The page's link: one worker for every instance, started by the first and ended with the last. Where the page forbids
 * workers, and with `worker: false`, the host runs in the page.
 *
 * @returns the link, and how to let go of it
 */
export async function acquireLink(worker: boolean): Promise<{ link: Link; release(): void }> {
  const place = worker ? "worker" : "page";
  let entry = shared.get(place);
  if (!entry) {
    entry = worker ? startWorker() : { link: startInPage(), users: 0, close() {} };
    shared.set(place, entry);
  }
  const taken = entry;
  taken.users += 1;
  const release = (): void => {
    taken.users -= 1;
    if (taken.users > 0) return;
    taken.close();
    if (shared.get(place) === taken) shared.delete(place);
  };
  try {
    return { link: await taken.link, release };
  } catch {
    release();
    return acquireLink(false);
  }
}

async function startInPage(): Promise<Link> {
  const { Host } = await import("./host.js");
  const host = new Host();
  return {
    async call(call, request, options = {}) {
      const signal = options.signal ?? new AbortController().signal;
      signal.throwIfAborted();
      const progress = (progress: Progress): void => options.onprogress?.(progress);
      try {
        const reply = await host.handle(call, request, { signal, progress });
        signal.throwIfAborted();
        return reply;
      } catch (thrown) {
        signal.throwIfAborted();
        throw GlimpseError.from(thrown);
      }
    },
  };
}

interface Waiting {
  resolve(reply: never): void;
  reject(error: unknown): void;
  onprogress: ((progress: Progress) => void) | undefined;
}

function startWorker(): Shared {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let fault: GlimpseError | undefined;
  let worker: Worker | undefined;

  const stop = (why: GlimpseError): void => {
    fault = why;
    worker?.terminate();
    for (const caller of waiting.values()) caller.reject(why);
    waiting.clear();
  };

  const send = (message: ToHost): void => worker?.postMessage(message);

  const link: Link = {
    call(call, request, { signal, onprogress } = {}) {
      return new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        if (fault) throw fault;
        const id = nextId++;
        const abort = (): void => {
          waiting.delete(id);
          send({ abort: id });
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", abort, { once: true });
        const done = (): void => signal?.removeEventListener("abort", abort);
        waiting.set(id, {
          resolve(reply) {
            done();
            resolve(reply);
          },
          reject(error) {
            done();
            reject(error);
          },
          onprogress,
        });
        send({ id, call, request } as ToHost);
      });
    },
  };

  const ready = new Promise<Link>((resolve, reject) => {
    worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "glimpse" });
    worker.addEventListener("message", ({ data }: MessageEvent<FromHost>) => {
      if ("ready" in data) return resolve(link);
      const caller = waiting.get(data.id);
      if (!caller) return;
      if ("progress" in data) return caller.onprogress?.(data.progress);
      waiting.delete(data.id);
      if ("reply" in data) return caller.resolve(data.reply as never);
      if (data.error === "aborted") return caller.reject(new DOMException("Aborted", "AbortError"));
      caller.reject(new GlimpseError(data.error.kind, data.error.message));
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      reject(event);
      stop(new GlimpseError("EngineFailed", `The worker stopped (${event.message}). Load again.`));
      if (shared.get("worker")?.link === ready) shared.delete("worker");
    });
  });

  return {
    link: ready,
    users: 0,
    close: () => stop(new GlimpseError("Disposed", "This instance was disposed of.")),
  };
}
