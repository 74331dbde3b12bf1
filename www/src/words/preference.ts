import { recall, remember as keep } from "../remembered.js";

/** The language that the visitor wants, among those that the page speaks. */
export type Language = "en" | "ko";

/** Where the visitor's choice is kept. */
const KEY = "glimpse language";

/** The language that the visitor chose here before, or else prefers. */
export function preferred(): Language {
  const wanted = [recall(KEY), ...navigator.languages].map((tag) => tag?.slice(0, 2).toLowerCase());
  return wanted.find((tag) => tag === "en" || tag === "ko") ?? "en";
}

/** Remembers the visitor's choice. */
export function remember(language: Language): void {
  keep(KEY, language);
}
