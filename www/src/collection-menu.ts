import { GlimpseError, unpackCollection } from "glimpse";
import type { Collections, Summary } from "./collections.js";
import { byId, element, shape } from "./dom.js";
import type { EngineBadge } from "./engine.js";
import { isolate, thumbnail } from "./ink.js";
import { clearNotice, messageOf, notify, say } from "./notice.js";
import { placeBeside } from "./place.js";
import { label, onlanguage, words, write } from "./words/index.js";

/** What files are called at their end. */
const ENDING = /\.glimpse$/i;

/** The name of the collection that is open, and the menu of all of them. */
export class CollectionMenu {
  readonly #collections: Collections;
  readonly #engine: EngineBadge;
  readonly #button = byId("collection");
  readonly #menu = byId("collections");
  readonly #list = byId("collection-list");
  readonly #file = byId<HTMLInputElement>("open-file");
  #renaming: string | undefined;
  /** Whether something would be lost with the page, which the visitor was told. */
  #warned = false;

  constructor(collections: Collections, engine: EngineBadge) {
    this.#collections = collections;
    this.#engine = engine;
    collections.onchange = () => this.#render();
    this.#menu.addEventListener("beforetoggle", (event) => {
      this.#renaming = undefined;
      if (event.newState === "open") placeBeside(this.#menu, this.#button);
      this.#render(event.newState === "open");
    });
    this.#list.addEventListener("keydown", (event) => this.#key(event));
    byId("new-collection").addEventListener("click", () => this.#rename(collections.create()));
    byId("save-file").addEventListener("click", () => void this.#save());
    this.#file.addEventListener("change", () => {
      const [file] = this.#file.files ?? [];
      this.#file.value = "";
      if (file) void this.bring(file);
    });
    addEventListener("beforeunload", (event) => this.#warned && event.preventDefault());
    onlanguage(() => this.#render());
    this.#render();
  }

  /** Whether a file's name says that it keeps a collection. */
  takes(file: File): boolean {
    return ENDING.test(file.name);
  }

  /** Opens the collection that a file keeps, beside the others. */
  async bring(file: File): Promise<void> {
    this.#menu.hidePopover();
    try {
      const collection = await unpackCollection(new Uint8Array(await file.arrayBuffer()));
      this.#collections.add(collection, file.name.replace(ENDING, ""));
      if (collection.system) this.#engine.use(collection.system);
    } catch (error) {
      if (!(error instanceof GlimpseError)) return notify(error);
      say(() => `“${isolate(file.name)}”: ${messageOf(error)}`, error.kind);
    }
  }

  async #save(): Promise<void> {
    try {
      const bytes = await this.#collections.pack(this.#engine.glimpse?.system);
      const href = URL.createObjectURL(new Blob([bytes as BlobPart], { type: "application/octet-stream" }));
      const name = this.#collections.open.name.replace(/[\\/:*?"<>|\p{Cc}]/gu, "_");
      element("a", { href, download: `${name}.glimpse` }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60_000);
    } catch (error) {
      notify(error);
    }
  }

  #render(open = this.#menu.matches(":popover-open")): void {
    const { trouble, behind } = this.#collections;
    byId("collection-name").textContent = this.#collections.open.name;
    this.#button.dataset.trouble = trouble ?? "";
    write(byId("kept"), () => words.collections[trouble ?? "kept"]);
    byId("kept").classList.toggle("trouble", trouble !== undefined);
    const warns = trouble !== undefined && behind;
    if (warns && !this.#warned) say(() => words.collections[trouble], "NotKept");
    if (!warns && this.#warned) clearNotice("NotKept");
    this.#warned = warns;
    if (open && !this.#list.contains(document.activeElement?.closest("input") ?? null)) this.#renderList();
  }

  #renderList(): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset.focus;
    this.#list.replaceChildren(...this.#collections.list().map((summary) => this.#row(summary)));
    if (focused) this.#focus(focused);
  }

  #focus(what: string): void {
    this.#list.querySelector<HTMLElement>(`[data-focus="${what}"]`)?.focus();
  }

  #row(summary: Summary): HTMLLIElement {
    const { id, name, open, deleted, characters, faces } = summary;
    if (deleted) {
      return element(
        "li",
        { className: "collection-row deleted" },
        element("span", { className: "collection-title" }, words.collections.deleted(isolate(name))),
        this.#action(words.collections.undo, `undo ${id}`, "secondary", () => {
          this.#collections.undelete(id);
          this.#focus(`open ${id}`);
        }),
      );
    }
    const few = element("span", { className: "faces-few", ariaHidden: "true" });
    few.append(...faces.map((face) => element("span", { className: "face" }, thumbnail(face))));
    const row = element("li", { className: "collection-row" });
    if (this.#renaming === id) {
      row.append(few, this.#field(id, name));
      return row;
    }
    const opener = this.#action("", `open ${id}`, "opener", () => {
      this.#collections.choose(id);
      this.#menu.hidePopover();
    });
    const title = element("span", { className: "collection-title" }, name);
    const count = element("span", { className: "collection-count" }, words.collections.characters(characters));
    opener.append(few, element("span", {}, title, count));
    if (open) opener.ariaCurrent = "true";
    const rename = this.#action("", `rename ${id}`, "icon", () => this.#rename(id));
    rename.append(pencil());
    label(rename, { title: () => words.collections.rename, "aria-label": () => words.collections.renameIt(isolate(name)) });
    const remove = this.#action("×", `delete ${id}`, "icon", () => {
      this.#collections.delete(id);
      this.#focus(`undo ${id}`);
    });
    label(remove, { title: () => words.collections.delete, "aria-label": () => words.collections.deleteIt(isolate(name)) });
    row.append(opener, rename, remove);
    return row;
  }

  #action(words: string, focus: string, className: string, act: () => void): HTMLButtonElement {
    const button = element("button", { className }, words);
    button.dataset.focus = focus;
    button.addEventListener("click", act);
    return button;
  }

  #rename(id: string): void {
    this.#renaming = id;
    this.#renderList();
    this.#list.querySelector("input")?.select();
  }

  #field(id: string, name: string): HTMLInputElement {
    const field = element("input", { value: name, maxLength: 40, spellcheck: false, dir: "auto" });
    label(field, { "aria-label": () => words.collections.name });
    field.enterKeyHint = "done";
    const end = (renamed: boolean): void => {
      if (this.#renaming !== id) return;
      this.#renaming = undefined;
      if (renamed) this.#collections.rename(id, field.value);
      this.#renderList();
    };
    field.addEventListener("blur", () => end(true));
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
      event.preventDefault();
      end(event.key === "Enter");
      this.#focus(`open ${id}`);
    });
    return field;
  }

  /** Arrows move from one collection to the next. */
  #key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target instanceof HTMLInputElement) return;
    const rows = [...this.#list.querySelectorAll<HTMLElement>("li > button:first-of-type")];
    const at = rows.findIndex((row) => row.parentElement!.contains(event.target as Node));
    rows.at((at + step) % rows.length)?.focus();
    event.preventDefault();
  }
}

function pencil(): SVGSVGElement {
  return shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, shape("path", { d: "m5 19 1-4L16 5l3 3L9 18zM14 7l3 3" }));
}
