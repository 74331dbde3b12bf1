/**
 * Runs before anything is painted. The HTML is English: for who wants Korean its words are asked for at once, and until they are there
 * the page shows none, unless they take too long.
 */
import { preferred } from "./words/preference.js";

/** How long no words are shown, in milliseconds. */
const PATIENCE = 3000;

const { dataset, lang } = document.documentElement;
// Where this comes last the page speaks by now.
if (preferred() === "ko" && lang !== "ko") {
  dataset.unsaid = "";
  setTimeout(() => delete dataset.unsaid, PATIENCE);
  // The file that is whole by itself has them inside.
  const { korean } = document.currentScript!.dataset;
  if (korean) document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href: korean }));
}
