import type { Example, PlainDrawing, Strokes } from "./drawing.js";
import type { GlimpseErrorKind } from "./error.js";
import type { ArchiveKind, Classified, ModuleName, WasmSource } from "./modules.js";
import type {
  EngineKind,
  EpisodePictures,
  FeatureMap,
  FineTuneStep,
  LearnProgress,
  Progress,
  Protocol,
  System,
  Trial,
} from "./types.js";

/** Where an engine's module and weights come from. */
export interface Sources {
  /** Absolute URL of the folder with `wasm/` and `weights/`; absent: beside this code. */
  assets?: string;
  /** Absolute URL of the weights, or the weights; absent: the system's own. */
  weights?: string | Uint8Array;
  /** Modules by name, instead of those that come with the package. */
  wasm: Partial<Record<ModuleName, WasmSource>>;
}

/** What to open a session with. */
export interface OpenRequest extends Sources {
  system: System;
  engine: EngineKind;
  /** What the session knows from the start. */
  support: readonly Example[];
  /** Its fine-tuned weights; absent: the trained ones. */
  tuned?: Uint8Array;
}

/** An engine that a session computes by. */
export interface OpenedEngine {
  kind: EngineKind;
  /** The graphics adapter, for `webgpu`. */
  adapter?: string;
  selfTestError: number;
}

/** A drawing to learn, and its label. */
export interface PlainExample {
  label: string;
  drawing: PlainDrawing;
}

/** An episode's outcomes with its pictures. */
export interface EpisodeOutcome {
  trials: Omit<Trial, "pictures">[];
  pictures: EpisodePictures;
}

/**
 * What the host does: a request and a reply for each call, and what is told meanwhile. All can be cloned to and from a
 * worker.
 */
export interface Calls {
  /** The name of the graphics adapter that WebGPU would run on. */
  findAdapter: { request: { allowSoftware: boolean }; reply: string };
  /** Fetches an engine's module, for when it is needed. */
  prepare: { request: { engine: EngineKind } & Sources; reply: void };
  open: { request: OpenRequest; reply: { session: number; engine: OpenedEngine }; progress: Progress };
  /** Has another engine compute, once it knows all that the session does. */
  move: { request: { session: number; engine: EngineKind }; reply: OpenedEngine };
  /** Replies with the drawing's strokes. */
  learn: { request: { session: number; label: string; drawing: PlainDrawing }; reply: Strokes };
  /** Learns all of them or none; replies with their strokes. */
  learnMany: { request: { session: number; examples: readonly PlainExample[] }; reply: Strokes[]; progress: LearnProgress };
  /** Forgets a label, or one of its drawings, by its place among them. */
  forget: { request: { session: number; label: string; drawing?: number }; reply: void };
  rename: { request: { session: number; label: string; to: string }; reply: void };
  /** Learns on the first of `engines` that starts; replies with weights that do better, for {@link Calls.retune}, if any do. */
  fineTune: {
    request: { session: number; steps?: number; seed?: number; engines: readonly EngineKind[] };
    reply: Uint8Array | undefined;
    progress: FineTuneStep;
  };
  retune: { request: { session: number; tuned?: Uint8Array }; reply: void };
  trace: { request: { session: number; drawing: PlainDrawing }; reply: Strokes };
  classify: { request: { session: number; drawing: PlainDrawing; limit?: number }; reply: Classified };
  embed: { request: { session: number; drawing: PlainDrawing }; reply: Float32Array };
  preview: { request: { session: number; drawing: PlainDrawing }; reply: Uint8Array };
  invent: { request: { session: number; seed: number; characters: number; drawers: number }; reply: Strokes[][] };
  map: { request: { session: number; query?: PlainDrawing }; reply: FeatureMap };
  /** Reads an archive, which later calls name by `archive`. */
  openArchive: { request: { session: number; archive: string; kind: ArchiveKind; files: readonly Uint8Array[] }; reply: void };
  /** Replies with nothing if the session holds no such archive. */
  replayEpisode: {
    request: { session: number; archive: string; protocol: Protocol; seed: number; episode: number };
    reply: EpisodeOutcome | undefined;
  };
  closeArchive: { request: { session: number; archive: string }; reply: void };
  close: { request: { session: number }; reply: void };
}

/** Name of a call. */
export type Call = keyof Calls;

/** Calls that change what a session knows. Whether one was done is the host's to say, even where it is aborted. */
export const CHANGES: ReadonlySet<Call> = new Set(["learn", "learnMany", "forget", "rename", "retune", "move"] as const);

/** What a call tells before its reply. */
export type ProgressOf<C extends Call> = Calls[C] extends { progress: infer P } ? P : never;

/** A sign of life: `beat` moves whenever work goes on. */
export interface Pulse {
  beat: number;
  /** The engine that computes; absent while none does. */
  kind?: EngineKind;
}

/** From the page to the worker. */
export type ToHost =
  | { [C in Call]: { id: number; call: C; request: Calls[C]["request"] } }[Call]
  | { abort: number }
  /** Asks for a pulse. */
  | { ping: true };

/** An error as it crosses. */
export interface PlainError {
  kind: GlimpseErrorKind;
  message: string;
}

/** From the worker to the page. */
export type FromHost =
  /** It listens, and holds the lock of this name for life. */
  | { ready: string | undefined }
  | { pulse: Pulse }
  /** It computes no more: an engine stopped. */
  | { fault: PlainError }
  | { id: number; progress: ProgressOf<Call> }
  | { id: number; reply: unknown }
  | { id: number; error: PlainError | "aborted" };
