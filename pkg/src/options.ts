import type { Example } from "./drawing.js";
import type { SignSet } from "./set.js";
import type {
  Engine,
  EngineKind,
  FineTuneProgress,
  LearnProgress,
  Progress,
  Protocol,
  Recovery,
  ReplayProgress,
  System,
} from "./types.js";

/** How to load. */
export interface LoadOptions {
  /** Which trained network; default: `siamese`. */
  system?: System;
  /**
   * Which engine computes. `auto`, the default, starts with the CPU. Where there is a graphics processor, both are then
   * timed on the same work, once in a browser, and each kind of work is done by the one that is faster at it. A name takes
   * that engine or fails; a list takes the first that starts.
   */
  engine?: "auto" | EngineKind | readonly EngineKind[];
  /** Whether `auto` also considers a graphics adapter that is only software, which is hardly ever faster; default: `false`. */
  allowSoftware?: boolean;
  /** Weights as safetensors, or where to fetch them, instead of the ones that come with the package. */
  weights?: string | URL | Uint8Array | ArrayBuffer;
  /**
   * Modules by name, as bytes or compiled, or where to fetch them, instead of the ones that come with the package:
   * `{ simd: bytes }`; `archives` is the one that replay reads data with. Each must be of this version of the package; one is
   * loaded once, by the first who asks.
   */
  wasm?: Partial<Record<EngineKind | "archives", string | URL | Uint8Array | ArrayBuffer | WebAssembly.Module>>;
  /** The folder, ending in `/`, that `wasm/` and `weights/` are fetched from; default: the one of the package's code. */
  assets?: string | URL;
  /**
   * `false` computes in the page itself. Otherwise a worker does, unless the page forbids workers: the one that all instances
   * share, or, with a name, one that instances share which give the same name: instances of two names compute side by side.
   */
  worker?: boolean | string;
  /**
   * What it knows from the start: drawings as {@link Glimpse.examples} gives them; sets of signs, as they are or by name, "greek mathematics"; or a list of
   * either. Signs of sets that look alike have one label: see {@link groups}.
   */
  support?: string | SignSet | readonly (Example | SignSet | string)[];
  /** Fine-tuned weights of this system, as {@link Glimpse.tunedWeights} gives them. */
  tuned?: Uint8Array;
  /** Called with how far loading is. */
  onprogress?: (progress: Progress) => void;
  /** Called when an engine stopped and another one goes on with what was taught. */
  onrecover?: (recovery: Recovery) => void;
  /** Called when engines were timed, or when another one classifies from now on: see {@link Glimpse.engine}. */
  onengine?: (engine: Engine) => void;
  /** Gives up loading. */
  signal?: AbortSignal;
}

/** What may be added to a call. */
export interface AbortOptions {
  /**
   * Gives up; the promise rejects with the signal's reason. A call that changes what is known is then done nowhere: where the
   * abort comes too late for that, the promise resolves.
   */
  signal?: AbortSignal;
}

/** What to forget. */
export interface ForgetOptions extends AbortOptions {
  /** Which of the label's drawings, from 0, in the order of {@link Glimpse.examples}; default: all of them. */
  drawing?: number;
}

/** How to learn many drawings. */
export interface LearnOptions extends AbortOptions {
  /** Called with how many of them were learnt. */
  onprogress?: (progress: LearnProgress) => void;
}

/** How to classify. */
export interface ClassifyOptions extends AbortOptions {
  /** How many labels to rank, the best ones; default: all. */
  limit?: number;
  /**
   * The familiarity, 0…1, from which on a sign counts as known; default: 0.5. More refuses more of what was never taught, and more of what was.
   */
  threshold?: number;
  /**
   * Whether size and place on the sheet count, too, so that signs that differ by nothing else are distinguished: ∘ and ◯, – and _. Every drawing, taught or asked, then
   * is one of strokes with the `size` of its sheet. Default: false.
   */
  place?: boolean;
}

/** How to fine-tune. */
export interface FineTuneOptions extends AbortOptions {
  /** How many steps, 0 to 10,000; default: as many as were found to do well. */
  steps?: number;
  /** The same seed and drawings give the same steps, on every engine but for rounding. A whole number, 0 or more. */
  seed?: number;
  /** Called with the network before, at step 0, and after every step. */
  onstep?: (progress: FineTuneProgress) => void;
}

/** Which characters to invent. 20,000 drawings are made at most. */
export interface InventOptions extends AbortOptions {
  /** The same seed invents the same characters, everywhere. A whole number, 0 or more. */
  seed: number;
  /** How many characters, 100 at most: the more there are, the longer it takes to find one that differs from all of them. */
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
  /** How episodes are made; default: `official`. */
  protocol?: Protocol;
  /**
   * The data: Omniglot's `all_runs.zip` for `official`; MNIST's two t10k files, gzip or not, for `mnist`; Omniglot's
   * `images_evaluation.zip` for the others. The last archive of each kind is kept, so the same object is read once.
   */
  archive: ArchiveFile | DigitFiles;
  /** Together with its number it makes an episode: the same drawings everywhere. A whole number; default: 0. */
  seed?: number;
  /**
   * How many episodes, from 0 on, or the numbers of those wanted; at most 1,000,000. Default: 20 of `official`, 100 of any other.
   */
  episodes?: number | readonly number[];
  /** How many workers replay side by side, 1 to 16; default: 2 where the processor has cores to spare, else 1. */
  workers?: number;
  /** Called with how far it is. */
  onprogress?: (progress: ReplayProgress) => void;
}
