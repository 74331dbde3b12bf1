/**
 * One-shot character recognition in the browser. Start at {@link Glimpse.load}.
 *
 * @packageDocumentation
 */
export { Glimpse } from "./glimpse.js";
export type {
  AbortOptions,
  ArchiveFile,
  ClassifyOptions,
  DigitFiles,
  FineTuneOptions,
  ForgetOptions,
  InventOptions,
  LearnOptions,
  LoadOptions,
  ReplayOptions,
} from "./options.js";
export { packCollection, unpackCollection, type Collection } from "./collection.js";
export type { Drawing, Example, Pixels, Strokes } from "./drawing.js";
export { GlimpseError, type GlimpseErrorKind } from "./error.js";
export type { Forgotten, GlimpseEvents, Renamed, Tuned } from "./events.js";
export {
  codeOf,
  examplesOf,
  fetchSet,
  FORMATS,
  groups,
  isSetName,
  readSet,
  SETS,
  textOf,
  type FetchSetOptions,
  type SetName,
  type SetSource,
  type Sign,
  type SignFormat,
  type SignGroup,
  type SignSet,
} from "./set.js";
export { ENGINES, PROTOCOLS, SYSTEMS } from "./types.js";
export type {
  Classification,
  Engine,
  EngineKind,
  EpisodePictures,
  FeatureMap,
  FineTuneProgress,
  FineTuneStep,
  FineTuning,
  LabelledPlace,
  LearnProgress,
  Measured,
  Pace,
  Place,
  Progress,
  Protocol,
  Ranked,
  Recovery,
  Refusal,
  ReplayProgress,
  System,
  Trial,
  Work,
} from "./types.js";
