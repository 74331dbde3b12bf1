import type { Example, Glimpse, Strokes, System } from "glimpse";
import { fromStrokes, toStrokes, type Stroke } from "./ink.js";

/** A drawing that was taught. */
export interface Taught extends Example {
  /** Sorts drawings by when they were taught. */
  id: string;
  /** Other drawers' drawings, where the character is invented. */
  redrawn?: readonly Strokes[];
}

/** Weights that were fine-tuned, of each system that was. */
export type Tuned = Partial<Record<System, Uint8Array>>;

/** Receives what there is to keep. */
export interface Keeper {
  learnt(taught: Taught): void;
  forgotten(taught: readonly Taught[]): void;
  /** @param weights none: the trained ones are used again */
  tuned(system: System, weights: Uint8Array | undefined): void;
}

/** A character that was taught. */
export interface Character {
  drawings: Stroke[][];
  redrawn: Strokes[];
}

/** A network that is taught the same. */
interface Follower {
  /** The fine-tuned weights that it has. */
  weights: Uint8Array | undefined;
  /** What comes before labels in it. */
  prefix: string;
}

/** What was taught, by label. The networks that follow it are taught the same, so that they can be changed. */
export class Support {
  /** Called with what a network could not be taught. */
  onfail: (error: unknown) => void = () => {};
  /** Called when other characters are known than before, other than by {@link learn}. */
  onbecome: () => void = () => {};
  /** Called with what is taught here. */
  keeper: Keeper | undefined;

  #taught: Taught[] = [];
  #tuned: Tuned = {};
  #replaced = new AbortController();
  readonly #characters = new Map<string, Character>();
  readonly #followers = new Map<Glimpse, Follower>();

  /** The characters, in the order they were first taught. */
  get characters(): ReadonlyMap<string, Character> {
    return this.#characters;
  }

  /** Whether a system's weights are fine-tuned on what is known. */
  isTuned(system: System): boolean {
    return this.#tuned[system] !== undefined;
  }

  /** Aborts when what is known gives way to another collection. */
  get replaced(): AbortSignal {
    return this.#replaced.signal;
  }

  /**
   * Teaches a network all that is known, and from now on what comes.
   *
   * @param prefix of one that knows other signs, too: keeps the labels apart, and the weights are those that were trained
   */
  follow(glimpse: Glimpse, prefix = ""): void {
    this.#followers.set(glimpse, { weights: undefined, prefix });
    this.#adopt(glimpse);
    for (const taught of this.#taught) this.#teach(glimpse, taught);
  }

  /** Teaches a network no more. */
  leave(glimpse: Glimpse | undefined): void {
    if (glimpse) this.#followers.delete(glimpse);
  }

  /** Remembers one more drawing of `label`. */
  learn(label: string, drawing: Stroke[], redrawn: Strokes[] = []): void {
    const taught: Taught = { id: newId(), label: label.normalize(), drawing: toStrokes(drawing) };
    if (redrawn.length > 0) taught.redrawn = redrawn;
    this.#add(taught, drawing);
    this.keeper?.learnt(taught);
  }

  /** Forgets every drawing of `label`. */
  forget(label: string): void {
    this.keeper?.forgotten(this.#taught.filter((taught) => taught.label === label));
    this.#taught = this.#taught.filter((taught) => taught.label !== label);
    this.#drop(label);
  }

  /** Holds on to the weights that a network has, now that it was fine-tuned or this was undone. */
  tune(glimpse: Glimpse): void {
    const { system, tunedWeights } = glimpse;
    this.#tuned = { ...this.#tuned, [system]: tunedWeights };
    this.#follower(glimpse).weights = tunedWeights;
    this.keeper?.tuned(system, tunedWeights);
  }

  /** Puts the weights that go with what is known into a network that has others. */
  async retune(glimpse: Glimpse): Promise<void> {
    const weights = this.#tuned[glimpse.system];
    this.#follower(glimpse).weights = weights;
    await glimpse.adoptWeights(weights);
  }

  /** Becomes what is kept: another collection, or this one as another tab left it. */
  become(taught: readonly Taught[], tuned: Tuned): void {
    const goesOn = this.#taught.every(({ id }, i) => id === taught[i]?.id);
    if (!goesOn) {
      this.#replaced.abort();
      this.#replaced = new AbortController();
      this.#taught = [];
      for (const label of [...this.#characters.keys()]) this.#drop(label);
    }
    this.#tuned = tuned;
    for (const glimpse of this.#followers.keys()) this.#adopt(glimpse);
    for (const more of taught.slice(this.#taught.length)) this.#add(more, fromStrokes(more.drawing));
    this.onbecome();
  }

  /** The drawing that stands for a label in pictures: its last. */
  face(label: string): Stroke[] {
    return this.#characters.get(label)?.drawings.at(-1) ?? [];
  }

  #add(kept: Taught, drawing: Stroke[]): void {
    // An accent that was typed apart is the same letter, also in what was kept before this was so.
    const taught = { ...kept, label: kept.label.normalize() };
    const { label, redrawn = [] } = taught;
    const character = this.#characters.get(label) ?? { drawings: [], redrawn: [] };
    character.drawings.push(drawing);
    for (const picture of redrawn) character.redrawn.push(picture);
    this.#characters.set(label, character);
    this.#taught.push(taught);
    for (const glimpse of this.#followers.keys()) this.#teach(glimpse, taught);
  }

  #drop(label: string): void {
    this.#characters.delete(label);
    for (const [glimpse, { prefix }] of this.#followers) glimpse.forget(prefix + label).catch((error: unknown) => this.onfail(error));
  }

  #adopt(glimpse: Glimpse): void {
    const { weights, prefix } = this.#follower(glimpse);
    if (weights === this.#tuned[glimpse.system] || prefix) return;
    this.retune(glimpse).catch((error: unknown) => this.onfail(error));
  }

  #follower(glimpse: Glimpse): Follower {
    return this.#followers.get(glimpse) ?? { weights: undefined, prefix: "" };
  }

  #teach(glimpse: Glimpse, { label, drawing }: Taught): void {
    glimpse.learn(this.#follower(glimpse).prefix + label, drawing).catch((error: unknown) => this.onfail(error));
  }
}

let latest = 0;

/** A name that no other tab gives. Names sort in the order given, whatever the clock says: after {@link giveAfter}, a name is the latest. */
export function newId(): string {
  latest = Math.max(Date.now(), latest + 1);
  return `${latest.toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
}

/** Has names that are given from now on sort after one that was given before, when the clock may have been ahead. */
export function giveAfter(id: string): void {
  latest = Math.max(latest, parseInt(id, 36) || 0);
}
