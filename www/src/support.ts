import type { Glimpse, Strokes } from "glimpse";
import { toStrokes, type Stroke } from "./ink.js";

/** A character that was taught. */
export interface Character {
  drawings: Stroke[][];
  /** Other drawers' drawings, where the character is invented. */
  redrawn: Strokes[];
}

/** What was taught, by label. The networks that follow it are taught the same, so that they can be changed. */
export class Support {
  /** Hears what a network could not be taught. */
  onfail: (error: unknown) => void = () => {};

  readonly #characters = new Map<string, Character>();
  readonly #followers = new Set<Glimpse>();

  /** The characters, in the order they were first taught. */
  get characters(): ReadonlyMap<string, Character> {
    return this.#characters;
  }

  /** Teaches a network all that is known, and from now on what comes. */
  follow(glimpse: Glimpse): void {
    this.#followers.add(glimpse);
    for (const [label, { drawings }] of this.#characters) {
      for (const drawing of drawings) this.#teach(glimpse, label, drawing);
    }
  }

  /** Teaches a network no more. */
  leave(glimpse: Glimpse | undefined): void {
    if (glimpse) this.#followers.delete(glimpse);
  }

  /** Remembers one more drawing of `label`. */
  learn(label: string, drawing: Stroke[], redrawn: Strokes[] = []): void {
    const character = this.#characters.get(label) ?? { drawings: [], redrawn: [] };
    character.drawings.push(drawing);
    character.redrawn.push(...redrawn);
    this.#characters.set(label, character);
    for (const glimpse of this.#followers) this.#teach(glimpse, label, drawing);
  }

  /** Forgets every drawing of `label`. */
  forget(label: string): void {
    this.#characters.delete(label);
    for (const glimpse of this.#followers) glimpse.forget(label).catch((error: unknown) => this.onfail(error));
  }

  /** The drawing that stands for a label in pictures: its last. */
  face(label: string): Stroke[] {
    return this.#characters.get(label)?.drawings.at(-1) ?? [];
  }

  #teach(glimpse: Glimpse, label: string, drawing: Stroke[]): void {
    glimpse.learn(label, toStrokes(drawing)).catch((error: unknown) => this.onfail(error));
  }
}
