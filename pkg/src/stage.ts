/**
 * Trials that are replayed, on the site and in `<glimpse-pad>`: how they are shown, and how they follow each other.
 *
 * @packageDocumentation
 */
import { h } from "./dom.js";
import type { EpisodePictures, Trial } from "./types.js";

/** Ink in pictures: blue, green, red, as a pixel's lower bytes. */
const INK = 0x181b1d;

/** Draws grey pictures (255 = ink) side by side into a canvas that becomes their size, paper transparent. `ink`: its colour as a pixel's lower bytes. */
export function drawGrey(canvas: HTMLCanvasElement, side: number, pictures: readonly Uint8Array[], ink = INK): void {
  // Whoever sets a canvas's size has the page laid out anew, even if it stays as it is.
  if (canvas.width !== side * pictures.length) canvas.width = side * pictures.length;
  if (canvas.height !== side) canvas.height = side;
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(canvas.width, side);
  const pixels = new Uint32Array(image.data.buffer);
  for (const [i, grey] of pictures.entries()) {
    for (let y = 0; y < side; y += 1) {
      const from = y * side;
      const to = y * image.width + i * side;
      for (let x = 0; x < side; x += 1) pixels[to + x] = (grey[from + x]! << 24) | ink;
    }
  }
  context.putImageData(image, 0, 0);
}

/** A trial: its query and the support, in which the right character and one that was taken for it stand out. */
export class Stage {
  readonly #query: HTMLCanvasElement;
  readonly #support: HTMLElement;
  readonly #ink: () => number;
  #shown: EpisodePictures | undefined;

  /** @param ink the colour of the ink, as a pixel's lower bytes */
  constructor(query: HTMLCanvasElement, support: HTMLElement, ink = () => INK) {
    this.#query = query;
    this.#support = support;
    this.#ink = ink;
  }

  /** Lays out an empty stage for so many characters. */
  reset(way: number): void {
    this.#shown = undefined;
    this.#query.width = this.#query.width;
    this.#support.replaceChildren(...Array.from({ length: way }, () => h("li", "picture", {}, h("canvas", ""))));
  }

  /** Shows a trial; and how it went, unless that is said otherwise. */
  show({ trial, truth, chosen, pictures }: Trial): void {
    const { side, shots, queries, support, way } = pictures;
    const ink = this.#ink();
    drawGrey(this.#query, side, [queries[trial]!], ink);
    [...this.#support.children].forEach((item, i) => {
      if (this.#shown !== pictures) drawGrey(item.querySelector("canvas")!, side, support.slice(i * shots, (i + 1) * shots), ink);
      item.className = way === 1 ? "" : i === truth ? "truth" : i === chosen ? "mistaken" : "";
    });
    this.#shown = pictures;
  }
}

/** How trials are played. */
export interface PlaybackOptions {
  /** Ends it. */
  signal: AbortSignal;
  /** Called with each trial once it is counted. */
  oncount?: (trial: Trial) => void;
  /** Called with those that are shown: each `step`th, and the last. */
  onshow: (trial: Trial) => void;
  /** Default: 1. */
  step?: number;
  /** How many trials there are. */
  total?: number;
  /** Resolves once what is shown was seen. */
  seen: () => Promise<unknown>;
}

/** Plays trials one after another, and counts them. */
export class Playback {
  /** How many were counted. */
  trials = 0;
  /** How many of these were answered right. */
  correct = 0;
  #paused = Promise.resolve();
  #goOn: (() => void) | undefined;

  /** Whether it waits to go on. */
  get isPaused(): boolean {
    return this.#goOn !== undefined;
  }

  /** Waits before the next trial. */
  pause(): void {
    if (!this.isPaused) this.#paused = new Promise((goOn) => (this.#goOn = goOn));
  }

  /** Goes on. */
  goOn(): void {
    this.#goOn?.();
    this.#goOn = undefined;
  }

  /** Plays trials until there are no more, or until it is aborted. */
  async play(trials: AsyncIterable<Trial>, { signal, oncount, onshow, step = 1, total, seen }: PlaybackOptions): Promise<void> {
    signal.addEventListener("abort", () => this.goOn(), { once: true });
    for await (const trial of trials) {
      await this.#paused;
      if (signal.aborted) break;
      this.trials += 1;
      this.correct += Number(trial.correct);
      oncount?.(trial);
      if (this.trials % step > 0 && this.trials !== total) continue;
      onshow(trial);
      await seen();
    }
  }
}
