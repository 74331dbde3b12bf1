/** What `openPackage` puts into its page. */
declare var glimpse: typeof import("glimpse");

/** What the package's own tests put there. */
declare function drawing(slant: number): { strokes: number[][] };
declare function kindOf(promise: Promise<unknown>): Promise<string>;
