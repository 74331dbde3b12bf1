import { findAdapter } from "./adapter.js";
import type { Call, Calls, OpenRequest } from "./calls.js";
import { download } from "./download.js";
import { GlimpseError } from "./error.js";
import { BESIDE, loadModule, type Archive, type EngineModule, type EngineSession } from "./modules.js";
import { withFailingSelfTest } from "./self-test.js";
import type { EngineKind, Progress, Refusal } from "./types.js";

/** What a call is told beside its request. */
export interface Context {
  signal: AbortSignal;
  progress(progress: Progress): void;
}

interface Opened {
  kind: EngineKind;
  module: EngineModule;
  session: EngineSession;
  archives: Map<number, Archive>;
  /** Why it can compute no more. */
  fault?: GlimpseError;
}

/** Holds the engines and computes. Lives in the worker, or in the page where there is none. */
export class Host {
  readonly #sessions = new Map<number, Opened>();
  readonly #shared = new Map<string, Promise<unknown>>();
  readonly #instances = new Map<EngineKind, number>();
  #nextId = 1;
  #last: Promise<unknown> = Promise.resolve();

  /** Does a call. Calls that compute run one after another, in the order they came. */
  async handle<C extends Call>(call: C, request: Calls[C]["request"], context: Context): Promise<Calls[C]["reply"]> {
    const handler = this[call] as (request: Calls[C]["request"], context: Context) => Promise<Calls[C]["reply"]>;
    return handler.call(this, request, context);
  }

  async open(request: OpenRequest, context: Context): Promise<Calls["open"]["reply"]> {
    if (!Object.hasOwn(BESIDE.weights, request.system)) {
      const names = Object.keys(BESIDE.weights).join(", ");
      throw new GlimpseError("NoSystem", `There is no system called ${request.system}: choose among ${names}.`);
    }
    const refused: Refusal[] = [];
    let refusal: GlimpseError | undefined;
    for (const kind of request.engines) {
      try {
        const adapter = kind === "webgpu" ? await findAdapter(request.allowSoftware) : undefined;
        const opened = await this.#openEngine(kind, request, context);
        const session = this.#nextId++;
        this.#sessions.set(session, opened);
        const selfTestError = opened.session.selfTestError();
        return { session, engine: { kind, ...(adapter && { adapter }), selfTestError, refused } };
      } catch (error) {
        context.signal.throwIfAborted();
        refusal = GlimpseError.from(error);
        // Another engine would not do better with these.
        if (refusal.kind === "BadWeights") throw refusal;
        refused.push({ kind, why: refusal.message });
      }
    }
    if (refusal && refused.length === 1) throw refusal;
    const reasons = refused.map(({ kind, why }) => `${kind}: ${why}`).join(" ");
    throw new GlimpseError("EngineFailed", `No engine could start. ${reasons}`);
  }

