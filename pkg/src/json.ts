/** JSON from files that may hold anything. */
import type { GlimpseError } from "./error.js";

/** What a document may be, and what is thrown of one that is not. */
export interface Readable {
  /** Letters of its text, at most. */
  bytes: number;
  tooLarge(): GlimpseError;
  noJson(): GlimpseError;
}

/** Values in a text, and how deep they may lie in one another. */
const MAX = { values: 3_000_000, depth: 8 };

/** What a JSON text says. @throws what `readable` makes of one that is too large, or no JSON */
export function parseJson(text: string, readable: Readable): unknown {
  weigh(text, readable);
  try {
    return JSON.parse(text);
  } catch {
    throw readable.noJson();
  }
}

/** Makes sure that the values in a text are few, and not deep in one another: a parser takes many times the text's memory otherwise. */
function weigh(text: string, { bytes, tooLarge, noJson }: Readable): void {
  if (text.length > bytes) throw tooLarge();
  let [values, depth, quoted] = [0, 0, false];
  for (let i = 0; i < text.length; i += 1) {
    const letter = text.charCodeAt(i);
    if (quoted) {
      if (letter === BACKSLASH) i += 1;
      else if (letter === QUOTE) quoted = false;
    } else if (letter === QUOTE) quoted = true;
    else if (letter === COMMA) values += 1;
    else if (letter === BRACKET || letter === BRACE) depth += 1;
    else if (letter === BRACKET + 2 || letter === BRACE + 2) depth -= 1;
    if (values > MAX.values) throw tooLarge();
    if (depth > MAX.depth) throw noJson();
  }
}

const [QUOTE, COMMA, BRACKET, BACKSLASH, BRACE] = [0x22, 0x2c, 0x5b, 0x5c, 0x7b];
