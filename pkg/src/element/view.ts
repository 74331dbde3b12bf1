import type { Collection } from "../collection.js";
import type { Example } from "../drawing.js";
import { GlimpseError } from "../error.js";
import type { Glimpse } from "../glimpse.js";
import type { Classification, EngineKind, FeatureMap, Ranked, System } from "../types.js";
import { h, s } from "./dom.js";
import type { GlimpsePadEvents } from "./events.js";
import { KnownList } from "./known.js";
import css from "./pad.css?inline";
import { Plane } from "./plane.js";
import { Replay } from "./replay.js";
import { Sheet } from "./sheet.js";
import { fetchSupport } from "./support.js";
import { fill, wordsOf, type Words } from "./words.js";

/** The engines of the CPU, fastest first: small, and fast enough for one visitor's hand. */
const CPU: readonly EngineKind[] = ["simd", "flex", "ndarray"];

/** What the network can make nothing of, for want of ink. */
const TOO_LITTLE: readonly string[] = ["EmptyDrawing", "BadDrawing"];

/** Shared by all elements. */
let style: CSSStyleSheet | undefined;

/** What the element shows, from when it is put on a page or changed until it is taken away or changed again. */
export class View {
  readonly sheet: Sheet;
  readonly #host: HTMLElement;
  readonly #words: Words;
  readonly #mode: string;
  readonly #url: string | null;
  readonly #list: KnownList;
  readonly #plane: Plane;
  readonly #replay: Replay | undefined;
  readonly #verdict = h("p", "verdict", { className: "verdict" });
  readonly #progress = h("progress", "progress", { hidden: true });
  readonly #status = h("p", "", { className: "spoken", role: "status" });
  readonly #error = h("div", "error", { className: "error", role: "alert", hidden: true });
  readonly #teaching = h("form", "teaching", { className: "teaching" });
  readonly #name = h("input", "name", { autocomplete: "off", maxLength: 100, required: true });
  readonly #gone = new AbortController();
  readonly #near: IntersectionObserver;
  #examples: readonly Example[];
  #collection: Promise<Collection | undefined> | undefined;
  #loading: Promise<Glimpse> | undefined;
  #glimpse: Glimpse | undefined;

