import type { Protocol, ReplayProgress, Trial } from "glimpse";
import scores from "virtual:scores";
import { fetchArchive, fromFiles, NotCarried, sizeOf, type Bytes } from "./archives.js";
import { Chart } from "./chart.js";
import { openDetail } from "./detail.js";
import { byId, element, nextFrame } from "./dom.js";
import { Dots } from "./dots.js";
import type { EngineBadge } from "./engine.js";
import { inventedTrials } from "./invented.js";
import { Mistakes } from "./mistakes.js";
import { clearNotice, notify } from "./notice.js";
import { diagram, LONG, usualEpisodes, WORDS, type Archive } from "./protocols.js";
import { Stage } from "./stage.js";
import { SYSTEMS } from "./systems.js";
import { interval, percent, wilson } from "./wilson.js";

const PROTOCOLS = Object.keys(WORDS) as Protocol[];

/** The shortest time a replay is shown in, in frames. */
const FRAMES = 400;

/** What is played. */
interface Play {
  protocol: Protocol;
  episodes: number;
  /** In the field's words. */
  name: string;
  /** Whether the protocol's published figures belong beside it. */
  published: boolean;
  trials: (signal: AbortSignal) => AsyncIterable<Trial>;
}

/** Replays episodes of a protocol, trial by trial. */
export class ReplayView {
  readonly #engine: EngineBadge;
  readonly #chart = new Chart(byId<SVGSVGElement>("chart"));
  readonly #stage = new Stage();
  readonly #dots = new Dots(openDetail);
  readonly #mistakes = new Mistakes(openDetail);
  readonly #archives = new Map<Archive, Bytes>();
  /** Archives that the site was found not to carry. */
  readonly #missing = new Set<Archive>();
  #protocol: Protocol = "official";
  #shown = { trials: 0, correct: 0 };
  #running: AbortController | undefined;
  /** Set while paused: goes on. */
  #resume: (() => void) | undefined;

  readonly #start = byId<HTMLButtonElement>("start");
  readonly #pause = byId<HTMLButtonElement>("pause");
  readonly #cancel = byId<HTMLButtonElement>("cancel");
  readonly #amount = byId<HTMLSelectElement>("amount");
  readonly #seed = byId<HTMLInputElement>("seed");
  readonly #bar = byId<HTMLProgressElement>("fetching");
  readonly #state = byId("fetching-state");

