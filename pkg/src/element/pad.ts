import { GlimpseError } from "../error.js";
import type { Glimpse } from "../glimpse.js";
import type { GlimpsePadEvents } from "./events.js";
import { Sheet } from "../ink.js";
import { languageOf, View } from "./view.js";
import type { Words } from "./words.js";

declare global {
  interface HTMLElementTagNameMap {
    "glimpse-pad": GlimpsePad;
  }
  interface HTMLElementEventMap extends GlimpsePadEvents {}
}

/** Attributes that are properties too, as frameworks may set them. */
const REFLECTED = ["system", "engine", "support", "mode", "archive", "theme", "label", "format", "name"] as const;

/** Where there are no elements, as on a server, the class can be defined and no more. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * `<glimpse-pad>`: a sheet to draw on, and what a network makes of the drawing. What it needs beside itself is fetched when
 * it is near to be seen (`support`) or touched (the network).
 *
 * @tagname glimpse-pad
 * @attribute {string} system - `siamese`, `triplet` or `relation`; default: that of the support file, or `siamese`
 * @attribute {string} engine - an engine's name, several, or `auto`; default: the CPU's engines
 * @attribute {string} support - URL of the characters to know: a file that Glimpse saved, or JSON. Without it the visitor teaches. For `find`: sets of signs, by name or URL
 * @attribute {string} mode - `draw`, the default, `map`, `replay` or `find`
 * @attribute {string} archive - for `replay`: URL of Omniglot's `all_runs.zip`; default: beside the page
 * @attribute {string} format - for `find`: what the value is of a sign, `sign`, the default, `latex`, `typst`, `html` or `unicode`
 * @attribute {string} name - for `find`: as of any control of a form
 * @attribute {string} value - for `find`: the value at first
 * @attribute {boolean} required - for `find`: as of any control of a form
 * @attribute {boolean} disabled - for `find`: as of any control of a form
 * @attribute {boolean} pen-only - fingers draw nothing, so that a hand can rest on the sheet; a pen and the mouse do
 * @attribute {string} theme - `light`, `dark` or `auto`, the default: the page's own `color-scheme`
 * @attribute {string} label - name of the sheet, to a screen reader
 * @attribute {string} lang - `en` or `ko`; default: the page's own
 * @fires {CustomEvent<ReadyDetail>} glimpse-ready - the network is there
 * @fires {CustomEvent<ResultDetail>} glimpse-result - the pen was lifted, and this is what was drawn
 * @fires {CustomEvent<Example>} glimpse-taught - a drawing was taught, by the visitor or by the page
 * @fires {CustomEvent<Forgotten>} glimpse-forgotten - a label was forgotten, or one of its drawings
 * @fires {CustomEvent<ChooseDetail>} glimpse-choose - the visitor chose a sign that was found
 * @fires {CustomEvent<GlimpseError>} glimpse-error - something went wrong; the element shows it, too
 * @csspart pad - all of it
 * @csspart desk - the sheet with its tools
 * @csspart sheet - what is drawn on
 * @csspart ink - the drawing
 * @csspart invitation - the words on an empty sheet
 * @csspart tools - the row below the sheet
 * @csspart tool - a button there
 * @csspart teaching - name and button
 * @csspart name - the field for a name
 * @csspart teach - the button that teaches
 * @csspart side - answer and list
 * @csspart verdict - the answer
 * @csspart answer - the best label
 * @csspart progress - while the network is on its way
 * @csspart list - the characters that are known
 * @csspart character - one of them
 * @csspart label - its label
 * @csspart bar - its score, as a bar
 * @csspart score - its score, as a number
 * @csspart forget - the button that forgets it
 * @csspart found - the signs that were found
 * @csspart found-sign - one of them
 * @csspart sign - the button that chooses it
 * @csspart name-of - its name
 * @csspart code - what is chosen by it
 * @csspart alike - those that look like it
 * @csspart alike-sign - the button that chooses one of those
 * @csspart map - the space of features
 * @csspart tile - a drawing there
 * @csspart query - what is drawn, there; in a replay the question
 * @csspart replay - a replay
 * @csspart question - its question
 * @csspart play - the button that begins it
 * @csspart support - the characters to choose from
 * @csspart picture - one of their pictures
 * @csspart error - what went wrong
 * @csspart message - in words
 * @csspart retry - the button that tries again
 * @csspart details - the error's own message
 * @cssproperty --glimpse-width - width, at most; default: 42em
 * @cssproperty --glimpse-accent - buttons, the best answer
 * @cssproperty --glimpse-on-accent - words on those
 * @cssproperty --glimpse-ink - ink and words
 * @cssproperty --glimpse-soft - words that matter less
 * @cssproperty --glimpse-paper - the sheet
 * @cssproperty --glimpse-desk - around the sheet
 * @cssproperty --glimpse-line - borders
 * @cssproperty --glimpse-guide - lines on the sheet
 * @cssproperty --glimpse-serif - typeface of headings
 * @cssproperty --glimpse-sans - typeface of all else
 */
