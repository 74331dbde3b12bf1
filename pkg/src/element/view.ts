import type { Collection } from "../collection.js";
import { h, s } from "../dom.js";
import type { Example, Strokes } from "../drawing.js";
import { GlimpseError } from "../error.js";
import type { Glimpse } from "../glimpse.js";
import type { Classification, EngineKind, FeatureMap, Ranked, System } from "../types.js";
import type { ChooseDetail, GlimpsePadEvents } from "./events.js";
import { inkOf } from "./face.js";
import type { Finder } from "./find.js";
import css from "./pad.css?inline";
import { Paper } from "./paper.js";
import { fromStrokes, type Sheet } from "../ink.js";
import type { Plane } from "../plane.js";
import { RankedList } from "../ranked-list.js";
import type { Replay } from "./replay.js";
import { fill, wordsOf, type Words } from "./words.js";

/** The engines of the CPU, fastest first: small, and fast enough for one visitor's hand. */
const CPU: readonly EngineKind[] = ["simd", "flex", "ndarray"];

/** What the network can make nothing of, for want of ink. */
const TOO_LITTLE: readonly string[] = ["EmptyDrawing", "BadDrawing", "OneClass", "NoSupport"];

/** For how long an element that was taken off the page keeps its network, should it be put back, in milliseconds. */
const GRACE = 1000;

/** Shared by all elements of a document, by their text. */
const styles = new WeakMap<Document, Map<string, CSSStyleSheet>>();

