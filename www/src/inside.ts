/** Where the files are, by path, in a page that holds them all inside: see plugins/single-file.ts. A site has none. */
export const inside = (globalThis as { inside?: Readonly<Record<string, string>> }).inside;
