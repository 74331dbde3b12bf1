import { byId } from "./dom.js";
import { say } from "./notice.js";
import { reload } from "./reload.js";
import { speak, words } from "./words/index.js";
import { preferred, remember, type Language } from "./words/preference.js";

/** The choice of the language, at the page's foot. */
export class LanguageChoice {
  readonly #inputs = [...byId("languages").querySelectorAll("input")];

  constructor() {
    for (const input of this.#inputs) {
      input.addEventListener("change", () => {
        remember(input.value as Language);
        void this.#speak(input.value as Language);
      });
    }
    void this.#speak(preferred());
  }

  async #speak(language: Language): Promise<void> {
    this.#show(language);
    try {
      await speak(language);
    } catch {
      this.#show(document.documentElement.lang);
      say(() => words.languageMissing, "LoadFailed", reload);
    }
    delete document.documentElement.dataset.unsaid;
  }

  #show(language: string): void {
    for (const input of this.#inputs) input.checked = input.value === language;
  }
}
