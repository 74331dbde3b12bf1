import { h } from "../dom.js";
import type { Glimpse } from "../glimpse.js";
import { Playback, Stage } from "../stage.js";
import { fetchFile } from "./fetch.js";
import style from "./replay.css?inline";
import { fill, type Words } from "./words.js";

export { style };

/** How long each trial is shown, in milliseconds. */
const PACE = 400;

/** How many characters there are to choose from. */
const OFFICIAL_WAY = 20;

/** Published one-shot trials, replayed: a query, the characters it is compared with, and which one was chosen. */
export class Replay {
  readonly element: HTMLElement;
  /** Called with what went wrong. */
  onerror: (error: unknown) => void = () => {};
  /** Called with the outcome, in words, when there are no more trials or it is stopped. */
  onend: (outcome: string) => void = () => {};
  readonly #words: Words;
  readonly #stage: Stage;
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
    const query = h("canvas", "query", { ariaHidden: "true" });
    const support = h("ol", "support", { className: "support", ariaHidden: "true" });
    this.#stage = new Stage(query, support, () => colourOf(query));
    this.#stage.reset(OFFICIAL_WAY);
    this.#offer(words.play, () => void this.play());
    const asked = h("p", "", {}, words.query);
    const question = h("div", "question", { className: "question" }, asked, query, this.#score, this.#button);
    this.element = h("div", "replay", { className: "replay" }, question, support);
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
    const playback = new Playback();
    const outcome = (): string => fill(this.#words.played, { right: playback.correct, seen: playback.trials });
    try {
      const glimpse = await Promise.race([stopped, this.#load()]);
      const archive = await (await fetchFile(this.#archive, signal)).blob();
      await playback.play(glimpse.replay({ archive, workers: 1, signal }), {
        signal,
        onshow: (trial) => {
          this.#stage.show(trial);
          this.#score.textContent = outcome();
        },
        seen: () => Promise.race([stopped, new Promise((next) => setTimeout(next, PACE))]),
      });
    } catch (error) {
      if (!signal.aborted) this.onerror(error);
    } finally {
      this.#offer(this.#words.play, () => void this.play());
      if (playback.trials > 0) this.onend(outcome());
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

/** The colour that an element has from the page, as a pixel's lower bytes. */
function colourOf(element: Element): number {
  const context = new OffscreenCanvas(1, 1).getContext("2d")!;
  context.fillStyle = getComputedStyle(element).color;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data as unknown as [number, number, number];
  return (blue << 16) | (green << 8) | red;
}
