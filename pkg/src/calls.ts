import type { PlainDrawing, Strokes } from "./drawing.js";
import type { GlimpseErrorKind } from "./error.js";
import type {
  Classification,
  Engine,
  EngineKind,
  EpisodePictures,
  FeatureMap,
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
  /** Whether a graphics adapter that is only software will do. */
  allowSoftware: boolean;
  /** Absolute URL of the folder with `wasm/` and `weights/`; absent: beside this code. */
  assets?: string;
  /** Absolute URL of the weights, or the weights; absent: the system's own. */
  weights?: string | Uint8Array;
  failSelfTest: readonly EngineKind[];
}

/** What data an archive holds. */
export type ArchiveKind = "official" | "evaluation" | "mnist";

/** An episode's outcomes with its pictures. */
export interface EpisodeOutcome {
  trials: Omit<Trial, "pictures">[];
  pictures: EpisodePictures;
}

/** What the host does: a request and a reply for each call. Both can be cloned to and from a worker. */
export interface Calls {
  open: { request: OpenRequest; reply: { session: number; engine: Engine } };
  learn: { request: { session: number; label: string; drawing: PlainDrawing }; reply: string[] };
  forget: { request: { session: number; label: string }; reply: string[] };
  classify: { request: { session: number; drawing: PlainDrawing }; reply: Classification };
  embed: { request: { session: number; drawing: PlainDrawing }; reply: Float32Array };
  preview: { request: { session: number; drawing: PlainDrawing }; reply: Uint8Array };
  invent: { request: { session: number; seed: number; characters: number; drawers: number }; reply: Strokes[][] };
  map: { request: { session: number; query?: PlainDrawing }; reply: FeatureMap };
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

/** From the page to the worker. */
export type ToHost =
  | { [C in Call]: { id: number; call: C; request: Calls[C]["request"] } }[Call]
  | { abort: number };

/** From the worker to the page. */
export type FromHost =
  | { ready: true }
  | { id: number; progress: Progress }
  | { id: number; reply: unknown }
  | { id: number; error: { kind: GlimpseErrorKind; message: string } | "aborted" };
