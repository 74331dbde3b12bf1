/** What `glimpse evaluate` measured, and what was published. */
interface Scores {
  rows: {
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
  }[];
  published: {
    protocol: import("glimpse").Protocol;
    who: string;
    /** 0…1. */
    accuracy: number;
    source: string;
    note: string | null;
  }[];
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

/** `weights/scores.json`; null in a checkout that has none. */
declare module "virtual:scores" {
  const scores: Scores | null;
  export default scores;
}

/** `weights/fine-tuning.json`: tasks before and after fine-tuning on their support; null in a checkout that has none. */
declare module "virtual:fine-tuning" {
  const tuning: {
    rows: {
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
    }[];
  } | null;
  export default tuning;
}
