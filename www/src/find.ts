import { codeOf, examplesOf, FORMATS, GlimpseError, type Classification, type Glimpse, type SetName, type Sign, type SignFormat, type SignGroup } from "glimpse";
import "./style/find.css";
import { copy } from "./copy.js";
import { afterInput, byId, calm, element, newest, shape } from "./dom.js";
import type { EngineBadge } from "./engine.js";
import { Search } from "./find-search.js";
import { SetChoice } from "./find-sets.js";
import { Tiles, type Shown } from "./find-tiles.js";
import { isolate, toStrokes } from "./ink.js";
import { clearNotice, notify, say } from "./notice.js";
import { Paper } from "./paper.js";
import { kept, onreload } from "./reload.js";
import { recall, remember } from "./remembered.js";
import type { Support } from "./support.js";
import { label, onlanguage, words, write } from "./words/index.js";

/** How many signs are shown. */
const BEST = 12;

/** What comes before the visitor's own labels, to keep them apart from those of sets. */
const OWN = "\ue000";

/** Where it is remembered what is copied. */
const KEY = "glimpse find format";

/** For how long an answer stays the same before it is said to those who hear the page, in milliseconds. */
const HEED = 500;

/** The engines of the CPU, fastest first: what runs until the page knows better. */
const CPU = ["simd", "flex", "ndarray"] as const;

/** What the network can make nothing of, for want of ink. */
const TOO_LITTLE: readonly string[] = ["EmptyDrawing", "BadDrawing"];

/** Draws to find: the best signs of sets, and of the visitor's own, to be copied. */
export class FindView {
  /** Called with the sets that are searched. */
  onchoose: (sets: readonly SetName[]) => void = () => {};

  readonly #engine: EngineBadge;
  readonly #support: Support;
  readonly #view = byId("find");
  readonly #canvas = element("canvas", { tabIndex: 0, role: "application" });
  readonly #sheet = element("div", { className: "sheet" }, this.#canvas);
  readonly #invitation = element("p", { className: "invitation", ariaHidden: "true" });
  readonly #hint = element("p", { className: "hint", role: "status" });
  readonly #heard = element("p", { className: "visually-hidden", role: "status" });
  readonly #title = element("p", { className: "found-title" });
  readonly #progress = element("progress", { className: "finding", hidden: true });
  readonly #search = element("input", { type: "search", autocomplete: "off", spellcheck: false, autocapitalize: "off", enterKeyHint: "search" });
  readonly #name = element("input", { autocomplete: "off", maxLength: 24, spellcheck: false, autocapitalize: "off", enterKeyHint: "done", dir: "auto" });
  readonly #teaching = element("button", { className: "primary" });
  readonly #undo = tool("M9 6 4.5 10.5 9 15M5 10.5h9.5a5 5 0 0 1 0 10H11");
  readonly #redo = tool("m15 6 4.5 4.5L15 15m4-4.5H9.5a5 5 0 0 0 0 10H13");
  readonly #clear = tool("M6 6.5 18 18M18 6 6 18.5");
  readonly #sets: SetChoice;
  readonly #tiles: Tiles;
  readonly #paper: Paper;
  readonly #newest = newest(() => this.#lookOnce());
  /** The look that is under way, if one is. */
  #looking: Promise<void> | undefined;
  #format: SignFormat = FORMATS.find((format) => format === recall(KEY)) ?? "sign";
  #loading: AbortController | undefined;
  /** The system and the engine of its network, which may be on its way. */
  #runs = "";
  #glimpse: Glimpse | undefined;
  /** What is looked through, by the labels that the network has, and as what it is shown. */
  #groups: readonly SignGroup[] = [];
  #shownAs = new Map<string, Shown>();
  #own = new Map<string, Shown>();
  #searching = new Search([]);
  /** What was taught just now. */
  #latest: string | undefined;
  #heeded: ReturnType<typeof setTimeout> | undefined;

