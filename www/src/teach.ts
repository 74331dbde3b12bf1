import { GlimpseError, type Glimpse, type Ranked } from "glimpse";
import { drawGrey } from "glimpse/stage";
import { Cards } from "./cards.js";
import { CompareLens } from "./compare.js";
import { byId, calm, element, newest } from "./dom.js";
import type { EngineBadge } from "./engine.js";
import { FineTunePanel } from "./fine-tune.js";
import { cut, fromStrokes, isolate, toStrokes, type Stroke } from "./ink.js";
import type { Lens, Look } from "./look.js";
import { MapLens } from "./map.js";
import { notify } from "./notice.js";
import { Paper } from "./paper.js";
import { Pictures } from "./pictures.js";
import { kept, onreload } from "./reload.js";
import { Samples } from "./samples.js";
import type { Support } from "./support.js";
import { TripletLens } from "./triplet.js";
import { label, words, write } from "./words/index.js";

/** How many characters are invented at once, and by how many drawers: the first one teaches, the others redraw. */
const INVENTED = 5;
const DRAWERS = 6;

/** Width and height of what the network sees, in pixels. */
const SEEN = 32;

/** How often at most a drawing is looked at while the pen moves, in milliseconds. */
const GLANCE = 60;

/** How long it takes to write a picture's ink, in frames. */
const PICTURE = 36;

/** For how long an answer stays the same before it is said to those who hear the page, in milliseconds. */
const HEED = 500;

/** How much of a label a hint has room for. */
const SHORT = 9;

/** Drawing, teaching and answering. */
export class TeachView {
  readonly #engine: EngineBadge;
  readonly #paper = new Paper(byId<HTMLCanvasElement>("paper"));
  readonly #sheet = this.#paper.sheet;
  readonly #support: Support;
  readonly #cards: Cards;
  readonly #compare: CompareLens;
  readonly #fineTune: FineTunePanel;
  readonly #lenses: Record<string, Lens>;
  readonly #look: () => Promise<void>;
  readonly #pictures: Pictures;
  readonly #samples: Samples;
  /** The first stroke of a picture's ink, by its points. */
  #pictured: Stroke["points"] | undefined;
  #glanced = 0;
  #heeded: ReturnType<typeof setTimeout> | undefined;

  readonly #name = byId<HTMLInputElement>("name");
  readonly #hint = byId("hint");
  readonly #answer = byId("answer");
  readonly #seen = byId<HTMLCanvasElement>("seen");
  readonly #verdict = byId("verdict");
  readonly #heard = byId("heard");