export class GlimpsePad extends Base {
  /** The attribute of this name. */
  declare system: string | null;
  /** The attribute of this name. */
  declare engine: string | null;
  /** The attribute of this name. */
  declare support: string | null;
  /** The attribute of this name. */
  declare mode: string | null;
  /** The attribute of this name. */
  declare archive: string | null;
  /** The attribute of this name. */
  declare theme: string | null;
  /** The attribute of this name. */
  declare label: string | null;
  /** The attribute of this name. */
  declare format: string | null;
  /** The attribute of this name. */
  declare name: string | null;

  /** It is a control of forms: in find mode its value is what was chosen. */
  static readonly formAssociated = true;

  /** The attributes that the element is built anew for. */
  static readonly observedAttributes = ["system", "engine", "support", "mode", "archive", "label", "lang", "pen-only", "format", "value", "required"];

  #words: Partial<Words> = {};
  #view: View | undefined;
  readonly #sheet = new Sheet();
  readonly #internals: ElementInternals | undefined = this.attachInternals?.();
  #chosen: string | undefined;
  #disabled = false;

  /** What was chosen in find mode, as `format` says; before that the attribute of this name. */
  get value(): string {
    return this.#chosen ?? this.getAttribute("value") ?? "";
  }

  /** What was chosen in find mode. */
  set value(value: string) {
    this.#chosen = `${value ?? ""}`;
    this.#tellForm();
  }

  /** Whether a form has to wait until something is chosen. */
  get required(): boolean {
    return this.hasAttribute("required");
  }

  /** Whether a form has to wait until something is chosen. */
  set required(required: boolean) {
    this.toggleAttribute("required", required);
  }

  /** Whether nothing can be drawn or chosen. */
  get disabled(): boolean {
    return this.hasAttribute("disabled");
  }

  /** Whether nothing can be drawn or chosen. */
  set disabled(disabled: boolean) {
    this.toggleAttribute("disabled", disabled);
  }

  /** The form that it belongs to. */
  get form(): HTMLFormElement | null {
    return this.#internals?.form ?? null;
  }

  /** As of any control. */
  get type(): string {
    return this.localName;
  }

  /** As of any control. */
  get validity(): ValidityState | undefined {
    return this.#internals?.validity;
  }

  /** As of any control. */
  get validationMessage(): string {
    return this.#internals?.validationMessage ?? "";
  }

  /** As of any control. */
  get willValidate(): boolean {
    return this.#internals?.willValidate ?? false;
  }

  /** As of any control. */
  checkValidity(): boolean {
    return this.#internals?.checkValidity() ?? true;
  }

  /** As of any control. */
  reportValidity(): boolean {
    return this.#internals?.reportValidity() ?? true;
  }

  /** Words to say instead of the element's own. */
  get words(): Partial<Words> {
    return this.#words;
  }

