/** What the pages of the measurements hold. */
declare var bench: typeof import("./browser/page.js").bench;
declare var replaying: Record<string, { instance: import("glimpse").Glimpse; archive: Blob }>;
declare var visited: ReturnType<typeof import("./browser/visit.js").visit>;
