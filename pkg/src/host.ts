import { findAdapter } from "./adapter.js";
import type { Call, Calls, ProgressOf, Pulse, Sources } from "./calls.js";
import type { Example, PlainDrawing, Strokes } from "./drawing.js";
import { Engines, type Running, type Turn } from "./engines.js";
import { GlimpseError } from "./error.js";
import { renamed, without, type Retaught } from "./examples.js";
import type { Archive, Classified, EngineModule } from "./modules.js";
import { BUSY, messages, Turns } from "./turns.js";
import type { EngineKind, System } from "./types.js";

/** What a call is told beside its request. */
export interface Context<C extends Call = Call> {
  signal: AbortSignal;
  progress(progress: ProgressOf<C>): void;
  /** Replies at once: where something changed, in the order in which it did. */
  reply(reply: Calls[C]["reply"]): void;
}

/** The owner of what was taught: labels, drawings and tuned weights, and the engine that holds their features. */
interface Session {
  readonly id: number;
  readonly system: System;
  readonly sources: Sources;
  engine: Running;
  examples: Example[];
  tuned: Uint8Array | undefined;
  /** How often something changed other than by more drawings. */
  epoch: number;
  readonly archives: Map<string, Archive>;
}

/**
 * Holds the sessions and computes. Lives in the worker, or in the page where there is none. Once an engine has stopped, by a
 * trap or by the loss of its device, nothing here is trusted any more: every call fails, and a fresh host takes over.
 */
export class Host {
  /** Called once, when an engine has stopped. */
  onfault: (fault: GlimpseError) => void = () => {};
  /** Called while a long piece of work goes on, during which no message is heard. */
  onpulse: (pulse: Pulse) => void = () => {};

  readonly #sessions = new Map<number, Session>();
  readonly #engines: Engines;
  readonly #turns = new Turns();
  #nextId = 1;
  #fault: GlimpseError | undefined;
  #beat = 0;
  #pulsed = { at: 0, graphics: false };
  /** The work under way, and how to end it. */
  #running: { kind: EngineKind; reject(fault: unknown): void } | undefined;
  readonly #ontrap: ((event: ErrorEvent) => void) | undefined;

