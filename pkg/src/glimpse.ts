import type { ArchiveKind, Call, Calls, OpenRequest } from "./calls.js";
import { packCollection, unpackCollection, type Example } from "./collection.js";
import { toPlain, type Drawing, type PlainDrawing, type Strokes } from "./drawing.js";
import { GlimpseError } from "./error.js";
import { Latest } from "./latest.js";
import { acquireLink, type CallOptions, type Link } from "./link.js";
import { fastest, measurePace, recall, remember, type Paces } from "./pace.js";
import type { Classified } from "./modules.js";
import type {
  Classification,
  Engine,
  EngineKind,
  FeatureMap,
  FineTuneProgress,
  FineTuneStep,
  FineTuning,
  Measured,
  Pace,
  Progress,
  Protocol,
  Ranked,
  Recovery,
  ReplayProgress,
  System,
  Trial,
  Work,
} from "./types.js";

/** How to load. */
export interface LoadOptions {
  /** Which trained network; `siamese` unless told. */
  system?: System;
  /**
   * Which engine computes. `auto`, the default, starts with the CPU. Where there is a graphics processor, both are then
   * timed on the same work, once in a browser, and each kind of work is done by the one that is faster at it. A name takes
   * that engine or fails; a list takes the first that starts.
   */
  engine?: "auto" | EngineKind | readonly EngineKind[];
  /** Whether `auto` also considers a graphics adapter that is only software, which is hardly ever faster; `false` unless told. */
  allowSoftware?: boolean;
  /** Weights as safetensors, or where to fetch them, instead of the ones that come with the package. */
  weights?: string | URL | Uint8Array | ArrayBuffer;
  /**
   * Engines' modules by name, as bytes or compiled, or where to fetch them, instead of the ones that come with the package:
   * `{ simd: bytes }`. Each must be of this version of the package; an engine is loaded once, by the first who asks.
   */
  wasm?: Partial<Record<EngineKind, string | URL | Uint8Array | ArrayBuffer | WebAssembly.Module>>;
  /** The folder, ending in `/`, that `wasm/` and `weights/` are fetched from; beside the package's code unless told. */
  assets?: string | URL;
  /**
   * `false` computes in the page itself. Otherwise a worker does, unless the page forbids workers: the one that all instances
   * share, or, with a name, one that instances share which give the same name.
   */
  worker?: boolean | string;
  /** What it knows from the start, as {@link Glimpse.examples} gives it. */
  support?: readonly Example[];
  /** Fine-tuned weights of this system, as {@link Glimpse.tunedWeights} gives them. */
  tuned?: Uint8Array;
  /** Hears how far loading is. */
  onprogress?: (progress: Progress) => void;
  /** Hears that an engine stopped, and which one goes on with what was taught. */
  onrecover?: (recovery: Recovery) => void;
  /** Hears that engines were timed, or that another one classifies from now on: see {@link Glimpse.engine}. */
  onengine?: (engine: Engine) => void;
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

/** How to fine-tune. */
export interface FineTuneOptions extends AbortOptions {
  /** How many steps; as many as were found to do well unless told. */
  steps?: number;
  /** The same seed and drawings give the same steps, on every engine but for rounding. A whole number, 0 or more. */
  seed?: number;
  /** Hears of the network before, at step 0, and of every step. */
  onstep?: (progress: FineTuneProgress) => void;
}

/** Which characters to invent. */
export interface InventOptions extends AbortOptions {
  /** The same seed invents the same characters, everywhere. A whole number, 0 or more. */
  seed: number;
  /** How many characters. */
  characters: number;
  /** How many people draw each of them. */
  drawers: number;
}

/** A published file, as it was fetched or chosen. */
export type ArchiveFile = Blob | ArrayBuffer | Uint8Array;

/** MNIST's two files. */
export interface DigitFiles {
  /** The digits' pictures. */
  images: ArchiveFile;
  /** Which digit each is. */
  labels: ArchiveFile;
}

/** What to replay. */
export interface ReplayOptions extends AbortOptions {
  /** How episodes are made; `official` unless told. */
  protocol?: Protocol;
  /**
   * The data: Omniglot's `all_runs.zip` for `official`; MNIST's two t10k files, gzip or not, for `mnist`; Omniglot's
   * `images_evaluation.zip` for the others. The last archive of each kind is kept, so the same object is read once.
   */
  archive: ArchiveFile | DigitFiles;
  /** Together with its number it makes an episode: the same drawings everywhere. A whole number; 0 unless told. */
  seed?: number;
  /** How many episodes, from 0 on, or the numbers of those wanted; 20 of `official`, 100 of any other, unless told. */
  episodes?: number | readonly number[];
  /** How many workers replay side by side; 2 where the processor has cores to spare, else 1, unless told. */
  workers?: number;
  /** Hears how far it is. */
  onprogress?: (progress: ReplayProgress) => void;
}

/** The engines of the CPU, fastest first. */
const CPU: readonly EngineKind[] = ["simd", "flex", "ndarray"];
/** Those that learn. */
const LEARNING: readonly EngineKind[] = ["flex", "ndarray"];

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
  readonly #options: LoadOptions;
  #connection: Promise<Connection>;
  #engine: Engine;
  #support: readonly Example[] = [];
  #tuned: Uint8Array | undefined;
  /** The weights that fine-tuning took the place of. */
  #untuned: { weights: Uint8Array | undefined } | undefined;
  #disposed = false;
  /** Settles when the last call is on its way. */
  #sending: Promise<unknown> = Promise.resolve();
  /** Replies that are still to come. */
  readonly #awaited = new Set<Promise<unknown>>();
  /** Fine-tunings that this engine is at. */
  #tunings = 0;
  readonly #classifying = new Latest();
  readonly #mapping = new Latest();
  /** The last archive of each kind, as the engine holds it. */
  readonly #archives = new Map<ArchiveKind, { files: readonly ArchiveFile[]; archive: Promise<number> }>();

