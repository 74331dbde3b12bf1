import { GlimpseError, type Glimpse, type Progress, type System } from "glimpse";
import { Cards } from "./cards.js";
import { byId, element } from "./dom.js";
import type { EngineBadge } from "./engine.js";
import type { Lens, Look } from "./look.js";
import { messageOf } from "./notice.js";
import type { Support } from "./support.js";
import { networkOf, SYSTEMS } from "./systems.js";
import { label, words, write } from "./words/index.js";

/** The same drawing ranked by all three systems, side by side. */
export class CompareLens implements Lens {
  /** Called when one more system can answer. */
  onready: () => void = () => {};
  /** Called with what went wrong with an answer. */
  onfail: (error: unknown) => void = () => {};

  readonly #columns: Column[];

  constructor(engine: EngineBadge, support: Support) {
    this.#columns = SYSTEMS.map((system) => new Column(system, engine, support, () => this.onready()));
    byId("columns").append(...this.#columns.map(({ element }) => element));
  }

  /** Another network runs: those beside it are of another engine, or one of them is not needed. */
  reset(): void {
    for (const column of this.#columns) column.drop();
  }

  async show(glimpse: Glimpse, look: Look | undefined): Promise<void> {
    const answers = this.#columns.map((column) => column.show(glimpse, look));
    await Promise.all(answers.map((answer) => answer.catch((error: unknown) => this.onfail(error))));
  }
}

/** One system: its state while it loads, and its ranking. */
class Column {
  readonly element: HTMLElement;
  readonly #system: System;
  readonly #engine: EngineBadge;
  readonly #support: Support;
  readonly #onready: () => void;
  readonly #cards: Cards;
  readonly #title = element("h3");
  readonly #words = element("p", { className: "column-words" });
  readonly #bar = element("progress", { hidden: true });
  readonly #button = element("button", { className: "secondary", hidden: true });
  #companion: Glimpse | undefined;
  #loading: AbortController | undefined;
  /** Whether the visitor or a failure ended its loading. */
  #stopped = false;

  constructor(system: System, engine: EngineBadge, support: Support, onready: () => void) {
    this.#system = system;
    this.#engine = engine;
    this.#support = support;
    this.#onready = onready;
    write(this.#title, () => words.systems[system].name);
    label(this.#bar, { "aria-label": () => words.compare.loading(networkOf(system)) });
    this.#button.addEventListener("click", () => (this.#loading ? this.#stop(() => words.compare.stopped) : void this.#load()));
    const items = element("ol", { className: "cards compact" });
    label(items, { "aria-label": () => words.compare.ranking(networkOf(system)) });
    this.#cards = new Cards(items, support);
    this.element = element("section", { className: "column" }, this.#title, this.#bar, this.#words, this.#button, items);
    this.element.dataset.system = system;
  }

  /** Lets its network go. */
  drop(): void {
    this.#loading?.abort();
    this.#loading = undefined;
    this.#support.leave(this.#companion);
    this.#companion?.dispose();
    this.#companion = undefined;
    this.#stopped = false;
  }

  async show(running: Glimpse, look: Look | undefined): Promise<void> {
    const chosen = running.system === this.#system;
    this.element.classList.toggle("chosen", chosen);
    this.element.classList.toggle("tuned", this.#support.isTuned(this.#system));
    this.element.dataset.state = chosen || this.#companion ? "ready" : this.#loading ? "loading" : "stopped";
    if (chosen) {
      this.#say();
      this.#cards.rank(look?.ranking, look?.lifted);
    } else if (this.#companion) {
      const ranks = look && look.ranking.length > 0;
      const ranking = ranks ? (await this.#companion.classify(look.drawing)).ranking : [];
      this.#cards.rank(ranking, look?.lifted);
    } else if (!this.#loading && !this.#stopped) {
      void this.#load();
    }
  }

  async #load(): Promise<void> {
    const loading = new AbortController();
    const { signal } = loading;
    this.#loading = loading;
    this.#stopped = false;
    this.element.dataset.state = "loading";
    this.#bar.removeAttribute("value");
    this.#say(() => words.compare.waits, "cancel");
    try {
      this.#companion = await this.#engine.companion(this.#system, { signal, onprogress: (at) => this.#progress(at) });
    } catch (error) {
      if (!signal.aborted) this.#stop(() => messageOf(GlimpseError.from(error)));
      return;
    }
    this.#loading = undefined;
    this.element.dataset.state = "ready";
    this.#say();
    this.#support.follow(this.#companion);
    this.#onready();
  }

  /** Gives up, or has failed, until the visitor asks again. */
  #stop(why: () => string): void {
    this.#loading?.abort();
    this.#loading = undefined;
    this.#stopped = true;
    this.element.dataset.state = "stopped";
    this.#cards.rank();
    this.#say(why, "load");
  }

  #progress({ phase, loaded, total }: Progress): void {
    if (phase === "download" && total) this.#bar.value = loaded / total;
    else this.#bar.removeAttribute("value");
    write(this.#words, () => (phase === "start" ? words.compare.tests : `${(loaded / 1e6).toFixed(1)} MB`));
  }

  #say(said: (() => string) | "" = "", offer?: "load" | "cancel"): void {
    write(this.#words, said);
    write(this.#button, offer ? () => words.compare[offer] : "");
    this.#button.hidden = !offer;
    this.#bar.hidden = offer !== "cancel";
  }
}
