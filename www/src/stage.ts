import type { EpisodePictures, Protocol, Trial } from "glimpse";
import { byId, element } from "./dom.js";
import { drawGrey } from "./ink.js";
import { WORDS } from "./protocols.js";

/** The trial that is being replayed: its query and the support. */
export class Stage {
  readonly #stage = byId("stage");
  readonly #query = byId<HTMLCanvasElement>("query");
  readonly #caption = byId("stage-caption");
  readonly #support = byId("support");
  readonly #answer = byId("stage-answer");
  #protocol: Protocol = "official";
  #shown: EpisodePictures | undefined;

  /** Lays out an empty stage. */
  reset(protocol: Protocol): void {
    const { way, shots } = WORDS[protocol];
    this.#protocol = protocol;
    this.#shown = undefined;
    this.#stage.dataset.layout = protocol === "verification" ? "pair" : `${shots}-shot`;
    this.#stage.dataset.way = `${way}`;
    this.#support.style.setProperty("--shots", `${shots}`);
    this.#support.replaceChildren(...Array.from({ length: way }, () => element("li", {}, element("canvas"))));
    this.#query.width = this.#query.width;
    this.#caption.textContent = "the query";
    this.#answer.textContent = "";
  }

  /** Shows a trial and its answer. */
  show(trial: Trial): void {
    const { pictures, truth, chosen } = trial;
    const { side, shots, queries, support } = pictures;
    drawGrey(this.#query, side, queries[trial.trial]!);
    this.#caption.textContent = nameOf(trial).toLowerCase();
    [...this.#support.children].forEach((item, i) => {
      if (this.#shown !== pictures) {
        drawGrey(item.firstElementChild as HTMLCanvasElement, side, ...support.slice(i * shots, (i + 1) * shots));
      }
      item.className = this.#protocol === "verification" ? "" : i === truth ? "truth" : i === chosen ? "mistaken" : "";
    });
    this.#shown = pictures;
    if (this.#protocol !== "verification") return;
    this.#answer.className = trial.correct ? "pair-answer" : "pair-answer wrong";
    this.#answer.replaceChildren(
      element("strong", {}, chosen === null ? "another" : "the same"),
      ` ${trial.scores[0]!.toFixed(2)}, ${trial.correct ? "right" : "wrong"}`,
    );
  }
}

/** A trial's name. */
export function nameOf({ episode, trial, pictures }: Trial): string {
  return pictures.way === 1 ? `Pair ${episode + 1}` : `Episode ${episode + 1}, query ${trial + 1}`;
}
