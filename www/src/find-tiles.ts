import { codeOf, textOf, type Sign, type SignFormat, type Strokes } from "glimpse";
import { glyph, rove } from "glimpse/glyph";
import { calm, element, shape } from "./dom.js";
import { label, words, write } from "./words/index.js";

/** What a tile shows: signs that look alike, the first of them large. */
export interface Shown {
  /** What tells it from all others. */
  key: string;
  signs: readonly Sign[];
  /** Whether the visitor taught it. */
  own: boolean;
}

/** How many others that look the same a tile has room for. */
const KIN = 3;

/** For how long a tile says that it was copied, in milliseconds. */
const COPIED = 1400;

/** The best signs, as tiles of a grid. Arrow keys move between them. */
export class Tiles {
  readonly element = element("ol", { className: "tiles" });
  /** Called with the sign that is chosen. */
  onchoose: (sign: Sign) => void = () => {};

  readonly #tiles = new Map<string, Tile>();
  #format: SignFormat;
  #shown: Tile[] = [];
  readonly #settle = rove(this.element);

  constructor(format: SignFormat) {
    this.#format = format;
    this.element.dataset.format = format;
    label(this.element, { "aria-label": () => words.find.results });
  }

  /** The signs that stand first on the tiles, in order. */
  get signs(): Sign[] {
    return this.#shown.map(({ shown }) => shown.signs[0]!);
  }

  /** What is copied, in which form: tiles show it. */
  set format(format: SignFormat) {
    this.#format = this.element.dataset.format = format;
    for (const tile of this.#tiles.values()) tile.say(format);
  }

  /** Forgets what it made of signs: they may be others now. */
  reset(): void {
    this.#tiles.clear();
  }

  /** Shows these, best first. `answered`: the first is an answer, not merely the first. */
  show(all: readonly Shown[], answered: boolean): void {
    const before = new Map(calm.matches ? [] : this.#shown.map((tile) => [tile, tile.element.getBoundingClientRect()]));
    const focused = this.element.contains(document.activeElement);
    this.#shown = all.map((shown) => this.#tile(shown));
    const items = this.#shown.map(({ element }) => element);
    if (items.length !== this.element.childElementCount || items.some((item, i) => this.element.children[i] !== item)) {
      this.element.replaceChildren(...items);
      if (!calm.matches) for (const tile of this.#shown) tile.comeFrom(before.get(tile));
    }
    this.#shown.forEach((tile, i) => tile.place(i, answered && i === 0));
    this.#settle();
    if (focused) this.element.querySelector("button")?.focus();
  }

  /** Says on its tile that a sign was copied. */
  mark(sign: Sign): void {
    this.#shown.find(({ shown }) => shown.signs.includes(sign))?.mark();
  }

  #tile(shown: Shown): Tile {
    let tile = this.#tiles.get(shown.key);
    if (tile?.shown.signs !== shown.signs) {
      tile = new Tile(shown, (sign) => this.onchoose(sign));
      tile.say(this.#format);
      this.#tiles.set(shown.key, tile);
    }
    return tile!;
  }
}

/** One of them. */
class Tile {
  readonly element = element("li", { className: "found-sign" });
  readonly shown: Shown;
  readonly #nth = element("kbd", { className: "tile-nth", ariaHidden: "true" });
  readonly #code = element("code", { className: "tile-code" });
  readonly #buttons: { sign: Sign; button: HTMLButtonElement }[];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(shown: Shown, onchoose: (sign: Sign) => void) {
    this.shown = shown;
    const [first, ...others] = shown.signs as [Sign, ...Sign[]];
    const made = (sign: Sign, className: string): HTMLButtonElement => {
      // Unicode's names are English.
      const button = element("button", { className, type: "button", ...(!shown.own && { lang: "en" }) });
      button.addEventListener("click", () => onchoose(sign));
      return button;
    };
    const main = made(first, "tile-main");
    const name = element("span", { className: "tile-name" });
    if (shown.own) write(name, () => words.find.yours);
    else Object.assign(name, { textContent: first.name ?? first.label });
    const done = element("span", { className: "tile-done", ariaHidden: "true" });
    write(done, () => words.find.copied);
    main.append(
      element("span", { className: "tile-face" }, picture(first.drawings[0]!), this.#nth, element("bdi", { className: "tile-text" }, textOf(first))),
      name,
      this.#code,
      done,
    );
    this.#buttons = [{ sign: first, button: main }];
    this.element.append(main);
    this.element.dataset.key = shown.key;
    if (others.length === 0) return;
    const kin = element("span", { className: "tile-kin" });
    for (const [i, sign] of others.entries()) {
      const button = made(sign, "kin");
      button.append(picture(sign.drawings[0]!));
      button.hidden = i >= KIN;
      this.#buttons.push({ sign, button });
      kin.append(button);
    }
    if (others.length > KIN) kin.append(this.#more(others.length - KIN));
    this.element.append(kin);
  }

  /** The button that shows the others that there is no room for. */
  #more(count: number): HTMLButtonElement {
    const said = element("span", { className: "visually-hidden" });
    write(said, () => ` ${words.find.more}`);
    const more = element("button", { className: "kin more", type: "button" }, `+${count}`, said);
    more.addEventListener("click", () => {
      for (const { button } of this.#buttons) button.hidden = false;
      this.element.classList.add("open");
      this.#buttons[1 + KIN]!.button.focus();
      more.remove();
    });
    return more;
  }

  /** Says what would be copied. */
  say(format: SignFormat): void {
    this.#code.textContent = codeOf(this.shown.signs[0]!, format);
    for (const { sign, button } of this.#buttons) {
      const name = sign.name ?? sign.label;
      label(button, { title: () => name });
      // What stands on the large one is its name.
      if (sign !== this.shown.signs[0]) label(button, { "aria-label": () => words.find.tile(textOf(sign), name, codeOf(sign, format)) });
    }
  }

  /** Where it stands now. */
  place(i: number, best: boolean): void {
    this.#nth.textContent = i < 10 ? `${(i + 1) % 10}` : "";
    this.element.classList.toggle("best", best);
  }

  /** Glides from where it was; one that was not there comes up. */
  comeFrom(before: DOMRect | undefined): void {
    const now = this.element.getBoundingClientRect();
    const [x, y] = before ? [before.left - now.left, before.top - now.top] : [0, 0];
    if (before && x === 0 && y === 0) return;
    const from = before ? { transform: `translate(${x}px, ${y}px)` } : { opacity: 0, transform: "scale(.92)" };
    this.element.animate([from, {}], { duration: before ? 280 : 180, easing: "cubic-bezier(.2,.8,.2,1)" });
  }

  /** Says that it was copied. */
  mark(): void {
    clearTimeout(this.#timer);
    this.element.classList.add("copied");
    this.#timer = setTimeout(() => this.element.classList.remove("copied"), COPIED);
  }
}

/** A sign as its strokes. */
function picture(strokes: Strokes["strokes"]): SVGSVGElement {
  const { d, viewBox } = glyph(strokes);
  return shape("svg", { class: "sign", viewBox, "aria-hidden": "true" }, shape("path", { d }));
}