  /** @param asked sets that the address names */
  constructor(engine: EngineBadge, support: Support, asked: readonly string[]) {
    this.#engine = engine;
    this.#support = support;
    this.#sets = new SetChoice(asked);
    this.#tiles = new Tiles(this.#format);
    this.#build();
    this.#paper = new Paper(this.#canvas);
    onreload(() => ({ finding: this.#paper.sheet.strokes }));
    this.#listen();
    this.#changed();
    this.#show();
    void this.load();
    if (!kept.finding) return;
    // At once: the visitor may draw on.
    this.#paper.sheet.write(kept.finding);
    this.#paper.sheet.finish();
  }

  /** The sets that are looked through. */
  get chosen(): readonly SetName[] {
    return this.#sets.chosen;
  }

  /** Another network runs. */
  ready({ system, engine: { kind } }: Glimpse): void {
    if (this.#runs !== `${system} ${kind}`) void this.load();
  }

  /** Fetches the sets that are chosen, and has a network know their signs. The one before goes on until then. */
  async load(): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    const { system, glimpse } = this.#engine;
    this.#runs = `${system} ${glimpse?.engine.kind ?? CPU[0]}`;
    this.#progress.hidden = false;
    this.#view.ariaBusy = "true";
    clearNotice("LoadFailed");
    try {
      const groups = await this.#sets.groups();
      if (loading.signal.aborted) return;
      this.#know(groups);
      const fresh = await this.#engine.companion(system, { engine: CPU, support: examplesOf(groups), signal: loading.signal });
      if (loading.signal.aborted) return fresh.dispose();
      this.#support.leave(this.#glimpse);
      this.#glimpse?.dispose();
      this.#glimpse = fresh;
      this.#support.follow(fresh, OWN);
      this.onchoose(this.chosen);
      await this.#look();
    } catch (error) {
      if (loading.signal.aborted) return;
      this.#failed(error);
    }
    this.#progress.hidden = true;
    this.#view.ariaBusy = "false";
  }

  #failed(error: unknown): void {
    const again = (): void => void this.load();
    if (GlimpseError.from(error).kind === "LoadFailed") say(() => words.find.notFetched, "LoadFailed", again);
    else notify(error, again);
  }

  #know(groups: readonly SignGroup[]): void {
    this.#groups = groups;
    this.#shownAs = new Map(groups.map(({ label, signs }) => [label, { key: label, signs, own: false }]));
    this.#searching = new Search(groups);
    this.#tiles.reset();
    void this.#look();
  }

  #build(): void {
    const title = element("h1");
    write(title, () => [words.find.title, " ", element("em", {}, words.find.titleThen)]);
    write(this.#invitation, () => words.find.drawHere);
    this.#sheet.append(this.#invitation);
    const keys = element("p", { id: "find-keys", hidden: true });
    write(keys, () => words.find.keys);
    this.#canvas.setAttribute("aria-describedby", keys.id);
    label(this.#canvas, { "aria-label": () => words.find.paper });
    label(this.#undo, { "aria-label": () => words.find.undo, title: () => words.find.undo });
    label(this.#redo, { "aria-label": () => words.find.redo, title: () => words.find.redo });
    label(this.#clear, { "aria-label": () => words.find.clear, title: () => words.find.clear });
    label(this.#name, { placeholder: () => words.find.nameIt, "aria-label": () => words.find.name });
    label(this.#search, { placeholder: () => words.find.search, "aria-label": () => words.find.search });
    label(this.#progress, { "aria-label": () => words.find.loading });
    write(this.#teaching, () => words.find.teach);
    // Enter in the field clicks the button, too. A sandboxed frame may submit no forms.
    this.#teaching.addEventListener("click", (event) => {
      event.preventDefault();
      this.#teach();
    });
    const naming = element("form", { className: "naming", autocomplete: "off" }, this.#name, this.#teaching);
    const tools = element("div", { className: "tools" }, this.#undo, this.#redo, this.#clear, naming);
    const head = element("div", { className: "found-head" }, this.#search, this.#formats());
    this.#view.append(
      element("div", { className: "lead" }, title, this.#hint),
      element("div", { className: "desk" }, this.#sheet, keys, tools),
      element("div", { className: "found" }, head, this.#sets.element, this.#title, this.#progress, this.#tiles.element, this.#heard),
    );
  }

  /** What is copied: a choice that is remembered. */
  #formats(): HTMLElement {
    const choice = element("fieldset", { className: "segments formats" });
    const legend = element("legend", { className: "visually-hidden" });
    write(legend, () => words.find.copyAs);
    choice.append(legend);
    for (const format of FORMATS) {
      const input = element("input", { type: "radio", name: "format", value: format, checked: format === this.#format });
      input.addEventListener("change", () => {
        this.#tiles.format = this.#format = format;
        remember(KEY, format);
      });
      const said = element("span");
      write(said, () => words.find.formats[format]);
      choice.append(element("label", {}, input, said));
    }
    return choice;
  }

  #listen(): void {
    const sheet = this.#paper.sheet;
    this.#paper.onbegin = () => {
      this.#latest = undefined;
      this.#sheet.classList.add("used");
      this.#search.value = "";
    };
    this.#paper.onchange = () => {
      void this.#look();
      afterInput(() => this.#changed());
    };
    sheet.onpen = (down) => this.#hear(() => (down ? words.teach.penDown : words.teach.penUp));
    this.#undo.addEventListener("click", () => sheet.undo());
    this.#redo.addEventListener("click", () => sheet.redo());
    this.#clear.addEventListener("click", () => sheet.clear());
    for (const button of [this.#undo, this.#redo, this.#clear]) {
      // Whoever pressed a button that is gone, or cannot be pressed again, goes on at the paper.
      button.addEventListener("click", () => (button.disabled || button.hidden) && this.#canvas.focus({ preventScroll: true }));
    }
    this.#tiles.onchoose = (sign) => void this.#copy(sign);
    this.#search.addEventListener("input", () => void this.#look());
    this.#sets.onchange = () => void this.load();
    // It is called for Teach, too.
    const before = this.#support.onbecome;
    this.#support.onbecome = () => {
      before();
      this.#becomes();
    };
    document.addEventListener("keydown", (event) => this.#key(event));
    onlanguage(() => void this.#look());
  }

  #key(event: KeyboardEvent): void {
    const elsewhere = this.#view.hidden || document.querySelector("dialog[open], :popover-open");
    if (elsewhere || event.altKey || event.isComposing) return;
    const { key, target } = event;
    const sheet = this.#paper.sheet;
    const typing = target instanceof HTMLInputElement && ["text", "search"].includes(target.type);
    if (event.ctrlKey || event.metaKey) {
      if ((!typing || !target.value) && sheet.press(event)) event.preventDefault();
    } else if (key === "Escape") {
      this.#search.value = "";
      sheet.clear();
      void this.#look();
    } else if (key === "Enter" && (target === this.#search || target === this.#canvas || target === document.body)) {
      event.preventDefault();
      void this.#copyNth(0);
    } else if (!typing && /^\d$/.test(key)) {
      void this.#copyNth((Number(key) + 9) % 10);
    } else if (!typing && key.length === 1 && /\S/.test(key)) {
      // What is typed beside the drawing is looked for.
      this.#search.focus();
    } else if (key === "ArrowDown" && target === this.#search) {
      event.preventDefault();
      this.#tiles.element.querySelector("button")?.focus();
    }
  }

  /** The paper is another. */
  #changed(): void {
    const { strokes, canRedo } = this.#paper.sheet;
    const empty = strokes.length === 0;
    this.#undo.disabled = this.#clear.disabled = empty;
    this.#redo.hidden = !canRedo;
    this.#sheet.classList.toggle("used", !empty);
    this.#teaching.classList.toggle("waiting", empty);
  }

  /** Other characters of the visitor's own are known than before. */
  #becomes(): void {
    if (!this.#support.characters.has(this.#latest ?? "")) this.#latest = undefined;
    void this.#look();
  }

  async #look(): Promise<void> {
    const looking = this.#newest();
    this.#looking = looking;
    try {
      await looking;
    } finally {
      if (this.#looking === looking) this.#looking = undefined;
    }
  }

  async #lookOnce(): Promise<void> {
    const glimpse = this.#glimpse;
    const { strokes } = this.#paper.sheet;
    if (this.#search.value.trim() || strokes.length === 0 || !glimpse || glimpse.labels.length < 2) return this.#show();
    try {
      // Some of them may be one to those who see them.
      const answer = await glimpse.classify(toStrokes(strokes), { limit: 2 * BEST });
      if (strokes !== this.#paper.sheet.strokes || glimpse !== this.#glimpse) return;
      this.#engine.took(answer.millis);
      this.#show(answer);
    } catch (error) {
      const { kind } = GlimpseError.from(error);
      if (kind !== "Disposed" && !TOO_LITTLE.includes(kind)) notify(error);
    }
  }

  /** Shows the answer, or what was searched, or some of what there is. */
  #show(answer?: Classification): void {
    const asked = this.#search.value.trim();
    const all = answer ? this.#ranked(answer) : asked ? this.#searched(asked) : this.#some();
    const [best] = all;
    // While sets are on their way, the answer is of those before: its best may not be among them.
    const sure = answer?.known === true && this.#standsFor(answer.ranking[0]!.label) !== undefined;
    this.#tiles.show(all, answer ? sure : asked !== "" || this.#latest !== undefined);
    const name = best?.signs[0] && nameOf(best.signs[0]);
    const { length } = this.#groups;
    write(this.#title, () => (answer ? words.find.best(sure) : asked ? words.find.searched(all.length) : words.find.some(length)));
    const latest = this.#latest;
    const idle = (): string => (latest === undefined ? words.find.hint : words.find.taught(isolate(latest)));
    write(this.#hint, () => (answer ? (sure ? name! : words.find.unsure) : idle()));
    // Unicode's names are English.
    if (sure && !best?.own) this.#hint.lang = "en";
    else this.#hint.removeAttribute("lang");
    if (answer) this.#view.classList.add("started");
    clearTimeout(this.#heeded);
    const code = best && codeOf(best.signs[0]!, this.#format);
    if (answer && best) this.#heeded = setTimeout(() => this.#hear(() => words.find.heard(sure, name!, code!)), HEED);
    else if (asked) this.#heeded = setTimeout(() => this.#hear(() => words.find.searched(all.length)), HEED);
  }

  /** A ranking as it is shown: what the visitor taught under a sign's own label is that sign. */
  #ranked({ ranking }: Classification): Shown[] {
    const shown = new Map<Shown, Shown>();
    for (const { label } of ranking) {
      const one = this.#standsFor(label);
      if (one) shown.set(one, one);
    }
    return [...shown.keys()].slice(0, BEST);
  }

  /** What a label of the network is shown as, if it still is. */
  #standsFor(label: string): Shown | undefined {
    return label.startsWith(OWN) ? this.#ownOf(label.slice(OWN.length)) : this.#shownAs.get(label);
  }

  #searched(asked: string): Shown[] {
    const own = [...this.#support.characters.keys()].filter((label) => label.toLowerCase().includes(asked.toLowerCase()));
    const found = this.#searching.find(asked, BEST).map(({ label }) => this.#shownAs.get(label)!);
    return [...new Set([...own.map((label) => this.#ownOf(label)!), ...found])].slice(0, BEST);
  }

  /** Some of what there is, spread over the sets, after what was taught just now. */
  #some(): Shown[] {
    const all = [...this.#shownAs.values()];
    const step = Math.max(1, all.length / BEST);
    const some = Array.from({ length: Math.min(BEST, all.length) }, (_, i) => all[Math.floor(i * step)]!);
    const latest = this.#latest === undefined ? undefined : this.#ownOf(this.#latest);
    return latest ? [...new Set([latest, ...some])].slice(0, BEST) : some;
  }

  /** What a label of the visitor's own is shown as, if it is not forgotten by now. */
  #ownOf(label: string): Shown | undefined {
    const known = this.#shownAs.get(label) ?? [...this.#shownAs.values()].find(({ signs }) => signs.some((sign) => sign.label === label));
    if (known) return known;
    if (!this.#support.characters.has(label)) return undefined;
    const { strokes: drawing } = toStrokes(this.#support.face(label));
    const before = this.#own.get(label);
    if (before && JSON.stringify(before.signs[0]!.drawings[0]) === JSON.stringify(drawing)) return before;
    const shown = { key: OWN + label, signs: [{ label, source: 0, drawings: [drawing] }], own: true };
    this.#own.set(label, shown);
    return shown;
  }

  /** Copies what stands there once what is on the paper is answered, unless the paper is another by then. */
  async #copyNth(nth: number): Promise<void> {
    const { strokes } = this.#paper.sheet;
    if (this.#looking) await this.#looking;
    const sign = this.#tiles.signs[nth];
    if (sign && strokes === this.#paper.sheet.strokes) await this.#copy(sign);
  }

  async #copy(sign: Sign): Promise<void> {
    const text = codeOf(sign, this.#format);
    const done = await copy(text);
    if (done) this.#tiles.mark(sign);
    clearTimeout(this.#heeded);
    this.#hear(() => (done ? words.find.copiedIt(isolate(text)) : words.find.notCopied(isolate(text))));
    write(this.#hint, () => (done ? words.find.copiedIt(isolate(text)) : words.find.notCopied(isolate(text))));
  }

  /** Teaches what is on the paper: it is kept with the collection that is open, and found from now on. */
  #teach(): void {
    const sheet = this.#paper.sheet;
    sheet.finish();
    const name = this.#name.value.trim().normalize();
    if (sheet.strokes.length === 0 || !name) {
      write(this.#hint, () => (name ? words.teach.emptyPaper : words.find.nameFirst));
      (name ? this.#canvas : this.#name).focus({ preventScroll: true });
      if (!calm.matches) this.#sheet.animate([{ rotate: "-.6deg" }, { rotate: ".6deg" }, {}], { duration: 180 });
      return;
    }
    this.#support.learn(name, [...sheet.strokes]);
    this.#support.onbecome();
    this.#name.value = "";
    this.#latest = name;
    sheet.reset();
    this.#hear(() => words.find.taught(isolate(name)));
    this.#canvas.focus({ preventScroll: true });
  }

  /** Says something to those who hear the page: anew, where it is the same as before. */
  #hear(said: () => string): void {
    this.#heard.replaceChildren();
    write(this.#heard, said);
  }
}

function nameOf({ name, label }: Sign): string {
  return isolate(name ?? label);
}

function tool(d: string): HTMLButtonElement {
  const button = element("button", { className: "icon", type: "button" });
  button.append(shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, shape("path", { d })));
  return button;
}
