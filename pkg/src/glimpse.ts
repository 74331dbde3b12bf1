import type { ArchiveKind, Call, Calls, OpenRequest } from "./calls.js";
import { toPlain, type Drawing, type PlainDrawing, type Strokes } from "./drawing.js";
import { GlimpseError } from "./error.js";
import { Latest } from "./latest.js";
import { acquireLink, type CallOptions, type Link } from "./link.js";
import type {
  Classification,
  Engine,
  EngineKind,
  FeatureMap,
  Progress,
  Protocol,
  ReplayProgress,
  System,
  Trial,
} from "./types.js";

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

/** A published file, as it was fetched or chosen. */
export type ArchiveFile = Blob | ArrayBuffer | Uint8Array;

/** What to replay. */
export interface ReplayOptions extends AbortOptions {
  /** How episodes are made; `official` unless told. */
  protocol?: Protocol;
  /**
   * The data: Omniglot's `all_runs.zip` for `official`; MNIST's two t10k files, gzip or not, for `mnist`; Omniglot's
   * `images_evaluation.zip` for the others. The last archive of each kind is kept, so the same object is read once.
   */
  archive: ArchiveFile | { images: ArchiveFile; labels: ArchiveFile };
  /** Together with its number it makes an episode: the same drawings everywhere. A whole number; 0 unless told. */
  seed?: number;
  /** How many episodes, from 0 on, or the numbers of those wanted; 20 of `official`, 100 of any other, unless told. */
  episodes?: number | readonly number[];
  /** Hears how far it is. */
  onprogress?: (progress: ReplayProgress) => void;
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
  /** The trained network that answers. */
  readonly system: System;
  /** The engine that runs, and why others do not. */
  readonly engine: Engine;
  readonly #link: Link;
  readonly #session: number;
  readonly #release: () => void;
  #labels: readonly string[] = [];
  #disposed = false;
  /** Settles when the last call is on its way. */
  #sending: Promise<unknown> = Promise.resolve();
  readonly #classifying = new Latest();
  readonly #mapping = new Latest();
  /** The last archive of each kind, as the engine holds it. */
  readonly #archives = new Map<ArchiveKind, { files: readonly ArchiveFile[]; archive: Promise<number> }>();

  private constructor(link: Link, release: () => void, system: System, { session, engine }: Calls["open"]["reply"]) {
    this.#link = link;
    this.#release = release;
    this.system = system;
    this.#session = session;
    this.engine = engine;
  }

  /**
   * Downloads an engine and the weights, and makes sure that the engine computes what it should.
   *
   * @throws GlimpseError `NoSystem` if there is no such system; `BadWeights` if the weights are damaged or another
   * system's; `NoAdapter`, `SelfTestFailed` or `LoadFailed` if the one engine asked for cannot run; `EngineFailed` if
   * none can.
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
      return new Glimpse(link, release, system, await link.call("open", request, { signal, onprogress }));
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
    this.#labels = await this.#call("learn", withPlain(drawing, { label }), options);
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
    return this.#call("classify", withPlain(drawing, {}), options);
  }

  /**
   * Like {@link classify}, for drawings that change while they are classified: of the calls that wait for their turn
   * only the newest is answered.
   *
   * @returns the answer, or `undefined` if a newer call took this one's place
   */
  async classifyLatest(drawing: Drawing, options: AbortOptions = {}): Promise<Classification | undefined> {
    const plain = await toPlain(drawing);
    return this.#classifying.run(() => this.#call("classify", { drawing: plain }, options));
  }

  /**
   * Where the drawings taught lie in the space of features, and where a query would. The support alone decides which
   * way the map is laid: it stays while the query moves.
   *
   * @throws GlimpseError `NoSupport` while nothing is taught; for the query those of {@link learn}.
   */
  async map(query?: Drawing, options: AbortOptions = {}): Promise<FeatureMap> {
    return this.#call("map", query ? toPlain(query).then((query) => ({ query })) : {}, options);
  }

  /**
   * Like {@link map}, for queries that change meanwhile: of the calls that wait for their turn only the newest is
   * answered.
   *
   * @returns the answer, or `undefined` if a newer call took this one's place
   */
  async mapLatest(query: Drawing, options: AbortOptions = {}): Promise<FeatureMap | undefined> {
    const plain = await toPlain(query);
    return this.#mapping.run(() => this.#call("map", { query: plain }, options));
  }

  /** The encoder's features of a drawing, unit-free numbers. Errors are those of {@link learn}. */
  async embed(drawing: Drawing, options: AbortOptions = {}): Promise<Float32Array> {
    return this.#call("embed", withPlain(drawing, {}), options);
  }

