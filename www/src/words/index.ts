/** What the page says, in the visitor's language, which can change at any time. */
import { en, type Words } from "./en.js";
import type { Language } from "./preference.js";

type Content = string | readonly (Node | string)[];
type Attribute = "aria-label" | "title" | "placeholder" | "content";

/** The words of the language that is spoken. */
export let words: Words = en;

let spoken: Language = "en";
const contents = new WeakMap<Element, () => Content>();
const attributes = new WeakMap<Element, Map<string, () => string>>();
const listeners: (() => void)[] = [];

/** Has an element say something, in every language: `content` is asked again when the language changes. It is the HTML's no more. */
export function write(element: Element, content: (() => Content) | ""): void {
  element.removeAttribute("data-say");
  if (content) contents.set(element, content);
  else contents.delete(element);
  fill(element, content ? content() : "");
}

/** Has attributes of an element say something, in every language. */
export function label(element: Element, said: Partial<Record<Attribute, () => string>>): void {
  const all = attributes.get(element) ?? new Map<string, () => string>();
  attributes.set(element, all);
  for (const [name, text] of Object.entries(said)) {
    all.set(name, text);
    element.removeAttribute(`data-say-${name}`);
    element.setAttribute(name, text());
  }
}

/** Has `listener` run whenever the language changes. */
export function onlanguage(listener: () => void): void {
  listeners.push(listener);
}

/** A number as the language writes it. */
export function number(value: number, options?: Intl.NumberFormatOptions): string {
  return value.toLocaleString(words.tag, options);
}

/** Says everything in a language. Only the one that is used is fetched. */
export async function speak(language: Language): Promise<void> {
  if (language === spoken) return;
  const before = spoken;
  spoken = language;
  try {
    const fetched = language === "ko" ? (await import("./ko.js")).ko : en;
    if (spoken !== language) return;
    readPage();
    words = fetched;
  } catch (error) {
    spoken = before;
    throw error;
  }
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("*")) {
    const content = contents.get(element);
    if (content) fill(element, content());
    for (const [name, text] of attributes.get(element) ?? []) element.setAttribute(name, text());
  }
  for (const listener of listeners) listener();
}

function fill(element: Element, content: Content): void {
  if (typeof content === "string") element.textContent = content;
  else element.replaceChildren(...content);
}

/** Takes up what stands in the HTML: `data-say` names an element's text, `data-say-title` its title, and so on. */
function readPage(): void {
  for (const element of document.querySelectorAll<HTMLElement>("*")) {
    for (const [data, name = ""] of Object.entries(element.dataset ?? {})) {
      if (!data.startsWith("say")) continue;
      delete element.dataset[data];
      const attribute = data.slice("say".length).replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`).slice(1);
      if (!attribute) {
        const english = element.textContent;
        write(element, () => words.page[name] ?? english);
      } else {
        const english = element.getAttribute(attribute)!;
        label(element, { [attribute]: () => words.page[name] ?? english });
      }
    }
  }
}
