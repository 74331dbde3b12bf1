import type { Example } from "./drawing.js";
import type { Engine, Recovery } from "./types.js";

/** What `forgotten` tells. */
export interface Forgotten {
  /** The label. */
  label: string;
  /** Which of its drawings, from 0, in the order taught; absent where all of them were forgotten. */
  drawing?: number;
}

/** What `renamed` tells. */
export interface Renamed {
  /** The label before. */
  label: string;
  /** The label from now on. */
  to: string;
}

/** What `tuned` tells. */
export interface Tuned {
  /** Whether weights that fine-tuning changed answer now, not the trained ones. */
  tuned: boolean;
}

/** What changed in what an instance knows. */
export interface Changes {
  /** A drawing was taught. */
  taught: Example;
  /** A label was forgotten, or one of its drawings. */
  forgotten: Forgotten;
  /** A label got another name. */
  renamed: Renamed;
  /** Other weights answer. */
  tuned: Tuned;
}

/** The events of an instance, each a `CustomEvent` with a `detail`. */
export interface GlimpseEvents {
  /** A drawing was taught. */
  taught: CustomEvent<Example>;
  /** A label was forgotten, or one of its drawings. */
  forgotten: CustomEvent<Forgotten>;
  /** A label got another name. */
  renamed: CustomEvent<Renamed>;
  /** Other weights answer: after fine-tuning, and after the return from it. */
  tuned: CustomEvent<Tuned>;
  /** Engines were timed, or another one classifies from now on. */
  engine: CustomEvent<Engine>;
  /** An engine stopped, and another one goes on with all that was taught. */
  recovery: CustomEvent<Recovery>;
}