  constructor(engine: EngineBadge, support: Support) {
    this.#engine = engine;
    this.#support = support;
    support.onfail = (error) => this.#fail(error);
    support.onbecome = () => this.#becomes();
    this.#cards = new Cards(byId("cards"), this.#support, (label) => [this.#forgetButton(label)]);
    this.#compare = new CompareLens(engine, this.#support);
    this.#compare.onready = () => void this.#lookAgain();
    this.#compare.onfail = (error) => this.#fail(error);
    this.#lenses = {
      ranking: { show: (_, look) => this.#cards.rank(look?.ranking, look?.lifted) },
      map: new MapLens(this.#support),
      triplet: new TripletLens(this.#support),
      compare: this.#compare,
    };
    this.#fineTune = new FineTunePanel(engine, support);
    this.#fineTune.onchange = () => this.#changed();
    this.#fineTune.onfail = (error) => this.#fail(error);
    this.#pictures = new Pictures(engine);
    /** Whether the visitor drew since pictures were brought. */
    let drawn = false;
    this.#pictures.onbring = (several) => {
      drawn = false;
      // Several are for the collection that is open now, one is for the sheet.
      const { replaced } = support;
      return () => (several ? replaced.aborted : drawn && this.#sheet.canUndo);
    };
    this.#pictures.onone = (ink) => this.#writePicture(ink);
    this.#pictures.oneach = (label, ink) => {
      this.#support.learn(label, ink);
      this.#cards.card(label);
      this.#changed();
    };
    this.#samples = new Samples(engine);
    this.#samples.onchoose = (ink, nth, hand) => this.#writeSample(ink, nth, hand);
    this.#samples.onfail = (error) => this.#fail(error);
    this.#look = newest(() => this.#lookOnce());

    onreload(() => ({ ink: this.#sheet.strokes, name: this.#name.value }));
    this.#paper.onbegin = () => {
      drawn = true;
      byId("sheet").classList.add("used");
    };
    this.#paper.onchange = () => this.#changed();
    this.#paper.ongrow = () => this.#grew();
    this.#sheet.onpen = (down) => this.#hear(() => (down ? words.teach.penDown : words.teach.penUp));
    byId("undo").addEventListener("click", () => this.#sheet.undo());
    byId("redo").addEventListener("click", () => this.#sheet.redo());
    byId("clear").addEventListener("click", () => this.#sheet.clear());
    // Enter in the field clicks the button, too. A sandboxed frame may submit no forms.
    byId("teach-it").addEventListener("click", (event) => {
      event.preventDefault();
      this.#teachPaper();
    });
    byId("invent").addEventListener("click", () => void this.#invent());
    byId("redraw").addEventListener("click", () => this.#redraw());
    byId("forget-all").addEventListener("click", () => this.#forget(...this.#support.characters.keys()));
    // Whoever pressed a button that is gone, or cannot be pressed again, goes on at the paper.
    for (const id of ["undo", "redo", "clear", "forget-all"]) {
      byId(id).addEventListener("click", ({ currentTarget }) => {
        const button = currentTarget as HTMLButtonElement;
        if (button.disabled || button.hidden) byId("paper").focus({ preventScroll: true });
      });
    }
    byId("lens").addEventListener("change", () => this.#changeLens());
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#changed();
    if (!kept.ink) return;
    // At once: the visitor may draw on.
    this.#sheet.write(kept.ink);
    this.#sheet.finish();
    this.#name.value = kept.name ?? "";
  }

  /** Another network runs: it is taught all that is known. */
  ready(fresh: Glimpse, before: Glimpse | undefined): void {
    this.#support.leave(before);
    this.#support.follow(fresh);
    this.#compare.reset();
    this.#fineTune.leave();
    this.#pictures.ready();
    this.#samples.ready();
    byId<HTMLButtonElement>("invent").disabled = false;
    const triplet = fresh.system === "triplet";
    byId("lens-triplet").hidden = !triplet;
    if (!triplet && this.#lens === "triplet") byId<HTMLInputElement>("lens-ranking").checked = true;
    this.#changeLens();
  }

  /** Takes pictures of the visitor's own: the ink of one comes onto the paper, several are taught under their names. */
  bring(files: readonly File[]): Promise<void> {
    return this.#pictures.bring(files);
  }

  /** Which way to look is chosen. */
  get #lens(): string {
    return (byId("lens").querySelector("input:checked") as HTMLInputElement).value;
  }

  #changeLens(): void {
    for (const name of Object.keys(this.#lenses)) byId(`${name}-view`).hidden = name !== this.#lens;
    byId("teach").dataset.lens = this.#lens;
    this.#changed();
  }

  #key(event: KeyboardEvent): void {
    const elsewhere = byId("teach").hidden || document.querySelector("dialog[open], .menu:popover-open");
    if (elsewhere || event.altKey || event.isComposing) return;
    const typing = event.target === this.#name;
    const onButton = event.target instanceof HTMLButtonElement;
    if (event.ctrlKey || event.metaKey) {
      if ((typing && this.#name.value) || !this.#sheet.press(event)) return;
    } else if (event.key === "Escape" && !byId("engine").matches(":popover-open")) {
      this.#sheet.clear();
    } else if (event.key === "Enter" && !event.repeat && !typing && !onButton && this.#sheet.ink.length > 0) {
      this.#teachPaper();
    } else {
      // What is typed beside a drawing is its name.
      if (event.key.length === 1 && event.key !== " " && !typing && this.#sheet.ink.length > 0) this.#name.focus();
      return;
    }
    event.preventDefault();
  }

  #changed(): void {
    const empty = this.#sheet.strokes.length === 0;
    byId<HTMLButtonElement>("undo").disabled = !this.#sheet.canUndo;
    byId("redo").hidden = !this.#sheet.canRedo;
    byId<HTMLButtonElement>("clear").disabled = empty;
    byId("sheet").classList.toggle("used", !empty || this.#support.characters.size > 0);
    label(this.#name, { placeholder: () => words.teach.nameIt(this.#nextLetter()) });
    this.#tell();
    void this.#lookAgain();
  }

  #grew(): void {
    const now = performance.now();
    if (now - this.#glanced < GLANCE) return;
    this.#glanced = now;
    void this.#lookAgain();
  }

  /** Says what can be done next. */
  #tell(): void {
    const known = [...this.#support.characters.keys()];
    const some = known.length > 0;
    const [first] = this.#sheet.strokes;
    const drawn = first !== undefined;
    const state = !drawn ? "forEmpty" : first.points === this.#pictured ? "forPicture" : "forDrawing";
    const count = known.length === 0 ? "none" : known.length === 1 ? "one" : "more";
    write(this.#hint, () => {
      const { [state]: { [count]: hint } } = words.teach;
      return typeof hint === "string" ? hint : hint(isolate(cut(known[0]!, SHORT)));
    });
    byId("teach").classList.toggle("started", some);
    byId("teach-it").classList.toggle("waiting", !drawn);
    write(byId("known-title"), () => (some ? words.teach.known : words.teach.howItWorks));
    byId("steps").hidden = some;
    byId("lens").hidden = byId("views").hidden = !some;
    write(byId("invent"), () => (some ? words.teach.inventMore : words.teach.inventFirst));
    byId("forget-all").hidden = !some;
    this.#fineTune.offer();
    byId("redraw").hidden = ![...this.#support.characters.values()].some(({ redrawn }) => redrawn.length > 0);
  }

  async #lookAgain(): Promise<void> {
    this.#answer.ariaBusy = "true";
    await this.#look();
    this.#answer.ariaBusy = "false";
  }

  /** Shows what the network makes of the sheet. */
  async #lookOnce(): Promise<void> {
    const { glimpse } = this.#engine;
    const { ink } = this.#sheet;
    try {
      const look = ink.length > 0 && glimpse ? await this.#read(glimpse, ink) : undefined;
      if (!look) this.#clearAnswer();
      if (glimpse) await this.#lenses[this.#lens]!.show(glimpse, look);
      else this.#cards.rank();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #read(glimpse: Glimpse, ink: readonly Stroke[]): Promise<Look> {
    const drawing = toStrokes(ink);
    const lifted = ink === this.#sheet.strokes;
    const { size } = this.#support.characters;
    drawGrey(this.#seen, SEEN, [await glimpse.preview(drawing)]);
    this.#answer.hidden = false;
    let ranking: Ranked[] = [];
    if (size < 2) {
      write(this.#verdict, () => (size === 0 ? words.teach.nothingKnown : words.teach.oneKnown));
    } else {
      const answer = await glimpse.classify(drawing);
      this.#engine.took(answer.millis);
      ranking = answer.ranking;
      const [best, next] = ranking as [Ranked, Ranked];
      const { known } = answer;
      byId("ranking-view").classList.toggle("unknown", !known);
      write(this.#verdict, () => words.teach[known ? "isIt" : "closest"](element("strong", {}, best.label)));
      if (lifted) this.#heed(best, next, known);
    }
    return { ink, drawing, ranking, lifted };
  }

  #clearAnswer(): void {
    this.#answer.hidden = this.#support.characters.size === 0;
    this.#seen.width = SEEN;
    write(this.#verdict, "");
    clearTimeout(this.#heeded);
  }

  /** Says the answer to those who hear the page, once it stays. */
  #heed(best: Ranked, next: Ranked, known: boolean): void {
    clearTimeout(this.#heeded);
    const said = { label: isolate(next.label), score: next.score.toFixed(2) };
    this.#heeded = setTimeout(
      () => this.#hear(() => words.teach.heard(isolate(best.label), known, best.score.toFixed(2), said)),
      HEED,
    );
  }

  /** Says something to those who hear the page: anew, where it is the same as before. */
  #hear(said: () => string): void {
    this.#heard.replaceChildren();
    write(this.#heard, said);
  }

  #teachPaper(): void {
    this.#sheet.finish();
    const { strokes } = this.#sheet;
    if (strokes.length === 0) {
      write(this.#hint, () => words.teach.emptyPaper);
      if (!calm.matches) byId("sheet").animate([{ rotate: "-.6deg" }, { rotate: ".6deg" }, {}], { duration: 180 });
      return;
    }
    const name = this.#name.value.trim().normalize() || this.#nextLetter();
    const from = byId("paper").getBoundingClientRect();
    this.#name.value = "";
    byId("paper").focus({ preventScroll: true });
    this.#support.learn(name, [...strokes]);
    const card = this.#cards.card(name);
    this.#sheet.reset();
    this.#hear(() => words.teach.taught(isolate(name)));
    fly(card, from);
  }

  #forget(...labels: string[]): void {
    for (const label of labels) this.#support.forget(label);
    this.#support.onbecome();
  }

  /** Other characters are known than before. */
  #becomes(): void {
    this.#cards.rank();
    this.#changed();
  }

  #forgetButton(name: string): HTMLButtonElement {
    const forget = element("button", { className: "icon forget" }, "×");
    label(forget, { title: () => words.teach.forget, "aria-label": () => words.teach.forgetIt(isolate(name)) });
    forget.addEventListener("click", () => {
      this.#forget(name);
      byId("paper").focus({ preventScroll: true });
    });
    return forget;
  }

  async #invent(): Promise<void> {
    const { glimpse } = this.#engine;
    if (!glimpse) return;
    const seed = Math.floor(Math.random() * 2 ** 31);
    // What is drawn from now on stays.
    this.#sheet.clear();
    try {
      const invented = await glimpse.invent({ seed, characters: INVENTED, drawers: DRAWERS });
      const free = words.teach.names.filter((name) => !this.#support.characters.has(name));
      invented.forEach(([taught, ...redrawn], i) => {
        const name = free[i] ?? `${words.teach.names[i]} ${this.#support.characters.size}`;
        this.#support.learn(name, fromStrokes(taught!), redrawn);
        const card = this.#cards.card(name);
        if (calm.matches) return;
        card.animate([{ opacity: 0, translate: "0 12px" }, {}], { duration: 360, delay: 70 * i, fill: "backwards" });
      });
      this.#changed();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Another drawer writes one of the invented characters. */
  #redraw(): void {
    const redrawn = [...this.#support.characters.values()].flatMap(({ redrawn }) => redrawn);
    const drawing = redrawn[Math.floor(Math.random() * redrawn.length)];
    if (drawing) void this.#paper.write(fromStrokes(drawing));
  }

  /** A sample comes onto the paper, from where the keyboard goes on. */
  #writeSample(ink: Stroke[], nth: number, hand: number): void {
    byId("sheet").classList.add("used");
    void this.#paper.write(ink);
    byId("paper").focus({ preventScroll: true });
    this.#hear(() => words.samples.chosen(nth, hand));
  }

  #writePicture(ink: Stroke[]): void {
    this.#pictured = ink[0]!.points;
    void this.#paper.write(ink, PICTURE / ink.length);
  }

  #nextLetter(): string {
    const letters = [...words.teach.letters];
    const known = this.#support.characters;
    return letters.find((letter) => !known.has(letter)) ?? `${known.size + 1}`;
  }

  #fail(error: unknown): void {
    const kind = error instanceof GlimpseError ? error.kind : undefined;
    if (kind === "Disposed") return;
    notify(error, kind === "EngineFailed" ? () => void this.#engine.load() : undefined);
  }
}

/** The ink moves from the sheet into its card. */
function fly(card: HTMLElement, from: DOMRect): void {
  const face = card.querySelector<SVGElement>(".face svg");
  const to = face?.getBoundingClientRect();
  if (!face || !to?.width || calm.matches) return;
  const x = from.left + from.width / 2 - (to.left + to.width / 2);
  const y = from.top + from.height / 2 - (to.top + to.height / 2);
  face.animate([{ transform: `translate(${x}px, ${y}px) scale(${from.width / to.width})` }, {}], {
    duration: 520,
    easing: "cubic-bezier(.3,.7,.2,1)",
  });
}
