/**
 * What computes: `webgpu` on the graphics processor, the others on the CPU. `simd` is the smallest and the fastest there, and
 * recognises only: fine-tuning is done by `flex`, which is fetched when it is first needed. `flex` and `ndarray` do both.
 */
export type EngineKind = (typeof ENGINES)[number];

/** Every {@link EngineKind}. */
export const ENGINES = ["simd", "webgpu", "flex", "ndarray"] as const;

/**
 * A trained network: `siamese` is Koch, Zemel and Salakhutdinov 2015; `triplet` Hoffer and Ailon 2014; `relation` Sung
 * et al. 2018.
 */
export type System = (typeof SYSTEMS)[number];

/** Every {@link System}. */
export const SYSTEMS = ["siamese", "triplet", "relation"] as const;

/** An engine that was considered and not taken. */
export interface Refusal {
  /** Which engine. */
  kind: EngineKind;
  /** Why, in words for a person. */
  why: string;
}

/** What there is to compute: one drawing at a time, a batch of them, or steps of learning. */
export type Work = "classify" | "replay" | "fineTune";

/** How long each kind of work takes on an engine, in milliseconds: a classification, an episode's batch, a step. */
export type Pace = Record<Work, number>;

/** The engine that runs. */
export interface Engine {
  /** Which engine: the one that classifies. */
  kind: EngineKind;
  /** The graphics adapter, for `webgpu`. */
  adapter?: string;
  /** Largest difference between its embedding of the self-test's drawing and the stored one; at most 0.001. */
  selfTestError: number;
  /** The engines that were tried before it, and those that stopped, in order. */
  refused: readonly Refusal[];
  /**
   * With `auto`, where the graphics processor and the CPU were timed on the same work: how long each takes. The faster one
   * then does each kind of work.
   */
  paces?: Partial<Record<EngineKind, Pace>>;
}

/** An engine stopped, and another one goes on with all that was taught. */
export interface Recovery {
  /** The engine that stopped. */
  from: EngineKind;
  /** The engine that goes on. */
  to: EngineKind;
  /** What happened, in words for a person. */
  why: string;
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

/** How far learning many drawings is. */
export interface LearnProgress {
  /** How many were learnt. */
  learnt: number;
  /** How many there are. */
  total: number;
}

/** A label and how well it matches. */
export interface Ranked {
  /** As it was taught. */
  label: string;
  /**
   * The chance that this is the right label, 0…1, given how many were taught, and that the sign is one of them. Those of all labels
   * add up to 1. Calibrated on characters that training did not see.
   */
  score: number;
  /**
   * The head's own output, higher for drawings more alike: for `siamese` and `relation` a logit, for `triplet` the
   * features' distance, on the scale that was learnt, with its sign turned. Exact for the 64 best labels; right to about a tenth for those
   * behind them.
   */
  similarity: number;
}

/** The answer for one query. */
export interface Classification {
  /** Every label that was taught, best first. */
  ranking: Ranked[];
  /** Whether the sign was taught at all: whether its familiarity reaches the `threshold`. Where it was not, it is time to teach it. */
  known: boolean;
  /** How well the sign is known, 0…1. Under 0.5 lies one in twenty of the signs that were taught, and most of those that were not. */
  familiarity: number;
  /** Time the engine took, in milliseconds. */
  millis: number;
}

/** How a network does on held-out variations of the drawings that it was taught. */
export interface Measured {
  /** Share of the variations whose best match is their own character, 0…1. */
  accuracy: number;
  /** The system's objective on them; lower is better. */
  loss: number;
  /** How many variations. */
  drawings: number;
}

/** How far the engine is with fine-tuning. */
export interface FineTuneStep {
  /** Steps done. At 0 the network as it was is measured. */
  step: number;
  /** Steps in all. */
  steps: number;
  /** The objective on the drawings of the step just done; absent at step 0. */
  loss?: number;
  /** Where this step measured. */
  measured?: Measured;
  /** The step whose network measured best so far; 0 is the network as it was. */
  best: number;
}

/** How far fine-tuning is. */
export interface FineTuneProgress extends FineTuneStep {
  /** Time left at the pace so far, in seconds; absent until the first step is done. */
  secondsLeft?: number;
}

/** What fine-tuning gained. */
export interface FineTuning {
  /** The network as it was. */
  before: Measured;
  /** The network that goes on: the best one, the original included. */
  after: Measured;
  /** The objective at each step. */
  losses: number[];
  /** Steps to the best network; 0 where none was better. */
  best: number;
  /** Time it took, in milliseconds. */
  millis: number;
}

/** A drawing's place on a map, in units of feature distance. */
export interface Place {
  /** Along the first principal component. */
  x: number;
  /** Along the second. */
  y: number;
}

/** Where a drawing that was taught lies. */
export interface LabelledPlace extends Place {
  /** As it was taught. */
  label: string;
}

/** Where drawings lie in the space of features: the support's first two principal components. */
export interface FeatureMap {
  /** Every drawing taught with its label, in the order taught. */
  support: LabelledPlace[];
  /** The query, projected onto the same components; absent where none was given. */
  query?: Place;
  /** Share of the support's variance that the two components hold, 0…1. */
  explained: number;
}

/**
 * Ways to measure one-shot recognition, on drawings that no network has learnt from. In each an episode is a support
 * set and the queries asked against it.
 *
 * - `official`: Lake's 20 runs, 20 characters of one alphabet and 20 queries each
 * - `random-5-way-1-shot` and the three like it: characters from anywhere in Omniglot's evaluation set, one query each
 * - `within-alphabet`: 20 characters of one alphabet, 1 shot, one query each
 * - `verification`: one support drawing and one query: the same character or not?
 * - `verification-within-alphabet`: the same, of pairs within an alphabet
 * - `mnist`: the ten digits, 1 shot, one query each
 */
export const PROTOCOLS = [
  "official",
  "random-5-way-1-shot",
  "random-5-way-5-shot",
  "random-20-way-1-shot",
  "random-20-way-5-shot",
  "within-alphabet",
  "verification",
  "verification-within-alphabet",
  "mnist",
] as const;

/** One of {@link PROTOCOLS}. */
export type Protocol = (typeof PROTOCOLS)[number];

/** The pictures of an episode: grey, row after row, 255 = ink, 0 = paper. */
export interface EpisodePictures {
  /** Width and height of each picture in pixels. */
  side: number;
  /** Number of characters to choose from. */
  way: number;
  /** Number of support drawings of each character. */
  shots: number;
  /** The `way * shots` support drawings, character by character. */
  support: Uint8Array[];
  /** The queries, in the order of the trials. */
  queries: Uint8Array[];
}

/** The outcome of one query of an episode. */
export interface Trial {
  /** Number of the episode, from 0. */
  episode: number;
  /** Index of the query in its episode, from 0. */
  trial: number;
  /** Index of the right character; `null` where the support holds none, as in half of the trials of verification. */
  truth: number | null;
  /** Index of the character with the best score; `null` where verification found the two drawings to differ. */
  chosen: number | null;
  /** Whether the chosen one is the right one. */
  correct: boolean;
  /** Score of each character, 0…1. */
  scores: number[];
  /** The episode's pictures; all trials of an episode share them. */
  pictures: EpisodePictures;
}

/** How far a replay is. */
export interface ReplayProgress {
  /** `read`: the archive is being read, which may take seconds. `replay`: episodes are. */
  phase: "read" | "replay";
  /** Episodes replayed so far. */
  episodes: number;
  /** Episodes to replay in all. */
  total: number;
}
