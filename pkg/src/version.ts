/** The version of this package. A test compares it with the manifests. */
export const VERSION = "0.1.0";