  constructor(host: HTMLElement, words: Partial<Words>, taught: readonly Example[]) {
    const language = host.closest<HTMLElement>("[lang]")?.lang || navigator.language;
    this.#host = host;
    this.#words = { ...wordsOf(language), ...words };
    const label = host.getAttribute("label");
    if (label) this.#words.sheet = label;
    this.#mode = host.getAttribute("mode") ?? "draw";
    this.#url = host.getAttribute("support");
    this.#examples = this.#url ? [] : taught;
    this.sheet = new Sheet(this.#words);
    this.#list = new KnownList(this.#words);
    this.#plane = new Plane(this.#words);
    if (this.#mode === "replay") {
      const archive = new URL(host.getAttribute("archive") ?? "all_runs.zip", host.baseURI);
      this.#replay = new Replay(this.#words, archive, () => this.load(), this.#gone.signal);
    }
    this.#listen();
    this.#build();
    this.#show();
    this.#near = new IntersectionObserver(([entry]) => entry?.isIntersecting && this.#seen(), { rootMargin: "200px" });
    this.#near.observe(host);
  }

  /** What the visitor taught. */
  get taught(): readonly Example[] {
    return this.#url ? [] : this.#examples;
  }

  /** Fetches the network, once. What goes wrong is shown. */
  load(): Promise<Glimpse> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw this.#fail(error);
    });
    return this.#loading;
  }

  /** Frees what it holds. */
  end(): void {
    this.#near.disconnect();
    this.#gone.abort();
    this.#glimpse?.dispose();
  }

  #listen(): void {
    const { signal } = this.#gone;
    const touched = (): void => {
      // An error has a button of its own.
      if (this.#error.hidden) void this.load().catch(() => {});
    };
    for (const event of ["pointerdown", "focusin"]) this.#host.addEventListener(event, touched, { once: true, signal });
    this.sheet.onchange = (lifted) => void this.#look(lifted).catch((error: unknown) => this.#fail(error));
    this.sheet.onpen = (down) => this.#say(down ? this.#words.down : this.#words.up);
    if (this.#replay) {
      this.#replay.onerror = (error) => void this.#fail(error);
      this.#replay.onend = (outcome) => this.#say(outcome);
    }
    this.#teaching.onsubmit = (event) => {
      event.preventDefault();
      void this.#teach(this.#name.value.trim()).catch((error: unknown) => this.#fail(error));
    };
    // A page that turns over at a letter cannot see, from outside, that it was typed into a field.
    this.#name.onkeydown = (event) => void (event.ctrlKey || event.metaKey || event.altKey || event.stopPropagation());
    if (this.#url) this.#list.element.tabIndex = 0;
    else this.#list.onforget = (label) => void this.#forget(label).catch((error: unknown) => this.#fail(error));
  }

  #build(): void {
    const root = this.#host.shadowRoot ?? this.#host.attachShadow({ mode: "open" });
    if (!style) (style = new CSSStyleSheet()).replaceSync(css);
    root.adoptedStyleSheets = [style];
    const { undo, clear, name, teach, loading } = this.#words;
    this.#progress.ariaLabel = loading;
    this.#name.placeholder = this.#name.ariaLabel = name;
    this.#teaching.append(this.#name, h("button", "teach", { className: "primary" }, teach));
    const tools = h(
      "div",
      "tools",
      { className: "tools" },
      tool(undo, "M8 8H4V4M4.5 8a8 8 0 1 1-.5 7", () => this.sheet.undo()),
      tool(clear, "M6 6l12 12M18 6 6 18", () => this.sheet.clear()),
      ...(this.#url ? [] : [this.#teaching]),
    );
    const desk = h("div", "desk", { className: "desk" }, this.sheet.element, tools);
    const side = h("div", "side", { className: "side" }, this.#verdict, this.#list.element);
    if (this.#mode === "map") side.append(this.#plane.element);
    const view = this.#replay ? [this.#replay.element] : [desk, side];
    root.replaceChildren(h("div", "pad", { className: "pad" }, this.#progress, ...view, this.#error, this.#status));
  }

  /** It is near to be seen. */
  #seen(): void {
    this.sheet.invite();
    void this.#support();
  }

  /** Fetches what is known from the start, once, and shows it. */
  #support(): Promise<Collection | undefined> {
    const url = this.#url;
    this.#collection ??= (async () => {
      if (!url) return undefined;
      const collection = await fetchSupport(new URL(url, this.#host.baseURI), this.#gone.signal);
      this.#examples = collection.support;
      this.#show();
      return collection;
    })();
    this.#collection.catch((error: unknown) => {
      this.#collection = undefined;
      this.#fail(error);
    });
    return this.#collection;
  }

  async #load(): Promise<Glimpse> {
    this.#error.hidden = true;
    this.#progress.hidden = false;
    try {
      const [{ Glimpse }, collection] = await Promise.all([import("../index.js"), this.#support()]);
      const system = (this.#host.getAttribute("system") ?? collection?.system ?? "siamese") as System;
      const tuned = collection?.tuned[system];
      const glimpse = await Glimpse.load({
        system,
        engine: engines(this.#host.getAttribute("engine")),
        support: this.#examples,
        ...(tuned && { tuned }),
        signal: this.#gone.signal,
        onprogress: ({ loaded, total }) => Object.assign(this.#progress, total ? { max: total, value: loaded } : {}),
      });
      this.#glimpse = glimpse;
      this.#emit("glimpse-ready", { engine: glimpse.engine, system, labels: glimpse.labels });
      await this.#look(true);
      return glimpse;
    } finally {
      this.#progress.hidden = true;
    }
  }

  /** Shows what the network makes of the drawing. */
  async #look(lifted: boolean): Promise<void> {
    const { drawing } = this.sheet;
    const glimpse = this.#glimpse;
    const map = this.#mode === "map" && this.#examples.length > 1;
    try {
      if (!glimpse || !drawing || glimpse.labels.length < 2) {
        return this.#show(undefined, true, map ? await glimpse?.map() : undefined);
      }
      const [answer, place] = await Promise.all([glimpse.classifyLatest(drawing), map ? glimpse.mapLatest(drawing) : undefined]);
      if (!answer || (map && !place) || !this.sheet.drawing) return;
      this.#show(answer, lifted, place);
      if (!lifted) return;
      const [{ label, score }] = answer.ranking as [Ranked];
      const { result, unknown } = this.#words;
      this.#say(fill(answer.known ? result : unknown, { label, score: score.toFixed(2) }));
      this.#emit("glimpse-result", { ...answer, drawing });
    } catch (error) {
      if (!TOO_LITTLE.includes(GlimpseError.from(error).kind)) throw error;
    }
  }

  async #teach(label: string): Promise<void> {
    const { drawing } = this.sheet;
    if (!drawing || !label) return this.sheet.element.focus();
    const glimpse = await this.load();
    await glimpse.learn(label, drawing, { signal: this.#gone.signal });
    this.#examples = glimpse.examples;
    this.#name.value = "";
    this.sheet.clear();
    this.sheet.element.focus();
    this.#say(fill(this.#words.taught, { label }));
  }

  async #forget(label: string): Promise<void> {
    const glimpse = await this.load();
    await glimpse.forget(label, { signal: this.#gone.signal });
    this.#examples = glimpse.examples;
    await this.#look(true);
    this.sheet.element.focus();
  }

  #show(answer?: Classification, settled = true, map?: FeatureMap): void {
    const { first, second, ready, given, loading } = this.#words;
    const hints = this.#url ? [loading, given, given] : [first, second, ready];
    const known = new Set(this.#examples.map(({ label }) => label)).size;
    const { ranking = [], known: isKnown } = answer ?? {};
    const [best] = ranking;
    const verdict = (best: Ranked): (Node | string)[] =>
      isKnown
        ? [h("strong", "answer", {}, best.label), " ", h("span", "", {}, best.score.toFixed(2))]
        : [fill(this.#words.unknown, { label: best.label })];
    this.#verdict.replaceChildren(...(best ? verdict(best) : [hints[Math.min(known, 2)]!]));
    this.#list.show(this.#examples, ranking, settled);
    if (map) this.#plane.show(this.#examples, map, ranking);
    this.#list.element.classList.toggle("covered", map !== undefined);
    this.#plane.element.classList.toggle("shown", map !== undefined);
  }

  #say(words: string): void {
    this.#status.textContent = words;
  }

  /** Shows what went wrong, with a way to go on. An element that is gone has nothing to show. */
  #fail(thrown: unknown): GlimpseError {
    const error = GlimpseError.from(thrown);
    if (this.#gone.signal.aborted || !this.#error.hidden) return error;
    const { errors, details, retry } = this.#words;
    this.#error.replaceChildren(
      h("p", "message", {}, errors[error.kind] ?? errors.EngineFailed),
      h("button", "retry", { className: "primary", onclick: () => void this.#retry() }, retry),
      h("details", "details", {}, h("summary", "", {}, details), h("span", "", { lang: "en" }, error.message)),
    );
    this.#error.hidden = false;
    this.#emit("glimpse-error", error);
    return error;
  }

  async #retry(): Promise<void> {
    this.#error.hidden = true;
    if (this.#replay) return this.#replay.play();
    await this.load().catch(() => {});
    this.sheet.element.focus();
  }

  #emit<K extends keyof GlimpsePadEvents>(name: K, detail: GlimpsePadEvents[K]["detail"]): void {
    this.#host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** A button that shows a picture and says a word. */
function tool(words: string, d: string, onclick: () => void): HTMLButtonElement {
  const picture = s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d }));
  return h("button", "tool", { className: "icon", type: "button", ariaLabel: words, title: words, onclick }, picture);
}

function engines(words: string | null): "auto" | readonly EngineKind[] {
  if (words === "auto") return words;
  return words ? (words.trim().split(/\s+/) as EngineKind[]) : CPU;
}
