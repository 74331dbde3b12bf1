import { GlimpseError, type Glimpse, type Ranked } from "glimpse";
import { CompareLens } from "./compare.js";
import { byId, calm, element, newest } from "./dom.js";
import type { EngineBadge } from "./engine.js";
import { drawGrey, fromStrokes, toStrokes, type Stroke } from "./ink.js";
import type { Lens, Look } from "./look.js";
import { MapLens } from "./map.js";
import { notify } from "./notice.js";
import { Paper } from "./paper.js";
import { RankedList } from "./ranked-list.js";
import { Support } from "./support.js";
import { TripletLens } from "./triplet.js";

/** Names for invented characters. */
const NAMES = ["oru", "mek", "tali", "vesh", "quon", "ibi", "sarn", "ulo", "dreth", "fay", "gim", "hoss", "jun", "kelp"];

/** How many characters are invented at once, and by how many drawers: the first one teaches, the others redraw. */
const INVENTED = 5;
const DRAWERS = 6;

/** Width and height of what the network sees, in pixels. */
const SEEN = 32;

/** Scores below this are "different": even the best match is called only the closest. */
const SURE = 0.5;

/** How often at most a drawing is looked at while the pen moves, in milliseconds. */
const GLANCE = 60;

/** Drawing, teaching and answering. */
export class TeachView {
  readonly #engine: EngineBadge;
  readonly #paper = new Paper(byId<HTMLCanvasElement>("paper"));
  readonly #support = new Support();
  readonly #list: RankedList;
  readonly #compare: CompareLens;
  readonly #lenses: Record<string, Lens>;
  readonly #look: () => Promise<void>;
  #glanced = 0;

  readonly #name = byId<HTMLInputElement>("name");
  readonly #hint = byId("hint");
  readonly #answer = byId("answer");
  readonly #seen = byId<HTMLCanvasElement>("seen");
  readonly #verdict = byId("verdict");