  /** Words to say instead of the element's own. */
  set words(words: Partial<Words>) {
    // Frameworks set what they render again and again, and nothing where they have nothing to say.
    const same = JSON.stringify(words ?? {}) === JSON.stringify(this.#words);
    this.#words = words ?? {};
    if (!same) this.#rebuild();
  }

  /** The network, fetched if it is not there yet. */
  get glimpse(): Promise<Glimpse> {
    return this.#load();
  }

  /** Takes away the drawing. */
  clear(): void {
    this.#sheet.clear();
  }

  /** Called by the browser. */
  connectedCallback(): void {
    this.#takeUp();
    if (!this.#view) this.#show(new View(this, this.#words, [], this.#sheet));
    else if (this.#view.language === languageOf(this)) this.#view.come();
    else this.#rebuild();
  }

  /** Called by the browser. */
  disconnectedCallback(): void {
    this.#view?.leave();
  }

  /** Called by the browser where it can move an element as it is. */
  connectedMoveCallback(): void {}

  /** Called by the browser. */
  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (before === value) return;
    if (name === "pen-only") this.#sheet.penOnly = value !== null && value !== "false";
    else if (name === "format") {
      if (this.#view) this.#view.format = value;
    } else if (name === "value" || name === "required") this.#tellForm();
    else this.#rebuild();
  }

  /** Called by the browser. */
  formDisabledCallback(disabled: boolean): void {
    this.#disabled = disabled;
    if (this.#view) this.#view.disabled = disabled;
  }

  /** Called by the browser. */
  formResetCallback(): void {
    this.#chosen = undefined;
    this.#sheet.clear();
    this.#view?.reset();
    this.#tellForm();
  }

  /** Called by the browser. */
  formStateRestoreCallback(value: string): void {
    this.value = value;
  }

  #show(view: View): void {
    this.#view = view;
    view.disabled = this.#disabled;
    view.onchoose = ({ value }) => (this.value = value);
    this.#tellForm();
  }

  /** Tells the form what it holds, and whether it may. */
  #tellForm(): void {
    const { value } = this;
    const view = this.#view;
    this.#internals?.setFormValue(view?.finds && value ? value : null);
    if (view?.finds && this.required && !value) {
      const { words, anchor } = view.missing;
      this.#internals?.setValidity({ valueMissing: true }, words, anchor);
    } else this.#internals?.setValidity({});
  }

  /** What was set before the class was there hides its properties. */
  #takeUp(): void {
    for (const name of ["words", "value", "required", "disabled", ...REFLECTED] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const { [name]: value } = this;
      delete (this as Record<string, unknown>)[name];
      Object.assign(this, { [name]: value });
    }
  }

  #rebuild(): void {
    const view = this.#view;
    if (!view) return;
    view.end();
    const fresh = new View(this, this.#words, view.taught, this.#sheet);
    fresh.awake = view.awake;
    this.#show(fresh);
    if (!this.isConnected) fresh.leave();
    // Where several attributes change at once, the last view alone goes on.
    else if (view.awake) queueMicrotask(() => this.#view === fresh && fresh.load().catch(() => {}));
  }

  /** Who asked for the network gets that of the element as it was changed meanwhile. */
  async #load(): Promise<Glimpse> {
    const view = this.#view;
    if (!view) throw new GlimpseError("Disposed", "This element is on no page.");
    try {
      const glimpse = await view.load();
      if (view === this.#view) return glimpse;
    } catch (error) {
      if (view === this.#view) throw error;
    }
    return this.#load();
  }
}

for (const name of REFLECTED) {
  Object.defineProperty(GlimpsePad.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: GlimpsePad) {
      return this.getAttribute(name);
    },
    set(this: GlimpsePad, value: string | null | undefined) {
      if (value === null || value === undefined) this.removeAttribute(name);
      else this.setAttribute(name, value);
    },
  });
}
