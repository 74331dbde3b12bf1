import { findAdapter, watchDevices } from "./adapter.js";
import type { Call, Calls, OpenRequest, ProgressOf } from "./calls.js";
import { download, type OnBytes } from "./download.js";
import type { PlainDrawing, Strokes } from "./drawing.js";
import { GlimpseError } from "./error.js";
import { BESIDE, demandWebAssembly, loadModule, moduleOf, type Archive, type EngineModule, type EngineSession } from "./modules.js";
import { withFailingSelfTest } from "./self-test.js";
import { Turns } from "./turns.js";
import type { EngineKind, Progress, Refusal } from "./types.js";

/** What a call is told beside its request. */
export interface Context<C extends Call = Call> {
  signal: AbortSignal;
  progress(progress: ProgressOf<C>): void;
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
  readonly #turns = new Turns();
  #nextId = 1;
  /** The work under way, and how to end it. */
  #running: { kind: EngineKind; reject(fault: unknown): void } | undefined;

  constructor() {
    // A trap in a module's own task never reaches the promise that it was to settle.
    globalThis.addEventListener?.("error", (event: ErrorEvent) => {
      if (!(event.error instanceof WebAssembly.RuntimeError)) return;
      event.preventDefault();
      this.#running?.reject(event.error);
    });
  }

  /** Does a call. One computes at a time; sessions take turns, and the calls of one are done in the order they came. */
  async handle<C extends Call>(call: C, request: Calls[C]["request"], context: Context<C>): Promise<Calls[C]["reply"]> {
    const handler = this[call] as (request: Calls[C]["request"], context: Context<C>) => Promise<Calls[C]["reply"]>;
    return handler.call(this, request, context);
  }

  async findAdapter({ allowSoftware }: Calls["findAdapter"]["request"]): Promise<string> {
    return findAdapter(allowSoftware);
  }

  async prepare({ engine, ...sources }: Calls["prepare"]["request"], { signal }: Context): Promise<void> {
    await this.#module(engine, sources, () => {}, signal);
  }

  async open(request: OpenRequest, context: Context<"open">): Promise<Calls["open"]["reply"]> {
    if (!Object.hasOwn(BESIDE.weights, request.system)) {
      const names = Object.keys(BESIDE.weights).join(", ");
      throw new GlimpseError("NoSystem", `There is no system called ${request.system}: choose among ${names}.`);
    }
    demandWebAssembly();
    const refused: Refusal[] = [];
    let refusal: GlimpseError | undefined;
    for (const kind of request.engines) {
      try {
        const adapter = kind === "webgpu" ? await findAdapter(true) : undefined;
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

  async learn({ session, label, drawing }: Calls["learn"]["request"], context: Context): Promise<Strokes> {
    return this.#compute(session, context, async ({ session, module }) => {
      const strokes = traced(module, drawing);
      await session.learn(label, strokes);
      return strokes;
    });
  }

  async trace({ session, drawing }: Calls["trace"]["request"], context: Context): Promise<Strokes> {
    return this.#compute(session, context, async ({ module }) => traced(module, drawing));
  }

  async forget({ session, label }: Calls["forget"]["request"], context: Context): Promise<void> {
    return this.#compute(session, context, async ({ session }) => session.forget(label));
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

  /** A step a turn, so that other calls have theirs in between. The session changes at the end, all at once. */
  async fineTune({ session: id, steps, seed }: Calls["fineTune"]["request"], context: Context<"fineTune">) {
    const own = `${id} fine-tuning`;
    const tuning = await this.#compute(id, context, async ({ session }) => session.fineTuning(steps, seed), own);
    try {
      for (;;) {
        const step = await this.#compute(id, context, () => tuning.advance(), own);
        if (!step) break;
        context.progress(step);
        await messages();
      }
      return await this.#compute(
        id,
        context,
        async ({ session }) => {
          await session.adopt(tuning);
          return session.tuned();
        },
        own,
      );
    } finally {
      if (!this.#sessions.get(id)?.fault) tuning.free();
    }
  }

  async retune({ session, tuned }: Calls["retune"]["request"], context: Context): Promise<void> {
    return this.#compute(session, context, ({ session }) => session.retune(tuned));
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
    return this.#turns.run(`${session}`, async () => {
      const opened = this.#sessions.get(session);
      this.#sessions.delete(session);
      if (!opened || opened.fault) return;
      for (const archive of opened.archives.values()) archive.free();
      opened.session.free();
    });
  }

