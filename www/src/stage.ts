import type { EpisodePictures, Protocol, Trial } from "glimpse";
import { byId, element } from "./dom.js";
import { drawGrey } from "./ink.js";
import { PROTOCOLS } from "./protocols.js";
import { words, write } from "./words/index.js";

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
    const { way, shots } = PROTOCOLS[protocol];
    this.#protocol = protocol;
    this.#shown = undefined;
    this.#stage.dataset.layout = protocol === "verification" ? "pair" : `${shots}-shot`;
    this.#stage.dataset.way = `${way}`;
    this.#support.style.setProperty("--shots", `${shots}`);
    this.#support.replaceChildren(...Array.from({ length: way }, () => element("li", {}, element("canvas"))));
    this.#query.width = this.#query.width;
    write(this.#caption, () => words.replay.query);
    write(this.#answer, "");
  }

  /** Shows a trial and its answer. */
  show(trial: Trial): void {
    const { pictures, truth, chosen } = trial;
    const { side, shots, queries, support } = pictures;
    drawGrey(this.#query, side, queries[trial.trial]!);
    write(this.#caption, () => nameOf(trial).toLowerCase());
    [...this.#support.children].forEach((item, i) => {
      if (this.#shown !== pictures) {
        drawGrey(item.firstElementChild as HTMLCanvasElement, side, ...support.slice(i * shots, (i + 1) * shots));
      }
      item.className = this.#protocol === "verification" ? "" : i === truth ? "truth" : i === chosen ? "mistaken" : "";
    });
    this.#shown = pictures;
    if (this.#protocol !== "verification") return;
    this.#answer.className = trial.correct ? "pair-answer" : "pair-answer wrong";
    write(this.#answer, () => [
      element("strong", {}, chosen === null ? words.replay.another : words.replay.same),
      ` ${trial.scores[0]!.toFixed(2)}, ${words.replay.rightOrWrong(trial.correct)}`,
    ]);
  }
}

/** A trial's name. */
export function nameOf({ episode, trial, pictures }: Trial): string {
  return pictures.way === 1 ? words.replay.pair(episode + 1) : words.replay.trial(episode + 1, trial + 1);
}
