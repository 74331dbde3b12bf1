import { Glimpse, type EngineKind, type LoadOptions, type Progress, type System } from "glimpse";
import { byId, element } from "./dom.js";
import { clearNotice, notify } from "./notice.js";
import { describeSystem, sizeOf, SystemChoice, SYSTEMS } from "./systems.js";

/** What the visitor may choose. */
type Choice = "auto" | EngineKind;

const CHOICES: readonly Choice[] = ["auto", "webgpu", "flex", "ndarray"];

/** Engines to try, in order. A choice that cannot run falls back, and the badge says why. */
const ORDER: Record<Choice, "auto" | readonly EngineKind[]> = {
  auto: "auto",
  webgpu: ["webgpu", "flex", "ndarray"],
  flex: ["flex", "ndarray"],
  ndarray: ["ndarray", "flex"],
};

/** Where each engine computes. */
const PLACES: Record<EngineKind, string> = { webgpu: "GPU · ", flex: "CPU · ", ndarray: "CPU · " };

/** Loads the system and the engine that the visitor chose, and tells of them in the header. */
export class EngineBadge {
  /** Hears of each network that is ready, and of the one it replaces, which is disposed of afterwards. */
  onready: (fresh: Glimpse, before: Glimpse | undefined) => void = () => {};

  #glimpse: Glimpse | undefined;
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
        history.replaceState(null, "", `?${query}${location.hash}`);
        void this.load();
      });
    }
    describeSystem(this.#systems.chosen);
  }

  /** The network that is ready, if one is. */
  get glimpse(): Glimpse | undefined {
    return this.#glimpse;
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
    this.#name("", "loading");
    byId("badge-time").textContent = "";
    this.#bar.hidden = false;
    this.#bar.removeAttribute("value");
    try {
      const before = this.#glimpse;
      const fresh = await this.#open(system, {
        engine: ORDER[chosen.value as Choice],
        signal: loading.signal,
        onprogress: (progress) => this.#progress(progress),
      });
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

  /** Loads another system on the engine that runs. */
  async companion(system: System, options: Pick<LoadOptions, "signal" | "onprogress">): Promise<Glimpse> {
    return this.#open(system, { ...options, ...(this.#glimpse && { engine: this.#glimpse.engine.kind }) });
  }

  /** @param millis how long the last answer took */
  took(millis: number): void {
    const time = `${millis < 10 ? millis.toFixed(1) : millis.toFixed(0)} ms`;
    byId("badge-time").textContent = time;
    byId("engine-took").textContent = time;
  }

  #open(system: System, options: LoadOptions): Promise<Glimpse> {
    return Glimpse.load({
      system,
      worker: this.#query.get("worker") !== "off",
      failSelfTest: this.#query.getAll("fail-self-test") as EngineKind[],
      ...options,
    });
  }

  #progress({ phase, engine, loaded, total }: Progress): void {
    this.#name("", phase === "start" ? `testing ${engine}` : `loading ${engine}`);
    byId("badge-time").textContent = phase === "download" ? `${(loaded / 1e6).toFixed(1)} MB` : "";
    if (phase === "download" && total) this.#bar.value = loaded / total;
    else this.#bar.removeAttribute("value");
  }

  #name(place: string, name: string): void {
    byId("badge-name").replaceChildren(element("span", { className: "place" }, place), name);
  }

  #describe({ system, engine: { kind, adapter, selfTestError, refused } }: Glimpse): void {
    const { name, source, compares } = SYSTEMS[system];
    this.#badge.dataset.state = "ready";
    this.#badge.dataset.engine = kind;
    this.#badge.dataset.system = system;
    this.#name(PLACES[kind], kind);
    byId("badge-time").textContent = "";
    this.#badge.ariaLabel = `Engine: ${PLACES[kind]}${kind}`;
    byId("engine-now").textContent =
      kind === "webgpu" ? `The graphics processor (${adapter}), by WebGPU.` : `This device’s CPU, by ${kind}.`;
    const fact = (term: string, ...words: (Node | string)[]): HTMLElement[] => [
      element("dt", {}, term),
      element("dd", {}, ...words),
    ];
    byId("engine-facts").replaceChildren(
      ...fact("last answer", element("span", { id: "engine-took" }, "none yet")),
      ...fact("self-test", `off by ${selfTestError.toPrecision(2)} (passes below 0.001)`),
    );
    byId("system-name").textContent = `${name} network`;
    byId("system-words").textContent = compares;
    byId("system-facts").replaceChildren(...fact("size", sizeOf(system)), ...fact("published", source));
    byId("engine-refused").replaceChildren(
      ...refused.map(({ kind, why }) => element("p", {}, element("b", {}, `Not ${kind}: `), why)),
    );
    describeSystem(system);
  }

  /** Says why nothing could be loaded. The network before, if there is one, goes on. */
  #failed(asked: System, error: unknown): void {
    notify(error, () => {
      this.#systems.chosen = asked;
      void this.load();
    });
    if (this.#glimpse) {
      this.#systems.chosen = this.#glimpse.system;
      this.#describe(this.#glimpse);
    } else {
      this.#badge.dataset.state = "failed";
      this.#name("", "no engine");
      byId("engine-now").textContent = "Nothing computes yet.";
    }
  }
}