  async #openEngine(kind: EngineKind, request: OpenRequest, context: Context<"open">): Promise<Opened> {
    const { signal, progress } = context;
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

    const weightsUrl =
      request.weights ??
      (request.assets
        ? new URL(`weights/${request.system}.safetensors`, request.assets).href
        : BESIDE.weights[request.system]);
    const [module, weights] = await Promise.all([
      this.#module(kind, request, count("wasm"), signal),
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
      const who = `opening ${this.#nextId++}`;
      const session = await this.#turn(who, kind, signal, async () => {
        const unwatch = kind === "webgpu" ? watchDevices((why) => this.#lose(why)) : () => {};
        return module.Session.open(request.system, tested).finally(unwatch);
      });
      const { support, tuned } = request;
      if (tuned) await this.#turn(who, kind, signal, () => session.retune(tuned));
      for (const { label, drawing } of support) {
        await this.#turn(who, kind, signal, () => session.learn(label, drawing));
      }
      return { kind, module, session, archives: new Map() };
    } catch (error) {
      // Damaged weights are fetched afresh when someone tries again.
      if (typeof weightsUrl === "string" && GlimpseError.from(error).kind === "BadWeights") {
        this.#shared.delete(weightsUrl);
      }
      throw error;
    }
  }

  /** An engine's module, a fresh one if the last trapped. */
  #module(
    kind: EngineKind,
    { assets, wasm }: Pick<OpenRequest, "assets" | "wasm">,
    onbytes: OnBytes,
    signal: AbortSignal,
  ): Promise<EngineModule> {
    const urls = moduleOf(kind, assets);
    const instance = this.#instances.get(kind) ?? 0;
    return this.#once(`${urls.wasm} ${instance}`, signal, () => loadModule(urls, wasm[kind], instance, onbytes, signal));
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

  async #compute<T>(
    id: number,
    { signal }: Pick<Context, "signal">,
    work: (opened: Opened) => Promise<T>,
    who = `${id}`,
  ): Promise<T> {
    const opened = this.#sessions.get(id);
    if (!opened) throw new GlimpseError("Disposed", "This instance was disposed of.");
    return this.#turn(who, opened.kind, signal, () => {
      if (opened.fault) throw opened.fault;
      return work(opened);
    });
  }

  /** Runs `work` when its turn comes. A trap in it, or the loss of its device, ends that engine's sessions, and no others. */
  async #turn<T>(who: string, kind: EngineKind, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(who, async () => {
      signal.throwIfAborted();
      try {
        return await new Promise<T>((resolve, reject) => {
          this.#running = { kind, reject };
          (async () => work())().then(resolve, reject);
        });
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) this.#retire(kind, GlimpseError.from(error));
        throw error;
      } finally {
        this.#running = undefined;
      }
    });
  }

  /** The device of the WebGPU module is gone, and so is what it computes. */
  #lose(why: string): void {
    const fault = new GlimpseError("EngineFailed", `The graphics device was lost${why && ` (${why})`}.`);
    this.#retire("webgpu", fault);
    if (this.#running?.kind === "webgpu") this.#running.reject(fault);
  }

  /** A module that trapped, or lost its device, is not to be trusted: its sessions end, the next one gets a fresh instance. */
  #retire(kind: EngineKind, fault: GlimpseError): void {
    this.#instances.set(kind, (this.#instances.get(kind) ?? 0) + 1);
    for (const opened of this.#sessions.values()) {
      if (opened.kind === kind) opened.fault = fault;
    }
  }
}

/** A drawing as strokes. */
function traced(module: EngineModule, drawing: PlainDrawing): Strokes {
  return "strokes" in drawing ? drawing : module.trace(drawing);
}

/** Lets messages that have arrived be heard. */
function messages(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
