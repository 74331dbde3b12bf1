/** The attributes of `<glimpse-pad>`, as frameworks check them. */
export interface GlimpsePadAttributes {
  /** Which network: `siamese`, `triplet` or `relation`; default: the support file's, or `siamese`. */
  system?: "siamese" | "triplet" | "relation" | (string & {}) | null | undefined;
  /** An engine's name, several, or `auto`; default: the CPU's engines. */
  engine?: "auto" | "simd" | "webgpu" | "flex" | "ndarray" | (string & {}) | null | undefined;
  /** URL of the characters to know: a file that Glimpse saved, or JSON. Without it the visitor teaches. For `find`: sets of signs, by name or URL. */
  support?: string | null | undefined;
  /** What it shows; default: `draw`. */
  mode?: "draw" | "find" | "map" | "replay" | (string & {}) | null | undefined;
  /** For `replay`: URL of Omniglot's `all_runs.zip`; default: beside the page. */
  archive?: string | null | undefined;
  /** For `find`: what the value is of a sign; default: `sign`. */
  format?: "sign" | "latex" | "typst" | "html" | "unicode" | (string & {}) | null | undefined;
  /** For `find`: its name in a form. */
  name?: string | null | undefined;
  /** For `find`: its value at first. */
  value?: string | null | undefined;
  /** For `find`: whether the form asks for a value. */
  required?: boolean | "" | null | undefined;
  /** For `find`: whether it does nothing, and has no value. */
  disabled?: boolean | "" | null | undefined;
  /** `light`, `dark`, or the page's own `color-scheme`. */
  theme?: "light" | "dark" | "auto" | (string & {}) | null | undefined;
  /** Name of the sheet, to a screen reader. */
  label?: string | null | undefined;
  /** Fingers draw nothing, so that a hand can rest on the sheet; a pen and the mouse do. */
  "pen-only"?: boolean | "" | "true" | "false" | null | undefined;
}
