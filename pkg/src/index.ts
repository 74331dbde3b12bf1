/**
 * One-shot character recognition in the browser. Start at {@link Glimpse.load}.
 *
 * @packageDocumentation
 */
export { Glimpse } from "./glimpse.js";
export type { AbortOptions, ArchiveFile, InventOptions, LoadOptions, ReplayOptions } from "./glimpse.js";
export type { Drawing, Pixels, Strokes } from "./drawing.js";
export { GlimpseError, type GlimpseErrorKind } from "./error.js";
export { PROTOCOLS } from "./types.js";
export type {
  Classification,
  Engine,
  EngineKind,
  EpisodePictures,
  FeatureMap,
  Place,
  Progress,
  Protocol,
  Ranked,
  Refusal,
  ReplayProgress,
  System,
  Trial,
} from "./types.js";
