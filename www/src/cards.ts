import type { Ranked } from "glimpse";
import { RankedList } from "glimpse/ranked-list";
import { pathData, type Stroke } from "./ink.js";
import type { Support } from "./support.js";
import { words, write } from "./words/index.js";

/** The characters that were taught, as cards in a list. */
export class Cards {
  readonly #list: RankedList<Stroke[]>;
  readonly #support: Support;

  /** @param extras what each card has at its end */
  constructor(list: HTMLElement, support: Support, extras: (label: string) => Node[] = () => []) {
    this.#support = support;
    this.#list = new RankedList(list, {
      ink: pathData,
      extras,
      onface: (label, count) => {
        const drawings = support.characters.get(label)!.drawings.length;
        write(count, drawings > 1 ? () => words.teach.drawings(drawings) : "");
      },
    });
  }

  /** The card of a label. */
  card(label: string): HTMLElement {
    return this.#list.put(label, this.#support.face(label));
  }

  /** Shows the scores, which may change the order once they are `settled`; without any, the characters by age. */
  rank(ranking: readonly Ranked[] = [], settled = true): void {
    const faces = [...this.#support.characters.keys()].map((label) => [label, this.#support.face(label)] as const);
    this.#list.show(new Map(faces), ranking, settled);
  }
}
