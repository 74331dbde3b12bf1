/** Small choices that outlive the page, where the browser keeps anything. */

/** What was remembered under a key, where the browser answers with a text. */
export function recall(key: string): string | undefined {
  try {
    const kept: unknown = localStorage.getItem(key);
    return typeof kept === "string" ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers something, where the browser lets it; otherwise it is asked for again next time. */
export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Nothing is kept here.
  }
}
