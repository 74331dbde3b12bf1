import { Glimpse, type EngineKind, type Progress } from "glimpse";
import { byId, element } from "./dom.js";
import { clearNotice, notify } from "./notice.js";

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

const NAMES: Record<EngineKind, string> = { webgpu: "GPU · webgpu", flex: "CPU · flex", ndarray: "CPU · ndarray" };

/** Loads the engine that the visitor chose, and tells of it in the badge. */
export class EngineBadge {
  /** Hears of each engine that is ready, before the last one is disposed of. */
  onready: (glimpse: Glimpse) => void = () => {};

  #glimpse: Glimpse | undefined;
  #loading: AbortController | undefined;
  readonly #query = new URLSearchParams(location.search);
  readonly #badge = byId("badge");
  readonly #bar = byId<HTMLProgressElement>("loading");

  constructor() {
    const asked = this.#query.get("engine");
    const choice = CHOICES.find((choice) => choice === asked) ?? "auto";
    for (const input of byId("engine-choice").querySelectorAll("input")) {
      input.checked = input.value === choice;
      input.addEventListener("change", () => {
        this.#query.set("engine", input.value);
        history.replaceState(null, "", `?${this.#query}${location.hash}`);
        void this.load();
      });
    }
  }

  /** The engine that is ready, if one is. */
  get glimpse(): Glimpse | undefined {
    return this.#glimpse;
  }

  /** Loads the chosen engine, in place of the one before. */
  async load(): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    const chosen = byId("engine-choice").querySelector("input:checked") as HTMLInputElement;
    clearNotice();
    this.#badge.dataset.state = "loading";
    byId("badge-name").textContent = "loading";
    byId("badge-time").textContent = "";
    this.#bar.hidden = false;
    this.#bar.removeAttribute("value");
    try {
      const fresh = await Glimpse.load({
        engine: ORDER[chosen.value as Choice],
        worker: this.#query.get("worker") !== "off",
        failSelfTest: this.#query.getAll("fail-self-test") as EngineKind[],
        signal: loading.signal,
        onprogress: (progress) => this.#progress(progress),
      });
      const before = this.#glimpse;
      this.#glimpse = fresh;
      this.#describe(fresh);
      this.onready(fresh);
      before?.dispose();
    } catch (error) {
      if (loading.signal.aborted) return;
      this.#badge.dataset.state = "failed";
      byId("badge-name").textContent = "no engine";
      byId("engine-now").textContent = "Nothing computes yet.";
      notify(error, () => void this.load());
    }
    this.#bar.hidden = true;
  }

  /** @param millis how long the last answer took */
  took(millis: number): void {
    const time = `${millis < 10 ? millis.toFixed(1) : millis.toFixed(0)} ms`;
    byId("badge-time").textContent = time;
    byId("engine-took").textContent = time;
  }

  #progress({ phase, engine, loaded, total }: Progress): void {
    byId("badge-name").textContent = phase === "start" ? `testing ${engine}` : `loading ${engine}`;
    byId("badge-time").textContent = phase === "download" ? `${(loaded / 1e6).toFixed(1)} MB` : "";
    if (phase === "download" && total) this.#bar.value = loaded / total;
    else this.#bar.removeAttribute("value");
  }

  #describe({ engine: { kind, adapter, selfTestError, refused } }: Glimpse): void {
    this.#badge.dataset.state = "ready";
    this.#badge.dataset.engine = kind;
    byId("badge-name").textContent = NAMES[kind];
    byId("badge-time").textContent = "";
    this.#badge.ariaLabel = `Engine: ${NAMES[kind]}`;
    byId("engine-now").textContent =
      kind === "webgpu" ? `The graphics processor (${adapter}), by WebGPU.` : `This device’s CPU, by ${kind}.`;
    byId("engine-facts").replaceChildren(
      element("dt", {}, "last answer"),
      element("dd", { id: "engine-took" }, "none yet"),
      element("dt", {}, "self-test"),
      element("dd", {}, `off by ${selfTestError.toPrecision(2)} (passes below 0.001)`),
    );
    byId("engine-refused").replaceChildren(
      ...refused.map(({ kind, why }) => element("p", {}, element("b", {}, `Not ${kind}: `), why)),
    );
  }
}