/** What the element shows, from when it is put on a page or changed until it is changed again. */
export class View {
  /** The language that it speaks. */
  readonly language: string;
  /** Called with the sign that was chosen, in find mode. */
  onchoose: (detail: ChooseDetail) => void = () => {};
  readonly #paper: Paper;
  readonly #sheet: Sheet;
  readonly #host: HTMLElement;
  readonly #words: Words;
  readonly #mode: string;
  readonly #url: string | null;
  readonly #known: HTMLElement;
  readonly #list: RankedList<Strokes>;
  readonly #map = s("svg", { part: "map", class: "plane", role: "img" });
  #plane: Plane<Strokes> | undefined;
  #finder: Promise<Finder> | undefined;
  #replay: Replay | undefined;
  readonly #css = [css];
  readonly #pad = h("div", "pad", { className: "pad" });
  readonly #verdict = h("p", "verdict", { className: "verdict" });
  readonly #progress = h("progress", "progress", { hidden: true });
  readonly #status = h("p", "", { className: "spoken", role: "status" });
  readonly #error = h("div", "error", { className: "error", role: "alert", hidden: true });
  readonly #teaching = h("form", "teaching", { className: "teaching" });
  readonly #redo: HTMLButtonElement;
  readonly #name = h("input", "name", { autocomplete: "off", maxLength: 100, required: true, dir: "auto" });
  readonly #button = h("button", "teach", { className: "primary" });
  readonly #gone = new AbortController();
  readonly #near: IntersectionObserver;
  /** What is known where the network is not here. */
  #before: readonly Example[];
  /** Whether the network is here, on its way, or to come back with the element. */
  awake = false;
  /** What the visitor taught that the network does not know yet; and, where it is learning it, until when. */
  readonly #waiting = new Map<Example, Promise<void> | undefined>();
  #collection: Promise<Collection | undefined> | undefined;
  #loading: Promise<Glimpse> | undefined;
  #glimpse: Glimpse | undefined;
  /** Of the network that was let go while the element was on no page: what fine-tuning had changed. */
  #asleep: { tuned: Uint8Array | undefined } | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, words: Partial<Words>, taught: readonly Example[], sheet: Sheet) {
    this.#host = host;
    this.#sheet = sheet;
    this.language = languageOf(host);
    this.#words = { ...wordsOf(this.language), ...words };
    const label = host.getAttribute("label");
    if (label) this.#words.sheet = label;
    this.#mode = host.getAttribute("mode") ?? "draw";
    this.#url = host.getAttribute("support") ?? (this.finds ? "" : null);
    this.#before = this.#url !== null ? [] : taught;
    this.#paper = new Paper(sheet, this.#words, this.finds ? ["Enter"] : []);
    this.#redo = tool(this.#words.redo, "M16 8h4V4M19.5 8a8 8 0 1 0 .5 7", () => sheet.redo());
    this.#redo.hidden = !sheet.canRedo;
    this.#known = h("ol", "list", { className: "list", ariaLabel: this.#words.known });
    this.#list = new RankedList(this.#known, {
      ink: inkOf,
      ...(this.#url === null && { extras: (label: string) => [this.#forgetButton(label)] }),
    });
    this.#listen();
    this.#build();
    this.#show();
    this.#near = new IntersectionObserver(([entry]) => entry?.isIntersecting && this.#seen(), { rootMargin: "200px" });
    this.come();
  }

  /** Whether it is there to find signs. */
  get finds(): boolean {
    return this.#mode === "find";
  }

  /** Where a form points to if nothing was chosen, and what it says. */
  get missing(): { words: string; anchor: HTMLElement } {
    return { words: this.#words.missing, anchor: this.#paper.element };
  }

  /** Whether a form has it do nothing. */
  set disabled(disabled: boolean) {
    this.#pad.inert = disabled;
  }

  /** What the value is of a sign that is chosen. */
  set format(format: string | null) {
    void this.#finder?.then((finder) => (finder.format = format)).catch(() => {});
  }

  /** Chooses none. */
  reset(): void {
    void this.#finder?.then((finder) => finder.choose(undefined)).catch(() => {});
  }

  /** What is known: by the network, or without it. */
  get #examples(): readonly Example[] {
    return this.#glimpse?.examples ?? this.#before;
  }

  /** What was taught here. */
  get taught(): readonly Example[] {
    return this.#url !== null ? [] : [...this.#examples, ...this.#waiting.keys()];
  }

  /** It is on a page, the same as before or another. */
  come(): void {
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
    this.#dress();
    this.#near.observe(this.#host);
    if (this.awake) void this.load().catch(() => {});
  }

  /** What is fetched later has a style of its own. */
  #wear(style: string): void {
    this.#css.push(style);
    this.#dress();
  }

  #dress(): void {
    const sheets = this.#css.map((css) => styleOf(this.#host.ownerDocument, css)).filter((style) => style !== undefined);
    if (sheets.length > 0 && !this.#gone.signal.aborted) this.#host.shadowRoot!.adoptedStyleSheets = sheets;
  }

  /** It was taken off the page: for good, or to be put elsewhere. */
  leave(): void {
    this.#sheet.finish();
    this.#near.disconnect();
    this.#leaving = setTimeout(() => void this.#sleep(), GRACE);
  }

  /** Lets the network go; who asked for it gets it before. */
  async #sleep(): Promise<void> {
    this.#replay?.stop();
    const glimpse = await this.#loading?.catch(() => undefined);
    await Promise.allSettled(this.#waiting.values());
    if (!glimpse || this.#leaving === undefined || this.#gone.signal.aborted) return;
    this.#asleep = { tuned: glimpse.tunedWeights };
    this.#before = glimpse.examples;
    this.#glimpse = this.#loading = undefined;
    glimpse.dispose();
  }

  /** Fetches the network, once. What goes wrong is shown. */
  load(): Promise<Glimpse> {
    this.awake = true;
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      this.awake = false;
      throw this.#fail(error);
    });
    return this.#loading;
  }

  /** Frees what it holds. */
  end(): void {
    this.#near.disconnect();
    clearTimeout(this.#leaving);
    this.#gone.abort();
    this.#glimpse?.dispose();
  }

  #listen(): void {
    const { signal } = this.#gone;
    const touched = (): void => {
      // An error has a button of its own.
      if (this.#error.hidden) void this.load().catch(() => {});
    };
    for (const event of ["pointerdown", "focusin"]) this.#host.addEventListener(event, touched, { once: true, capture: true, signal });
    this.#paper.onchange = () => this.#changed();
    this.#sheet.onpen = (down) => this.#say(down ? this.#words.down : this.#words.up);
    // Enter in the field clicks the button, too. A sandboxed frame may submit no forms.
    this.#button.onclick = (event) => {
      event.preventDefault();
      if (!this.#teaching.reportValidity()) return;
      void this.#teach(this.#name.value.trim()).catch((error: unknown) => this.#fail(error));
    };
    // A page that turns over at a letter cannot see, from outside, that it was typed into a field.
    this.#name.onkeydown = (event) => void (event.ctrlKey || event.metaKey || event.altKey || event.stopPropagation());
    if (this.#url !== null) this.#known.tabIndex = 0;
  }

  #build(): void {
    const root = this.#host.shadowRoot ?? this.#host.attachShadow({ mode: "open", delegatesFocus: this.finds });
    const { undo, clear, name, teach, loading } = this.#words;
    this.#progress.ariaLabel = loading;
    this.#name.placeholder = this.#name.ariaLabel = name;
    this.#button.textContent = teach;
    this.#teaching.append(this.#name, this.#button);
    const tools = h(
      "div",
      "tools",
      { className: "tools" },
      tool(undo, "M8 8H4V4M4.5 8a8 8 0 1 1-.5 7", () => this.#sheet.undo()),
      this.#redo,
      tool(clear, "M6 6l12 12M18 6 6 18", () => this.#sheet.clear()),
      ...(this.#url !== null ? [] : [this.#teaching]),
    );
    const desk = h("div", "desk", { className: "desk" }, this.#paper.element, tools);
    const side = h("div", "side", { className: "side" }, this.#verdict);
    this.#pad.append(this.#progress, this.#error, this.#status);
    root.replaceChildren(this.#pad);
    if (this.#mode === "replay") void this.#showReplay(this.#pad);
    else this.#progress.after(desk, side);
    if (this.finds) this.#finder = this.#showFinder(side);
    else side.append(this.#known);
    if (this.#mode === "map") void this.#showPlane(side);
  }

  /** Only who wants a replay fetches what it takes. */
  async #showReplay(pad: HTMLElement): Promise<void> {
    try {
      const { Replay, style } = await import("./replay.js");
      this.#wear(style);
      const archive = new URL(this.#host.getAttribute("archive") ?? "all_runs.zip", this.#host.baseURI);
      this.#replay = new Replay(this.#words, archive, () => this.load(), this.#gone.signal);
      this.#replay.onerror = (error) => void this.#fail(error);
      this.#replay.onend = (outcome) => this.#say(outcome);
      pad.prepend(this.#replay.element);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Only who wants a map fetches what it takes. */
  async #showPlane(side: HTMLElement): Promise<void> {
    try {
      const [{ Plane }, { default: style }] = await Promise.all([import("../plane.js"), import("./plane.css?inline")]);
      this.#wear(style);
      const drawing = (of: string, nth: number): Strokes | undefined => this.#examples.filter(({ label }) => label === of)[nth]?.drawing;
      this.#plane = new Plane(this.#map, { drawing, ink: inkOf });
      side.append(this.#map);
      await this.#look();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Only who wants to find signs fetches what it takes. */
  async #showFinder(side: HTMLElement): Promise<Finder> {
    const { Finder, style } = await import("./find.js");
    this.#wear(style);
    const finder = new Finder(this.#words);
    finder.format = this.#host.getAttribute("format");
    finder.onchoose = (detail, chosen) => {
      this.onchoose(detail);
      if (!chosen) return;
      this.#say(fill(this.#words.chosen, { value: detail.value }));
      this.#emit("glimpse-choose", detail);
    };
    side.append(finder.element);
    finder.listen(this.#paper.element);
    return finder;
  }

  /** It is near to be seen. */
  #seen(): void {
    this.#paper.invite();
    void this.#support();
  }

  /** Fetches what is known from the start, once, and shows it. */
  #support(): Promise<Collection | undefined> {
    const url = this.#url;
    this.#collection ??= (async () => {
      if (url === null) return undefined;
      const collection = await this.#fetch(url);
      this.#before = collection.support;
      this.#show();
      return collection;
    })();
    this.#collection.catch((error: unknown) => {
      this.#collection = undefined;
      this.#fail(error);
    });
    return this.#collection;
  }

  async #fetch(url: string): Promise<Collection> {
    const { baseURI } = this.#host;
    if (this.#finder) return (await this.#finder).fetch(url || null, baseURI, this.#gone.signal);
    const { fetchSupport } = await import("./support.js");
    return fetchSupport(new URL(url, baseURI), this.#gone.signal);
  }

  async #load(): Promise<Glimpse> {
    this.#error.hidden = true;
    this.#progress.hidden = false;
    try {
      const [{ Glimpse }, collection] = await Promise.all([import("../index.js"), this.#support()]);
      const system = (this.#host.getAttribute("system") ?? collection?.system ?? "siamese") as System;
      const tuned = this.#asleep ? this.#asleep.tuned : collection?.tuned[system];
      const glimpse = await Glimpse.load({
        system,
        engine: engines(this.#host.getAttribute("engine")),
        support: this.#examples,
        ...(tuned && { tuned }),
        signal: this.#gone.signal,
        onprogress: ({ loaded, total }) => Object.assign(this.#progress, total ? { max: total, value: loaded } : {}),
      });
      this.#glimpse = glimpse;
      this.#asleep = undefined;
      glimpse.addEventListener("taught", ({ detail }) => this.#emit("glimpse-taught", detail));
      glimpse.addEventListener("forgotten", ({ detail }) => this.#emit("glimpse-forgotten", detail));
      this.#emit("glimpse-ready", { engine: glimpse.engine, system, labels: glimpse.labels });
      for (const example of this.#waiting.keys()) void this.#learn(glimpse, example);
      await this.#look();
      return glimpse;
    } finally {
      this.#progress.hidden = true;
    }
  }

  /** Shows what the network makes of the drawing. */
  async #look(): Promise<void> {
    const { drawing } = this.#paper;
    const { strokes, wet } = this.#sheet;
    const glimpse = this.#glimpse;
    const map = this.#plane && this.#examples.length > 1;
    const lifted = wet.length === 0;
    try {
      if (!glimpse || !drawing || glimpse.labels.length < 2) {
        return this.#show(undefined, true, map ? await glimpse?.map() : undefined);
      }
      const [answer, place] = await Promise.all([glimpse.classifyLatest(drawing), map ? glimpse.mapLatest(drawing) : undefined]);
      if (!answer || (map && !place) || !this.#paper.drawing || strokes !== this.#sheet.strokes || this.#gone.signal.aborted) return;
      this.#show(answer, lifted, place);
      if (!lifted) return;
      const [{ label, score }] = answer.ranking as [Ranked];
      const { result, unknown } = this.#words;
      const name = (await this.#finder)?.nameOf(label) ?? label;
      this.#say(fill(answer.known ? result : unknown, { label: name, score: score.toFixed(2) }));
      this.#emit("glimpse-result", { ...answer, drawing });
    } catch (error) {
      if (!TOO_LITTLE.includes(GlimpseError.from(error).kind)) throw error;
    }
  }

  #changed(): void {
    const focused = this.#redo.matches(":focus");
    this.#redo.hidden = !this.#sheet.canRedo;
    // Whoever pressed a button that is gone goes on at the sheet.
    if (focused && this.#redo.hidden) this.#paper.element.focus();
    void this.#look().catch((error: unknown) => this.#fail(error));
  }

  /** Teaches what is on the sheet now, which is empty then: what is drawn while the network is on its way is another drawing. */
  async #teach(label: string): Promise<void> {
    this.#sheet.finish();
    const { drawing } = this.#paper;
    if (!drawing || !label) return this.#paper.element.focus();
    const example = { label, drawing };
    this.#waiting.set(example, undefined);
    this.#name.value = "";
    this.#sheet.reset();
    this.#paper.element.focus();
    await this.#learn(await this.load(), example);
  }

  /** Has the network learn an example that waits, once. */
  #learn(glimpse: Glimpse, example: Example): Promise<void> {
    const { label, drawing } = example;
    const learning = this.#waiting.get(example);
    if (learning || !this.#waiting.has(example)) return learning ?? Promise.resolve();
    const learn = async (): Promise<void> => {
      try {
        await glimpse.learn(label, drawing, { signal: this.#gone.signal });
        this.#say(fill(this.#words.taught, { label }));
      } catch (error) {
        this.#fail(error);
        this.#giveBack(example);
      } finally {
        this.#waiting.delete(example);
      }
      await this.#look().catch((error: unknown) => this.#fail(error));
    };
    const lesson = learn();
    this.#waiting.set(example, lesson);
    return lesson;
  }

  /** Puts what could not be taught back where it was, unless something else is there now. */
  #giveBack({ label, drawing }: Example): void {
    if (this.#sheet.canUndo || this.#name.value || this.#gone.signal.aborted) return;
    this.#sheet.write(fromStrokes(drawing));
    this.#sheet.finish();
    this.#name.value = label;
  }

  #forgetButton(label: string): HTMLButtonElement {
    const onclick = (): void => void this.#forget(label).catch((error: unknown) => this.#fail(error));
    return h("button", "forget", { className: "icon", ariaLabel: fill(this.#words.forget, { label }), onclick }, "×");
  }

  async #forget(label: string): Promise<void> {
    const glimpse = await this.load();
    await glimpse.forget(label, { signal: this.#gone.signal });
    await this.#look();
    this.#paper.element.focus();
  }

  #show(answer?: Classification, settled = true, map?: FeatureMap): void {
    if (this.#finder) {
      // Signs found change places once the pen is lifted.
      if (settled) void this.#finder.then((finder) => (this.#verdict.textContent = finder.answer(answer))).catch((error: unknown) => this.#fail(error));
      return;
    }
    const { first, second, ready, given, loading } = this.#words;
    const hints = this.#url !== null ? [loading, given, given] : [first, second, ready];
    const examples = [...this.#examples, ...this.#waiting.keys()];
    const known = new Set(examples.map(({ label }) => label)).size;
    const { ranking = [], known: isKnown } = answer ?? {};
    const [best] = ranking;
    const verdict = (best: Ranked): (Node | string)[] =>
      isKnown
        ? [h("strong", "answer", {}, best.label), " ", h("span", "", {}, best.score.toFixed(2))]
        : this.#words.unknown.split(/(\{label\})/).map((said) => (said === "{label}" ? h("strong", "answer", {}, best.label) : said));
    this.#verdict.replaceChildren(...(best ? verdict(best) : [hints[Math.min(known, 2)]!]));
    this.#list.show(new Map(examples.map(({ label, drawing }) => [label, drawing])), ranking, settled);
    this.#known.classList.toggle("unknown", isKnown === false);
    this.#known.classList.toggle("covered", map !== undefined);
    this.#map.classList.toggle("shown", map !== undefined);
    this.#map.ariaLabel = fill(this.#words.map, { count: this.#examples.length });
    if (map) this.#plane?.show(map, best?.label);
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
    this.#paper.element.focus();
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

/** A style of the elements of a document; none of one that nobody sees. */
function styleOf(document: Document, css: string): CSSStyleSheet | undefined {
  const known = styles.get(document) ?? new Map<string, CSSStyleSheet>();
  styles.set(document, known);
  if (!known.has(css) && document.defaultView) {
    const style = new document.defaultView.CSSStyleSheet();
    style.replaceSync(css);
    known.set(css, style);
  }
  return known.get(css);
}

/** The language of the text around an element, which a component that it is part of may say from outside of its shadow tree. */
export function languageOf(host: Element): string {
  for (let at: Element | undefined = host; at; at = (at.getRootNode() as Partial<ShadowRoot>).host) {
    const said = at.closest<HTMLElement>("[lang]")?.lang;
    if (said) return said;
  }
  return navigator.language;
}

function engines(words: string | null): "auto" | readonly EngineKind[] {
  if (words === "auto") return words;
  return words ? (words.trim().split(/\s+/) as EngineKind[]) : CPU;
}
