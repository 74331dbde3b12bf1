/** What the page asks of its service worker. */
export type Request =
  /** Fetch and keep the files whose paths begin so. */
  | { keep: readonly string[] }
  /** Take over from the version before. */
  | "activate";