  private constructor(options: LoadOptions, system: System, connection: Connection) {
    this.#options = options;
    this.system = system;
    this.#connection = Promise.resolve(connection);
    this.#engine = connection.engine;
    this.#support = [...(options.support ?? [])];
    this.#tuned = options.tuned;
  }

  /**
   * Downloads an engine and the weights, and makes sure that the engine computes what it should.
   *
   * @throws GlimpseError `NoSystem` if there is no such system; `NoWebAssembly` if the browser or the page's policy allows
   * none; `BadWeights` if the weights are damaged or another system's; `NoAdapter`, `SelfTestFailed` or `LoadFailed` if
   * the one engine asked for cannot run; `EngineFailed` if none can.
   */
  static async load(options: LoadOptions = {}): Promise<Glimpse> {
    const { system = "siamese", engine = "auto" } = options;
    if (engine !== "auto") {
      const engines = typeof engine === "string" ? [engine] : engine;
      return new Glimpse(options, system, await connect(options, engines));
    }
    const { worker = true, allowSoftware = false, signal } = options;
    // Held, so that the worker lives on between the two calls.
    const { link, release } = await acquireLink(worker);
    try {
      const graphics = await link.call("findAdapter", { allowSoftware }, { signal }).catch(GlimpseError.from);
      signal?.throwIfAborted();
      if (graphics instanceof GlimpseError) {
        const connection = await connect(options, CPU);
        const { refused } = connection.engine;
        connection.engine = { ...connection.engine, refused: [{ kind: "webgpu", why: graphics.message }, ...refused] };
        return new Glimpse(options, system, connection);
      }
      const paces = recall(graphics, system);
      const first = paces && fastest(paces, "classify");
      const connection = await connect(options, first ? [first, ...CPU.filter((kind) => kind !== first)] : CPU);
      if (paces) connection.engine = { ...connection.engine, paces };
      const glimpse = new Glimpse(options, system, connection);
      if (!paces) void glimpse.#compare(graphics);
      return glimpse;
    } finally {
      release();
    }
  }

  /**
   * Loads what {@link save} saved: the same system, support and weights, on any engine.
   *
   * @throws GlimpseError `BadCollection` if the file is damaged, no collection, or a newer version's; and what
   * {@link load} throws.
   */
  static async restore(file: Blob | ArrayBuffer | Uint8Array, options: LoadOptions = {}): Promise<Glimpse> {
    const { system = options.system ?? "siamese", support, tuned } = await unpackCollection(await toBytes(file));
    const weights = tuned[system];
    return Glimpse.load({ ...options, system, support, ...(weights && { tuned: weights }) });
  }

