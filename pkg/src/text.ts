/** The first letters of a text, as people count them: no emoji and no accent is cut in two. `end` follows where something is left out. */
export function cut(text: string, letters: number, end = ""): string {
  const all = "Segmenter" in Intl ? Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment) : [...text];
  return all.length > letters ? all.slice(0, letters - end.length).join("") + end : text;
}

/** A name in the midst of other words, so that one written from right to left takes no number or quotation mark with it. */
export function isolate(name: string): string {
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
