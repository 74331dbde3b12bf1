import type { Calls, OpenRequest, Sources } from "./calls.js";
import {
  checkAbort,
  checkClassify,
  checkDrawing,
  checkExamples,
  checkFile,
  checkFineTune,
  checkForget,
  checkInvent,
  checkLabel,
  checkLearn,
  checkList,
  checkLoad,
  checkMany,
  checkName,
  checkReplay,
  checkRoom,
  checkWeights,
  partSupport,
  type Loading,
} from "./check.js";
import { packCollection, unpackCollection } from "./collection.js";
import type { Drawing, Example, PlainDrawing, Strokes } from "./drawing.js";
import { GlimpseError } from "./error.js";
import type { GlimpseEvents } from "./events.js";
import { Latest } from "./latest.js";
import { acquireLink, type Held } from "./link.js";
import type { WasmSource } from "./modules.js";
import type {
  AbortOptions,
  ClassifyOptions,
  FineTuneOptions,
  ForgetOptions,
  InventOptions,
  LearnOptions,
  LoadOptions,
  ReplayOptions,
} from "./options.js";
import { fastest, measurePace, recall, remember } from "./pace.js";
import { replay, Replayer } from "./replay.js";
import { CPU, Supervisor, type Connection, type Known, type Told, type Unaddressed } from "./supervisor.js";
import {
  SYSTEMS,
  type Classification,
  type Engine,
  type EngineKind,
  type FeatureMap,
  type FineTuneStep,
  type FineTuning,
  type Measured,
  type Pace,
  type Ranked,
  type Refusal,
  type System,
  type Trial,
} from "./types.js";
import { VERSION } from "./version.js";

/** The engines that learn on the CPU, fastest first. */
const LEARNING: readonly EngineKind[] = ["flex", "ndarray"];

