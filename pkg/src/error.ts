/** What went wrong, for a program to act on. `message` says it, and what to do, for a person. */
export type GlimpseErrorKind = (typeof KINDS)[number];

const KINDS = [
  /** The drawing holds no ink. */
  "EmptyDrawing",
  /** A picture's size does not fit its data, or the size that is needed. */
  "WrongSize",
  /** A drawing, picture or archive is larger than anything sensible. */
  "TooLarge",
  /** A drawing is malformed: odd counts, numbers that are not finite or beyond ±10⁹, anything that is no drawing. */
  "BadDrawing",
  /** A label is neither text nor a number, or too long. */
  "BadLabel",
  /** An option is not what it should be. */
  "BadOption",
  /** Nothing was taught yet. */
  "NoSupport",
  /** Only one label was taught: teach a second one first. */
  "OneClass",
  /** The archive is damaged, or not the expected one. */
  "BadArchive",
  /** A picture cannot be decoded. */
  "BadImage",
  /** The archive holds nothing for this protocol, or no episode of this number. */
  "NoEpisode",
  /** A run's `class_labels.txt` is malformed. */
  "BadLabels",
  /** No system has this name. */
  "NoSystem",
  /** The weights are damaged, or another system's. */
  "BadWeights",
  /** A file is no collection, damaged, or saved by a newer version. */
  "BadCollection",
  /** A file is no set of signs, or holds something that is none. */
  "BadSet",
  /** Fine-tuning went astray; the weights are as they were. */
  "Diverged",
  /** An engine computes something else than it should. */
  "SelfTestFailed",
  /** WebGPU cannot be used here. */
  "NoAdapter",
  /** The browser has no WebAssembly, or the page's policy forbids it. */
  "NoWebAssembly",
  /** The browser's WebAssembly has no SIMD. */
  "NoSimd",
  /** An engine stopped while computing, or no engine could start. */
  "EngineFailed",
  /** A file of the package could not be fetched. */
  "LoadFailed",
  /** The instance was disposed of. */
  "Disposed",
] as const;

/**
 * Every failure of the package except an abort, which rejects with the signal's own reason.
 *
 * @example
 * ```ts
 * try {
 *   await glimpse.classify(drawing);
 * } catch (error) {
 *   if (error instanceof GlimpseError && error.kind === "OneClass") askForAnotherCharacter();
 *   else throw error;
 * }
 * ```
 */
export class GlimpseError extends Error {
  /** What went wrong. */
  readonly kind: GlimpseErrorKind;

  /** @param message what happened and what to do about it, in words for a person */
  constructor(kind: GlimpseErrorKind, message: string) {
    super(message);
    this.name = "GlimpseError";
    this.kind = kind;
  }

  /**
   * Anything thrown, as a `GlimpseError`. The modules throw `Error`s named after their kind; a WebAssembly trap, or
   * anything else unforeseen, is an engine that stopped.
   */
  static from(thrown: unknown): GlimpseError {
    if (thrown instanceof GlimpseError) return thrown;
    const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
    const kind = KINDS.find((kind) => kind === name);
    if (kind) return new GlimpseError(kind, message);
    // What browsers, and Vite, say of a script that does not arrive.
    const noScript = /imported module|module script|preload CSS/i.test(message);
    return noScript
      ? new GlimpseError("LoadFailed", `A file did not arrive (${message}). Is the network there?`)
      : new GlimpseError("EngineFailed", `The engine stopped unexpectedly (${message}).`);
  }
}
