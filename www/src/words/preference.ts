/** The language that the visitor wants, among those that the page speaks. */
export type Language = "en" | "ko";

/** Where the visitor's choice is kept. */
const KEY = "glimpse language";

/** The language that the visitor chose here before, or else prefers. */
export function preferred(): Language {
  const wanted = [chosenBefore(), ...navigator.languages].map((tag) => tag?.slice(0, 2).toLowerCase());
  return wanted.find((tag) => tag === "en" || tag === "ko") ?? "en";
}

/** Remembers the visitor's choice, where the browser keeps anything. */
export function remember(language: Language): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // It is asked for again next time.
  }
}

function chosenBefore(): string | null {
  try {
    return `${localStorage.getItem(KEY)}`;
  } catch {
    return null;
  }
}
