import { findAdapter } from "./adapter.js";
import type { OpenedEngine, Sources } from "./calls.js";
import { download, type OnBytes } from "./download.js";
import { GlimpseError } from "./error.js";
import {
  BESIDE,
  demandWebAssembly,
  loadModule,
  moduleOf,
  type ArchivesModule,
  type EngineModule,
  type EngineSession,
} from "./modules.js";
import { twice } from "./twice.js";
import type { EngineKind, Progress, System } from "./types.js";

/** An engine that is open, with a network and what it was taught. */
export interface Running extends OpenedEngine {
  module: EngineModule;
  session: EngineSession;
}

/** Runs a piece of work on an engine when its turn comes. */
export type Turn = <T>(kind: EngineKind, work: () => Promise<T>) => Promise<T>;

/** Fetches modules and weights, each once, and opens engines by them. */
export class Engines {
  readonly #fetched = new Map<string, Promise<unknown>>();
  /** Distinguishes copies of the modules: each has a memory of its own. */
  readonly #instance: number;
  readonly #onlost: (why: string) => void;

  /**
   * @param instance which copy of the modules to load, from 0
   * @param onlost called with why a graphics device of an engine is lost
   */
  constructor(instance: number, onlost: (why: string) => void) {
    this.#instance = instance;
    this.#onlost = onlost;
  }

  /** An engine's module, ready to compute. */
  async module(
    kind: EngineKind,
    { assets, wasm }: Sources,
    signal: AbortSignal,
    onbytes: OnBytes = () => {},
  ): Promise<EngineModule> {
    const urls = moduleOf(kind, assets);
    return this.#once(urls.wasm, signal, async () => {
      const module = await loadModule<EngineModule>(urls, wasm[kind], this.#instance, onbytes, signal);
      module.whenDeviceLost?.(this.#onlost);
      return module;
    });
  }

  /** The module that reads published data. */
  async archives({ assets, wasm }: Sources, signal: AbortSignal): Promise<ArchivesModule> {
    const urls = moduleOf("archives", assets);
    return this.#once(urls.wasm, signal, () => loadModule(urls, wasm.archives, this.#instance, () => {}, signal));
  }

  /**
   * Opens an engine with a system's weights and has it test itself.
   *
   * @throws GlimpseError `NoWebAssembly`, `NoAdapter`, `LoadFailed`, `BadWeights`, `SelfTestFailed` or `EngineFailed`
   */
  async open(
    kind: EngineKind,
    system: System,
    sources: Sources,
    signal: AbortSignal,
    turn: Turn,
    onprogress: (progress: Progress) => void = () => {},
  ): Promise<Running> {
    demandWebAssembly();
    const adapter = kind === "webgpu" ? await findAdapter(true) : undefined;
    const arrived: Record<"wasm" | "weights", { loaded: number; total: number | undefined }> = {
      wasm: { loaded: 0, total: undefined },
      weights: { loaded: 0, total: undefined },
    };
    const report = (phase: Progress["phase"]): void => {
      const { wasm, weights } = arrived;
      const loaded = wasm.loaded + weights.loaded;
      const total = wasm.total === undefined || weights.total === undefined ? undefined : wasm.total + weights.total;
      onprogress({ phase, engine: kind, loaded, ...(total !== undefined && { total }) });
    };
    const count = (part: "wasm" | "weights") => (loaded: number, total: number | undefined) => {
      arrived[part] = { loaded, total };
      report("download");
    };
    const { weights: own, assets } = sources;
    const source = own ?? (assets ? new URL(`weights/${system}.safetensors`, assets).href : BESIDE.weights[system]);
    const [module, weights] = await Promise.all([
      this.module(kind, sources, signal, count("wasm")),
      typeof source === "string" ? this.#weights(source, signal, count("weights")) : source,
    ]);
    report("start");
    try {
      const session = await turn(kind, () => module.Session.open(system, weights));
      return { kind, ...(adapter && { adapter }), selfTestError: session.selfTestError(), module, session };
    } catch (error) {
      // Damaged weights are fetched afresh when someone tries again.
      if (typeof source === "string" && GlimpseError.from(error).kind === "BadWeights") this.#fetched.delete(source);
      throw error;
    }
  }

  #weights(url: string, signal: AbortSignal, onbytes: OnBytes): Promise<Uint8Array> {
    const load = async (): Promise<Uint8Array> => {
      const response = await download(url, onbytes, signal);
      return new Uint8Array(await response.arrayBuffer());
    };
    return this.#once(url, signal, () => twice(load, signal));
  }

  /** Loads something at most once, whoever asks, as long as it does not fail. */
  async #once<T>(key: string, signal: AbortSignal, load: () => Promise<T>): Promise<T> {
    for (;;) {
      const loading = (this.#fetched.get(key) as Promise<T> | undefined) ?? load();
      this.#fetched.set(key, loading);
      try {
        return await loading;
      } catch (error) {
        if (this.#fetched.get(key) === loading) this.#fetched.delete(key);
        signal.throwIfAborted();
        const otherGaveUp = error instanceof DOMException && error.name === "AbortError";
        if (!otherGaveUp) throw error;
      }
    }
  }
}
