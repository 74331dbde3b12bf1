/** What `openPackage` puts into its page. */
declare var glimpse: typeof import("glimpse");

/** What the package's own tests put there. */
declare function drawing(slant: number): { strokes: number[][] };
declare function kindOf(promise: Promise<unknown>): Promise<string>;
/** The features that a drawing is known by once it is taught. */
declare function known(instance: import("glimpse").Glimpse, drawing: import("glimpse").Strokes): Promise<Float32Array>;

/** What the tests of fine-tuning put there. */
declare function taught(
  options: import("glimpse").LoadOptions,
  support?: { characters?: number; drawers?: number },
): Promise<{ instance: import("glimpse").Glimpse; queries: import("glimpse").Strokes[] }>;
declare function rankings(
  instance: import("glimpse").Glimpse,
  queries: import("glimpse").Strokes[],
): Promise<import("glimpse").Ranked[][]>;

/** What the tests of faults put there. */
declare var instance: import("glimpse").Glimpse;
declare var queries: import("glimpse").Strokes[];
declare var recoveries: import("glimpse").Recovery[];
declare var step: number;

/** What the tests of `auto` put there. */
declare var timed: Promise<import("glimpse").Engine>;

/** What the test of long use puts there. */
declare var long: { classifications: number; fineTunings: number; loads: number; aborted: number };

/** What `openArticles` puts into its pages. */
declare var violations: string[];
declare var heard: [string, any][];

/** What `watchWords` puts there: the words that were seen. */
declare var seen: Set<string>;

/** What the tests of access put there: the region that said something, and what. */
declare var told: [string, string][];

/** What the tests of the door put there. */
declare var square: import("glimpse").Strokes;
declare function outcomeOf(call: () => Promise<unknown>): Promise<{ value?: any; kind?: string; message?: string }>;

/** What the tests of changes put there. */
declare var hands: import("../browser/changes.test.js").Hands;
