import type { Trial } from "glimpse";
import { byId, element } from "./dom.js";
import { greyPicture } from "./ink.js";
import { nameOf } from "./stage.js";
import { label, words, write } from "./words/index.js";

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
    const count = this.#count;
    write(this.#title, () => (count > SHOWN ? words.replay.someMistakes(count, SHOWN) : words.replay.mistakes(count)));
    if (count > SHOWN) return;
    const sign = pictures.way > 1 ? "→" : chosen === null ? "≠" : "=";
    const button = element(
      "button",
      {},
      greyPicture(pictures.queries[query]!, pictures.side),
      element("span", { ariaHidden: "true" }, sign),
      greyPicture(pictures.support[(chosen ?? 0) * pictures.shots]!, pictures.side),
    );
    label(button, { "aria-label": () => words.replay.open(nameOf(trial)) });
    button.addEventListener("click", () => this.#open(trial));
    this.#list.append(element("li", {}, button));
    byId("mistakes").hidden = false;
  }
}
