import { CHANGES, type Call, type Calls, type FromHost, type PlainError, type ProgressOf, type ToHost } from "./calls.js";
import { GlimpseError } from "./error.js";
import type { Host } from "./host.js";
import { Watch } from "./watch.js";

/** What a caller may add to a call. */
export interface CallOptions<C extends Call> {
  signal?: AbortSignal | undefined;
  onprogress?: ((progress: ProgressOf<C>) => void) | undefined;
  /** Called with a reply that comes after the caller gave up. */
  onlate?: ((reply: Calls[C]["reply"]) => void) | undefined;
}

/**
 * The way to a host, wherever it runs. A call that is aborted rejects at once with the signal's reason. One of {@link CHANGES}
 * waits for the host to say whether it was done before, and resolves if so.
 */
export interface Link {
  call<C extends Call>(call: C, request: Calls[C]["request"], options?: CallOptions<C>): Promise<Calls[C]["reply"]>;
}

interface Shared {
  link: Promise<Link>;
  users: number;
  close(): void;
}

const shared = new Map<string, Shared>();

/** Hosts in this page that stopped: the next one takes fresh copies of the modules. */
let stoppedInPage = 0;

/** How soon a worker that does not start has to fail to be tried once more, in milliseconds. */
const PATIENCE = 10_000;

/** A link, and how to let go of it. */
export interface Held {
  link: Link;
  release(): void;
}

/**
 * The page's link: one worker for every instance that asks for the same, started by the first and ended with the last. Where
 * the page forbids workers, and with `worker: false`, the host runs in the page.
 */
export async function acquireLink(worker: boolean | string, signal?: AbortSignal, again = false): Promise<Held> {
  const asked = performance.now();
  const place = `${worker}`;
  let entry = shared.get(place);
  if (!entry) {
    entry = worker ? startWorker(place) : startInPage(place);
    shared.set(place, entry);
  }
  const taken = entry;
  taken.users += 1;
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    taken.users -= 1;
    if (taken.users > 0) return;
    if (shared.get(place) === taken) shared.delete(place);
    taken.close();
  };
  try {
    return { link: await orAbort(taken.link, signal), release };
  } catch (error) {
    release();
    signal?.throwIfAborted();
    if (!worker) throw error;
    // Its script may not have arrived this once. One that was silent for long is not waited for again.
    const retry = !again && performance.now() - asked < PATIENCE;
    return retry ? acquireLink(worker, signal, true) : acquireLink(false, signal);
  }
}

/** What a promise gives, unless the signal gives up on it before. */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Calls under way, whichever way they go. */
class Pending {
  readonly #waiting = new Map<number, Waiting>();
  readonly #send: (message: ToHost) => void;
  readonly #watch: Watch;
  #nextId = 1;
  #fault: GlimpseError | undefined;

  constructor(send: (message: ToHost) => void, onsilence: (fault: GlimpseError) => void) {
    this.#send = send;
    this.#watch = new Watch(
      () => send({ ping: true }),
      () => [...this.#waiting.values()].some(({ graphics }) => graphics),
      (seconds) => onsilence(new GlimpseError("EngineFailed", `The engine gave no sign of life for ${seconds} seconds.`)),
    );
  }

  /** The host is being started: from now on it is watched. */
  starting(): void {
    this.#watch.start();
  }

  /** The host has started. */
  started(): void {
    this.#watch.heard({ beat: 0 });
    this.#restIfDone();
  }

  call<C extends Call>(call: C, request: Calls[C]["request"], options: CallOptions<C> = {}): Promise<Calls[C]["reply"]> {
    const { signal, onprogress, onlate } = options;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#fault) throw this.#fault;
      const id = this.#nextId++;
      const abort = (): void => {
        this.#send({ abort: id });
        if (!CHANGES.has(call)) reject(signal!.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      const done = (): void => signal?.removeEventListener("abort", abort);
      this.#waiting.set(id, {
        reply(reply: Calls[C]["reply"]) {
          done();
          if (signal?.aborted && !CHANGES.has(call)) onlate?.(reply);
          resolve(reply);
        },
        fail(error) {
          done();
          reject(signal?.aborted ? signal.reason : error);
        },
        onprogress: (progress: ProgressOf<C>) => {
          if (!signal?.aborted) onprogress?.(progress);
        },
        graphics: opensGraphics(request),
      });
      try {
        this.#send({ id, call, request } as ToHost);
        this.#watch.start();
      } catch (error) {
        this.#waiting.delete(id);
        done();
        throw new GlimpseError("BadOption", `This cannot be handed to a worker (${String(error)}).`);
      }
    });
  }

  /** Hands a message from the host to whom it is for. */
  hear(message: Exclude<FromHost, { ready: string | undefined } | { fault: PlainError }>): void {
    if ("pulse" in message) return this.#watch.heard(message.pulse);
    const caller = this.#waiting.get(message.id);
    if (!caller) return;
    if ("progress" in message) return caller.onprogress(message.progress as never);
    this.#waiting.delete(message.id);
    this.#watch.answered();
    this.#restIfDone();
    if ("reply" in message) return caller.reply(message.reply as never);
    const { error } = message;
    caller.fail(error === "aborted" ? new DOMException("Aborted", "AbortError") : errorOf(error));
  }

  /** Fails every call that waits, and every one to come. */
  stop(fault: GlimpseError): void {
    if (this.#fault) return;
    this.#fault = fault;
    this.#watch.stop();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const caller of waiting) caller.fail(fault);
  }

  #restIfDone(): void {
    if (this.#waiting.size === 0) this.#watch.stop();
  }
}

