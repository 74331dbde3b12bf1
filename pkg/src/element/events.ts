import type { Example, Strokes } from "../drawing.js";
import type { GlimpseError } from "../error.js";
import type { Forgotten } from "../events.js";
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
  /** Something went wrong; the element shows it, too. */
  "glimpse-error": CustomEvent<GlimpseError>;
}
