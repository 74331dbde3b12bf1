import type { Trial } from "glimpse";
import { byId, element } from "./dom.js";
import { nameOf } from "./stage.js";
import { label, words } from "./words/index.js";

/** Dots in a row. */
const COLUMNS = 20;

/** A dot for each trial, or for each episode where there are many trials. Those of a trial open it. */
export class Dots {
  readonly #dots = byId("dots");
  readonly #open: (trial: Trial) => void;
  #buttons: HTMLButtonElement[] = [];
  #trials: (Trial | undefined)[] = [];
  #queries = 1;
  /** How many trials a dot stands for. */
  #share = 1;

  constructor(open: (trial: Trial) => void) {
    this.#open = open;
    this.#dots.addEventListener("keydown", (event) => this.#move(event));
    this.#dots.addEventListener("click", ({ target }) => {
      const trial = this.#trials[this.#buttons.indexOf(target as HTMLButtonElement)];
      if (trial) this.#open(trial);
    });
  }

  /**
   * @param dots how many there are
   * @param queries trials an episode
   * @param share trials a dot
   */
  reset(dots: number, queries: number, share: number): void {
    this.#trials = [];
    this.#queries = queries;
    this.#share = share;
    this.#dots.classList.toggle("many", dots > 2 * COLUMNS ** 2);
    this.#buttons = Array.from({ length: dots }, (_, i) =>
      element("button", { className: "dot", disabled: true, ariaHidden: "true", tabIndex: i === 0 ? 0 : -1 }),
    );
    this.#dots.replaceChildren(...this.#buttons);
  }

  show(trial: Trial): void {
    const index = Math.floor((trial.episode * this.#queries + trial.trial) / this.#share);
    const dot = this.#buttons[index];
    if (!dot) return;
    if (!trial.correct || !dot.classList.contains("wrong")) dot.className = `dot ${trial.correct ? "right" : "wrong"}`;
    if (this.#share > 1) return;
    this.#trials[index] = trial;
    dot.disabled = false;
    dot.ariaHidden = null;
    label(dot, { "aria-label": () => words.replay.outcome(nameOf(trial), trial.correct) });
  }

  /** The trial so many after another one, or before it, if there is one. */
  beside(trial: Trial, steps: number): Trial | undefined {
    const index = this.#trials.indexOf(trial);
    return index < 0 ? undefined : this.#trials[index + steps];
  }

  #move(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[event.key];
    const from = this.#buttons.indexOf(event.target as HTMLButtonElement);
    const to = step === undefined ? undefined : this.#buttons[from + step];
    if (!to || to.disabled) return;
    event.preventDefault();
    this.#buttons[from]!.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }
}