/**
 * Recognises characters that were drawn for it once.
 *
 * Every call is answered by an engine in a worker that all instances of a page share; what one instance is taught the
 * others do not know. Calls are answered in the order they are made. What changes is told by events: {@link GlimpseEvents}.
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
export class Glimpse extends EventTarget {
  /** The version of this package. */
  static readonly version = VERSION;
  /** The trained networks that there are. */
  static readonly systems: readonly System[] = SYSTEMS;

  readonly #options: Loading;
  readonly #supervisor: Supervisor;
  readonly #replayer: Replayer;
  /** The weights that fine-tuning took the place of. */
  #untuned: { weights: Uint8Array | undefined } | undefined;
  readonly #classifying = new Latest();
  readonly #mapping = new Latest();

  private constructor(options: Loading, connection: Connection) {
    super();
    const { signal: _signal, onprogress: _progress, support: examples, tuned, ...lasting } = options;
    this.#options = { ...lasting, support: [] };
    const reconnect = (engines: readonly EngineKind[], known: Known): Promise<Connection> =>
      connect(this.#options, engines, known);
    this.#supervisor = new Supervisor(reconnect, connection, { examples, tuned });
    this.#supervisor.onchange = (name, change) => this.#tell(name, change);
    this.#supervisor.onrecover = (recovery) => {
      options.onrecover?.(recovery);
      this.#tell("recovery", recovery);
      this.#tell("engine", this.engine);
    };
    this.#replayer = new Replayer(this.#supervisor);
  }

  /**
   * Downloads an engine and the weights, and makes sure that the engine computes what it should.
   *
   * @example
   * ```ts
   * const glimpse = await Glimpse.load({ support: "greek mathematics" });
   * ```
   *
   * @throws GlimpseError `BadOption`, `BadLabel`, `BadDrawing` or `BadSet` if an option is not one; `NoSystem` if there is no such system;
   * `NoWebAssembly` if the browser or the page's policy allows none, `NoSimd` if the browser's has no SIMD; `BadWeights` if the weights are damaged or another
   * system's; `NoAdapter`, `SelfTestFailed` or `LoadFailed` if the one engine asked for cannot run; `EngineFailed` if none can.
   */
  static async load(options: LoadOptions = {}): Promise<Glimpse> {
    const checked = checkedLoad(options);
    const loading = checked instanceof Promise ? await checked : checked;
    const { engine, worker, allowSoftware = false, system, signal } = loading;
    if (engine !== "auto") return Glimpse.#open(loading, engine);
    // Held, so that the worker lives on between the two calls.
    const { link, release } = await acquireLink(worker, signal);
    try {
      const graphics = await link.call("findAdapter", { allowSoftware }, { signal }).catch(GlimpseError.from);
      signal?.throwIfAborted();
      if (graphics instanceof GlimpseError) {
        const glimpse = await Glimpse.#open(loading, CPU);
        const { refused } = glimpse.engine;
        glimpse.#supervisor.describe({ refused: [{ kind: "webgpu", why: graphics.message }, ...refused] });
        return glimpse;
      }
      const paces = recall(graphics, system);
      const first = paces && fastest(paces, "classify");
      const glimpse = await Glimpse.#open(loading, first ? [first, ...CPU.filter((kind) => kind !== first)] : CPU);
      if (paces) glimpse.#supervisor.describe({ paces });
      else void glimpse.#compare(graphics);
      return glimpse;
    } finally {
      release();
    }
  }

  static async #open(loading: Loading, engines: readonly EngineKind[]): Promise<Glimpse> {
    const { support: examples, tuned } = loading;
    const connection = await connect(loading, engines, { examples, tuned });
    if (!loading.signal?.aborted) return new Glimpse(loading, connection);
    connection.end();
    throw loading.signal.reason;
  }

  /**
   * Loads what {@link save} saved: the same system, support and weights, on any engine.
   *
   * @throws GlimpseError `BadCollection` if the file is damaged, no collection, or a newer version's; and what
   * {@link load} throws.
   */
  static async restore(file: Blob | ArrayBuffer | Uint8Array, options: LoadOptions = {}): Promise<Glimpse> {
    const { signal } = checkAbort(options);
    const bytes = await checkFile(file, "BadCollection");
    const { system = options.system ?? "siamese", support, tuned } = await unpackCollection(bytes);
    signal?.throwIfAborted();
    const weights = tuned[system];
    return Glimpse.load({ ...options, system, support, ...(weights && { tuned: weights }) });
  }

  /** The trained network that answers. */
  get system(): System {
    return this.#options.system;
  }

  /** The engine that runs, and why others do not. */
  get engine(): Engine {
    return this.#supervisor.engine;
  }

  /** The drawings taught, in the order taught. They are frozen. */
  get examples(): readonly Example[] {
    return this.#supervisor.examples;
  }

  /** The labels taught, in the order they were first taught. */
  get labels(): readonly string[] {
    return this.#supervisor.labels;
  }

  /** The weights that fine-tuning changed, as safetensors, copied; `undefined` while the trained ones answer. */
  get tunedWeights(): Uint8Array | undefined {
    return this.#supervisor.tuned?.slice();
  }

  /**
   * Remembers one more drawing of `label`; a number becomes text.
   *
   * @throws GlimpseError `BadLabel` if the label is no text or too long; `EmptyDrawing`, `BadDrawing`, `WrongSize`, `TooLarge` or
   * `BadImage` if the drawing is not one; `TooLarge` also where 20,000 drawings are known.
   */
  async learn(label: string | number, drawing: Drawing, options: AbortOptions = {}): Promise<void> {
    const named = checkLabel(label);
    const { signal } = checkAbort(options);
    checkRoom(this.#supervisor.count);
    await this.#supervisor.call("learn", drawn(drawing, { label: named }), { signal });
  }

  /**
   * Remembers many drawings at once: all of them, or, where one of them is none or the call is aborted, none.
   *
   * @throws GlimpseError what {@link learn} throws
   */
  async learnMany(examples: readonly { label: string | number; drawing: Drawing }[], options: LearnOptions = {}): Promise<void> {
    const { signal, onprogress } = checkLearn(options);
    const checked = checkMany(examples);
    checkRoom(this.#supervisor.count, checked.length);
    const request = Promise.all(checked).then((examples) => ({ examples }));
    await this.#supervisor.call("learnMany", request, { signal, onprogress });
  }

  /**
   * Forgets every drawing of `label`, or one of them: `forget("alpha", { drawing: 0 })`. The others then count as the last taught.
   *
   * @throws GlimpseError `BadOption` if the label has no such drawing
   */
  async forget(label: string | number, options: ForgetOptions = {}): Promise<void> {
    const { signal, ...rest } = checkForget(options);
    await this.#supervisor.call("forget", { label: checkLabel(label), ...rest }, { signal });
  }

  /**
   * Gives `label` another name. Where that one was taught too, the drawings of both are of one label then. They count as the last taught.
   *
   * @throws GlimpseError `BadLabel` if either is no label, or the first was not taught
   */
  async rename(label: string | number, to: string | number, options: AbortOptions = {}): Promise<void> {
    const { signal } = checkAbort(options);
    await this.#supervisor.call("rename", { label: checkLabel(label), to: checkLabel(to) }, { signal });
  }

  /**
   * The centre lines of a picture's ink, in pixels of a working size; strokes come back as they are. Either is the same
   * drawing to the network. Errors are those of {@link learn}.
   */
  async trace(drawing: Drawing, options: AbortOptions = {}): Promise<Strokes> {
    const { signal } = checkAbort(options);
    return this.#supervisor.call("trace", drawn(drawing, {}), { signal });
  }

  /**
   * Has the network learn from the drawings it was taught: by its system's own objective, on variations of them, for
   * some steps. Other variations are held out to measure on, and the network that does best on those goes on, the
   * original included. Other calls are answered in between. An abort leaves everything as it was.
   *
   * @example
   * ```ts
   * const { before, after } = await glimpse.fineTune({ onstep: ({ step, steps }) => show(step / steps) });
   * ```
   *
   * @throws GlimpseError `OneClass` while fewer than two labels are taught; `Diverged` if the loss is no number any more.
   */
  async fineTune(options: FineTuneOptions = {}): Promise<FineTuning> {
    const { steps, seed, onstep, signal } = checkFineTune(options);
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
    const before = this.#supervisor.tuned;
    const request = (): Unaddressed<"fineTune"> => ({
      engines: this.#learners(),
      ...(steps !== undefined && { steps }),
      ...(seed !== undefined && { seed }),
    });
    await this.#supervisor.call("fineTune", request, { signal, onprogress });
    this.#untuned = { weights: before };
    return { before: measured.get(0)!, after: measured.get(best)!, losses, best, millis: performance.now() - started };
  }

  /** The engines to learn on, the best one first. */
  #learners(): EngineKind[] {
    const { kind, paces = {}, refused } = this.engine;
    const best = fastest(paces, "fineTune") ?? kind;
    const able = best !== "simd" && !refused.some((refusal) => refusal.kind === best);
    return [...new Set(able ? [best, ...LEARNING] : LEARNING)];
  }

  /** Fetches what {@link fineTune} needs and this engine lacks, so that it begins at once. Nothing is lost if it fails. */
  async prepareFineTuning(options: AbortOptions = {}): Promise<void> {
    const { signal } = checkAbort(options);
    if (this.engine.kind !== "simd") return;
    const { link, release } = await acquireLink(this.#options.worker, signal);
    await link.call("prepare", { engine: LEARNING[0]!, ...sources(this.#options) }, { signal }).finally(release);
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
    const { signal } = checkAbort(options);
    const weights = checkWeights(tuned);
    await this.#supervisor.call("retune", weights ? { tuned: weights } : {}, { signal });
    this.#untuned = undefined;
  }

  /** All that was taught and fine-tuned, as one file: see {@link restore}. @param name in the visitor's own words */
  async save(name?: string): Promise<Uint8Array> {
    const named = checkName(name);
    const { system, examples: support, tunedWeights } = this;
    const tuned = tunedWeights ? { [system]: tunedWeights } : {};
    return packCollection({ ...(named !== undefined && { name: named }), system, support, tuned });
  }

  /**
   * Ranks the labels by how well their drawings match this one, and says whether the sign is known at all.
   *
   * @throws GlimpseError `NoSupport` or `OneClass` while fewer than two labels are taught; `EmptyDrawing`, `BadDrawing`,
   * `WrongSize`, `TooLarge` or `BadImage` if the drawing is not one.
   */
  async classify(drawing: Drawing, options: ClassifyOptions = {}): Promise<Classification> {
    const { signal, ...asked } = checkClassify(options);
    const request = query(drawing, asked);
    return answered(await this.#supervisor.call("classify", request, { signal }), (await request).drawing, asked);
  }

  /**
   * Classifies several drawings, in order: see {@link classify}.
   *
   * @throws GlimpseError what {@link classify} throws, of the first drawing that cannot be classified, its place in the list before the message
   */
  async classifyMany(drawings: readonly Drawing[], options: ClassifyOptions = {}): Promise<Classification[]> {
    const answers = checkList(drawings).map((drawing, place) =>
      this.classify(drawing as Drawing, options).catch((error: unknown) => {
        throw error instanceof GlimpseError ? new GlimpseError(error.kind, `Drawing ${place}: ${error.message}`) : error;
      }),
    );
    return Promise.all(answers);
  }

  /**
   * Like {@link classify}, for drawings that change while they are classified: of the calls that wait for their turn
   * only the newest is answered.
   *
   * @returns the answer, or `undefined` if a newer call took this one's place
   */
  async classifyLatest(drawing: Drawing, options: ClassifyOptions = {}): Promise<Classification | undefined> {
    const { signal, ...asked } = checkClassify(options);
    const request = await query(drawing, asked);
    const classified = await this.#classifying.run(() => this.#supervisor.call("classify", request, { signal }));
    return classified && answered(classified, request.drawing, asked);
  }

  /**
   * Where the drawings taught lie in the space of features, and where a query would. The support alone decides which
   * way the map is laid: it stays while the query moves.
   *
   * @throws GlimpseError `NoSupport` while nothing is taught; for the query those of {@link learn}.
   */
  async map(query?: Drawing, options: AbortOptions = {}): Promise<FeatureMap> {
    const { signal } = checkAbort(options);
    return this.#supervisor.call("map", query === undefined ? {} : asked(query), { signal });
  }

  /**
   * Like {@link map}, for queries that change meanwhile: of the calls that wait for their turn only the newest is
   * answered.
   *
   * @returns the answer, or `undefined` if a newer call took this one's place
   */
  async mapLatest(query: Drawing, options: AbortOptions = {}): Promise<FeatureMap | undefined> {
    const { signal } = checkAbort(options);
    const request = await asked(query);
    return this.#mapping.run(() => this.#supervisor.call("map", request, { signal }));
  }

  /**
   * The encoder's features of a drawing: 2,048 numbers whose L2 norm is 1, so that the product of two drawings' features is their cosine. They
   * are those of the weights that answer now: fine-tuning changes them. Errors are those of {@link learn}.
   */
  async embed(drawing: Drawing, options: AbortOptions = {}): Promise<Float32Array> {
    const { signal } = checkAbort(options);
    return this.#supervisor.call("embed", drawn(drawing, {}), { signal });
  }

  /** The drawing as the encoder sees it: 32 × 32 grey, row after row, 255 = ink. Errors are those of {@link learn}. */
  async preview(drawing: Drawing, options: AbortOptions = {}): Promise<Uint8Array> {
    const { signal } = checkAbort(options);
    return this.#supervisor.call("preview", drawn(drawing, {}), { signal });
  }

  /** Invents characters that belong to no script. The answer holds, for each character, its drawing by each drawer. */
  async invent(options: InventOptions): Promise<Strokes[][]> {
    const { seed, characters, drawers, signal } = checkInvent(options);
    return this.#supervisor.call("invent", { seed, characters, drawers }, { signal });
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
   * needs; `NoEpisode` if it has no such episode; `BadOption` if an option is not one.
   */
  async *replay(options: ReplayOptions): AsyncGenerator<Trial, void, undefined> {
    const replaying = checkReplay(options);
    const { signal } = replaying;
    const { tunedWeights } = this;
    const alone: Loading = {
      ...this.#alone,
      ...(tunedWeights && { tuned: tunedWeights }),
      ...(signal && { signal }),
    };
    const helpers: Glimpse[] = [];
    try {
      const { kind, paces = {} } = this.engine;
      const best = fastest(paces, "replay") ?? kind;
      // Where the faster engine does not start any more, this one does the work.
      const faster = best === kind ? undefined : await Glimpse.#open(alone, [best]).catch(() => signal?.throwIfAborted());
      if (faster) helpers.push(faster);
      const crew = [faster ?? this];
      while (crew.length < replaying.workers && this.#options.worker !== false) {
        const helper = await Glimpse.#open({ ...alone, worker: `replay ${crew.length}` }, [crew[0]!.engine.kind]);
        helpers.push(helper);
        crew.push(helper);
      }
      yield* replay(crew.map((one) => one.#replayer), replaying);
    } finally {
      for (const helper of helpers) helper.dispose();
    }
  }

  /** Frees what this instance holds. Calls made before are still answered. The worker ends with the last instance. */
  dispose(): void {
    this.#supervisor.close();
  }

  /** The options of another instance of this network, which nothing is taught and nobody hears. */
  get #alone(): Loading {
    const { onrecover: _recover, onengine: _engine, ...alone } = this.#options;
    return alone;
  }

  /** Times the graphics processor against the CPU, and has the faster one classify from then on. */
  async #compare(adapter: string): Promise<void> {
    const timed = async (engine: EngineKind): Promise<Pace> => {
      const instance = await Glimpse.#open(this.#alone, [engine]);
      try {
        return await measurePace(instance);
      } finally {
        instance.dispose();
      }
    };
    const { kind } = this.engine;
    try {
      const paces = { [kind]: await timed(kind), webgpu: await timed("webgpu") };
      remember(adapter, this.system, paces);
      if (this.#supervisor.closed || this.engine.kind !== kind) return;
      this.#supervisor.describe({ paces });
      if (fastest(paces, "classify") === "webgpu") await this.#supervisor.call("move", { engine: "webgpu" });
    } catch (error) {
      const { message: why } = GlimpseError.from(error);
      this.#supervisor.describe({ refused: [{ kind: "webgpu", why }, ...this.engine.refused] });
    }
    if (this.#supervisor.closed) return;
    this.#options.onengine?.(this.engine);
    this.#tell("engine", this.engine);
  }

  #tell<Name extends keyof GlimpseEvents>(name: Name, detail: GlimpseEvents[Name]["detail"]): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** What listens to an instance's events knows what they tell. */
export interface Glimpse {
  /** Calls `listener` with each event of this name from now on. */
  addEventListener<Name extends keyof GlimpseEvents>(
    name: Name,
    listener: (event: GlimpseEvents[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** Calls `listener` with each event of this name from now on. */
  addEventListener(name: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  /** Calls `listener` no more. */
  removeEventListener<Name extends keyof GlimpseEvents>(
    name: Name,
    listener: (event: GlimpseEvents[Name]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  /** Calls `listener` no more. */
  removeEventListener(name: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

/** Options, checked at once; sets among their `support` are fetched, by code that is itself fetched for it. */
function checkedLoad(options: LoadOptions): Loading | Promise<Loading> {
  const { sets, others } = partSupport(options?.support);
  if (sets.length === 0) return checkLoad(options);
  const loading = checkLoad({ ...options, support: others as Example[] });
  const { assets, signal } = loading;
  const known = import("./set.js").then(({ knownOf }) => knownOf(sets, { ...(assets !== undefined && { assets }), ...(signal && { signal }) }));
  return known.then((known) => ({ ...loading, support: checkExamples([...known, ...loading.support]) }));
}

/** Opens a session on the first of the engines that starts. */
async function connect(options: Loading, engines: readonly EngineKind[], known: Known): Promise<Connection> {
  const { worker, signal } = options;
  const refusals: { kind: EngineKind; error: GlimpseError }[] = [];
  const refused = (): Refusal[] => refusals.map(({ kind, error }) => ({ kind, why: error.message }));
  let held = await acquireLink(worker, signal);
  try {
    for (const kind of engines) {
      for (let tries = 1; ; tries += 1) {
        try {
          const connection = await open(held, kind, options, known);
          return { ...connection, engine: { ...connection.engine, refused: refused() } };
        } catch (thrown) {
          signal?.throwIfAborted();
          const error = GlimpseError.from(thrown);
          if (!OF_AN_ENGINE.includes(error.kind)) throw error;
          // A host that stopped is not asked again. Held until there is another, so that one that goes on goes on.
          const next = await acquireLink(worker, signal);
          held.release();
          held = next;
          // It may have stopped by the fault of another instance's engine.
          if (error.kind === "EngineFailed" && tries === 1) continue;
          refusals.push({ kind, error });
          break;
        }
      }
    }
    const [only, ...others] = refusals;
    if (only && others.length === 0) throw only.error;
    const reasons = refused().map(({ kind, why }) => `${kind}: ${why}`);
    throw new GlimpseError("EngineFailed", `No engine could start. ${reasons.join(" ")}`);
  } catch (error) {
    held.release();
    throw error;
  }
}

/** Opens a session on an engine. */
async function open(
  { link, release }: Held,
  kind: EngineKind,
  options: Loading,
  { examples: support, tuned }: Known,
): Promise<Connection> {
  const { system, signal, onprogress } = options;
  const request: OpenRequest = { system, engine: kind, support, ...(tuned && { tuned }), ...sources(options) };
  const close = (session: number): Promise<void> => link.call("close", { session }).catch(() => {});
  const onlate = ({ session }: Calls["open"]["reply"]): void => void close(session);
  const { session, engine } = await link.call("open", request, { signal, onprogress, onlate });
  return { link, session, engine: { ...engine, refused: [] }, end: () => void close(session).then(release) };
}

/** What another engine may do better. */
const OF_AN_ENGINE: readonly string[] = ["NoAdapter", "SelfTestFailed", "LoadFailed", "EngineFailed"];

/** Where modules and weights come from, in words that hold in a worker too. */
function sources({ assets, weights, wasm = {} }: LoadOptions): Sources {
  const modules = Object.entries(wasm).map(([kind, source]) => [kind, absolute(source) as WasmSource]);
  return {
    wasm: Object.fromEntries(modules),
    ...(weights !== undefined && { weights: absolute(weights) as string | Uint8Array }),
    ...(assets !== undefined && { assets: absolute(assets) as string }),
  };
}

/** A URL made absolute, or bytes as `Uint8Array`. */
function absolute<T>(source: T | string | URL | ArrayBuffer): T | string | Uint8Array {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof source !== "string" && !(source instanceof URL)) return source;
  return new URL(source, globalThis.document?.baseURI).href;
}

/** A request with a drawing, which is read at once and may take a while to be decoded. */
async function drawn<T extends object>(drawing: Drawing, request: T): Promise<T & { drawing: PlainDrawing }> {
  return { ...request, drawing: await checkDrawing(drawing) };
}

async function asked(query: Drawing): Promise<{ query: PlainDrawing }> {
  return { query: await checkDrawing(query) };
}

/** The familiarity from which on a sign counts as known, as natively (`Classification::LINE`). */
const KNOWN = 0.5;

/** What to ask the engine: for all labels, where another order is made of theirs. */
async function query(drawing: Drawing, { limit, place }: ClassifyOptions): Promise<{ drawing: PlainDrawing; limit?: number }> {
  return drawn(drawing, limit === undefined || place ? {} : { limit });
}

/** An engine's answer, a label a place. What few ask for is fetched when it is. */
async function answered(told: Told<"classify">, drawing: PlainDrawing, { limit, threshold = KNOWN, place }: ClassifyOptions): Promise<Classification> {
  const { places, labels, examples, scores, similarity, familiarity, millis } = told;
  const ranking: Ranked[] = new Array(places.length);
  // A loop: of ten thousand labels, twice as fast as Array.from.
  for (let i = 0; i < places.length; i += 1) ranking[i] = { label: labels[places[i]!]!, score: scores[i]!, similarity: similarity[i]! };
  const answer = { ranking, known: familiarity >= threshold, familiarity, millis };
  if (!place) return answer;
  const { placed } = await import("./place.js");
  const ordered = placed(ranking, drawing, examples);
  if (typeof ordered === "string") throw new GlimpseError("BadOption", ordered);
  return { ...answer, ranking: ordered.slice(0, limit) };
}