  async learn({ session, label, drawing }: Calls["learn"]["request"], context: Context): Promise<string[]> {
    return this.#compute(session, context, async ({ session }) => {
      await session.learn(label, drawing);
      return session.labels();
    });
  }

  async forget({ session, label }: Calls["forget"]["request"], context: Context): Promise<string[]> {
    return this.#compute(session, context, async ({ session }) => {
      session.forget(label);
      return session.labels();
    });
  }

  async classify({ session, drawing }: Calls["classify"]["request"], context: Context) {
    return this.#compute(session, context, ({ session }) => session.classify(drawing));
  }

  async embed({ session, drawing }: Calls["embed"]["request"], context: Context) {
    return this.#compute(session, context, ({ session }) => session.embed(drawing));
  }

  async preview({ session, drawing }: Calls["preview"]["request"], context: Context) {
    return this.#compute(session, context, async ({ session }) => session.preview(drawing));
  }

  async invent({ session, seed, characters, drawers }: Calls["invent"]["request"], context: Context) {
    return this.#compute(session, context, async ({ module }) => module.invent(seed, characters, drawers));
  }

  async map({ session, query }: Calls["map"]["request"], context: Context) {
    return this.#compute(session, context, ({ session }) => session.map(query));
  }

  async openArchive({ session, kind, files }: Calls["openArchive"]["request"], context: Context) {
    return this.#compute(session, context, async ({ module, archives }) => {
      const id = this.#nextId++;
      archives.set(id, module.Archive[kind](...files));
      return id;
    });
  }

  async replayEpisode(request: Calls["replayEpisode"]["request"], context: Context) {
    const { protocol, seed, episode } = request;
    return this.#compute(request.session, context, async ({ session, archives }) => {
      const archive = archives.get(request.archive);
      if (!archive) throw new GlimpseError("Disposed", "This archive gave way to another one. Replay one at a time.");
      const trials = await session.replayEpisode(archive, protocol, seed, episode);
      return { trials, pictures: archive.pictures(protocol, seed, episode) };
    });
  }

  async closeArchive({ session, archive }: Calls["closeArchive"]["request"], context: Context): Promise<void> {
    return this.#compute(session, context, async ({ archives }) => {
      archives.get(archive)?.free();
      archives.delete(archive);
    });
  }

  async close({ session }: Calls["close"]["request"]): Promise<void> {
    await this.#last;
    const opened = this.#sessions.get(session);
    this.#sessions.delete(session);
    if (!opened || opened.fault) return;
    for (const archive of opened.archives.values()) archive.free();
    opened.session.free();
  }

  async #openEngine(kind: EngineKind, request: OpenRequest, { signal, progress }: Context): Promise<Opened> {
    const arrived: Record<"wasm" | "weights", { loaded: number; total: number | undefined }> = {
      wasm: { loaded: 0, total: undefined },
      weights: { loaded: 0, total: undefined },
    };
    const report = (phase: Progress["phase"]): void => {
      const { wasm, weights } = arrived;
      const loaded = wasm.loaded + weights.loaded;
      const total = wasm.total === undefined || weights.total === undefined ? undefined : wasm.total + weights.total;
      progress({ phase, engine: kind, loaded, ...(total !== undefined && { total }) });
    };
    const count = (part: "wasm" | "weights") => (loaded: number, total: number | undefined) => {
      arrived[part] = { loaded, total };
      report("download");
    };

    const urls = request.assets
      ? {
          glue: new URL(`wasm/${kind}/glimpse.js`, request.assets).href,
          wasm: new URL(`wasm/${kind}/glimpse_bg.wasm`, request.assets).href,
        }
      : BESIDE.modules[kind];
    const instance = this.#instances.get(kind) ?? 0;
    const weightsUrl =
      request.weights ??
      (request.assets
        ? new URL(`weights/${request.system}.safetensors`, request.assets).href
        : BESIDE.weights[request.system]);
    const [module, weights] = await Promise.all([
      this.#once(`${urls.wasm} ${instance}`, signal, () => loadModule(urls, instance, count("wasm"), signal)),
      typeof weightsUrl === "string"
        ? this.#once(weightsUrl, signal, async () => {
            const response = await download(weightsUrl, count("weights"), signal);
            return new Uint8Array(await response.arrayBuffer());
          })
        : weightsUrl,
    ]);
    report("start");
    const tested = request.failSelfTest.includes(kind) ? withFailingSelfTest(weights) : weights;
    try {
      const session = await this.#queued(kind, signal, () => module.Session.open(request.system, tested));
      return { kind, module, session, archives: new Map() };
    } catch (error) {
      // Damaged weights are fetched afresh when someone tries again.
      if (typeof weightsUrl === "string" && GlimpseError.from(error).kind === "BadWeights") {
        this.#shared.delete(weightsUrl);
      }
      throw error;
    }
  }

  /** Loads something at most once, whoever asks, as long as it does not fail. */
  async #once<T>(key: string, signal: AbortSignal, load: () => Promise<T>): Promise<T> {
    for (;;) {
      const loading = (this.#shared.get(key) as Promise<T> | undefined) ?? load();
      this.#shared.set(key, loading);
      try {
        return await loading;
      } catch (error) {
        if (this.#shared.get(key) === loading) this.#shared.delete(key);
        signal.throwIfAborted();
        const otherGaveUp = error instanceof DOMException && error.name === "AbortError";
        if (!otherGaveUp) throw error;
      }
    }
  }

  async #compute<T>(id: number, { signal }: Context, work: (opened: Opened) => Promise<T>): Promise<T> {
    const opened = this.#sessions.get(id);
    if (!opened) throw new GlimpseError("Disposed", "This instance was disposed of.");
    return this.#queued(opened.kind, signal, () => {
      if (opened.fault) throw opened.fault;
      return work(opened);
    });
  }

  /** Runs `work` after all that was asked for before. A trap in it ends that engine's sessions, and no others. */
  async #queued<T>(kind: EngineKind, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      signal.throwIfAborted();
      try {
        return await orTrap(work);
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) this.#retire(kind, GlimpseError.from(error));
        throw error;
      }
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** After a trap a module's memory is not to be trusted: its sessions end, and the next one gets a fresh instance. */
  #retire(kind: EngineKind, fault: GlimpseError): void {
    this.#instances.set(kind, (this.#instances.get(kind) ?? 0) + 1);
    for (const opened of this.#sessions.values()) {
      if (opened.kind === kind) opened.fault = fault;
    }
  }
}

/** The work's result, or the trap that ended it: one in a module's own task never reaches the promise it was to settle. */
function orTrap<T>(work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const heard = (event: ErrorEvent): void => {
      if (!(event.error instanceof WebAssembly.RuntimeError)) return;
      event.preventDefault();
      reject(event.error);
    };
    addEventListener("error", heard);
    (async () => work())().then(resolve, reject).finally(() => removeEventListener("error", heard));
  });
}
