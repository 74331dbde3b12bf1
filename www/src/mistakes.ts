import type { Trial } from "glimpse";
import { byId, element } from "./dom.js";
import { greyPicture } from "./ink.js";
import { nameOf } from "./stage.js";

/** How many mistakes are shown. */
const SHOWN = 60;

/** Every query that was taken for something else, up to a number. */
export class Mistakes {
  readonly #list = byId("mistake-list");
  readonly #title = byId("mistakes-title");
  readonly #open: (trial: Trial) => void;
  #count = 0;

  constructor(open: (trial: Trial) => void) {
    this.#open = open;
  }

  reset(): void {
    this.#count = 0;
    this.#list.replaceChildren();
    byId("mistakes").hidden = true;
  }

  add(trial: Trial): void {
    const { pictures, chosen, trial: query } = trial;
    this.#count += 1;
    this.#title.textContent = `Mistakes: ${this.#count}${this.#count > SHOWN ? `, the first ${SHOWN} of them shown` : ""}`;
    if (this.#count > SHOWN) return;
    const sign = pictures.way > 1 ? "→" : chosen === null ? "≠" : "=";
    const button = element(
      "button",
      { ariaLabel: `${nameOf(trial)}: open` },
      greyPicture(pictures.queries[query]!, pictures.side, "query"),
      element("span", { ariaHidden: "true" }, sign),
      greyPicture(pictures.support[(chosen ?? 0) * pictures.shots]!, pictures.side, "chosen"),
    );
    button.addEventListener("click", () => this.#open(trial));
    this.#list.append(element("li", {}, button));
    byId("mistakes").hidden = false;
  }
}
