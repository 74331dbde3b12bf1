/**
 * One-shot character recognition in the browser. Start at {@link Glimpse.load}.
 *
 * @packageDocumentation
 */
export { Glimpse } from "./glimpse.js";
export type { AbortOptions, InventOptions, LoadOptions, ReplayOptions } from "./glimpse.js";
export type { Drawing, Pixels, Strokes } from "./drawing.js";
export { GlimpseError, type GlimpseErrorKind } from "./error.js";
export type {
  Classification,
  Engine,
  EngineKind,
  Progress,
  Ranked,
  Refusal,
  RunPictures,
  System,
  Trial,
} from "./types.js";
