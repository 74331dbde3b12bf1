import type { Example } from "../drawing.js";
import { GlimpseError } from "../error.js";
import type { Glimpse } from "../glimpse.js";
import type { GlimpsePadEvents } from "./events.js";
import { View } from "./view.js";
import type { Words } from "./words.js";

declare global {
  interface HTMLElementTagNameMap {
    "glimpse-pad": GlimpsePad;
  }
  interface HTMLElementEventMap extends GlimpsePadEvents {}
}

/** Where there are no elements, as on a server, the class can be defined and no more. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * `<glimpse-pad>`: a sheet to draw on, and what a network makes of the drawing. What it needs beside itself is fetched when
 * it is near to be seen (`support`) or touched (the network).
 *
 * | attribute | |
 * |---|---|
 * | `system` | `siamese`, `triplet` or `relation`; that of the support file, or `siamese`, unless told |
 * | `engine` | an engine's name, several, or `auto`; the CPU's engines unless told |
 * | `support` | URL of the characters to know: a file that Glimpse saved, or JSON. Without it the visitor teaches |
 * | `mode` | `draw`, `map` or `replay`; `draw` unless told |
 * | `archive` | for `replay`: URL of Omniglot's `all_runs.zip`, which is looked for beside the page unless told |
 * | `theme` | `light`, `dark` or `auto`: the page's own `color-scheme` |
 * | `label` | name of the sheet, to a screen reader |
 * | `lang` | `en` or `ko`; the page's own unless told |
 */
export class GlimpsePad extends Base {
  /** The attributes that the element is built anew for. */
  static readonly observedAttributes = ["system", "engine", "support", "mode", "archive", "label", "lang"];

  #words: Partial<Words> = {};
  #view: View | undefined;
  /** What the visitor taught. */
  #taught: readonly Example[] = [];

  /** Words to say instead of the element's own. */
  get words(): Partial<Words> {
    return this.#words;
  }

  /** Words to say instead of the element's own. */
  set words(words: Partial<Words>) {
    this.#words = words;
    this.#rebuild();
  }

  /** The network, fetched if it is not there yet. */
  get glimpse(): Promise<Glimpse> {
    return this.#view?.load() ?? Promise.reject(new GlimpseError("Disposed", "This element is on no page."));
  }

  /** Takes away the drawing. */
  clear(): void {
    this.#view?.sheet.clear();
  }

  /** Called by the browser. */
  connectedCallback(): void {
    this.#view = new View(this, this.#words, this.#taught);
  }

  /** Called by the browser. */
  disconnectedCallback(): void {
    this.#taught = this.#view?.taught ?? [];
    this.#view?.end();
    this.#view = undefined;
  }

  /** Called by the browser. */
  attributeChangedCallback(): void {
    this.#rebuild();
  }

  #rebuild(): void {
    if (!this.#view) return;
    this.disconnectedCallback();
    this.connectedCallback();
  }
}
