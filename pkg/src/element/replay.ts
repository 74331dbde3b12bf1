import type { Glimpse } from "../glimpse.js";
import { h } from "./dom.js";
import { fetchFile } from "./fetch.js";
import { fill, type Words } from "./words.js";

/** How long each trial is shown, in milliseconds. */
const PACE = 400;

/** How many characters there are to choose from. */
const OFFICIAL_WAY = 20;

/** Published one-shot trials, replayed: a query, the characters it is compared with, and which one was chosen. */
export class Replay {
  readonly element: HTMLElement;
  /** Called with what went wrong. */
  onerror: (error: unknown) => void = () => {};
  /** Hears the outcome, in words, when there are no more trials or it is stopped. */
  onend: (outcome: string) => void = () => {};
  readonly #words: Words;
  readonly #query = h("canvas", "query", { ariaHidden: "true" });
  readonly #support = h("div", "support", { className: "support", ariaHidden: "true" });
  readonly #score = h("p", "score", { className: "verdict" });
  readonly #button = h("button", "play", { className: "primary" });
  readonly #load: () => Promise<Glimpse>;
  readonly #archive: URL;
  readonly #gone: AbortSignal;
  #playing: AbortController | undefined;

  /**
   * @param archive where Omniglot's `all_runs.zip` is
   * @param load the network to replay with
   * @param gone ends it
   */
  constructor(words: Words, archive: URL, load: () => Promise<Glimpse>, gone: AbortSignal) {
    this.#words = words;
    this.#archive = archive;
    this.#load = load;
    this.#gone = gone;
    this.#support.append(...Array.from({ length: OFFICIAL_WAY }, () => h("canvas", "picture")));
    this.#offer(words.play, () => void this.play());
    const asked = h("p", "", {}, words.query);
    const question = h("div", "question", { className: "question" }, asked, this.#query, this.#score, this.#button);
    this.element = h("div", "replay", { className: "replay" }, question, this.#support);
  }

  /** Plays from the first trial, until it is stopped. */
  async play(): Promise<void> {
    const stop = new AbortController();
    const { signal } = stop;
    this.#playing = stop;
    const stopped = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    this.#gone.addEventListener("abort", () => stop.abort(), { once: true });
    this.#offer(this.#words.stop, () => stop.abort());
    this.#button.focus();
    let [seen, right] = [0, 0];
    try {
      const glimpse = await Promise.race([stopped, this.#load()]);
      const archive = await (await fetchFile(this.#archive, signal)).blob();
      for await (const { trial, chosen, truth, correct, pictures } of glimpse.replay({ archive, workers: 1, signal })) {
        seen += 1;
        right += Number(correct);
        if (trial === 0) this.#support.replaceChildren(...pictures.support.map((grey) => picture(grey, pictures.side)));
        paint(this.#query, pictures.queries[trial]!, pictures.side);
        [...this.#support.children].forEach((tile, i) => {
          tile.classList.toggle("best", i === chosen);
          tile.classList.toggle("missed", i === truth && !correct);
        });
        this.#score.textContent = fill(this.#words.played, { right, seen });
        await Promise.race([stopped, new Promise((next) => setTimeout(next, PACE))]);
      }
    } catch (error) {
      if (!signal.aborted) this.onerror(error);
    } finally {
      this.#offer(this.#words.play, () => void this.play());
      if (seen > 0) this.onend(fill(this.#words.played, { right, seen }));
    }
  }

  /** Plays no more. */
  stop(): void {
    this.#playing?.abort();
  }

  /** What the button does next. */
  #offer(textContent: string, onclick: () => void): void {
    Object.assign(this.#button, { textContent, onclick });
  }
}

function picture(grey: Uint8Array, side: number): HTMLCanvasElement {
  const canvas = h("canvas", "picture");
  // Its colour is known once it is on the page.
  requestAnimationFrame(() => paint(canvas, grey, side));
  return canvas;
}

/** Draws a grey picture, 255 = ink, in the canvas's colour on nothing. */
function paint(canvas: HTMLCanvasElement, grey: Uint8Array, side: number): void {
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d")!;
  context.fillStyle = getComputedStyle(canvas).color;
  context.fillRect(0, 0, side, side);
  const image = context.getImageData(0, 0, side, side);
  grey.forEach((ink, i) => (image.data[4 * i + 3] = ink));
  context.putImageData(image, 0, 0);
}
