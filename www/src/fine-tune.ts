import { GlimpseError, type FineTuneProgress, type FineTuning, type Glimpse, type Measured } from "glimpse";
import { Curves, tidy } from "./curves.js";
import { byId, calm } from "./dom.js";
import type { EngineBadge } from "./engine.js";
import { messageOf } from "./notice.js";
import type { Support } from "./support.js";
import { number, words, write } from "./words/index.js";

/** How many steps, where the page's address says so: `?steps=200`. */
const STEPS = Math.floor(Number(new URLSearchParams(location.search).get("steps")));

/** The offer to fine-tune, the panel that shows how it goes, and the way back. */
export class FineTunePanel {
  /** Hears that the network is another one. */
  onchange: () => void = () => {};
  /** Hears what went wrong. */
  onfail: (error: unknown) => void = () => {};

  readonly #engine: EngineBadge;
  readonly #support: Support;
  readonly #curves = new Curves(byId<SVGSVGElement>("curves"));
  #running: AbortController | undefined;
  /** The network that is ready to begin. */
  #prepared: Glimpse | undefined;

  readonly #panel = byId("tuning");
  readonly #offer = byId<HTMLButtonElement>("fine-tune");
  readonly #reset = byId<HTMLButtonElement>("reset-tuning");
  readonly #at = byId("tuning-at");
  readonly #words = byId("tuning-words");
  readonly #bar = byId<HTMLProgressElement>("tuning-bar");
  readonly #cancel = byId<HTMLButtonElement>("tuning-cancel");
  readonly #undo = byId<HTMLButtonElement>("tuning-undo");
  readonly #again = byId<HTMLButtonElement>("tuning-again");
  readonly #close = byId<HTMLButtonElement>("tuning-close");

