/** What `openPackage` puts into its page. */
declare var glimpse: typeof import("glimpse");
