/** What computes: `webgpu` on the graphics processor, `flex` and `ndarray` on the CPU. */
export type EngineKind = "webgpu" | "flex" | "ndarray";

/** A trained network: `siamese` is Koch, Zemel and Salakhutdinov 2015. */
export type System = "siamese";

/** An engine that was considered and not taken. */
export interface Refusal {
  /** Which engine. */
  kind: EngineKind;
  /** Why, in words for a person. */
  why: string;
}

/** The engine that runs. */
export interface Engine {
  /** Which engine. */
  kind: EngineKind;
  /** The graphics adapter, for `webgpu`. */
  adapter?: string;
  /** Largest difference between its embedding of the self-test's drawing and the stored one; at most 0.001. */
  selfTestError: number;
  /** The engines that were tried before it, in order. */
  refused: readonly Refusal[];
}

/** How far loading is. */
export interface Progress {
  /** `download`: module and weights arrive, and compile as they do. `start`: the engine opens and tests itself. */
  phase: "download" | "start";
  /** The engine being loaded. */
  engine: EngineKind;
  /** Bytes that arrived, decompressed. */
  loaded: number;
  /** Bytes expected; absent where the server does not say. */
  total?: number;
}

/** A label and how well it matches. */
export interface Ranked {
  /** As it was taught. */
  label: string;
  /** The head's score of the label's best drawing, 0…1. */
  score: number;
}

/** The answer for one query. */
export interface Classification {
  /** Every label that was taught, best first. */
  ranking: Ranked[];
  /** Time the engine took, in milliseconds. */
  millis: number;
}

/** The 40 pictures of an official run: grey, row after row, 255 = ink, 0 = paper. */
export interface RunPictures {
  /** Width and height of each picture in pixels. */
  side: number;
  /** The 20 support drawings. */
  support: Uint8Array[];
  /** The 20 queries, in the order of the trials. */
  queries: Uint8Array[];
}

/** The outcome of one query of a run. */
export interface Trial {
  /** Index of the run, from 0. */
  run: number;
  /** Index of the query in its run, from 0. */
  trial: number;
  /** Index of the right support drawing. */
  truth: number;
  /** Index of the support drawing with the best score. */
  chosen: number;
  /** Whether the chosen one is the right one. */
  correct: boolean;
  /** Score of each support drawing, 0…1. */
  scores: number[];
  /** The run's pictures; all trials of a run share them. */
  pictures: RunPictures;
}