  constructor(engine: EngineBadge) {
    this.#engine = engine;
    byId("protocols").append(...PROTOCOLS.map((protocol) => this.#newTile(protocol)));
    this.#start.addEventListener("click", () => void this.#begin());
    byId("start-invented").addEventListener("click", () => void this.#invented());
    this.#pause.addEventListener("click", () => this.#togglePause());
    this.#cancel.addEventListener("click", () => this.cancel());
    this.#amount.addEventListener("change", () => this.#controls());
    byId<HTMLInputElement>("file").addEventListener("change", ({ target }) => {
      const files = [...((target as HTMLInputElement).files ?? [])];
      (target as HTMLInputElement).value = "";
      if (files.length > 0) void this.bring(files);
    });
    this.choose("official");
  }

  /** Shows another protocol. */
  choose(protocol: Protocol): void {
    this.cancel();
    this.#protocol = protocol;
    const { title, about, queries, archive } = WORDS[protocol];
    (byId("protocols").querySelector(`[value="${protocol}"]`) as HTMLInputElement).checked = true;
    byId("replay-title").replaceChildren(`${title[0]} `, element("em", {}, title[1]));
    byId("replay-about").textContent = about;
    const amounts = protocol === "official" ? [usualEpisodes(protocol)] : [usualEpisodes(protocol), LONG];
    this.#amount.replaceChildren(
      ...amounts.map((episodes) => {
        const trials = (episodes * queries).toLocaleString("en");
        const text = queries === 1 ? `${trials} pairs` : `${episodes.toLocaleString("en")} episodes, ${trials} trials`;
        return element("option", { value: `${episodes}` }, text);
      }),
    );
    byId("sampling").hidden = protocol === "official";
    byId("bring-name").textContent = archive.name;
    byId("bring-source").textContent = archive.source;
    byId<HTMLInputElement>("file").multiple = archive.files.length > 1;
    this.#reset({ protocol, episodes: usualEpisodes(protocol), published: true });
    this.#controls();
  }

  /** Allows the start once there is a network. One that changes ends what runs. */
  ready(): void {
    this.cancel();
    this.#controls();
  }

  /** Replays the chosen protocol from files of the visitor's own. */
  async bring(files: readonly File[]): Promise<void> {
    const { archive } = WORDS[this.#protocol];
    try {
      await this.#replay(fromFiles(archive, files));
    } catch (error) {
      notify(error);
    }
  }

  /** Ends what runs. Outcomes so far stay. */
  cancel(): void {
    this.#running?.abort();
    this.#resume?.();
  }

  /** Replays the chosen protocol, after fetching its archive where that is not there yet. */
  async #begin(): Promise<void> {
    const { archive } = WORDS[this.#protocol];
    const bytes = this.#archives.get(archive) ?? (await this.#fetch(archive));
    if (bytes) await this.#replay(bytes);
  }

  async #fetch(archive: Archive): Promise<Bytes | undefined> {
    this.cancel();
    const running = new AbortController();
    const { signal } = running;
    this.#running = running;
    clearNotice();
    this.#controls();
    const total = sizeOf(archive);
    this.#wait("Fetching the drawings", 0);
    try {
      const onprogress = (megabytes: number): void =>
        this.#wait(`Fetching the drawings: ${megabytes.toFixed(1)} of ${total.toFixed(1)} MB`, megabytes / total);
      const bytes = await fetchArchive(archive, { signal, onprogress });
      this.#archives.set(archive, bytes);
      return bytes;
    } catch (error) {
      if (error instanceof NotCarried) this.#missing.add(archive);
      else if (!signal.aborted) notify(error);
      return undefined;
    } finally {
      if (this.#running === running) this.#rest();
    }
  }

  async #replay(archive: Bytes): Promise<void> {
    const { glimpse } = this.#engine;
    if (!glimpse) return;
    const protocol = this.#protocol;
    const { name } = WORDS[protocol];
    const episodes = Number(this.#amount.value);
    const seed = protocol === "official" ? 0 : Math.max(0, Math.floor(this.#seed.valueAsNumber || 0));
    const onprogress = ({ phase }: ReplayProgress): void => {
      if (phase === "read") this.#wait("Reading the drawings");
      else this.#wait();
    };
    await this.#play({
      protocol,
      episodes,
      name: `${SYSTEMS[glimpse.system].name} network, ${protocol === "official" ? "official 20-way one-shot runs" : name}`,
      published: true,
      trials: (signal) => glimpse.replay({ protocol, archive, episodes, seed, signal, onprogress }),
    });
    // Only an archive that gave something is worth keeping.
    if (this.#shown.trials === 0) return;
    this.#archives.set(WORDS[protocol].archive, archive);
    this.#missing.delete(WORDS[protocol].archive);
    this.#controls();
  }

  async #invented(): Promise<void> {
    const { glimpse } = this.#engine;
    if (!glimpse) return;
    const { way } = WORDS.official;
    const episodes = usualEpisodes("official");
    await this.#play({
      protocol: "official",
      episodes,
      name: `${SYSTEMS[glimpse.system].name} network, invented alphabets, ${way}-way one-shot`,
      published: false,
      trials: (signal) => inventedTrials(glimpse, { episodes, way, signal }),
    });
  }

  /** Shows trials as they come. */
  async #play(play: Play): Promise<void> {
    this.cancel();
    const running = new AbortController();
    const { signal } = running;
    this.#running = running;
    clearNotice();
    this.#reset(play);
    this.#controls();
    // So many at once that the whole does not take longer than it must.
    const trials = play.episodes * WORDS[play.protocol].queries;
    const atOnce = Math.ceil(trials / FRAMES);
    try {
      for await (const trial of play.trials(signal)) {
        if (this.#resume) await new Promise<void>((go) => (this.#resume = go));
        if (signal.aborted) break;
        this.#count(trial);
        if (this.#shown.trials % atOnce > 0 && this.#shown.trials < trials) continue;
        this.#show(trial, play.name);
        await nextFrame();
      }
      if (!signal.aborted) byId("replay-said").textContent = `Finished: ${byId("figure").textContent}`;
    } catch (error) {
      if (!signal.aborted) notify(error);
    }
    if (this.#running === running) this.#rest();
  }

  #count(trial: Trial): void {
    this.#shown.trials += 1;
    this.#shown.correct += Number(trial.correct);
    this.#chart.add(trial.correct);
    this.#dots.show(trial);
    if (!trial.correct) this.#mistakes.add(trial);
  }

  #show(trial: Trial, name: string): void {
    const { trials, correct } = this.#shown;
    this.#stage.show(trial);
    this.#chart.draw();
    byId("figure").replaceChildren(
      element("strong", {}, percent(correct / trials)),
      element("span", {}, `${correct} of ${trials} right, 95 % interval ${interval(wilson(correct, trials))}`),
      element("span", {}, name),
    );
  }

  #reset({ protocol, episodes, published }: Pick<Play, "protocol" | "episodes" | "published">): void {
    const { queries } = WORDS[protocol];
    const trials = episodes * queries;
    const figures = published ? (scores?.published ?? []).filter((figure) => figure.protocol === protocol) : [];
    this.#shown = { trials: 0, correct: 0 };
    this.#stage.reset(protocol);
    this.#chart.reset(trials, figures);
    this.#mistakes.reset();
    // Thousands of trials are too many to keep: a dot is an episode then.
    const share = trials > LONG ? queries : 1;
    this.#dots.reset(trials / share, queries, share);
    byId("trials-title").textContent = share > 1 ? "Every episode" : "Every trial";
    byId("legend-wrong").textContent = share > 1 ? "a mistake in it, see below" : "wrong, open it to see why";
    byId("replay-said").textContent = "";
    byId("figure").replaceChildren(element("strong", {}, "–"), element("span", {}, "nothing replayed yet"));
    const sources = new Map(figures.map(({ source }) => [source, [] as string[]]));
    for (const { source, who } of figures) sources.get(source)!.push(who);
    byId("published").textContent = sources.size
      ? `Published: ${[...sources].map(([source, who]) => `${who.join(" and ")}, ${source}`).join("; ")}.`
      : "";
  }

