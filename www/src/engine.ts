import {
  Glimpse,
  GlimpseError,
  type EngineKind,
  type LoadOptions,
  type Progress,
  type Recovery,
  type System,
  type Work,
} from "glimpse";
import { byId, element, replaceState } from "./dom.js";
import { clearNotice, notify, say, tell } from "./notice.js";
import { describeSystem, networkOf, sizeOf, SOURCES, SystemChoice } from "./systems.js";
import { onlanguage, words, write } from "./words/index.js";

/** What the visitor may choose. */
type Choice = "auto" | EngineKind;

const CHOICES: readonly Choice[] = ["auto", "webgpu", "simd", "flex", "ndarray"];

/** Engines to try, in order. A choice that cannot run falls back, and the badge says why. */
const ORDER: Record<Choice, "auto" | readonly EngineKind[]> = {
  auto: "auto",
  webgpu: ["webgpu", "simd", "flex", "ndarray"],
  simd: ["simd", "flex", "ndarray"],
  flex: ["flex", "ndarray"],
  ndarray: ["ndarray", "flex"],
};

/** Where each engine computes. */
const PLACES: Record<EngineKind, string> = { webgpu: "GPU · ", simd: "CPU · ", flex: "CPU · ", ndarray: "CPU · " };

/** Loads the system and the engine that the visitor chose, and tells of them in the header. */
export class EngineBadge {
  /** Hears of each network that is ready, and of the one it replaces, which is disposed of afterwards. */
  onready: (fresh: Glimpse, before: Glimpse | undefined) => void = () => {};

  #glimpse: Glimpse | undefined;
  #tuned = false;
  /** How long the last answer took. */
  #took = "";
  #loading: AbortController | undefined;
  readonly #query = new URLSearchParams(location.search);
  readonly #systems = new SystemChoice();
  readonly #badge = byId("badge");
  readonly #bar = byId<HTMLProgressElement>("loading");

  constructor() {
    this.#systems.onchange = () => void this.load();
    const asked = this.#query.get("engine");
    const choice = CHOICES.find((choice) => choice === asked) ?? "auto";
    for (const input of byId("engine-choice").querySelectorAll("input")) {
      input.checked = input.value === choice;
      input.addEventListener("change", () => {
        const query = new URLSearchParams(location.search);
        query.set("engine", input.value);
        replaceState(null, `?${query}${location.hash}`);
        void this.load();
      });
    }
    describeSystem(this.#systems.chosen);
    onlanguage(() => this.#glimpse && this.#detail(this.#glimpse));
  }

  /** The network that is ready, if one is. */
  get glimpse(): Glimpse | undefined {
    return this.#glimpse;
  }

  /** The system that is chosen. */
  get system(): System {
    return this.#systems.chosen;
  }

  /** Loads what is chosen, in place of the network before. */
  async load(): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    const chosen = byId("engine-choice").querySelector("input:checked") as HTMLInputElement;
    const system = this.#systems.chosen;
    clearNotice();
    this.#badge.dataset.state = "loading";
    this.#name("", () => words.engine.loading);
    byId("badge-time").textContent = "";
    this.#bar.hidden = false;
    this.#bar.removeAttribute("value");
    try {
      const before = this.#glimpse;
      const fresh = await this.#open(system, {
        engine: ORDER[chosen.value as Choice],
        signal: loading.signal,
        onprogress: (progress) => this.#progress(progress),
        onrecover: (recovery) => this.#recovered(fresh, recovery),
        onengine: () => {
          if (fresh === this.#glimpse) this.#describe(fresh);
        },
      });
      if (loading.signal.aborted) return fresh.dispose();
      this.#glimpse = fresh;
      this.#describe(fresh);
      this.onready(fresh, before);
      before?.dispose();
    } catch (error) {
      if (loading.signal.aborted) return;
      this.#failed(system, error);
    }
    this.#bar.hidden = true;
  }

