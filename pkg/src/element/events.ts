import type { Example, Strokes } from "../drawing.js";
import type { GlimpseError } from "../error.js";
import type { Forgotten } from "../events.js";
import type { Sign, SignFormat } from "../set.js";
import type { Classification, Engine, System } from "../types.js";

/** What `glimpse-ready` tells: the network is there. */
export interface ReadyDetail {
  /** The engine that computes. */
  engine: Engine;
  /** The network that answers. */
  system: System;
  /** The characters that are known. */
  labels: readonly string[];
}

/** What `glimpse-result` tells, each time the pen is lifted: the answer, and the drawing it is for. */
export interface ResultDetail extends Classification {
  /** The drawing that was classified. It goes nowhere else. */
  drawing: Strokes;
}

/** What `glimpse-choose` tells, in find mode: a sign was chosen. */
export interface ChooseDetail {
  /** The sign, as its set has it. */
  sign: Sign;
  /** What the element's value is now: the sign's code in the format that the element was asked for. */
  value: string;
  /** That format. */
  format: SignFormat;
}

/** The events of `<glimpse-pad>`. They bubble, out of shadow trees too. */
export interface GlimpsePadEvents {
  /** The network is there. */
  "glimpse-ready": CustomEvent<ReadyDetail>;
  /** The pen was lifted, and this is what was drawn. */
  "glimpse-result": CustomEvent<ResultDetail>;
  /** A drawing was taught, by the visitor or by the page. */
  "glimpse-taught": CustomEvent<Example>;
  /** A label was forgotten, or one of its drawings. */
  "glimpse-forgotten": CustomEvent<Forgotten>;
  /** The visitor chose a sign that was found. */
  "glimpse-choose": CustomEvent<ChooseDetail>;
  /** Something went wrong; the element shows it, too. */
  "glimpse-error": CustomEvent<GlimpseError>;
}
