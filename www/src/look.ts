import type { Glimpse, Ranked, Strokes } from "glimpse";
import type { Stroke } from "./ink.js";

/** A drawing on the paper and what the network makes of it. */
export interface Look {
  /** The paper's ink. */
  ink: readonly Stroke[];
  drawing: Strokes;
  /** Best first; empty while fewer than two characters are known. */
  ranking: readonly Ranked[];
  /** Whether the pen is lifted. */
  lifted: boolean;
}

/** A way to look at what is known. */
export interface Lens {
  /** Shows what is known, and the drawing on the paper if there is one. */
  show(glimpse: Glimpse, look: Look | undefined): Promise<void> | void;
}
