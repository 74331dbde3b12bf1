/** What is to be kept for the page that comes. */
const keepers: (() => void)[] = [];

/** Has `keep` run before the page is loaded anew. */
export function onreload(keep: () => void): void {
  keepers.push(keep);
}

/** Loads the page anew, with what is on it. A script that did not arrive comes so: a page never asks for the same one again. */
export function reload(): void {
  for (const keep of keepers) keep();
  location.reload();
}