  /** The drawing as the encoder sees it: 32 × 32 grey, row after row, 255 = ink. Errors are those of {@link learn}. */
  async preview(drawing: Drawing, options: AbortOptions = {}): Promise<Uint8Array> {
    return this.#call("preview", withPlain(drawing, {}), options);
  }

  /** Invents characters that belong to no script. The answer holds, for each character, its drawing by each drawer. */
  async invent(options: InventOptions): Promise<Strokes[][]> {
    return this.#call("invent", options);
  }

  /**
   * Replays episodes of published data, trial by trial: which of the support's characters is the query? What was taught
   * plays no part.
   *
   * @example
   * ```ts
   * const archive = await (await fetch("images_evaluation.zip")).blob();
   * for await (const { correct } of glimpse.replay({ protocol: "random-20-way-1-shot", archive })) count(correct);
   * ```
   *
   * @throws GlimpseError `BadArchive`, `BadImage`, `BadLabels` or `WrongSize` if the archive is not what the protocol
   * needs; `NoEpisode` if it has no such episode.
   */
  async *replay(options: ReplayOptions): AsyncGenerator<Trial, void, undefined> {
    const { protocol = "official", seed = 0, signal, onprogress } = options;
    const { episodes = protocol === "official" ? 20 : 100 } = options;
    const wanted = typeof episodes === "number" ? Array.from({ length: episodes }, (_, episode) => episode) : episodes;
    const progress = (phase: ReplayProgress["phase"], episodes: number): void =>
      onprogress?.({ phase, episodes, total: wanted.length });

    progress("read", 0);
    signal?.throwIfAborted();
    const archive = await orAbort(this.#read(protocol, options.archive), signal);
    progress("replay", 0);
    const replayEpisode = (episode: number) =>
      this.#call("replayEpisode", { archive, protocol, seed, episode }, { signal });
    // The engine is one episode ahead of what is shown.
    let ahead: ReturnType<typeof replayEpisode> | undefined;
    for (const [i, episode] of wanted.entries()) {
      const { trials, pictures } = await (ahead ?? replayEpisode(episode));
      progress("replay", i + 1);
      const next = wanted[i + 1];
      ahead = next === undefined ? undefined : replayEpisode(next);
      ahead?.catch(() => {});
      for (const trial of trials) {
        yield { ...trial, pictures };
        signal?.throwIfAborted();
      }
    }
  }

  /** Has the engine read an archive, unless it holds it. Another one of its kind is let go. */
  #read(protocol: Protocol, source: ReplayOptions["archive"]): Promise<number> {
    const kind = protocol === "official" || protocol === "mnist" ? protocol : "evaluation";
    const files = "images" in source ? [source.images, source.labels] : [source];
    if (files.length !== (kind === "mnist" ? 2 : 1)) {
      throw new GlimpseError("BadArchive", `${protocol} needs other files: see ReplayOptions.archive.`);
    }
    const held = this.#archives.get(kind);
    if (held && files.every((file, i) => file === held.files[i])) return held.archive;

    const archive = (async () => {
      const bytes = await Promise.all(files.map(toBytes));
      return this.#call("openArchive", { kind, files: bytes });
    })();
    held?.archive.then((archive) => this.#call("closeArchive", { archive })).catch(() => {});
    this.#archives.set(kind, { files, archive });
    archive.catch(() => {
      if (this.#archives.get(kind)?.archive === archive) this.#archives.delete(kind);
    });
    return archive;
  }

  /** Frees what this instance holds. Calls made before are still answered. The worker ends with the last instance. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const close = () => this.#link.call("close", { session: this.#session });
    this.#sending.then(close).then(this.#release, this.#release);
  }

  /** Calls reach the engine in the order they are made, however long a drawing takes to decode. */
  async #call<C extends Exclude<Call, "open">>(
    call: C,
    request: Unaddressed<C> | Promise<Unaddressed<C>>,
    options: CallOptions = {},
  ): Promise<Calls[C]["reply"]> {
    if (this.#disposed) throw new GlimpseError("Disposed", "This instance was disposed of.");
    const ready = Promise.all([request, this.#sending]).then(([request]) => request);
    this.#sending = ready.catch(() => {});
    const addressed = { ...(await ready), session: this.#session } as Calls[C]["request"];
    return this.#link.call(call, addressed, options);
  }
}

/** A request that does not say yet whose it is. */
type Unaddressed<C extends Call> = Omit<Calls[C]["request"], "session">;

async function withPlain<T extends object>(drawing: Drawing, request: T): Promise<T & { drawing: PlainDrawing }> {
  return { ...request, drawing: await toPlain(drawing) };
}

async function toBytes(file: ArchiveFile): Promise<Uint8Array> {
  return file instanceof Uint8Array ? file : new Uint8Array(await new Response(file).arrayBuffer());
}

/** What a promise gives, unless the signal gives up on it before. */
async function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal?.removeEventListener("abort", abort));
  });
}
