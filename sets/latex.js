/**
 * Makes src/set/latex.tsv, commands of LaTeX by the character that they show: of the symbols that KaTeX (MIT) knows. Run by
 * `cargo xtask sets`.
 */
import { readFile, writeFile } from "node:fs/promises";

const read = (file) => readFile(new URL(`node_modules/katex/src/${file}`, import.meta.url), "utf8");
const text = (literal) => JSON.parse(`"${literal}"`);
const commands = new Map();

const symbol = /defineSymbol\((\w+), \w+, (\w+), "((?:[^"\\]|\\.)+)", "(\\\\(?:[A-Za-z]+|[^A-Za-z"]))"(, true)?\)/g;
for (const [, mode, group, shown, command, isItsOwn] of (await read("symbols.ts")).matchAll(symbol)) {
  const [character, ...more] = text(shown);
  if (more.length > 0 || ["accent", "spacing"].includes(group) || command.endsWith("\\\\ ")) continue;
  const known = commands.get(character);
  // A command of mathematics comes before one of text, and the one that KaTeX reads the character itself as before others.
  const rank = (mode === "math" ? 2 : 0) + (isItsOwn ? 1 : 0);
  if (!known || rank > known.rank) commands.set(character, { command: text(command), rank });
}
const operator = /"(\\u[0-9a-f]{4})": "(\\\\[a-z]+)"/gi;
for (const [, shown, command] of (await read("functions/op.ts")).matchAll(operator)) {
  commands.set(text(shown), { command: text(command) });
}

const code = (character) => character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
const lines = [...commands].map(([character, { command }]) => `${code(character)}\t${command}\n`).sort();
await writeFile(new URL("../src/set/latex.tsv", import.meta.url), lines.join(""));
