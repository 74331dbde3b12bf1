import type { Example } from "./collection.js";
import type { PlainDrawing, Strokes } from "./drawing.js";
import type { GlimpseErrorKind } from "./error.js";
import type { Classified, WasmSource } from "./modules.js";
import type {
  Engine,
  EngineKind,
  EpisodePictures,
  FeatureMap,
  FineTuneStep,
  Progress,
  Protocol,
  System,
  Trial,
} from "./types.js";

/** What to open a session with. */
export interface OpenRequest {
  system: System;
  /** In order of preference. */
  engines: readonly EngineKind[];
  /** Absolute URL of the folder with `wasm/` and `weights/`; absent: beside this code. */
  assets?: string;
  /** Absolute URL of the weights, or the weights; absent: the system's own. */
  weights?: string | Uint8Array;
  /** Of engines their modules, instead of those that come with the package. */
  wasm: Partial<Record<EngineKind, WasmSource>>;
  /** What the session knows from the start. */
  support: readonly Example[];
  /** Its fine-tuned weights; absent: the trained ones. */
  tuned?: Uint8Array;
  failSelfTest: readonly EngineKind[];
}

/** What data an archive holds. */
export type ArchiveKind = "official" | "evaluation" | "mnist";

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
  prepare: { request: { engine: EngineKind } & Pick<OpenRequest, "assets" | "wasm">; reply: void };
  open: { request: OpenRequest; reply: { session: number; engine: Engine }; progress: Progress };
  /** Replies with the drawing's strokes. */
  learn: { request: { session: number; label: string; drawing: PlainDrawing }; reply: Strokes };
  trace: { request: { session: number; drawing: PlainDrawing }; reply: Strokes };
  forget: { request: { session: number; label: string }; reply: void };
  classify: { request: { session: number; drawing: PlainDrawing }; reply: Classified };
  embed: { request: { session: number; drawing: PlainDrawing }; reply: Float32Array };
  preview: { request: { session: number; drawing: PlainDrawing }; reply: Uint8Array };
  invent: { request: { session: number; seed: number; characters: number; drawers: number }; reply: Strokes[][] };
  map: { request: { session: number; query?: PlainDrawing }; reply: FeatureMap };
  /** Replies with the weights that it changed. */
  fineTune: {
    request: { session: number; steps?: number; seed?: number };
    reply: Uint8Array | undefined;
    progress: FineTuneStep;
  };
  retune: { request: { session: number; tuned?: Uint8Array }; reply: void };
  openArchive: { request: { session: number; kind: ArchiveKind; files: readonly Uint8Array[] }; reply: number };
  replayEpisode: {
    request: { session: number; archive: number; protocol: Protocol; seed: number; episode: number };
    reply: EpisodeOutcome;
  };
  closeArchive: { request: { session: number; archive: number }; reply: void };
  close: { request: { session: number }; reply: void };
}

/** Name of a call. */
export type Call = keyof Calls;

/** What a call tells before its reply. */
export type ProgressOf<C extends Call> = Calls[C] extends { progress: infer P } ? P : never;

/** From the page to the worker. */
export type ToHost =
  | { [C in Call]: { id: number; call: C; request: Calls[C]["request"] } }[Call]
  | { abort: number };

/** From the worker to the page. */
export type FromHost =
  /** It listens, and holds the lock of this name for life. */
  | { ready: string }
  | { id: number; progress: ProgressOf<Call> }
  | { id: number; reply: unknown }
  | { id: number; error: { kind: GlimpseErrorKind; message: string } | "aborted" };
