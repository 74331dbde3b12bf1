import { fetchSet, groups, isSetName, SETS, type SetName, type SignGroup, type SignSet } from "glimpse";
import counts from "virtual:sets";
import { element } from "./dom.js";
import { recall, remember } from "./remembered.js";
import { label, number, words, write } from "./words/index.js";

/** Where the choice is remembered. */
const KEY = "glimpse find sets";

/** What is looked through where nothing was chosen yet: signs that people cannot type. */
const FIRST: readonly SetName[] = ["greek", "arrows", "mathematics"];

/** The sets that there are. */
const THERE = SETS.filter((name) => counts[name] !== undefined);

/** The choice of sets: a chip each, with how many signs it holds. */
export class SetChoice {
  readonly element = element("details", { className: "sets" });
  /** Called with each choice. */
  onchange: () => void = () => {};

  readonly #boxes = new Map<SetName, HTMLInputElement>();
  readonly #all = element("input", { type: "checkbox" });
  readonly #chosen = element("span", { className: "sets-chosen" });
  readonly #fetched = new Map<SetName, Promise<SignSet>>();

  constructor(asked: readonly string[]) {
    const known = [asked, recall(KEY)?.split(",") ?? []].map((names) => names.filter(isSetName).filter((name) => THERE.includes(name)));
    this.element.append(element("summary", {}, this.#chosen));
    const chips = element("fieldset", { className: "chips" });
    label(chips, { "aria-label": () => words.find.sets });
    chips.append(chip(this.#all, () => words.find.all, THERE.reduce((sum, name) => sum + counts[name]!, 0)));
    for (const name of THERE) {
      const box = element("input", { type: "checkbox", name: "set", value: name });
      this.#boxes.set(name, box);
      chips.append(chip(box, () => words.find.setNames[name], counts[name]!));
    }
    this.element.append(chips);
    this.choose(known.find(({ length }) => length > 0) ?? FIRST);
    chips.addEventListener("change", ({ target }) => {
      this.choose(target === this.#all ? (this.#all.checked ? THERE : FIRST) : this.chosen);
      remember(KEY, this.chosen.join());
      this.onchange();
    });
  }

  /** The sets that are chosen. */
  get chosen(): SetName[] {
    return THERE.filter((name) => this.#boxes.get(name)!.checked);
  }

  /** Chooses sets, without a word of it. */
  choose(names: readonly SetName[]): void {
    for (const [name, box] of this.#boxes) box.checked = names.includes(name);
    const { length } = this.chosen;
    this.#all.checked = length === THERE.length;
    this.#all.indeterminate = length > 0 && length < THERE.length;
    const signs = this.chosen.reduce((sum, name) => sum + counts[name]!, 0);
    write(this.#chosen, () => words.find.chosen(this.chosen.map((name) => words.find.setNames[name]), number(signs)));
  }

  /** What is chosen, fetched, as groups of signs that look alike. */
  async groups(): Promise<SignGroup[]> {
    return groups(await Promise.all(this.chosen.map((name) => this.#fetch(name))));
  }

  #fetch(name: SetName): Promise<SignSet> {
    const fetched = this.#fetched.get(name) ?? fetchSet(name);
    this.#fetched.set(name, fetched);
    fetched.catch(() => this.#fetched.delete(name));
    return fetched;
  }
}

function chip(box: HTMLInputElement, name: () => string, count: number): HTMLElement {
  const said = element("span");
  write(said, name);
  const counted = element("span", { className: "chip-count" });
  write(counted, () => number(count));
  return element("label", { className: "chip" }, box, said, counted);
}
