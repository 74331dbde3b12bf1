import { GlimpseError, type Ranked, type Strokes } from "glimpse";
import { byId, calm, element } from "./dom.js";
import type { EngineBadge } from "./engine.js";
import { drawGrey, fromStrokes, thumbnail, toStrokes, type Stroke } from "./ink.js";
import { notify } from "./notice.js";
import { Paper } from "./paper.js";

/** Side of a card's picture in CSS pixels. */
const PICTURE = 56;

/** Names for invented characters. */
const NAMES = ["oru", "mek", "tali", "vesh", "quon", "ibi", "sarn", "ulo", "dreth", "fay", "gim", "hoss", "jun", "kelp"];

/** How many characters are invented at once, and by how many drawers: the first one teaches, the others redraw. */
const INVENTED = 5;
const DRAWERS = 6;

/** Below this score even the best match is called only the closest. */
const SURE = 0.5;

interface Character {
  drawings: Stroke[][];
  /** Other drawers' drawings, where the character is invented. */
  redrawn: Strokes[];
  card: HTMLLIElement;
}

/** Drawing, teaching and answering. */
export class TeachView {
  readonly #engine: EngineBadge;
  readonly #paper = new Paper(byId<HTMLCanvasElement>("paper"));
  /** What was taught, by label. The engine's memory follows this one, so that engines can be changed. */
  readonly #known = new Map<string, Character>();
  #looking: AbortController | undefined;

  readonly #name = byId<HTMLInputElement>("name");
  readonly #hint = byId("hint");
  readonly #cards = byId("cards");
  readonly #answer = byId("answer");
  readonly #seen = byId<HTMLCanvasElement>("seen");
  readonly #verdict = byId("verdict");