  /** @param instance which copy of the engines' modules to use, from 0 */
  constructor(instance: number) {
    this.#engines = new Engines(instance, (why) => {
      this.#fail(new GlimpseError("EngineFailed", `The graphics device was lost${why && ` (${why})`}.`));
    });
    if (!globalThis.addEventListener) return;
    // A trap in a module's own task never reaches the promise that it was to settle.
    this.#ontrap = (event) => {
      if (!this.#running || !isOurTrap(event.error)) return;
      event.preventDefault();
      this.#fail(GlimpseError.from(event.error));
    };
    globalThis.addEventListener("error", this.#ontrap);
  }

  /** Whether it computes, and how far it is. */
  get pulse(): Pulse {
    return { beat: this.#beat, ...(this.#running && { kind: this.#running.kind }) };
  }

  /** Does a call. One computes at a time; sessions take turns, and the calls of one are done in the order they came. */
  async handle<C extends Call>(call: C, request: Calls[C]["request"], context: Context<C>): Promise<Calls[C]["reply"]> {
    if (this.#fault) throw this.#fault;
    const handler = this[call] as (request: Calls[C]["request"], context: Context<C>) => Promise<Calls[C]["reply"]>;
    return handler.call(this, request, context);
  }

  async findAdapter({ allowSoftware }: Calls["findAdapter"]["request"]): Promise<string> {
    return findAdapter(allowSoftware);
  }

  async prepare({ engine, ...sources }: Calls["prepare"]["request"], { signal }: Context): Promise<void> {
    await this.#engines.module(engine, sources, signal);
  }

  async open(request: Calls["open"]["request"], context: Context<"open">): Promise<Calls["open"]["reply"]> {
    const { system, engine: kind, support, tuned, ...sources } = request;
    const { signal } = context;
    const id = this.#nextId++;
    const turn = this.#turnsOf(`${id}`, signal);
    const engine = await this.#engines.open(kind, system, sources, signal, turn, context.progress);
    try {
      if (tuned) await turn(kind, () => engine.session.retune(tuned, this.#alive));
      for (const { label, drawing } of support) await turn(kind, () => engine.session.learn(label, drawing));
      signal.throwIfAborted();
    } catch (error) {
      this.#free(engine);
      throw error;
    }
    this.#sessions.set(id, { id, system, sources, engine, examples: [...support], tuned, epoch: 0, archives: new Map() });
    return { session: id, engine: about(engine) };
  }

  async move({ session: id, engine: kind }: Calls["move"]["request"], context: Context<"move">) {
    const session = this.#session(id);
    const turn = this.#turnsOf(`${id} move`, context.signal);
    for (;;) {
      const { epoch, tuned } = session;
      const fresh = await this.#engines.open(kind, session.system, session.sources, context.signal, turn);
      try {
        if (tuned) await turn(kind, () => fresh.session.retune(tuned, this.#alive));
        const known = (): boolean => session.epoch === epoch;
        for (let taught = 0; known(); ) {
          const example = session.examples[taught];
          if (example) {
            await turn(kind, () => fresh.session.learn(example.label, example.drawing));
            taught += 1;
            continue;
          }
          const moved = await this.#change(session, context, async ({ session: outworn }) => {
            if (!known() || taught < session.examples.length) return false;
            session.engine = fresh;
            context.reply(about(fresh));
            outworn.free();
            return true;
          });
          if (moved) return about(fresh);
        }
      } finally {
        if (session.engine !== fresh) this.#free(fresh);
      }
    }
  }

  async learn({ session: id, label, drawing }: Calls["learn"]["request"], context: Context<"learn">): Promise<Strokes> {
    const session = this.#session(id);
    return this.#change(session, context, async ({ module, session: engine }) => {
      const strokes = traced(module, drawing);
      await engine.learn(label, strokes);
      session.examples.push({ label, drawing: strokes });
      context.reply(strokes);
      return strokes;
    });
  }

  /** All in one turn, so that no other call finds a part of them. */
  async learnMany({ session: id, examples }: Calls["learnMany"]["request"], context: Context<"learnMany">): Promise<Strokes[]> {
    const session = this.#session(id);
    return this.#change(session, context, async ({ module, session: engine }) => {
      const drawings = examples.map(({ drawing }) => traced(module, drawing));
      let heard = performance.now();
      try {
        for (const [i, { label }] of examples.entries()) {
          await engine.learn(label, drawings[i]!);
          this.#alive();
          if (performance.now() - heard < BUSY) continue;
          context.progress({ learnt: i + 1, total: examples.length });
          await messages();
          context.signal.throwIfAborted();
          heard = performance.now();
        }
      } catch (error) {
        await this.#restore(session);
        throw error;
      }
      session.examples.push(...examples.map(({ label }, i) => ({ label, drawing: drawings[i]! })));
      context.reply(drawings);
      return drawings;
    });
  }

  async forget({ session: id, label, drawing }: Calls["forget"]["request"], context: Context<"forget">): Promise<void> {
    const session = this.#session(id);
    return this.#change(session, context, async (running) => {
      const taught = session.examples.filter((example) => example.label === label).length;
      if (drawing !== undefined && drawing >= taught) {
        throw new GlimpseError("BadOption", `“${label}” has ${taught} drawings, counted from 0: there is none at ${drawing}.`);
      }
      await this.#reteach(session, running, without(session.examples, label, drawing));
      context.reply();
    });
  }

  async rename({ session: id, label, to }: Calls["rename"]["request"], context: Context<"rename">): Promise<void> {
    const session = this.#session(id);
    return this.#change(session, context, async (running) => {
      if (!session.examples.some((example) => example.label === label)) {
        throw new GlimpseError("BadLabel", `“${label}” was not taught, so it cannot be renamed.`);
      }
      await this.#reteach(session, running, renamed(session.examples, label, to));
      context.reply();
    });
  }

  /** Has the engine forget all that is not kept, and teaches it the rest again. */
  async #reteach(session: Session, { session: engine }: Running, { kept, again }: Retaught): Promise<void> {
    const keeping = new Set(kept);
    const gone = session.examples.filter((example) => !keeping.has(example));
    for (const label of new Set(gone.map(({ label }) => label))) engine.forget(label);
    for (const { label, drawing } of again) {
      await engine.learn(label, drawing);
      this.#alive();
    }
    session.examples = [...kept, ...again];
    session.epoch += 1;
  }

  /** Puts tuned weights, or the trained ones, in the place of those there are. */
  async retune({ session: id, tuned }: Calls["retune"]["request"], context: Context<"retune">): Promise<void> {
    const session = this.#session(id);
    return this.#change(session, context, async ({ session: engine }) => {
      await engine.retune(tuned, this.#alive);
      session.tuned = tuned;
      session.epoch += 1;
      context.reply();
    });
  }

  /** A step a turn, so that other calls have theirs in between. The session stays as it is. */
  async fineTune({ session: id, steps, seed, engines }: Calls["fineTune"]["request"], context: Context<"fineTune">) {
    const session = this.#session(id);
    const turn = this.#turnsOf(`${id} fine-tuning`, context.signal);
    const tuner = await this.#firstOf(engines, session, context.signal, turn);
    try {
      const { kind } = tuner;
      const { tuned: before } = session;
      if (before) await turn(kind, () => tuner.session.retune(before, this.#alive));
      const support = byLabel(session.examples);
      const tuning = await turn(kind, async () => tuner.session.fineTuning(support, steps, seed));
      try {
        let best = 0;
        for (;;) {
          const step = await turn(kind, () => tuning.advance());
          if (!step) break;
          this.#session(id);
          best = step.best;
          context.progress(step);
          await messages();
        }
        return best === 0 ? undefined : await turn(kind, () => tuner.session.tunedBy(tuning));
      } finally {
        if (!this.#fault) tuning.free();
      }
    } finally {
      this.#free(tuner);
    }
  }

  async trace({ session, drawing }: Calls["trace"]["request"], context: Context): Promise<Strokes> {
    return this.#compute(session, context, async ({ module }) => traced(module, drawing));
  }

  /** Replies in its turn, so that the labels are those that the page knows by then. */
  async classify({ session: id, drawing, limit }: Calls["classify"]["request"], context: Context<"classify">): Promise<Classified> {
    return this.#change(this.#session(id), context, async ({ session: engine }) => {
      const classified = await engine.classify(drawing, limit);
      context.reply(classified);
      return classified;
    });
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

  async openArchive({ session: id, archive, kind, files }: Calls["openArchive"]["request"], context: Context) {
    const { archives, sources } = this.#session(id);
    const { Archive } = await this.#engines.archives(sources, context.signal);
    return this.#compute(id, context, async () => {
      archives.set(archive, Archive[kind](...files, this.#alive));
    });
  }

  async replayEpisode(request: Calls["replayEpisode"]["request"], context: Context) {
    const { archives } = this.#session(request.session);
    const { protocol, seed, episode } = request;
    return this.#compute(request.session, context, async ({ session }) => {
      const archive = archives.get(request.archive);
      if (!archive) return undefined;
      const { pictures, truth } = archive.episode(protocol, seed, episode);
      const trials = await session.replay(pictures, truth);
      return { trials: trials.map((trial) => ({ episode, ...trial })), pictures };
    });
  }

  async closeArchive({ session: id, archive }: Calls["closeArchive"]["request"], context: Context): Promise<void> {
    const { archives } = this.#session(id);
    return this.#compute(id, context, async () => {
      archives.get(archive)?.free();
      archives.delete(archive);
    });
  }

  async close({ session: id }: Calls["close"]["request"]): Promise<void> {
    return this.#turns.run(`${id}`, undefined, async () => {
      const session = this.#sessions.get(id);
      this.#sessions.delete(id);
      if (!session || this.#fault) return;
      for (const archive of session.archives.values()) archive.free();
      session.engine.session.free();
    });
  }

  #session(id: number): Session {
    const session = this.#sessions.get(id);
    if (!session) throw new GlimpseError("Disposed", "This instance was disposed of.");
    return session;
  }

  /** Puts an engine that knows what the session does in the place of one that knows more. Where none can be had, all here ends. */
  async #restore(session: Session): Promise<void> {
    const { system, sources, tuned, examples, engine } = session;
    try {
      const fresh = await this.#engines.open(engine.kind, system, sources, NEVER, (_, work) => work());
      if (tuned) await fresh.session.retune(tuned, this.#alive);
      for (const { label, drawing } of examples) {
        await fresh.session.learn(label, drawing);
        this.#alive();
      }
      session.engine = fresh;
      engine.session.free();
    } catch (error) {
      this.#fail(new GlimpseError("EngineFailed", GlimpseError.from(error).message));
    }
  }

  /** The first of the engines that starts, with the session's network as it was trained. */
  async #firstOf(kinds: readonly EngineKind[], session: Session, signal: AbortSignal, turn: Turn): Promise<Running> {
    const why: string[] = [];
    for (const kind of kinds) {
      try {
        return await this.#engines.open(kind, session.system, session.sources, signal, turn);
      } catch (error) {
        signal.throwIfAborted();
        if (kinds.length === 1 || this.#fault) throw error;
        why.push(`${kind}: ${GlimpseError.from(error).message}`);
      }
    }
    throw new GlimpseError("LoadFailed", `No engine that learns could start. ${why.join(" ")}`);
  }

  /** Work that changes the session or only asks it, in its own line. */
  async #change<T>(session: Session, { signal }: Pick<Context, "signal">, work: (engine: Running) => Promise<T>): Promise<T> {
    return this.#turns.run(`${session.id}`, signal, async () => {
      this.#session(session.id);
      return this.#run(session.engine.kind, () => work(session.engine));
    });
  }

  async #compute<T>(id: number, context: Pick<Context, "signal">, work: (engine: Running) => Promise<T>): Promise<T> {
    return this.#change(this.#session(id), context, work);
  }

  /** Turns in a line of their own. */
  #turnsOf(who: string, signal: AbortSignal): Turn {
    return (kind, work) => this.#turns.run(who, signal, () => this.#run(kind, work));
  }

  /** Runs work whose turn has come. A trap in it ends all that is here. */
  async #run<T>(kind: EngineKind, work: () => Promise<T>): Promise<T> {
    if (this.#fault) throw this.#fault;
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#running = { kind, reject };
        this.#alive();
        (async () => work())().then(resolve, reject);
      });
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) this.#fail(GlimpseError.from(error));
      throw this.#fault ?? error;
    } finally {
      this.#running = undefined;
    }
  }

  /** Shows that work goes on, and whether WebGPU does it, which may be silent for longer. */
  readonly #alive = (): void => {
    this.#beat += 1;
    const now = performance.now();
    const graphics = this.#running?.kind === "webgpu";
    if (now - this.#pulsed.at < PULSE && graphics === this.#pulsed.graphics) return;
    this.#pulsed = { at: now, graphics };
    this.onpulse(this.pulse);
  };

  #fail(fault: GlimpseError): void {
    if (this.#fault) return;
    this.#fault = fault;
    if (this.#ontrap) globalThis.removeEventListener("error", this.#ontrap);
    this.onfault(fault);
    this.#running?.reject(fault);
  }

  #free({ session }: Running): void {
    if (!this.#fault) session.free();
  }
}

/** What is never given up. */
const NEVER = new AbortController().signal;

/** How often a long piece of work shows that it goes on, in milliseconds. */
const PULSE = 500;

function about({ kind, adapter, selfTestError }: Running): Calls["move"]["reply"] {
  return { kind, ...(adapter && { adapter }), selfTestError };
}

/** The drawings of each label. */
function byLabel(examples: readonly Example[]): Strokes[][] {
  const drawings = new Map<string, Strokes[]>();
  for (const { label, drawing } of examples) {
    const own = drawings.get(label) ?? [];
    own.push(drawing);
    drawings.set(label, own);
  }
  return [...drawings.values()];
}

/** A drawing as strokes. */
function traced(module: EngineModule, drawing: PlainDrawing): Strokes {
  return "strokes" in drawing ? drawing : { ...module.trace(drawing), traced: true };
}

/** Whether an error is a trap of a module of ours: a page may run others. */
function isOurTrap(error: unknown): boolean {
  if (!(error instanceof WebAssembly.RuntimeError)) return false;
  return typeof document === "undefined" || /\bglimpse(_bg)?\.(js|wasm)\b/.test(error.stack ?? "");
}