  /** Chooses a system as the visitor does. */
  use(system: System): void {
    if (system !== this.#systems.chosen) this.#systems.choose(system);
  }

  /** Says whether the weights that run are fine-tuned. */
  mark(tuned: boolean): void {
    if (tuned === this.#tuned) return;
    this.#tuned = tuned;
    byId("badge-tuned").hidden = byId("system-tuned").hidden = !tuned;
    if (this.#glimpse) this.#introduce(this.#glimpse);
  }

  /** Loads another system on the engine that runs. */
  async companion(system: System, options: Omit<LoadOptions, "system">): Promise<Glimpse> {
    return this.#open(system, { ...options, ...(this.#glimpse && { engine: this.#glimpse.engine.kind }) });
  }

  /** @param millis how long the last answer took */
  took(millis: number): void {
    this.#took = inMillis(millis);
    byId("badge-time").textContent = byId("engine-took").textContent = this.#took;
  }

  #open(system: System, options: LoadOptions): Promise<Glimpse> {
    return Glimpse.load({
      system,
      worker: this.#query.get("worker") !== "off",
      allowSoftware: this.#query.get("software") === "on",
      ...options,
    });
  }

  #progress({ phase, engine, loaded, total }: Progress): void {
    this.#name("", () => (phase === "start" ? words.engine.testing(engine) : words.engine.loadingIt(engine)));
    byId("badge-time").textContent = phase === "download" ? `${(loaded / 1e6).toFixed(1)} MB` : "";
    if (phase === "download" && total) this.#bar.value = loaded / total;
    else this.#bar.removeAttribute("value");
  }

  #name(place: string, name: () => string): void {
    write(byId("badge-name"), () => [element("span", { className: "place" }, place), name()]);
  }

  /** Says what runs to those who hear the page, and at its foot. */
  #introduce({ system, engine: { kind } }: Glimpse): void {
    this.#name(PLACES[kind], () => kind);
    describeSystem(system, this.#tuned);
  }

  #describe(glimpse: Glimpse): void {
    const { system, engine } = glimpse;
    this.#badge.dataset.state = "ready";
    this.#badge.dataset.engine = engine.kind;
    this.#badge.dataset.system = system;
    this.#took = byId("badge-time").textContent = "";
    this.#introduce(glimpse);
    this.#detail(glimpse);
  }

  /** Fills the panel. */
  #detail({ system, engine }: Glimpse): void {
    const { kind, adapter, selfTestError, refused, paces = {} } = engine;
    const says = words.engine;
    write(byId("engine-now"), () => (kind === "webgpu" ? words.engine.graphics(adapter ?? "") : words.engine.cpu(kind)));
    const fact = (term: string, ...words: (Node | string)[]): HTMLElement[] => [
      element("dt", {}, term),
      element("dd", {}, ...words),
    ];
    byId("engine-facts").replaceChildren(
      ...fact(says.lastAnswer, element("span", { id: "engine-took" }, this.#took || says.noneYet)),
      ...fact(says.selfTest, says.selfTestError(selfTestError.toPrecision(2))),
      ...(Object.keys(paces).length > 0 ? (Object.keys(says.works) as Work[]) : []).flatMap((work) => {
        const times = Object.entries(paces).map(([kind, pace]) => `${kind} ${inMillis(pace[work])}`);
        return fact(says.works[work], times.join(", "));
      }),
    );
    write(byId("system-name"), () => networkOf(system));
    write(byId("system-words"), () => words.systems[system].compares);
    byId("system-facts").replaceChildren(...fact(says.size, sizeOf(system)), ...fact(says.published, SOURCES[system]));
    byId("engine-refused").replaceChildren(
      ...refused.map(({ kind, why }) =>
        element("p", {}, element("b", {}, says.refused(kind)), element("span", { lang: "en" }, why)),
      ),
    );
  }

  /** An engine stopped, and another one goes on. */
  #recovered(glimpse: Glimpse, { from, why }: Recovery): void {
    if (glimpse !== this.#glimpse) return;
    this.#describe(glimpse);
    tell(() => words.engine.recovered(why, from), "Recovered");
  }

  /** Says why nothing could be loaded. The network before, if there is one, goes on. */
  #failed(asked: System, error: unknown): void {
    const beyond = !navigator.onLine && GlimpseError.from(error).kind !== "BadWeights";
    const again = (): void => {
      this.#systems.chosen = asked;
      void this.load();
    };
    if (beyond) say(() => words.engine.offline(networkOf(asked)), "LoadFailed", again);
    else notify(error, again);
    if (this.#glimpse) {
      this.#systems.chosen = this.#glimpse.system;
      this.#describe(this.#glimpse);
    } else {
      this.#badge.dataset.state = "failed";
      this.#name("", () => words.engine.none);
      write(byId("engine-now"), () => words.engine.nothing);
    }
  }
}

/** No more precise than the clock, which in some browsers knows whole milliseconds only. */
function inMillis(millis: number): string {
  const shown = millis.toFixed(millis < 10 ? 1 : 0).replace(".0", "");
  return shown === "0" ? "< 1 ms" : `${shown} ms`;
}