  constructor(engine: EngineBadge) {
    this.#engine = engine;
    this.#paper.onbegin = () => byId("sheet").classList.add("used");
    this.#paper.onchange = () => this.#changed();
    byId("undo").addEventListener("click", () => this.#paper.undo());
    byId("clear").addEventListener("click", () => this.#paper.clear());
    byId("naming").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#teachPaper();
    });
    byId("invent").addEventListener("click", () => void this.#invent());
    byId("redraw").addEventListener("click", () => this.#redraw());
    byId("forget-all").addEventListener("click", () => [...this.#known.keys()].forEach((label) => this.#forget(label)));
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#changed();
  }

  /** Tells a fresh engine all that was taught. */
  ready(): void {
    byId<HTMLButtonElement>("invent").disabled = false;
    for (const [label, { drawings }] of this.#known) {
      for (const drawing of drawings) this.#learn(label, drawing);
    }
    this.#changed();
  }

  #key(event: KeyboardEvent): void {
    const elsewhere = byId("teach").hidden || byId<HTMLDialogElement>("detail").open;
    if (elsewhere || event.altKey || event.isComposing) return;
    const typing = event.target instanceof HTMLInputElement;
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
    byId("sheet").classList.toggle("used", !empty || this.#known.size > 0);
    this.#name.placeholder = `Its name, or “${this.#nextLetter()}”`;
    this.#tell();
    void this.#look();
  }

  /** Says what can be done next. */
  #tell(): void {
    const known = [...this.#known.keys()];
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
    byId("teach").classList.toggle("started", known.length > 0);
    byId("teach-it").classList.toggle("waiting", !drawn);
    byId("known-title").textContent = known.length > 0 ? "Known characters" : "How it works";
    byId("steps").hidden = known.length > 0;
    byId("invent").textContent = known.length > 0 ? "Invent five" : "Try with invented characters";
    byId("forget-all").hidden = known.length === 0;
    byId("redraw").hidden = ![...this.#known.values()].some(({ redrawn }) => redrawn.length > 0);
  }

  /** Shows what the network makes of the sheet. */
  async #look(): Promise<void> {
    this.#looking?.abort();
    const looking = new AbortController();
    this.#looking = looking;
    const { glimpse } = this.#engine;
    const { strokes } = this.#paper;
    if (strokes.length === 0 || !glimpse) {
      this.#answer.hidden = this.#known.size === 0;
      this.#seen.width = 28;
      this.#verdict.textContent = "";
      this.#rank([]);
      return;
    }
    this.#answer.ariaBusy = "true";
    const { signal } = looking;
    const drawing = toStrokes(strokes);
    try {
      const seen = await glimpse.preview(drawing, { signal });
      drawGrey(this.#seen, seen, 28);
      this.#answer.hidden = false;
      if (this.#known.size < 2) {
        this.#verdict.textContent =
          this.#known.size === 0 ? "Nothing is known yet." : "Only one is known: nothing to tell it from.";
        this.#rank([]);
        return;
      }
      const answer = await glimpse.classifyLatest(drawing, { signal });
      if (!answer) return;
      this.#engine.took(answer.millis);
      this.#rank(answer.ranking);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    } finally {
      if (!signal.aborted) this.#answer.ariaBusy = "false";
    }
  }

  /** Orders the cards by score, best first; by age where there are no scores. */
  #rank(ranking: readonly Ranked[]): void {
    const known = ranking.filter(({ label }) => this.#known.has(label));
    const order = known.length > 0 ? known.map(({ label }) => label) : [...this.#known.keys()];
    const cards = order.map((label) => this.#known.get(label)!.card);
    const moves = cards.some((card, i) => this.#cards.children[i] !== card);
    const before = new Map(cards.map((card) => [card, card.getBoundingClientRect().top]));
    if (moves) this.#cards.append(...cards);
    for (const card of cards) {
      const from = before.get(card)! - card.getBoundingClientRect().top;
      if (!moves || from === 0 || !card.isConnected || calm.matches) continue;
      card.animate([{ transform: `translateY(${from}px)` }, {}], { duration: 320, easing: "cubic-bezier(.2,.8,.2,1)" });
    }
    this.#cards.classList.toggle("ranked", known.length > 0);
    cards.forEach((card, i) => {
      const score = known[i]?.score;
      card.classList.toggle("best", i === 0 && score !== undefined);
      card.querySelector<HTMLElement>(".bar")!.style.setProperty("--score", `${score ?? 0}`);
      card.querySelector(".points")!.textContent = score?.toFixed(2) ?? "";
    });
    const [best] = known;
    if (!best) return;
    this.#verdict.replaceChildren(
      best.score >= SURE ? "This is " : "Closest, but not close: ",
      element("strong", {}, best.label),
    );
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
    const card = this.#teach(label, [...strokes]);
    this.#paper.clear();
    fly(card, from);
  }

  /** Remembers a drawing, here and in the engine. */
  #teach(label: string, drawing: Stroke[], redrawn: Strokes[] = []): HTMLElement {
    const character = this.#known.get(label) ?? { drawings: [], redrawn: [], card: this.#newCard(label) };
    character.drawings.push(drawing);
    character.redrawn.push(...redrawn);
    this.#known.set(label, character);
    const { card, drawings } = character;
    card.querySelector(".face")!.replaceChildren(thumbnail(drawing, PICTURE));
    card.querySelector(".count")!.textContent = drawings.length > 1 ? `${drawings.length} drawings` : "";
    if (!card.isConnected) this.#cards.append(card);
    this.#learn(label, drawing);
    return card;
  }

  #learn(label: string, drawing: Stroke[]): void {
    this.#engine.glimpse?.learn(label, toStrokes(drawing)).catch((error: unknown) => this.#fail(error));
  }

  #forget(label: string): void {
    this.#known.get(label)?.card.remove();
    this.#known.delete(label);
    this.#engine.glimpse?.forget(label).catch((error: unknown) => this.#fail(error));
    this.#changed();
  }

  #newCard(label: string): HTMLLIElement {
    const forget = element("button", { className: "icon forget", title: "Forget", ariaLabel: `Forget ${label}` }, "×");
    forget.addEventListener("click", () => {
      this.#forget(label);
      byId("paper").focus({ preventScroll: true });
    });
    const card = element(
      "li",
      { className: "card" },
      element("span", { className: "face" }),
      element(
        "span",
        { className: "middle" },
        element("span", { className: "label" }, label),
        element("span", { className: "count" }),
        element("span", { className: "bar", ariaHidden: "true" }),
      ),
      element("span", { className: "points" }),
      forget,
    );
    card.dataset.label = label;
    return card;
  }

  async #invent(): Promise<void> {
    const { glimpse } = this.#engine;
    if (!glimpse) return;
    const seed = Math.floor(Math.random() * 2 ** 31);
    try {
      const invented = await glimpse.invent({ seed, characters: INVENTED, drawers: DRAWERS });
      const free = NAMES.filter((name) => !this.#known.has(name));
      this.#paper.clear();
      invented.forEach(([taught, ...redrawn], i) => {
        const card = this.#teach(free[i] ?? `${NAMES[i]} ${this.#known.size}`, fromStrokes(taught!), redrawn);
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
    const redrawn = [...this.#known.values()].flatMap(({ redrawn }) => redrawn);
    const drawing = redrawn[Math.floor(Math.random() * redrawn.length)];
    if (drawing) void this.#paper.write(fromStrokes(drawing));
  }

  #nextLetter(): string {
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    return letters.find((letter) => !this.#known.has(letter)) ?? `${this.#known.size + 1}`;
  }

  #fail(error: unknown): void {
    const kind = error instanceof GlimpseError ? error.kind : undefined;
    if (kind === "Disposed") return;
    notify(error, kind === "EngineFailed" ? () => void this.#engine.load() : undefined);
  }
}

/** The ink moves from the sheet into its card. */
function fly(card: HTMLElement, from: DOMRect): void {
  const face = card.querySelector<HTMLElement>(".face canvas");
  if (!face || calm.matches) return;
  const to = face.getBoundingClientRect();
  const x = from.left + from.width / 2 - (to.left + to.width / 2);
  const y = from.top + from.height / 2 - (to.top + to.height / 2);
  face.animate([{ transform: `translate(${x}px, ${y}px) scale(${from.width / to.width})` }, {}], {
    duration: 520,
    easing: "cubic-bezier(.3,.7,.2,1)",
  });
}