  /** Nothing runs any more. */
  #rest(): void {
    this.#running = undefined;
    this.#wait();
    this.#controls();
  }

  /** Says what is waited for; nothing without words. */
  #wait(words = "", share?: number): void {
    this.#bar.hidden = !words;
    this.#state.textContent = words;
    if (share === undefined) this.#bar.removeAttribute("value");
    else this.#bar.value = share;
  }

  #controls(): void {
    const running = this.#running !== undefined && !this.#running.signal.aborted;
    const { archive, queries } = WORDS[this.#protocol];
    const missing = this.#missing.has(archive) && !this.#archives.has(archive);
    this.#resume = undefined;
    this.#pause.textContent = "Pause";
    this.#pause.hidden = this.#cancel.hidden = !running;
    this.#start.hidden = running;
    this.#amount.disabled = this.#seed.disabled = running;
    byId("bring").hidden = !missing;
    byId<HTMLButtonElement>("start-invented").disabled = running;
    this.#start.disabled = !this.#engine.glimpse || missing;
    const trials = (Number(this.#amount.value) * queries).toLocaleString("en");
    this.#start.textContent = this.#shown.trials > 0 ? "Replay again" : `Replay ${trials} trials`;
    byId("download").textContent =
      this.#archives.has(archive) || missing || running ? "" : `fetches ${sizeOf(archive).toFixed(1)} MB first`;
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

  #newTile(protocol: Protocol): HTMLElement {
    const input = element("input", { type: "radio", name: "protocol", value: protocol });
    input.addEventListener("change", () => this.choose(protocol));
    const words = WORDS[protocol].name.split(" ").flatMap((word) => [element("span", {}, word), " "]);
    return element("label", { className: "tile" }, input, diagram(protocol), element("span", {}, ...words));
  }
}
