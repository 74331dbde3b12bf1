/** What `glimpse evaluate` measured under a protocol: a row of `weights/scores.json`. */
interface ScoreRow {
  /** A network, or a baseline. */
  system: import("glimpse").System | "hausdorff" | "pixels";
  protocol: import("glimpse").Protocol;
  /** Over how many views, each warped a little, scores are averaged. */
  views: number;
  episodes: number;
  trials: number;
  correct: number;
  /** 0…1. */
  accuracy: number;
  /** 95 %, 0…1. */
  interval: [number, number];
  /** Area under the ROC curve, of verification. */
  auc: number | null;
}

/** What others published. */
interface PublishedRow {
  protocol: import("glimpse").Protocol;
  who: string;
  /** 0…1. */
  accuracy: number;
  source: string;
  note: string | null;
}

/** Tasks before and after fine-tuning on their support: a row of `weights/fine-tuning.json`. */
interface TuningRow {
  system: import("glimpse").System;
  data: string;
  /** `random-20-way-1-shot` and the like, of characters of the data. */
  protocol: string;
  tasks: number;
  trials: number;
  /** Accuracy, 0…1. */
  before: number;
  after: number;
  /** Mean of the tasks' differences, and its 95 % interval. */
  gain: number;
  interval: [number, number];
}

/** What scores are worth on a set of drawings: a row of `weights/sets.json`. */
interface TrustRow {
  set: string;
  /** A network. */
  method: import("glimpse").System;
  way: number;
  shots: number;
  trials: number;
  /** Mean distance of score and accuracy, 0…1. */
  calibration_error: number;
  /** Trials of about the same score: their mean score and the share that is right, 0…1. */
  reliability: { trials: number; score: number; right: number }[];
  /** Share of wrong ones among the trials with the best scores: of the first of as many equal parts as there are numbers, of the first two, and so on. */
  risk: number[];
  /** Of queries of signs that were not taught, the share that counts as not known; and of those that were. */
  refused: number;
  lost: number;
}

/** The trained networks' cards, as far as the page quotes them; null where a checkout has none. */
declare module "virtual:model-cards" {
  const cards: Record<
    import("glimpse").System,
    {
      parameters: number;
      bytes: number;
    } | null
  >;
  export default cards;
}

/** The sets of signs that the site has, with how many signs each holds. */
declare module "virtual:sets" {
  const sets: Readonly<Partial<Record<import("glimpse").SetName, number>>>;
  export default sets;
}

/** The systems' rows of the official runs; null in a checkout that has none, as of all below. */
declare module "virtual:official" {
  const rows: ScoreRow[] | null;
  export default rows;
}

declare module "virtual:published" {
  const rows: PublishedRow[] | null;
  export default rows;
}

/** Every row of `weights/scores.json`. */
declare module "virtual:scores" {
  const rows: ScoreRow[] | null;
  export default rows;
}

declare module "virtual:fine-tuning" {
  const rows: TuningRow[] | null;
  export default rows;
}

declare module "virtual:trust" {
  const rows: TrustRow[] | null;
  export default rows;
}
