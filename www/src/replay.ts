import type { Trial } from "glimpse";
import { Chart } from "./chart.js";
import { byId, element, nextFrame } from "./dom.js";
import type { EngineBadge } from "./engine.js";
import { drawGrey, greyPicture } from "./ink.js";
import { inventedTrials } from "./invented.js";
import { clearNotice, notify } from "./notice.js";
import { percent, wilson } from "./wilson.js";

/** The official test: 20 runs of 20 trials with 20 support drawings. */
const RUNS = 20;
const TRIALS = 20;

/** Replays the official runs, trial by trial. */
export class ReplayView {
  readonly #engine: EngineBadge;
  readonly #chart = new Chart(byId<SVGSVGElement>("chart"), RUNS * TRIALS);
  readonly #dots: HTMLButtonElement[];
  #archive: ArrayBuffer | undefined;
  #fetched = false;
  /** What is replayed, in the field's words. */
  #protocol = "";
  #trials: Trial[] = [];
  #running: AbortController | undefined;
  /** Set while paused: goes on. */
  #resume: (() => void) | undefined;

  readonly #start = byId<HTMLButtonElement>("start");
  readonly #pause = byId<HTMLButtonElement>("pause");
  readonly #cancel = byId<HTMLButtonElement>("cancel");

  constructor(engine: EngineBadge) {
    this.#engine = engine;
    this.#dots = Array.from({ length: RUNS * TRIALS }, (_, i) => this.#newDot(i));
    byId("dots").append(...this.#dots);
    byId("dots").addEventListener("keydown", (event) => this.#moveAmongDots(event));
    byId("support").append(...Array.from({ length: TRIALS }, () => element("li", {}, element("canvas"))));
    this.#start.addEventListener("click", () => this.#archive && void this.#official(this.#archive));
    byId("start-invented").addEventListener("click", () => void this.#invented());
    this.#pause.addEventListener("click", () => this.#togglePause());
    this.#cancel.addEventListener("click", () => this.cancel());
    byId<HTMLInputElement>("file").addEventListener("change", ({ target }) => {
      const [file] = (target as HTMLInputElement).files ?? [];
      if (file) void this.bring(file);
      (target as HTMLInputElement).value = "";
    });
  }

  /** Fetches the official runs, once, where the site carries them. */
  async open(): Promise<void> {
    if (this.#fetched) return;
    this.#fetched = true;
    const bar = byId<HTMLProgressElement>("fetching");
    bar.hidden = false;
    try {
      this.#archive = await fetchArchive("data/all_runs.zip", (share) => (bar.value = share));
    } catch {
      byId("bring").hidden = false;
    }
    bar.hidden = true;
    this.ready();
  }

  /** Allows the start once there is an engine, and an archive. An engine that changes ends what runs. */
  ready(): void {
    this.cancel();
    this.#start.disabled = !this.#engine.glimpse || !this.#archive;
  }

  /** Replays an archive of the visitor's own. */
  async bring(file: Blob): Promise<void> {
    await this.#official(await file.arrayBuffer());
  }

  /** Ends what runs. Outcomes so far stay. */
  cancel(): void {
    this.#running?.abort();
    this.#resume?.();
  }

  async #official(archive: ArrayBuffer): Promise<void> {
    const { glimpse } = this.#engine;
    if (!glimpse) return;
    const finished = await this.#play("official 20-way one-shot runs", (signal) => glimpse.replay({ archive, signal }));
    if (!finished) return;
    this.#archive = archive;
    byId("bring").hidden = true;
    this.#controls(false);
  }

  async #invented(): Promise<void> {
    const { glimpse } = this.#engine;
    if (!glimpse) return;
    await this.#play("invented alphabets, 20-way one-shot", (signal) =>
      inventedTrials(glimpse.engine, { runs: RUNS, characters: TRIALS, signal }),
    );
  }

  /** Shows trials as they come. Whether they came to their end. */
  async #play(protocol: string, replay: (signal: AbortSignal) => AsyncIterable<Trial>): Promise<boolean> {
    this.cancel();
    const running = new AbortController();
    const { signal } = running;
    this.#running = running;
    this.#protocol = protocol;
    // Published figures are of the official runs, and stand beside nothing else.
    byId("replay").classList.toggle("unpublished", !protocol.startsWith("official"));
    clearNotice();
    this.#reset();
    this.#controls(true);
    try {
      for await (const trial of replay(signal)) {
        if (this.#resume) await new Promise<void>((go) => (this.#resume = go));
        if (signal.aborted) break;
        this.#show(trial);
        await nextFrame();
      }
      if (!signal.aborted) byId("replay-said").textContent = `Finished: ${byId("figure").textContent}`;
    } catch (error) {
      if (!signal.aborted) notify(error);
      running.abort();
    }
    if (this.#running === running) this.#controls(false);
    return !signal.aborted;
  }

  #controls(running: boolean): void {
    this.#resume = undefined;
    this.#pause.textContent = "Pause";
    this.#pause.hidden = this.#cancel.hidden = !running;
    this.#start.hidden = running;
    byId<HTMLButtonElement>("start-invented").disabled = running;
    this.#start.disabled = !this.#archive;
    this.#start.textContent = this.#trials.length > 0 ? "Replay again" : "Replay 400 trials";
  }

  #togglePause(): void {
    if (this.#resume) {
      const go = this.#resume;
      this.#resume = undefined;
      this.#pause.textContent = "Pause";
      go();
    } else {
      this.#resume = () => {};
      this.#pause.textContent = "Go on";
    }
  }

