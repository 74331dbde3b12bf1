import { codeOf, FORMATS, type SignGroup } from "glimpse";

/** Signs by words: of their names, codes and labels. */
export class Search {
  readonly #entries: { group: SignGroup; texts: string[] }[];

  constructor(groups: readonly SignGroup[]) {
    this.#entries = groups.map((group) => ({ group, texts: group.signs.flatMap(textsOf) }));
  }

  /** The groups that have all of the words, best first. */
  find(asked: string, limit: number): SignGroup[] {
    const words = plain(asked).split(/\s+/).filter(Boolean);
    const scored = this.#entries.map(({ group, texts }, i) => ({ group, i, score: scoreOf(texts, asked.trim(), words) }));
    const found = scored.filter(({ score }) => score < Infinity).sort((a, b) => a.score - b.score || a.i - b.i);
    return found.slice(0, limit).map(({ group }) => group);
  }
}

function textsOf(sign: SignGroup["signs"][number]): string[] {
  const codes = FORMATS.map((format) => codeOf(sign, format));
  return [...new Set([sign.label, ...codes, ...codes.map(plain), plain(sign.name ?? "")])];
}

/** How far a sign is from what was asked, 0 at best: it is one of its texts, has its words, or holds them somewhere. */
function scoreOf(texts: readonly string[], asked: string, words: readonly string[]): number {
  if (texts.includes(asked)) return 0;
  if (words.length === 0) return Infinity;
  let score = Infinity;
  for (const text of texts) {
    if (!words.every((word) => text.includes(word))) continue;
    const begin = words.every((word) => ` ${text}`.includes(` ${word}`));
    // Of two that have the words the shorter is meant.
    score = Math.min(score, (text === words.join(" ") ? 1 : begin ? 2 : 3) + text.length / 10_000);
  }
  return score;
}

function plain(text: string): string {
  return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/[\\&;_.-]+/g, " ").trim();
}