interface Waiting {
  reply(reply: never): void;
  fail(error: unknown): void;
  onprogress(progress: never): void;
  /** Whether it opens WebGPU. */
  graphics: boolean;
}

function opensGraphics(request: Calls[Call]["request"]): boolean {
  if ("engines" in request) return request.engines.includes("webgpu");
  return "engine" in request && request.engine === "webgpu";
}

function errorOf({ kind, message }: PlainError): GlimpseError {
  return new GlimpseError(kind, message);
}

const DISPOSED = "This instance was disposed of.";

/** The host in the page: messages are function calls. */
function startInPage(place: string): Shared {
  let host: Host | undefined;
  const running = new Map<number, AbortController>();
  const stop = (fault: GlimpseError): void => {
    if (shared.get(place) === entry) shared.delete(place);
    if (fault.kind === "EngineFailed") stoppedInPage += 1;
    pending.stop(fault);
  };
  const send = (message: ToHost): void => {
    if (!host) return;
    if ("ping" in message) return pending.hear({ pulse: host.pulse });
    if ("abort" in message) return running.get(message.abort)?.abort();
    const { id, call, request } = message;
    const controller = new AbortController();
    running.set(id, controller);
    const answer = (answer: { reply: unknown } | { error: PlainError | "aborted" }): void => {
      if (running.delete(id)) pending.hear({ id, ...answer });
    };
    host
      .handle(call, request, {
        signal: controller.signal,
        progress: (progress) => pending.hear({ id, progress }),
        reply: (reply) => answer({ reply }),
      })
      .then(
        (reply) => answer({ reply }),
        (thrown: unknown) => answer({ error: controller.signal.aborted ? "aborted" : GlimpseError.from(thrown) }),
      );
  };
  const pending = new Pending(send, stop);
  const link = import("./host.js").then(({ Host }): Link => {
    host = new Host(stoppedInPage);
    host.onpulse = (pulse) => pending.hear({ pulse });
    host.onfault = stop;
    pending.started();
    return pending;
  });
  const entry: Shared = { link, users: 0, close: () => stop(new GlimpseError("Disposed", DISPOSED)) };
  return entry;
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

/** A worker holds this lock for life, and no event tells of the end of one that is killed. */
async function awaitRelease(lock: string, onrelease: () => void): Promise<void> {
  try {
    await navigator.locks.request(lock, onrelease);
  } catch {
    // The browser gives this page no locks: the end of a worker shows in its silence.
  }
}

function startWorker(place: string): Shared {
  let worker: Worker | undefined;
  let started: (link: Link) => void;
  let failed: (why: unknown) => void;
  const link = new Promise<Link>((resolve, reject) => {
    started = resolve;
    failed = reject;
  });
  link.catch(() => {});
  const stop = (fault: GlimpseError): void => {
    worker?.terminate();
    if (shared.get(place) === entry) shared.delete(place);
    pending.stop(fault);
    failed(fault);
  };
  const pending = new Pending((message) => worker!.postMessage(message), stop);
  const entry: Shared = { link, users: 0, close: () => stop(new GlimpseError("Disposed", DISPOSED)) };
  try {
    worker = newWorker();
  } catch (error) {
    failed!(error);
    return entry;
  }
  pending.starting();
  worker.addEventListener("message", ({ data }: MessageEvent<FromHost>) => {
    if ("fault" in data) return stop(errorOf(data.fault));
    if (!("ready" in data)) return pending.hear(data);
    if (data.ready) void awaitRelease(data.ready, () => stop(new GlimpseError("EngineFailed", "The worker was ended.")));
    pending.started();
    started(pending);
  });
  const stopped = (why: string): void => stop(new GlimpseError("EngineFailed", `The worker stopped (${why}).`));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    stopped(event.message);
  });
  worker.addEventListener("messageerror", () => stopped("a message could not be read"));
  return entry;
}
