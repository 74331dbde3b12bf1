import { toPlain, type Drawing, type Strokes } from "./drawing.js";
import { GlimpseError } from "./error.js";
import { acquireLink, type CallOptions, type Link } from "./link.js";
import type { Call, Calls, OpenRequest } from "./protocol.js";
import type { Classification, Engine, EngineKind, Progress, System, Trial } from "./types.js";

/** How to load. */
export interface LoadOptions {
  /** Which trained network; `siamese` unless told. */
  system?: System;
  /**
   * Which engine computes. `auto`, the default, is WebGPU where a graphics processor is there and passes the self-test,
   * and otherwise the faster CPU engine. A name takes that engine or fails; a list takes the first that starts.
   * Software-rendered WebGPU is taken only where `webgpu` is asked for by name.
   */
  engine?: "auto" | EngineKind | readonly EngineKind[];
  /** Weights as safetensors, or where to fetch them, instead of the ones that come with the package. */
  weights?: string | URL | Uint8Array | ArrayBuffer;
  /** The folder, ending in `/`, that `wasm/` and `weights/` are fetched from; beside the package's code unless told. */
  assets?: string | URL;
  /** `false` computes in the page itself. Otherwise a worker does, unless the page forbids workers. */
  worker?: boolean;
  /** Hears how far loading is. */
  onprogress?: (progress: Progress) => void;
  /** Gives up loading. */
  signal?: AbortSignal;
  /** For tests: these engines are given a stored self-test embedding that they cannot match. */
  failSelfTest?: readonly EngineKind[];
}

/** What may be added to a call. */
export interface AbortOptions {
  /** Gives up; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Which characters to invent. */
export interface InventOptions {
  /** The same seed invents the same characters, everywhere. A whole number, 0 or more. */
  seed: number;
  /** How many characters. */
  characters: number;
  /** How many people draw each of them. */
  drawers: number;
}

/** What to replay. */
export interface ReplayOptions extends AbortOptions {
  /** Omniglot's `all_runs.zip`. */
  archive: Blob | ArrayBuffer | Uint8Array;
  /** Indices of the runs to replay, from 0; all of them unless told. */
  runs?: readonly number[];
}

const AUTO: readonly EngineKind[] = ["webgpu", "flex", "ndarray"];

/**
 * Recognises characters that were drawn for it once.
 *
 * Every call is answered by an engine in a worker that all instances of a page share; what one instance is taught the
 * others do not know. Calls are answered in the order they are made.
 *
 * @example
 * ```ts
 * const glimpse = await Glimpse.load();
 * await glimpse.learn("alpha", canvas);
 * await glimpse.learn("beta", { strokes: [[10, 10, 40, 80], [40, 80, 70, 10]] });
 * const { ranking } = await glimpse.classify(anotherCanvas);
 * console.log(ranking[0].label, ranking[0].score);
 * glimpse.dispose();
 * ```
 */
export class Glimpse {
  /** The engine that runs, and why others do not. */
  readonly engine: Engine;
  readonly #link: Link;
  readonly #session: number;
  readonly #release: () => void;
  #labels: readonly string[] = [];
  #disposed = false;
  /** Whether a call of `classifyLatest` is being answered, and the newest one after it. */
  #answering = false;
  #waiting: ((turn: boolean) => void) | undefined;

  private constructor(link: Link, release: () => void, { session, engine }: Calls["open"]["reply"]) {
    this.#link = link;
    this.#release = release;
    this.#session = session;
    this.engine = engine;
  }

  /**
   * Downloads an engine and the weights, and makes sure that the engine computes what it should.
   *
   * @throws GlimpseError `BadWeights` if the weights are damaged; `NoAdapter`, `SelfTestFailed` or `LoadFailed` if the one
   * engine asked for cannot run; `EngineFailed` if none can.
   */
  static async load(options: LoadOptions = {}): Promise<Glimpse> {
    const { system = "siamese", engine = "auto", weights, assets, worker = true, signal, onprogress } = options;
    const request: OpenRequest = {
      system,
      engines: engine === "auto" ? AUTO : typeof engine === "string" ? [engine] : engine,
      allowSoftware: engine !== "auto",
      failSelfTest: options.failSelfTest ?? [],
    };
    if (assets !== undefined) request.assets = new URL(assets, document.baseURI).href;
    if (typeof weights === "string" || weights instanceof URL) {
      request.weights = new URL(weights, document.baseURI).href;
    } else if (weights) {
      request.weights = weights instanceof Uint8Array ? weights : new Uint8Array(weights);
    }
    signal?.throwIfAborted();
    const { link, release } = await acquireLink(worker);
    try {
      return new Glimpse(link, release, await link.call("open", request, { signal, onprogress }));
    } catch (error) {
      release();
      throw error;
    }
  }

