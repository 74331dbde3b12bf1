import { replaceState } from "./dom.js";
import type { Stroke } from "./ink.js";

/** What a page keeps for the one that takes its place: what is on its sheets, and the name that goes with it. */
interface Kept {
  ink?: readonly Stroke[];
  name?: string;
  /** What is on the sheet of the view that finds signs. */
  finding?: readonly Stroke[];
}

/** What the page before this one kept. */
export const kept: Kept = (history.state as Kept | null) ?? {};

const keepers: (() => Kept)[] = [];

/** Has what `keep` gives kept when the page is loaded anew. */
export function onreload(keep: () => Kept): void {
  keepers.push(keep);
}

/** Loads the page anew, with what is on it. A script that did not arrive comes so: a page never asks for the same one again. */
export function reload(): void {
  replaceState(Object.assign({}, ...keepers.map((keep) => keep())));
  location.reload();
}