  constructor(engine: EngineBadge) {
    this.#engine = engine;
    this.#support.onfail = (error) => this.#fail(error);
    this.#list = new RankedList(byId("cards"), this.#support, (label) => [this.#forgetButton(label)]);
    this.#compare = new CompareLens(engine, this.#support);
    this.#compare.onready = () => void this.#lookAgain();
    this.#compare.onfail = (error) => this.#fail(error);
    this.#lenses = {
      ranking: { show: (_, look) => this.#list.rank(look?.ranking ?? [], look?.lifted ?? true) },
      map: new MapLens(this.#support),
      triplet: new TripletLens(this.#support),
      compare: this.#compare,
    };
    this.#look = newest(() => this.#lookOnce());

    this.#paper.onbegin = () => byId("sheet").classList.add("used");
    this.#paper.onchange = () => this.#changed();
    this.#paper.ongrow = () => this.#grew();
    byId("undo").addEventListener("click", () => this.#paper.undo());
    byId("clear").addEventListener("click", () => this.#paper.clear());
    byId("naming").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#teachPaper();
    });
    byId("invent").addEventListener("click", () => void this.#invent());
    byId("redraw").addEventListener("click", () => this.#redraw());
    byId("forget-all").addEventListener("click", () => this.#forget(...this.#support.characters.keys()));
    byId("lens").addEventListener("change", () => this.#changeLens());
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#changed();
  }

  /** Another network runs: it is taught all that is known. */
  ready(fresh: Glimpse, before: Glimpse | undefined): void {
    this.#support.leave(before);
    this.#support.follow(fresh);
    this.#compare.reset();
    byId<HTMLButtonElement>("invent").disabled = false;
    const triplet = fresh.system === "triplet";
    byId("lens-triplet").hidden = !triplet;
    if (!triplet && this.#lens === "triplet") byId<HTMLInputElement>("lens-ranking").checked = true;
    this.#changeLens();
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
    const elsewhere = byId("teach").hidden || byId<HTMLDialogElement>("detail").open;
    if (elsewhere || event.altKey || event.isComposing) return;
    const typing = event.target === this.#name;
    const onButton = event.target instanceof HTMLButtonElement;
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== "z" || (typing && this.#name.value)) return;
      this.#paper.undo();
    } else if (event.key === "Escape" && !byId("engine").matches(":popover-open")) {
      this.#paper.clear();
    } else if (event.key === "Enter" && !typing && !onButton && this.#paper.strokes.length > 0) {
      this.#teachPaper();
    } else {
      // What is typed beside a drawing is its name.
      if (event.key.length === 1 && event.key !== " " && !typing && this.#paper.strokes.length > 0) this.#name.focus();
      return;
    }
    event.preventDefault();
  }

  #changed(): void {
    const { strokes } = this.#paper;
    const empty = strokes.length === 0;
    byId<HTMLButtonElement>("undo").disabled = empty;
    byId<HTMLButtonElement>("clear").disabled = empty;
    byId("sheet").classList.toggle("used", !empty || this.#support.characters.size > 0);
    this.#name.placeholder = `Its name, or “${this.#nextLetter()}”`;
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
    const drawn = this.#paper.strokes.length > 0;
    // Each fits one line on a phone, so that the paper stays where it is.
    const hints = drawn
      ? [
          "Now give it a name and press Enter.",
          "Name this one too. Two can be told apart.",
          "A new one, or wrong? Name it and teach it.",
        ]
      : [
          "Any sign will do, even one of your own.",
          `“${known[0]?.slice(0, 9)}” is known. Now draw a different one.`,
          "Now draw one of them again.",
        ];
    this.#hint.textContent = hints[Math.min(known.length, 2)]!;
    byId("teach").classList.toggle("started", some);
    byId("teach-it").classList.toggle("waiting", !drawn);
    byId("known-title").textContent = some ? "Known characters" : "How it works";
    byId("steps").hidden = some;
    byId("lens").hidden = byId("views").hidden = !some;
    byId("invent").textContent = some ? "Invent five" : "Try with invented characters";
    byId("forget-all").hidden = !some;
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
    const { ink } = this.#paper;
    try {
      const look = ink.length > 0 && glimpse ? await this.#read(glimpse, ink) : undefined;
      if (!look) this.#clearAnswer();
      if (glimpse) await this.#lenses[this.#lens]!.show(glimpse, look);
      else this.#list.rank([], true);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #read(glimpse: Glimpse, ink: readonly Stroke[]): Promise<Look> {
    const drawing = toStrokes(ink);
    const lifted = ink === this.#paper.strokes;
    const { size } = this.#support.characters;
    drawGrey(this.#seen, SEEN, await glimpse.preview(drawing));
    this.#answer.hidden = false;
    let ranking: Ranked[] = [];
    if (size < 2) {
      this.#verdict.textContent = size === 0 ? "Nothing is known yet." : "Only one is known: nothing to tell it from.";
    } else {
      const answer = await glimpse.classify(drawing);
      this.#engine.took(answer.millis);
      ranking = answer.ranking;
      const best = ranking[0]!;
      this.#verdict.replaceChildren(
        best.score >= SURE ? "This is " : "Closest, but not close: ",
        element("strong", {}, best.label),
      );
    }
    return { ink, drawing, ranking, lifted };
  }

  #clearAnswer(): void {
    this.#answer.hidden = this.#support.characters.size === 0;
    this.#seen.width = SEEN;
    this.#verdict.textContent = "";
  }

  #teachPaper(): void {
    const { strokes } = this.#paper;
    if (strokes.length === 0) {
      this.#hint.textContent = "The paper is empty: draw it first.";
      if (!calm.matches) byId("sheet").animate([{ rotate: "-.6deg" }, { rotate: ".6deg" }, {}], { duration: 180 });
      return;
    }
    const label = this.#name.value.trim() || this.#nextLetter();
    const from = byId("paper").getBoundingClientRect();
    this.#name.value = "";
    this.#name.blur();
    this.#support.learn(label, [...strokes]);
    const card = this.#list.item(label);
    this.#paper.clear();
    fly(card, from);
  }

  #forget(...labels: string[]): void {
    for (const label of labels) this.#support.forget(label);
    this.#list.rank([], true);
    this.#changed();
  }

  #forgetButton(label: string): HTMLButtonElement {
    const forget = element("button", { className: "icon forget", title: "Forget", ariaLabel: `Forget ${label}` }, "×");
    forget.addEventListener("click", () => {
      this.#forget(label);
      byId("paper").focus({ preventScroll: true });
    });
    return forget;
  }

  async #invent(): Promise<void> {
    const { glimpse } = this.#engine;
    if (!glimpse) return;
    const seed = Math.floor(Math.random() * 2 ** 31);
    try {
      const invented = await glimpse.invent({ seed, characters: INVENTED, drawers: DRAWERS });
      const free = NAMES.filter((name) => !this.#support.characters.has(name));
      this.#paper.clear();
      invented.forEach(([taught, ...redrawn], i) => {
        const label = free[i] ?? `${NAMES[i]} ${this.#support.characters.size}`;
        this.#support.learn(label, fromStrokes(taught!), redrawn);
        const card = this.#list.item(label);
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

  #nextLetter(): string {
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
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