  constructor(engine: EngineBadge, support: Support) {
    this.#engine = engine;
    this.#support = support;
    for (const button of [this.#offer, this.#again]) button.addEventListener("click", () => void this.#start());
    this.#cancel.addEventListener("click", () => this.#running?.abort());
    this.#undo.addEventListener("click", () => void this.#goBack((glimpse) => glimpse.undoFineTune(), "undone"));
    this.#reset.addEventListener("click", () => void this.#goBack((glimpse) => glimpse.adoptWeights(), "reset"));
    this.#close.addEventListener("click", () => this.#hide());
  }

  /** Another network runs. What was under way is cancelled. */
  leave(): void {
    if (this.#running) this.#running.abort();
    else this.#hide();
  }

  /** Offers what can be done with what is known now. */
  offer(): void {
    const { glimpse } = this.#engine;
    const enough = this.#support.characters.size >= 2;
    const tuned = glimpse !== undefined && this.#support.isTuned(glimpse.system);
    if (!enough) this.leave();
    this.#offer.hidden = !enough;
    this.#offer.disabled = !glimpse || this.#running !== undefined;
    this.#offer.ariaExpanded = `${!this.#panel.hidden}`;
    this.#reset.hidden = !tuned || this.#running !== undefined;
    this.#engine.mark(tuned);
    if (enough && glimpse && glimpse !== this.#prepared) {
      this.#prepared = glimpse;
      glimpse.prepareFineTuning().catch(() => {}); // It is fetched, or fails in so many words, when it is begun.
    }
  }

  async #start(): Promise<void> {
    const { glimpse } = this.#engine;
    if (!glimpse || this.#running) return;
    const running = new AbortController();
    this.#running = running;
    const { replaced } = this.#support;
    replaced.addEventListener("abort", () => this.leave());
    this.#step({ step: 0, steps: 1, best: 0 });
    this.#say(() => words.tuning.about);
    try {
      const onstep = (progress: FineTuneProgress): void => this.#step(progress);
      const tuning = await glimpse.fineTune({ signal: running.signal, onstep, ...(STEPS > 0 && { steps: STEPS }) });
      if (running.signal.aborted) {
        // It was done before the engine heard of the abort: another collection may be open by now.
        await this.#support.retune(glimpse);
        this.onchange();
        running.signal.throwIfAborted();
      }
      this.#running = undefined;
      this.#support.tune(glimpse);
      this.#say(() => resultOf(tuning), tuning.best > 0);
      this.onchange();
    } catch (error) {
      this.#running = undefined;
      const failure = GlimpseError.from(error);
      const cancelled = running.signal.aborted || failure.kind === "Disposed";
      this.#say(() => (cancelled ? words.tuning.cancelled : messageOf(failure)));
      if (!cancelled && failure.kind === "EngineFailed") this.onfail(error);
    }
  }

  #step(progress: FineTuneProgress): void {
    const { step, steps, secondsLeft } = progress;
    this.#curves.add(progress);
    if (step === 0) this.#bar.removeAttribute("value");
    else this.#bar.value = step / steps;
    const timed = secondsLeft !== undefined && step < steps;
    write(this.#at, () => {
      if (step === 0) return words.tuning.measuring;
      return timed ? words.tuning.stepLeft(step, steps, inWords(secondsLeft)) : words.tuning.step(step, steps);
    });
  }

  /** Puts other weights into place. */
  async #goBack(how: (glimpse: Glimpse) => Promise<unknown>, done: "undone" | "reset"): Promise<void> {
    const { glimpse } = this.#engine;
    if (!glimpse) return;
    const { replaced } = this.#support;
    try {
      await how(glimpse);
      // Another collection is open by now, and had its own weights put into place after these.
      if (replaced.aborted) return;
      this.#support.tune(glimpse);
      const tuned = glimpse.tunedWeights !== undefined;
      if (!this.#panel.hidden) this.#say(() => (done === "reset" ? words.tuning.reset : words.tuning.undone(tuned)));
      this.onchange();
      if (this.#reset.hidden && document.activeElement === this.#reset) this.#offer.focus({ preventScroll: true });
    } catch (error) {
      this.onfail(error);
    }
  }

  /** Says in the panel what happens or happened. @param undo whether it can be undone */
  #say(said: () => string, undo = false): void {
    const { activeElement } = document;
    const running = this.#running !== undefined;
    const opened = this.#panel.hidden;
    this.#panel.hidden = false;
    this.#panel.ariaBusy = `${running}`;
    write(this.#words, said);
    this.#bar.classList.toggle("absent", !running);
    this.#cancel.hidden = !running;
    this.#again.hidden = this.#close.hidden = running;
    this.#undo.hidden = !undo;
    this.offer();
    // Whoever pressed a button that is gone finds the next one.
    if (activeElement instanceof HTMLButtonElement && (activeElement.hidden || activeElement.disabled)) {
      (running ? this.#cancel : this.#close).focus({ preventScroll: true });
    }
    if (opened) this.#panel.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  }

  #hide(): void {
    if (this.#panel.hidden) return;
    const within = this.#panel.contains(document.activeElement);
    this.#panel.hidden = true;
    this.offer();
    if (within) this.#offer.focus({ preventScroll: true });
  }
}

function inWords(seconds: number): string {
  const { seconds: inSeconds, minutes } = words.tuning;
  return seconds < 100 ? inSeconds(number(Math.ceil(seconds))) : minutes(number(Math.round(seconds / 60)));
}

/** What fine-tuning brought, in a sentence. */
function resultOf({ before, after, best, millis }: FineTuning): string {
  const told = ({ accuracy, drawings }: Measured): number => Math.round(accuracy * drawings);
  const [was, is, all] = [told(before), told(after), after.drawings];
  const time = words.tuning.seconds((millis / 1000).toFixed(1));
  if (best === 0) return words.tuning.noBetter(is, all);
  if (is !== was) return words.tuning.better(was, is, all, time);
  return words.tuning.certain(is, all, tidy(before.loss), tidy(after.loss), time);
}
