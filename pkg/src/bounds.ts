/** Bounds of what is sane, far above what a hand can make. What the door lets in, a file can hold. */
export const MAX = {
  /** Letters of a label or a name. */
  letters: 1000,
  /** Points of a drawing. */
  points: 100_000,
  /** Side of the square that a set's drawings are made in. */
  square: 100,
  /** A coordinate's distance from 0. */
  coordinate: 1e9,
  /** Drawings that one instance knows. */
  examples: 20_000,
  /** Fonts that a set's drawings come from. */
  sources: 1000,
  /** Whole numbers that the engines take: seeds, numbers of episodes. */
  whole: 2 ** 32 - 1,
  steps: 10_000,
  /** Characters of an invented alphabet, each of which must differ from all others, and drawings of them. */
  characters: 100,
  invented: 20_000,
  episodes: 1_000_000,
  workers: 16,
} as const;

/**
 * Text as it is kept and compared. It is in NFC: an accent that was typed apart is the same letter. Every half of a pair that lacks the
 * other is replaced, as it will be wherever bytes are made of it.
 */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd").normalize();
}