  /** The labels taught, in the order they were first taught. */
  get labels(): readonly string[] {
    return this.#labels;
  }

  /**
   * Remembers one more drawing of `label`.
   *
   * @throws GlimpseError `EmptyDrawing`, `BadDrawing`, `WrongSize`, `TooLarge` or `BadImage` if the drawing is not one.
   */
  async learn(label: string, drawing: Drawing, options: AbortOptions = {}): Promise<void> {
    this.#labels = await this.#call("learn", { label, drawing: await toPlain(drawing) }, options);
  }

  /** Forgets every drawing of `label`. */
  async forget(label: string): Promise<void> {
    this.#labels = await this.#call("forget", { label });
  }

  /**
   * Ranks the labels by how well their drawings match this one.
   *
   * @throws GlimpseError `NoSupport` or `OneClass` while fewer than two labels are taught; `EmptyDrawing`, `BadDrawing`,
   * `WrongSize`, `TooLarge` or `BadImage` if the drawing is not one.
   */
  async classify(drawing: Drawing, options: AbortOptions = {}): Promise<Classification> {
    return this.#call("classify", { drawing: await toPlain(drawing) }, options);
  }

  /**
   * Like {@link classify}, for drawings that change while they are classified: of the calls that wait for their turn
   * only the newest is answered.
   *
   * @returns the answer, or `undefined` if a newer call took this one's place
   */
  async classifyLatest(drawing: Drawing, options: AbortOptions = {}): Promise<Classification | undefined> {
    const plain = await toPlain(drawing);
    this.#passTurn(false);
    if (this.#answering && !(await new Promise<boolean>((turn) => (this.#waiting = turn)))) return undefined;
    this.#answering = true;
    try {
      return await this.#call("classify", { drawing: plain }, options);
    } finally {
      this.#answering = this.#passTurn(true);
    }
  }

  /** Tells the call that waits, if there is one, whether its turn came. */
  #passTurn(turn: boolean): boolean {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(turn);
    return waiting !== undefined;
  }

  /** The encoder's features of a drawing, unit-free numbers. Errors are those of {@link learn}. */
  async embed(drawing: Drawing, options: AbortOptions = {}): Promise<Float32Array> {
    return this.#call("embed", { drawing: await toPlain(drawing) }, options);
  }

  /** The drawing as the encoder sees it: 28 × 28 grey, row after row, 255 = ink. Errors are those of {@link learn}. */
  async preview(drawing: Drawing, options: AbortOptions = {}): Promise<Uint8Array> {
    return this.#call("preview", { drawing: await toPlain(drawing) }, options);
  }

  /** Invents characters that belong to no script. The answer holds, for each character, its drawing by each drawer. */
  async invent(options: InventOptions): Promise<Strokes[][]> {
    return this.#call("invent", options);
  }

  /**
   * Replays Omniglot's official one-shot runs (Lake, Salakhutdinov and Tenenbaum 2015), 20 trials each: which of 20
   * characters, each drawn once, is the query? What was taught plays no part.
   *
   * @throws GlimpseError `BadArchive`, `BadImage`, `BadLabels` or `WrongSize` if the archive is not what it should be.
   */
  async *replay({ archive, runs, signal }: ReplayOptions): AsyncGenerator<Trial, void, undefined> {
    const bytes = archive instanceof Uint8Array ? archive : new Uint8Array(await new Response(archive).arrayBuffer());
    const opened = await this.#call("openRuns", { archive: bytes }, { signal });
    const replayRun = (run: number) => this.#call("replayRun", { runs: opened.runs, run }, { signal });
    try {
      const wanted = runs ?? Array.from({ length: opened.length }, (_, run) => run);
      // The engine is one run ahead of what is shown.
      let ahead: ReturnType<typeof replayRun> | undefined;
      for (const [i, run] of wanted.entries()) {
        const { trials, pictures } = await (ahead ?? replayRun(run));
        const next = wanted[i + 1];
        ahead = next === undefined ? undefined : replayRun(next);
        ahead?.catch(() => {});
        for (const trial of trials) {
          yield { ...trial, pictures };
          signal?.throwIfAborted();
        }
      }
    } finally {
      if (!this.#disposed) await this.#call("closeRuns", { runs: opened.runs });
    }
  }

  /** Frees what this instance holds. Calls made before are still answered. The worker ends with the last instance. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#link.call("close", { session: this.#session }).then(this.#release, this.#release);
  }

  async #call<C extends Exclude<Call, "open">>(
    call: C,
    request: Omit<Calls[C]["request"], "session">,
    options: CallOptions = {},
  ): Promise<Calls[C]["reply"]> {
    if (this.#disposed) throw new GlimpseError("Disposed", "This instance was disposed of.");
    return this.#link.call(call, { ...request, session: this.#session } as Calls[C]["request"], options);
  }
}
