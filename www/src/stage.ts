import type { Protocol, Trial } from "glimpse";
import { Stage } from "glimpse/stage";
import { byId, element } from "./dom.js";
import { PROTOCOLS } from "./protocols.js";
import { words, write } from "./words/index.js";

/** The trial that is being replayed, by its protocol. */
export class TrialView {
  readonly #place = byId("stage");
  readonly #caption = byId("stage-caption");
  readonly #support = byId("support");
  readonly #answer = byId("stage-answer");
  readonly #stage = new Stage(byId<HTMLCanvasElement>("query"), this.#support);

  /** Lays out an empty stage. */
  reset(protocol: Protocol): void {
    const { way, shots } = PROTOCOLS[protocol];
    this.#place.dataset.layout = way === 1 ? "pair" : `${shots}-shot`;
    this.#place.dataset.way = `${way}`;
    this.#support.style.setProperty("--shots", `${shots}`);
    this.#stage.reset(way);
    write(this.#caption, () => words.replay.query);
    write(this.#answer, "");
  }

  /** Shows a trial and its answer. */
  show(trial: Trial): void {
    this.#stage.show(trial);
    write(this.#caption, () => nameOf(trial).toLowerCase());
    if (trial.pictures.way > 1) return;
    this.#answer.className = trial.correct ? "pair-answer" : "pair-answer wrong";
    write(this.#answer, () => [
      element("strong", {}, trial.chosen === null ? words.replay.another : words.replay.same),
      ` ${trial.scores[0]!.toFixed(2)}, ${words.replay.rightOrWrong(trial.correct)}`,
    ]);
  }
}

/** A trial's name. */
export function nameOf({ episode, trial, pictures }: Trial): string {
  return pictures.way === 1 ? words.replay.pair(episode + 1) : words.replay.trial(episode + 1, trial + 1);
}
