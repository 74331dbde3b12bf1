/** Small choices that outlive the page, where the browser keeps anything. */

/** What was remembered under a key. */
export function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
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
