import type { Call, Calls } from "./calls.js";
import type { Example } from "./drawing.js";
import { GlimpseError } from "./error.js";
import type { Changes } from "./events.js";
import { renamed, without, type Retaught } from "./examples.js";
import type { CallOptions, Link } from "./link.js";
import type { Classified } from "./modules.js";
import type { Engine, EngineKind, Recovery } from "./types.js";

/** The engines of the CPU, fastest first. */
export const CPU: readonly EngineKind[] = ["simd", "flex", "ndarray"];

/** A session on an engine that runs. */
export interface Connection {
  link: Link;
  session: number;
  engine: Engine;
  /** Closes the session. */
  end(): void;
}

/** What the host acknowledged: enough to build an engine anew. */
export interface Known {
  examples: readonly Example[];
  tuned: Uint8Array | undefined;
}

/** Opens a session on the first of the engines that starts, which knows this. */
export type Connect = (engines: readonly EngineKind[], known: Known) => Promise<Connection>;

/** Calls of a session. */
export type SessionCall = Exclude<Call, "open" | "close" | "prepare" | "findAdapter">;

/** A request that does not say yet whose it is. */
export type Unaddressed<C extends Call> = Omit<Calls[C]["request"], "session">;

/** A request as it is made: now, once it is ready, or whenever it is sent. */
export type Request<C extends Call> = Unaddressed<C> | Promise<Unaddressed<C>> | (() => Unaddressed<C>);

/** What a caller is told: of an answer also the labels that its places are among, and what was taught. */
export type Told<C extends Call> = C extends "classify" ? Classified & { labels: readonly string[]; examples: readonly Example[] } : Calls[C]["reply"];

type State =
  /** Calls go to this session. */
  | { name: "running"; connection: Connection }
  /** An engine stopped, and another one is being opened. Calls wait. */
  | { name: "recovering" }
  /** No engine could be opened. The next call tries again. */
  | { name: "stopped"; fault: GlimpseError }
  /** The session was closed. */
  | { name: "ended" };

/** A call that is not answered yet. */
interface Entry {
  call: SessionCall;
  options: CallOptions<SessionCall>;
  /** Absent while what it asks is still being read. */
  request?: () => Unaddressed<SessionCall>;
  /** The session that it was sent to. */
  sentTo?: Connection;
  /** How often an engine stopped at it. */
  faults: number;
  resolve(reply: never): void;
  reject(error: unknown): void;
  /** Ends it where it is aborted before it is sent. */
  abort(): void;
}

/** Calls that are sent before the first of them is answered, at most: others that share the worker have theirs in between. */
const AHEAD = 3;

/** How often an engine may stop at a call before the call is given up. */
const MAX_FAULTS = 2;

/**
 * Keeps a session alive. Calls are sent in the order they are made, however long one takes to be read. When an engine stops,
 * another one is opened that knows all that was acknowledged, and the calls that were not answered are made once more: one by
 * one, so that the one which stopped the engine stops no other's.
 */
export class Supervisor {
  /** Called when another engine has taken over. */
  onrecover: (recovery: Recovery) => void = () => {};
  /** Called when what is known has changed. */
  onchange: <Name extends keyof Changes>(name: Name, change: Changes[Name]) => void = () => {};

  readonly #connect: Connect;
  #state: State;
  #engine: Engine;
  readonly #queue: Entry[] = [];
  #closed = false;
  #examples: Example[];
  /** A frozen copy of the examples for those who ask, and their labels, while none is newer. */
  #shown: readonly Example[] | undefined;
  #labels: readonly string[] | undefined;
  #tuned: Uint8Array | undefined;

  /** @param known what the session was opened with */
  constructor(connect: Connect, connection: Connection, { examples, tuned }: Known) {
    this.#connect = connect;
    this.#state = { name: "running", connection };
    this.#engine = connection.engine;
    this.#examples = examples.map(frozen);
    this.#tuned = tuned;
  }

  /** The engine that runs, or the last one that did. */
  get engine(): Engine {
    return this.#engine;
  }

  /** Says more of the engine. */
  describe(more: Partial<Pick<Engine, "refused" | "paces">>): void {
    this.#engine = { ...this.#engine, ...more };
  }