  /** The engine that runs, and why others do not. */
  get engine(): Engine {
    return this.#engine;
  }

  /** The drawings taught, in the order taught. */
  get examples(): readonly Example[] {
    return this.#support;
  }

  /** The labels taught, in the order they were first taught. */
  get labels(): readonly string[] {
    return [...new Set(this.#support.map(({ label }) => label))];
  }

  /** The weights that fine-tuning changed, as safetensors; `undefined` while the trained ones answer. */
  get tunedWeights(): Uint8Array | undefined {
    return this.#tuned;
  }

  /**
   * Remembers one more drawing of `label`.
   *
   * @throws GlimpseError `EmptyDrawing`, `BadDrawing`, `WrongSize`, `TooLarge` or `BadImage` if the drawing is not one.
   */
  async learn(label: string, drawing: Drawing, options: AbortOptions = {}): Promise<void> {
    const plain = toPlain(drawing);
    const strokes = await this.#call("learn", plain.then((drawing) => ({ label, drawing })), options);
    this.#support = [...this.#support, { label, drawing: strokes }];
  }

  /** Forgets every drawing of `label`. */
  async forget(label: string, options: AbortOptions = {}): Promise<void> {
    await this.#call("forget", { label }, options);
    this.#support = this.#support.filter((example) => example.label !== label);
  }

  /**
   * The centre lines of a picture's ink, in pixels of a working size; strokes come back as they are. Either is the same
   * drawing to the network. Errors are those of {@link learn}.
   */
  async trace(drawing: Drawing, options: AbortOptions = {}): Promise<Strokes> {
    return this.#call("trace", withPlain(drawing, {}), options);
  }

  /**
   * Has the network learn from the drawings it was taught: by its system's own objective, on variations of them, for
   * some steps. Other variations are held out to measure on, and the network that does best on those goes on, be it the one
   * before. Other calls are answered in between. An abort leaves everything as it was.
   *
   * @example
   * ```ts
   * const { before, after } = await glimpse.fineTune({ onstep: ({ step, steps }) => show(step / steps) });
   * ```
   *
   * @throws GlimpseError `OneClass` while fewer than two labels are taught; `Diverged` if the loss is no number any more.
   */
  async fineTune(options: FineTuneOptions = {}): Promise<FineTuning> {
    const faster = await this.#faster("fineTune", options.signal);
    if (!faster) return this.#fineTune(options);
    try {
      const result = await faster.#fineTune(options);
      const before = this.#tuned;
      await this.adoptWeights(faster.#tuned);
      this.#untuned = { weights: before };
      return result;
    } finally {
      faster.dispose();
    }
  }

  async #fineTune(options: FineTuneOptions): Promise<FineTuning> {
    const { steps, seed, onstep, signal } = options;
    const started = performance.now();
    const losses: number[] = [];
    const measured = new Map<number, Measured>();
    let best = 0;
    let firstDone = started;
    const onprogress = (progress: FineTuneStep): void => {
      const { step, steps, loss } = progress;
      // Another engine took over, and begins anew.
      if (step === 0) losses.length = 0;
      if (step <= 1) firstDone = performance.now();
      if (loss !== undefined) losses.push(loss);
      if (progress.measured) measured.set(step, progress.measured);
      best = progress.best;
      const pace = (performance.now() - firstDone) / (step - 1);
      onstep?.({ ...progress, ...(step > 1 && { secondsLeft: (pace * (steps - step)) / 1000 }) });
    };
    const request = { ...(steps !== undefined && { steps }), ...(seed !== undefined && { seed }) };
    this.#tunings += 1;
    const tuned = await this.#call("fineTune", request, { signal, onprogress })
      .catch(async (error: unknown) => {
        // An abort may have come too late for the engine.
        if (signal?.aborted) await this.#call("retune", this.#tuned ? { tuned: this.#tuned } : {});
        throw error;
      })
      .finally(() => (this.#tunings -= 1));
    this.#untuned = { weights: this.#tuned };
    this.#tuned = tuned;
    const [before, after] = [measured.get(0)!, measured.get(best)!];
    return { before, after, losses, best, millis: performance.now() - started };
  }

  /** Fetches what {@link fineTune} needs and this engine lacks, so that it begins at once. Nothing is lost if it fails. */
  async prepareFineTuning({ signal }: AbortOptions = {}): Promise<void> {
    if (this.#engine.kind !== "simd") return;
    const { link } = await this.#connection;
    await link.call("prepare", { engine: LEARNING[0]!, ...sources(this.#options) }, { signal });
  }

  /** Goes back to the weights before the last fine-tuning. @returns whether there were any */
  async undoFineTune(options: AbortOptions = {}): Promise<boolean> {
    if (!this.#untuned) return false;
    await this.adoptWeights(this.#untuned.weights, options);
    return true;
  }

  /**
   * Puts weights that fine-tuning changed, as {@link tunedWeights} gave them, into place; without any, the trained ones.
   *
   * @throws GlimpseError `BadWeights` if they are damaged or another system's. The weights then stay as they are.
   */
  async adoptWeights(tuned?: Uint8Array, options: AbortOptions = {}): Promise<void> {
    await this.#call("retune", tuned ? { tuned } : {}, options);
    this.#tuned = tuned;
    this.#untuned = undefined;
  }

  /** All that was taught and fine-tuned, as one file: see {@link restore}. @param name in the visitor's own words */
  async save(name?: string): Promise<Uint8Array> {
    const tuned = this.#tuned ? { [this.system]: this.#tuned } : {};
    return packCollection({ ...(name !== undefined && { name }), system: this.system, support: this.#support, tuned });
  }

  /**
   * Ranks the labels by how well their drawings match this one.
   *
   * @throws GlimpseError `NoSupport` or `OneClass` while fewer than two labels are taught; `EmptyDrawing`, `BadDrawing`,
   * `WrongSize`, `TooLarge` or `BadImage` if the drawing is not one.
   */
  async classify(drawing: Drawing, options: AbortOptions = {}): Promise<Classification> {
    return this.#ranked(await this.#call("classify", withPlain(drawing, {}), options));
  }

  /**
   * Like {@link classify}, for drawings that change while they are classified: of the calls that wait for their turn
   * only the newest is answered.
   *
   * @returns the answer, or `undefined` if a newer call took this one's place
   */
  async classifyLatest(drawing: Drawing, options: AbortOptions = {}): Promise<Classification | undefined> {
    const plain = await toPlain(drawing);
    const classified = await this.#classifying.run(() => this.#call("classify", { drawing: plain }, options));
    return classified && this.#ranked(classified);
  }

  /** An engine's answer in the words of those who taught it. */
  #ranked({ order, scores, likeness, millis }: Classified): Classification {
    const { labels } = this;
    const ranked = (label: number, i: number): Ranked => ({ label: labels[label]!, score: scores[i]!, likeness: likeness[i]! });
    return { ranking: Array.from(order, ranked), millis };
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
  async invent({ signal, ...options }: InventOptions): Promise<Strokes[][]> {
    return this.#call("invent", options, { signal });
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
    const { workers = globalThis.navigator?.hardwareConcurrency > 2 ? 2 : 1, signal } = options;
    const faster = await this.#faster("replay", signal);
    const crew = [faster ?? this];
    try {
      const { kind: engine } = crew[0]!.#engine;
      const tuned = this.#tuned && { tuned: this.#tuned };
      while (crew.length < workers && this.#options.worker !== false) {
        const worker = `replay ${crew.length}`;
        crew.push(await Glimpse.load({ ...bare(this.#options), ...tuned, engine, worker, ...(signal && { signal }) }));
      }
      yield* this.#replay(crew, options);
    } finally {
      for (const helper of crew) if (helper !== this) helper.dispose();
    }
  }

  /** Replays episodes by a crew of instances, each with the next that waits. */
  async *#replay(crew: readonly Glimpse[], options: ReplayOptions): AsyncGenerator<Trial, void, undefined> {
    const { protocol = "official", seed = 0, signal, onprogress } = options;
    const { episodes = protocol === "official" ? 20 : 100 } = options;
    const wanted = typeof episodes === "number" ? Array.from({ length: episodes }, (_, episode) => episode) : episodes;
    const progress = (phase: ReplayProgress["phase"], episodes: number): void =>
      onprogress?.({ phase, episodes, total: wanted.length });

    progress("read", 0);
    signal?.throwIfAborted();
    await orAbort(Promise.all(crew.map((one) => one.#read(protocol, options.archive))), signal);
    progress("replay", 0);
    const replayed = (i: number) => {
      const one = crew[i % crew.length]!;
      // Where another engine takes over, it reads the archive anew.
      const request = async () => {
        const archive = await one.#read(protocol, options.archive);
        return { archive, protocol, seed, episode: wanted[i]! };
      };
      const episode = one.#call("replayEpisode", request, { signal });
      episode.catch(() => {});
      return episode;
    };
    // Each engine is one episode ahead of what is shown.
    const ahead: ReturnType<typeof replayed>[] = [];
    for (let next = 0, shown = 0; shown < wanted.length; ) {
      while (next < wanted.length && ahead.length <= crew.length) ahead.push(replayed(next++));
      const { trials, pictures } = await ahead.shift()!;
      progress("replay", (shown += 1));
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
    void this.#sending.then(async () => disconnect(await this.#connection)).catch(() => {});
  }

  /**
   * Calls reach the engine in the order they are made, however long a drawing takes to decode. One that the engine stops
   * at is made once more, to the engine that takes over.
   */
  async #call<C extends Exclude<Call, "open" | "prepare" | "findAdapter">>(
    call: C,
    request: Unaddressed<C> | Promise<Unaddressed<C>> | (() => Promise<Unaddressed<C>>),
    options: CallOptions<C> = {},
  ): Promise<Calls[C]["reply"]> {
    if (this.#disposed) throw new GlimpseError("Disposed", "This instance was disposed of.");
    // A function asks the engine for something itself: in its turn, or the two would wait for each other.
    const ready = Promise.all([typeof request === "function" ? undefined : request, this.#connection, this.#sending]);
    this.#sending = ready.catch(() => {});
    const [made, connection] = await ready;
    const send = async ({ link, session }: Connection) => {
      const plain = typeof request === "function" ? await request() : made;
      const reply = link.call(call, { ...plain, session } as Calls[C]["request"], options);
      this.#awaited.add(reply);
      return reply.finally(() => this.#awaited.delete(reply));
    };
    try {
      return await send(connection);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (this.#disposed || !(error instanceof GlimpseError) || error.kind !== "EngineFailed") throw error;
      return send(await this.#recover(connection, error));
    }
  }

  /** An instance with the same weights and support on the engine that does this work faster than this one's, if one does. */
  async #faster(work: Work, signal: AbortSignal | undefined): Promise<Glimpse | undefined> {
    const { kind, paces = {} } = this.#engine;
    const fastestHere = fastest(paces, work) ?? kind;
    const engine = work === "fineTune" && fastestHere === "simd" ? LEARNING : fastestHere;
    if (engine === kind) return undefined;
    const { onrecover } = this.#options;
    const options = { ...bare(this.#options), ...this.#known, engine };
    try {
      return await Glimpse.load({ ...options, ...(onrecover && { onrecover }), ...(signal && { signal }) });
    } catch (error) {
      signal?.throwIfAborted();
      if (engine === LEARNING) throw error;
      // It does not start any more; this one does the work.
      return work === "fineTune" && kind === "simd" ? Glimpse.load({ ...options, engine: LEARNING }) : undefined;
    }
  }

  /** Times the graphics processor against the CPU, and has the faster one classify from then on. */
  async #compare(adapter: string): Promise<void> {
    const timed = async (engine: EngineKind): Promise<Pace> => {
      const instance = await Glimpse.load({ ...bare(this.#options), engine });
      try {
        return await measurePace(instance);
      } finally {
        instance.dispose();
      }
    };
    const { kind } = this.#engine;
    try {
      const paces = { [kind]: await timed(kind), webgpu: await timed("webgpu") };
      remember(adapter, this.system, paces);
      if (this.#disposed || this.#engine.kind !== kind) return;
      this.#engine = { ...this.#engine, paces };
      if (fastest(paces, "classify") === "webgpu") await this.#move(paces);
    } catch (error) {
      const { message: why } = GlimpseError.from(error);
      this.#engine = { ...this.#engine, refused: [{ kind: "webgpu", why }, ...this.#engine.refused] };
    }
    if (!this.#disposed) this.#options.onengine?.(this.#engine);
  }

  /** Has WebGPU classify, once no reply is awaited of the engine before. Where it does not start, that one goes on. */
  async #move(paces: Paces): Promise<void> {
    while (this.#awaited.size > 0) await Promise.allSettled(this.#awaited);
    const before = this.#connection;
    this.#connection = connect({ ...bare(this.#options), ...this.#known }, ["webgpu"]).then(
      (to) => {
        this.#archives.clear();
        return to;
      },
      () => before,
    );
    const [from, to] = await Promise.all([before, this.#connection]);
    if (to === from) return;
    this.#engine = to.engine = { ...to.engine, paces };
    disconnect(from);
  }

  /** What an engine must be told to take this one's place. */
  get #known(): { support: readonly Example[]; tuned?: Uint8Array } {
    return { support: this.#support, ...(this.#tuned && { tuned: this.#tuned }) };
  }

  /** Goes on with an engine of the CPU, which learns all that the one that stopped was taught. */
  #recover(failed: Connection, fault: GlimpseError): Promise<Connection> {
    if (failed.replaced) return failed.replaced;
    const reopened = (async () => {
      const from = failed.engine.kind;
      disconnect(failed);
      this.#archives.clear();
      const able = this.#tunings > 0 ? LEARNING : CPU;
      const engines = able.includes(from) ? [from, ...able.filter((kind) => kind !== from)] : able;
      const next = await connect({ ...bare(this.#options), ...this.#known }, engines);
      const stopped = { kind: from, why: fault.message };
      this.#engine = next.engine = { ...next.engine, refused: [...failed.engine.refused, stopped, ...next.engine.refused] };
      this.#options.onrecover?.({ from, to: next.engine.kind, why: fault.message });
      return next;
    })();
    failed.replaced = reopened;
    this.#connection = reopened;
    return reopened;
  }
}

/** A session on an engine. */
interface Connection {
  link: Link;
  session: number;
  engine: Engine;
  release(): void;
  /** The one that goes on after this one failed. */
  replaced?: Promise<Connection>;
}

/** The options that say which network it is, and where it computes. */
function bare(options: LoadOptions): LoadOptions {
  const { support: _known, tuned: _weights, signal: _signal, ...rest } = options;
  const { onprogress: _progress, onrecover: _recover, onengine: _engine, ...bare } = rest;
  return bare;
}

async function connect(options: LoadOptions, engines: readonly EngineKind[]): Promise<Connection> {
  const { system = "siamese", weights, worker = true, support = [], tuned, signal, onprogress } = options;
  const request: OpenRequest = {
    system,
    engines,
    failSelfTest: options.failSelfTest ?? [],
    support,
    ...(tuned && { tuned }),
    ...(weights && { weights: absolute(weights) }),
    ...sources(options),
  };
  signal?.throwIfAborted();
  const { link, release } = await acquireLink(worker);
  try {
    return { link, release, ...(await link.call("open", request, { signal, onprogress })) };
  } catch (error) {
    release();
    throw error;
  }
}

/** Where modules and weights come from, in words that hold in a worker too. */
function sources({ assets, wasm = {} }: LoadOptions): Pick<OpenRequest, "assets" | "wasm"> {
  const modules = Object.entries(wasm).map(([kind, source]) => [kind, absolute(source)]);
  return { wasm: Object.fromEntries(modules), ...(assets !== undefined && { assets: absolute(assets) as string }) };
}

/** A URL made absolute, or bytes as `Uint8Array`. */
function absolute<T>(source: T | string | URL | ArrayBuffer): T | string | Uint8Array {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof source !== "string" && !(source instanceof URL)) return source;
  return new URL(source, globalThis.document?.baseURI).href;
}

function disconnect({ link, session, release }: Connection): void {
  link.call("close", { session }).then(release, release);
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
