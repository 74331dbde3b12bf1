import { GlimpseError, type GlimpseErrorKind, type Strokes } from "glimpse";
import { byId } from "./dom.js";
import type { EngineBadge } from "./engine.js";
import { cut, extent, fromStrokes, isolate, SIDE, type Stroke } from "./ink.js";
import { clearNotice, messageOf, say, tell } from "./notice.js";
import { words, write } from "./words/index.js";

/** How much of the sheet's side the ink of a picture spans. */
const SPAN = 0.72;

/** For how long pictures are read before the sheet says so, in milliseconds. */
const PATIENCE = 800;

/** Characters of a file's name that become a label; those of a name that is typed. */
const LABEL = 24;

/** How many files a notice names. */
const NAMED = 4;

/** The kind of notices of several pictures. */
const KIND = "Pictures";

/** Pictures of the visitor's own, dropped, pasted or chosen, and the sheet's state while they come. */
export class Pictures {
  /** Called when pictures are brought, one or several. Returns what tells whether the visitor went on to something else. */
  onbring!: (several: boolean) => () => boolean;
  /** Hears the ink of a picture that came alone. */
  onone!: (ink: Stroke[]) => void;
  /** Hears the ink of each of several pictures, and the label that its file's name gives. */
  oneach!: (label: string, ink: Stroke[]) => void;

  readonly #engine: EngineBadge;
  #ready!: () => void;
  readonly #network = new Promise<void>((ready) => (this.#ready = ready));
  #reading = Promise.resolve();
  readonly #drop = byId("drop");
  readonly #words = byId("drop-words");
  readonly #progress = byId<HTMLProgressElement>("drop-progress");

