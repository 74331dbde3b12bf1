import type { Call, Calls, FromHost, ProgressOf, ToHost } from "./calls.js";
import { GlimpseError } from "./error.js";

/** What a caller may add to a call. */
export interface CallOptions<C extends Call> {
  signal?: AbortSignal | undefined;
  onprogress?: ((progress: ProgressOf<C>) => void) | undefined;
}

/** The way to a host, wherever it runs. */
export interface Link {
  call<C extends Call>(call: C, request: Calls[C]["request"], options?: CallOptions<C>): Promise<Calls[C]["reply"]>;
}

interface Shared {
  link: Promise<Link>;
  users: number;
  close(): void;
}

const shared = new Map<string, Shared>();

/**
 * The page's link: one worker for every instance that asks for the same, started by the first and ended with the last. Where
 * the page forbids workers, and with `worker: false`, the host runs in the page.
 *
 * @returns the link, and how to let go of it
 */
export async function acquireLink(worker: boolean | string): Promise<{ link: Link; release(): void }> {
  const place = `${worker}`;
  let entry = shared.get(place);
  if (!entry) {
    entry = worker ? startWorker(place) : { link: startInPage(), users: 0, close() {} };
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
  } catch (error) {
    release();
    if (!worker) throw error;
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
      const progress = (progress: ProgressOf<typeof call>): void => options.onprogress?.(progress);
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
  onprogress: ((progress: never) => void) | undefined;
}

/** Another origin's script starts no worker; a blob of the page's own that imports it does. */
function newWorker(): Worker {
  try {
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  } catch {
    class Worker extends globalThis.Worker {
      constructor(url: URL, options: WorkerOptions) {
        super(URL.createObjectURL(new Blob([`import ${JSON.stringify(url)}`], { type: "text/javascript" })), options);
      }
    }
    // The same words again, since that is how bundlers find the worker. Vite 5 takes no options but literals.
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  }
}

function startWorker(place: string): Shared {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let fault: GlimpseError | undefined;
  let worker: Worker | undefined;

  const stop = (why: GlimpseError): void => {
    if (fault) return;
    fault = why;
    worker?.terminate();
    if (shared.get(place) === entry) shared.delete(place);
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
    worker = newWorker();
    worker.addEventListener("message", ({ data }: MessageEvent<FromHost>) => {
      if ("ready" in data) {
        // The worker holds this lock for life, and no event tells of the end of a worker that is killed.
        void navigator.locks?.request(data.ready, () => stop(new GlimpseError("EngineFailed", "The worker was ended.")));
        return resolve(link);
      }
      const caller = waiting.get(data.id);
      if (!caller) return;
      if ("progress" in data) return caller.onprogress?.(data.progress as never);
      waiting.delete(data.id);
      if ("reply" in data) return caller.resolve(data.reply as never);
      if (data.error === "aborted") return caller.reject(new DOMException("Aborted", "AbortError"));
      caller.reject(new GlimpseError(data.error.kind, data.error.message));
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      reject(event);
      stop(new GlimpseError("EngineFailed", `The worker stopped (${event.message}).`));
    });
  });

  const entry: Shared = {
    link: ready,
    users: 0,
    close: () => stop(new GlimpseError("Disposed", "This instance was disposed of.")),
  };
  return entry;
}