  #reset(): void {
    this.#trials = [];
    for (const dot of this.#dots) {
      dot.className = "dot";
      dot.disabled = true;
    }
    byId("mistake-list").replaceChildren();
    byId("mistakes").hidden = true;
    byId("stage-caption").textContent = "the query";
    byId("replay-said").textContent = "";
    byId("figure").replaceChildren(element("strong", {}, "–"), element("span", {}, "starting"));
    this.#chart.show([]);
  }

  #show(trial: Trial): void {
    const { pictures, correct } = trial;
    const newRun = this.#trials.at(-1)?.pictures !== pictures;
    this.#trials.push(trial);

    drawGrey(byId<HTMLCanvasElement>("query"), pictures.queries[trial.trial]!, pictures.side);
    byId("stage-caption").textContent = `run ${trial.run + 1}, query ${trial.trial + 1}`;
    [...byId("support").children].forEach((item, i) => {
      if (newRun) drawGrey(item.firstElementChild as HTMLCanvasElement, pictures.support[i]!, pictures.side);
      item.className = i === trial.truth ? "truth" : i === trial.chosen ? "mistaken" : "";
    });

    const outcomes = this.#trials.map(({ correct }) => correct);
    const right = outcomes.filter(Boolean).length;
    const [low, high] = wilson(right, outcomes.length);
    byId("figure").replaceChildren(
      element("strong", {}, percent(right / outcomes.length)),
      element("span", {}, `${right} of ${outcomes.length} right, 95 % interval ${percent(low)} to ${percent(high)}`),
      element("span", {}, this.#protocol),
    );
    this.#chart.show(outcomes);

    const dot = this.#dots[trial.run * TRIALS + trial.trial]!;
    dot.className = correct ? "dot right" : "dot wrong";
    dot.disabled = false;
    dot.ariaLabel = `${name(trial)}: ${correct ? "right" : "wrong"}`;
    if (!correct) this.#addMistake(trial);
  }

  #addMistake(trial: Trial): void {
    const { pictures } = trial;
    const button = element(
      "button",
      { ariaLabel: `${name(trial)}: open` },
      greyPicture(pictures.queries[trial.trial]!, pictures.side, "query"),
      element("span", { ariaHidden: "true" }, "→"),
      greyPicture(pictures.support[trial.chosen]!, pictures.side, "chosen"),
    );
    button.addEventListener("click", () => openDetail(trial));
    byId("mistake-list").append(element("li", {}, button));
    byId("mistakes").hidden = false;
    byId("mistakes-title").textContent = `Mistakes: ${byId("mistake-list").childElementCount}`;
  }

  #newDot(index: number): HTMLButtonElement {
    const dot = element("button", { className: "dot", disabled: true, tabIndex: index === 0 ? 0 : -1 });
    dot.addEventListener("click", () => {
      const trial = this.#trials.find(({ run, trial }) => run * TRIALS + trial === index);
      if (trial) openDetail(trial);
    });
    return dot;
  }

  #moveAmongDots(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -TRIALS, ArrowDown: TRIALS }[event.key];
    const from = this.#dots.indexOf(event.target as HTMLButtonElement);
    const to = step === undefined ? undefined : this.#dots[from + step];
    if (!to || to.disabled) return;
    event.preventDefault();
    this.#dots[from]!.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }
}

function name({ run, trial }: Trial): string {
  return `Run ${run + 1}, query ${trial + 1}`;
}

/** Shows a trial's query, the right answer, the chosen one, and every score. */
function openDetail(trial: Trial): void {
  const { pictures, truth, chosen, scores, correct } = trial;
  const face = (grey: Uint8Array, caption: string, kind: string): HTMLElement =>
    element(
      "figure",
      { className: kind },
      greyPicture(grey, pictures.side, caption),
      element("figcaption", {}, caption),
    );
  const support = (index: number): Uint8Array => pictures.support[index]!;
  const score = (index: number): string => scores[index]!.toFixed(3);

  byId("detail-title").textContent = `${name(trial)}: ${correct ? "right" : "wrong"}`;
  byId("detail-faces").replaceChildren(
    face(pictures.queries[trial.trial]!, "the query", "asked"),
    face(support(truth), `the right answer, ${score(truth)}`, "truth"),
    ...(correct ? [] : [face(support(chosen), `the chosen one, ${score(chosen)}`, "mistaken")]),
  );
  const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  byId("detail-ranked").replaceChildren(
    ...order.map((i) => {
      const item = element("li", {}, greyPicture(support(i), pictures.side, "support drawing"), score(i));
      item.className = i === truth ? "truth" : i === chosen ? "mistaken" : "";
      return item;
    }),
  );
  byId<HTMLDialogElement>("detail").showModal();
}

/** @param onshare hears which share, 0…1, has arrived */
async function fetchArchive(url: string, onshare: (share: number) => void): Promise<ArrayBuffer> {
  const response = await fetch(url);
  const missing = !response.ok || response.headers.get("content-type")?.startsWith("text/html");
  if (missing || !response.body) throw new Error(`${url} is not there`);
  const total = Number(response.headers.get("content-length"));
  let loaded = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(piece, controller) {
        loaded += piece.byteLength;
        if (total > 0) onshare(Math.min(1, loaded / total));
        controller.enqueue(piece);
      },
    }),
  );
  return new Response(counted).arrayBuffer();
}