  /** The drawings that the host acknowledged, in the order taught. */
  get examples(): readonly Example[] {
    return (this.#shown ??= Object.freeze([...this.#examples]));
  }

  /** Their labels, in the order first taught. */
  get labels(): readonly string[] {
    return (this.#labels ??= Object.freeze([...new Set(this.#examples.map(({ label }) => label))]));
  }

  /** How many they are. */
  get count(): number {
    return this.#examples.length;
  }

  /** The weights that the host acknowledged. */
  get tuned(): Uint8Array | undefined {
    return this.#tuned;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Makes a call: see {@link Link} for how it ends where it is aborted. */
  call<C extends SessionCall>(call: C, request: Request<C>, options: CallOptions<C> = {}): Promise<Told<C>> {
    return new Promise((resolve, reject) => {
      // Where the call ends before it is ready, nobody waits for it.
      if (request instanceof Promise) request.catch(() => {});
      if (this.#closed) throw new GlimpseError("Disposed", "This instance was disposed of.");
      const { signal } = options;
      signal?.throwIfAborted();
      const abort = (): void => {
        if (!entry.sentTo) this.#settle(entry, () => reject(signal!.reason));
      };
      const entry: Entry = { call, options: options as CallOptions<SessionCall>, faults: 0, resolve, reject, abort };
      this.#queue.push(entry);
      signal?.addEventListener("abort", abort);
      if (request instanceof Promise) {
        request.then(
          (made) => {
            entry.request = () => made;
            this.#flush();
          },
          (error: unknown) => this.#settle(entry, () => reject(error)),
        );
      } else {
        entry.request = typeof request === "function" ? request : () => request;
      }
      this.#flush();
    });
  }

  /** Takes no more calls. Those made before are answered, then the session ends. */
  close(): void {
    this.#closed = true;
    this.#endIfDone();
  }

  /** Sends what can be sent. */
  #flush(): void {
    if (this.#state.name === "stopped" && this.#queue.length > 0) void this.#recover(this.#state.fault);
    if (this.#state.name !== "running") return;
    const { connection } = this.#state;
    let sent = 0;
    for (const entry of this.#queue) {
      if (entry.call !== "fineTune" && (sent += 1) > AHEAD) return;
      if (!entry.sentTo) {
        // Aborted at the same moment as the one before, it is about to be told.
        if (entry.options.signal?.aborted) continue;
        if (!entry.request) return;
        this.#send(entry, entry.request, connection);
      }
      // Fine-tuning takes long, and others may go on beside it.
      if (entry.faults > 0 && entry.call !== "fineTune") return;
    }
  }

  #send(entry: Entry, request: () => Unaddressed<SessionCall>, connection: Connection): void {
    entry.sentTo = connection;
    const { call, options, resolve, reject } = entry;
    const addressed = { ...request(), session: connection.session } as Calls[SessionCall]["request"];
    const { link } = connection;
    const done = link.call(call, addressed, options);
    (call === "fineTune" ? adopted(link, connection.session, done) : done).then(
      (reply) => {
        if (entry.sentTo !== connection) return;
        this.#acknowledge(call, addressed, reply);
        // Told now: a later reply may change the labels before the caller receives this one.
        const told = call === "classify" ? { ...(reply as Classified), labels: this.labels, examples: this.examples } : reply;
        this.#settle(entry, () => resolve(told as never));
      },
      (error: unknown) => {
        if (entry.sentTo !== connection) return;
        const stopped = error instanceof GlimpseError && error.kind === "EngineFailed";
        if (stopped) this.#failed(connection, error);
        else this.#settle(entry, () => reject(error));
      },
    );
  }

  /** Notes what the host knows now. Replies come in the order in which it changed. */
  #acknowledge(call: SessionCall, request: object, reply: unknown): void {
    if (call === "learn") {
      const { label } = request as Calls["learn"]["request"];
      const example = frozen({ label, drawing: reply as Calls["learn"]["reply"] });
      this.#examples.push(example);
      this.#changed("taught", example);
    } else if (call === "learnMany") {
      const { examples } = request as Calls["learnMany"]["request"];
      const drawings = reply as Calls["learnMany"]["reply"];
      const taught = examples.map(({ label }, i) => frozen({ label, drawing: drawings[i]! }));
      this.#examples.push(...taught);
      for (const example of taught) this.#changed("taught", example);
    } else if (call === "forget") {
      const { label, drawing } = request as Calls["forget"]["request"];
      this.#retaught(without(this.#examples, label, drawing));
      this.#changed("forgotten", { label, ...(drawing !== undefined && { drawing }) });
    } else if (call === "rename") {
      const { label, to } = request as Calls["rename"]["request"];
      this.#retaught(renamed(this.#examples, label, to));
      this.#changed("renamed", { label, to });
    } else if (call === "retune") {
      this.#tuned = (request as Calls["retune"]["request"]).tuned;
      this.#changed("tuned", { tuned: this.#tuned !== undefined });
    } else if (call === "fineTune" && reply) {
      this.#tuned = reply as Uint8Array;
      this.#changed("tuned", { tuned: true });
    } else if (call === "move") {
      const { refused, paces } = this.#engine;
      this.#engine = { ...(reply as Calls["move"]["reply"]), refused, ...(paces && { paces }) };
    }
  }

  /** In the order that the host has now. */
  #retaught({ kept, again }: Retaught): void {
    this.#examples = [...kept, ...again.map(frozen)];
  }

  /** Whoever is told sees what is known now. */
  #changed<Name extends keyof Changes>(name: Name, change: Changes[Name]): void {
    this.#shown = this.#labels = undefined;
    this.onchange(name, change);
  }

  /** The engine of a session stopped. */
  #failed(connection: Connection, fault: GlimpseError): void {
    if (this.#state.name !== "running" || this.#state.connection !== connection) return;
    connection.end();
    this.#state = { name: "recovering" };
    for (const entry of [...this.#queue]) {
      if (entry.sentTo !== connection) continue;
      delete entry.sentTo;
      entry.faults += 1;
      const { signal } = entry.options;
      // Another engine is no place to move to any more.
      if (signal?.aborted) this.#settle(entry, () => entry.reject(signal.reason));
      else if (entry.faults >= MAX_FAULTS || entry.call === "move") this.#settle(entry, () => entry.reject(fault));
    }
    void this.#recover(fault);
  }

  /** Goes on with an engine of the CPU that knows all that was acknowledged. */
  async #recover(fault: GlimpseError): Promise<void> {
    this.#state = { name: "recovering" };
    const { kind: from, refused } = this.#engine;
    const engines = CPU.includes(from) ? [from, ...CPU.filter((kind) => kind !== from)] : CPU;
    try {
      const connection = await this.#connect(engines, { examples: this.#examples, tuned: this.#tuned });
      const { engine } = connection;
      this.#engine = { ...engine, refused: [...refused, { kind: from, why: fault.message }, ...engine.refused] };
      this.#state = { name: "running", connection };
      this.onrecover({ from, to: engine.kind, why: fault.message });
      this.#flush();
      this.#endIfDone();
    } catch (error) {
      this.#state = { name: "stopped", fault };
      const waiting = this.#queue.splice(0);
      for (const { reject, abort, options } of waiting) {
        options.signal?.removeEventListener("abort", abort);
        reject(error);
      }
    }
  }

  /** A call is over. */
  #settle(entry: Entry, tell: () => void): void {
    const at = this.#queue.indexOf(entry);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    entry.options.signal?.removeEventListener("abort", entry.abort);
    tell();
    this.#flush();
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (!this.#closed || this.#queue.length > 0 || this.#state.name !== "running") return;
    this.#state.connection.end();
    this.#state = { name: "ended" };
  }
}

/** Puts what fine-tuning found into place, if it found any. From then on it cannot be aborted: it is done or fails. */
async function adopted(link: Link, session: number, found: Promise<unknown>): Promise<unknown> {
  const tuned = (await found) as Calls["fineTune"]["reply"];
  if (tuned) await link.call("retune", { session, tuned });
  return tuned;
}

/** An example that stays as it is: callers see it, and engines are opened with it. */
function frozen({ label, drawing }: Example): Example {
  const { strokes, pressures } = drawing;
  for (const lists of [strokes, pressures ?? []]) Object.freeze(lists).forEach(Object.freeze);
  return Object.freeze({ label, drawing: Object.freeze(drawing) });
}