  constructor(engine: EngineBadge) {
    this.#engine = engine;
    const input = byId<HTMLInputElement>("picture-file");
    byId("open-picture").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      input.value = "";
      // Enter is to teach what comes, not to open another.
      byId("open-picture").blur();
      void this.bring(files);
    });
    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
      if (files.length === 0 || !wanted()) return;
      event.preventDefault();
      void this.bring(files);
    });
    addEventListener("dragover", ({ dataTransfer }) => dataTransfer && this.#hover(dataTransfer));
    addEventListener("dragleave", ({ relatedTarget }) => relatedTarget === null && this.#hide("hovers"));
    addEventListener("drop", () => this.#hide("hovers"));
  }

  /** There is a network to read pictures. */
  ready(): void {
    this.#ready();
  }

  /** Reads pictures, after those that came before. */
  bring(files: readonly File[]): Promise<void> {
    const late = this.onbring(files.length > 1);
    return (this.#reading = this.#reading.then(() => this.#bring(files, late)));
  }

  async #bring(files: readonly File[], late: () => boolean): Promise<void> {
    const taught: string[] = [];
    const failures: Failure[] = [];
    clearNotice(KIND);
    this.#progress.max = files.length;
    this.#progress.value = 0;
    const slow = setTimeout(() => this.#show(() => words.pictures.reading(files.length), "reads"), PATIENCE);
    await this.#network;
    const inOrder = files.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
    for (const [i, file] of inOrder.entries()) {
      try {
        const ink = fitted(await this.#trace(file));
        // What it was brought for gave way.
        if (late()) throw new GlimpseError("Disposed", "");
        if (files.length === 1) {
          this.onone(ink);
        } else {
          const label = labelOf(file.name);
          this.oneach(label, ink);
          taught.push(label);
        }
      } catch (thrown) {
        failures.push({ file: file.name, error: GlimpseError.from(thrown) });
      }
      this.#progress.value = i + 1;
    }
    clearTimeout(slow);
    this.#hide("reads");
    report(taught, failures);
  }

  async #trace(file: File): Promise<Strokes> {
    const glimpse = this.#engine.glimpse!;
    try {
      const ink = await glimpse.trace(file);
      if (ink.strokes.length === 0) throw new GlimpseError("EmptyDrawing", "");
      return ink;
    } catch (error) {
      // Another network took its place.
      if (glimpse !== this.#engine.glimpse) return this.#trace(file);
      throw error;
    }
  }

  #hover(dragged: DataTransfer): void {
    const files = [...dragged.items].filter(({ kind }) => kind === "file");
    // Some browsers do not say before the drop what is dragged.
    const pictures = files.filter(({ type }) => type === "" || type.startsWith("image/"));
    if (!dragged.types.includes("Files") || pictures.length < files.length || !wanted()) return;
    dragged.dropEffect = "copy";
    this.#show(() => words.pictures.letGo(files.length), "hovers");
  }

  #show(said: () => string, state: "hovers" | "reads"): void {
    write(this.#words, said);
    this.#drop.dataset.state = state;
    this.#progress.hidden = state === "hovers" || this.#progress.max === 1;
    byId("sheet").classList.add("dropping");
  }

  #hide(state: "hovers" | "reads"): void {
    if (this.#drop.dataset.state === state) byId("sheet").classList.remove("dropping");
  }
}

/** Whether pictures are meant for the sheet now. */
function wanted(): boolean {
  return !byId("teach").hidden && !document.querySelector("dialog[open], :popover-open");
}

/** Strokes brought to the middle of the sheet, as large as one draws. */
function fitted({ strokes }: Strokes): Stroke[] {
  const points = fromStrokes({ strokes }).flatMap(({ points }) => points);
  const [left, right] = extent(points.map(([x]) => x));
  const [top, bottom] = extent(points.map(([, y]) => y));
  const scale = (SPAN * SIDE) / Math.max(right - left, bottom - top, 1);
  const place = (value: number, i: number): number =>
    SIDE / 2 + scale * (value - (i % 2 === 0 ? left + right : top + bottom) / 2);
  return fromStrokes({ strokes: strokes.map((stroke) => stroke.map(place)) });
}

/** The label that a file's name gives: without its ending, and the number that tells drawings of one character apart. */
function labelOf(name: string): string {
  const stem = name.normalize().replace(/\.[^.]*$/, "").trim();
  const label = stem.replace(/([\s_-]+\d{1,3}|[\s_-]*\(\d{1,3}\))$/, "");
  return cut(label || stem || name, LABEL);
}

interface Failure {
  file: string;
  error: GlimpseError;
}

function report(taught: readonly string[], failures: readonly Failure[]): void {
  const said = (): string => [...taughtWords(taught), ...lostWords(failures)].join(" ");
  const [first] = failures;
  if (first) say(said, taught.length > 0 ? KIND : first.error.kind);
  else if (taught.length > 0) tell(said, KIND);
}

function taughtWords(taught: readonly string[]): string[] {
  const labels = [...new Set(taught)];
  const shown = labels.length > NAMED ? "" : listed(labels.map(isolate));
  return labels.length > 0 ? [words.pictures.taught(taught.length, labels.length, shown)] : [];
}

/** A sentence for each reason why pictures were not read. */
function lostWords(failures: readonly Failure[]): string[] {
  return [...new Set(failures.map(({ error }) => reasonFor(error)))].map((reason) => {
    const those = failures.filter(({ error }) => reasonFor(error) === reason);
    const names = those.slice(0, NAMED).map(({ file }) => `“${isolate(file)}”`);
    if (those.length > NAMED) names.push(words.pictures.more(those.length - NAMED));
    return words.pictures.notRead(listed(names), those.length, reason);
  });
}

function reasonFor(error: GlimpseError): string {
  const [, format] = /This is a (.+) file/.exec(error.message) ?? [];
  if (format) return words.pictures.format(format);
  const reasons: Partial<Record<GlimpseErrorKind, string>> = words.pictures;
  return reasons[error.kind] ?? messageOf(error);
}

function listed(items: readonly string[]): string {
  return new Intl.ListFormat(words.tag).format(items);
}
