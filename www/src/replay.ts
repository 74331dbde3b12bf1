import type { Glimpse, Protocol, ReplayProgress, Trial } from "glimpse";
import { Playback } from "glimpse/stage";
import others from "virtual:published";
import { fetchArchive, fromFiles, isKept, NotCarried, sizeOf, type Bytes } from "./archives.js";
import { Chart } from "./chart.js";
import { openDetail } from "./detail.js";
import { byId, element, nextFrame } from "./dom.js";
import { Dots } from "./dots.js";
import type { EngineBadge } from "./engine.js";
import { inventedTrials } from "./invented.js";
import { Mistakes } from "./mistakes.js";
import { clearNotice, notify, say } from "./notice.js";
import { diagram, LONG, PROTOCOL_NAMES, PROTOCOLS, usualEpisodes, type Archive } from "./protocols.js";
import { TrialView } from "./stage.js";
import { networkOf } from "./systems.js";
import { interval, percent, wilson } from "./wilson.js";
import { number, onlanguage, words, write } from "./words/index.js";

/** The shortest time a replay is shown in, in frames. */
const FRAMES = 400;

/** What is played. */
interface Play {
  protocol: Protocol;
  episodes: number;
  /** In the field's words. */
  name: () => string;
  /** Whether the protocol's published figures belong beside it. */
  published: boolean;
  trials: (signal: AbortSignal) => AsyncIterable<Trial>;
}

/** Replays episodes of a protocol, trial by trial. */
export class ReplayView {
  readonly #engine: EngineBadge;
  readonly #chart = new Chart(byId<SVGSVGElement>("chart"));
  readonly #stage = new TrialView();
  readonly #dots = new Dots((trial) => this.#open(trial));
  readonly #mistakes = new Mistakes((trial) => this.#open(trial));
  readonly #archives = new Map<Archive, Bytes>();
  /** Archives that the site was found not to carry. */
  readonly #missing = new Set<Archive>();
  /** Whether the browser keeps the chosen protocol's archive. */
  #kept = false;
  #protocol: Protocol = "official";
  #playback = new Playback();
  #running: AbortController | undefined;

  readonly #start = byId<HTMLButtonElement>("start");
  readonly #pause = byId<HTMLButtonElement>("pause");
  readonly #cancel = byId<HTMLButtonElement>("cancel");
  readonly #amount = byId<HTMLSelectElement>("amount");
  readonly #seed = byId<HTMLInputElement>("seed");
  readonly #bar = byId<HTMLProgressElement>("fetching");
  readonly #state = byId("fetching-state");

  constructor(engine: EngineBadge) {
    this.#engine = engine;
    byId("protocols").append(...PROTOCOL_NAMES.map((protocol) => this.#newTile(protocol)));
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
    for (const event of ["online", "offline"]) addEventListener(event, () => void this.#lookUp());
    this.choose("official");
    onlanguage(() => this.#chart.letter());
  }

  /** Shows another protocol. */
  choose(protocol: Protocol): void {
    this.cancel();
    this.#protocol = protocol;
    const { queries, archive } = PROTOCOLS[protocol];
    (byId("protocols").querySelector(`[value="${protocol}"]`) as HTMLInputElement).checked = true;
    write(byId("replay-title"), () => {
      const { title, question } = words.protocols[protocol];
      return [`${title} `, element("em", {}, question)];
    });
    write(byId("replay-about"), () => words.protocols[protocol].about);
    const amounts = protocol === "official" ? [usualEpisodes(protocol)] : [usualEpisodes(protocol), LONG];
    this.#amount.replaceChildren(
      ...amounts.map((episodes) => {
        const option = element("option", { value: `${episodes}` });
        const trials = episodes * queries;
        write(option, () => words.replay[queries === 1 ? "pairs" : "episodes"](number(episodes), number(trials)));
        return option;
      }),
    );
    byId("sampling").hidden = protocol === "official";
    write(byId("bring-name"), () => words.archives[`${archive.name}Name`]);
    write(byId("bring-source"), () => words.archives[`${archive.name}Source`]);
    byId<HTMLInputElement>("file").multiple = archive.files.length > 1;
    this.#reset({ protocol, episodes: usualEpisodes(protocol), published: true });
    this.#controls();
    void this.#lookUp();
  }

  /** Allows the start once there is a network. One that changes ends what runs. */
  ready(): void {
    this.cancel();
    this.#controls();
    void this.#lookUp();
  }

  /** Replays the chosen protocol from files of the visitor's own. */
  async bring(files: readonly File[]): Promise<void> {
    const { archive } = PROTOCOLS[this.#protocol];
    const bytes = fromFiles(archive, files);
    if (bytes) return this.#replay(bytes);
    say(() => words.archives.wanted(archive.files.length, words.archives[`${archive.name}Name`]), "BadArchive");
  }

  /** Ends what runs. Outcomes so far stay. */
  cancel(): void {
    this.#running?.abort();
  }

  /** Replays the chosen protocol, after fetching its archive where that is not there yet. */
  async #begin(): Promise<void> {
    const { archive } = PROTOCOLS[this.#protocol];
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
    this.#wait(() => words.archives.fetching, 0);
    try {
      const onprogress = (megabytes: number): void =>
        this.#wait(() => words.archives.fetched(megabytes.toFixed(1), total.toFixed(1)), megabytes / total);
      const bytes = await fetchArchive(archive, { signal, onprogress });
      this.#archives.set(archive, bytes);
      return bytes;
    } catch (error) {
      if (error instanceof NotCarried) this.#missing.add(archive);
      else if (error instanceof TypeError) {
        say(() => words.archives.notFetched, "LoadFailed", () => void this.#begin());
      } else if (!signal.aborted) notify(error);
      return undefined;
    } finally {
      if (this.#running === running) this.#rest();
    }
  }

  async #replay(archive: Bytes): Promise<void> {
    const { glimpse } = this.#engine;
    if (!glimpse) return;
    const protocol = this.#protocol;
    const episodes = Number(this.#amount.value);
    const seed = protocol === "official" ? 0 : Math.max(0, Math.floor(this.#seed.valueAsNumber || 0));
    const onprogress = ({ phase }: ReplayProgress): void => {
      if (phase === "read") this.#wait(() => words.archives.reading);
      else this.#wait();
    };
    await this.#play({
      protocol,
      episodes,
      name: nameOf(glimpse, () => (protocol === "official" ? words.replay.officialRuns : words.protocols[protocol].name)),
      published: true,
      trials: (signal) => glimpse.replay({ protocol, archive, episodes, seed, signal, onprogress }),
    });
    // Only an archive that gave something is worth keeping.
    if (this.#playback.trials === 0) return;
    this.#archives.set(PROTOCOLS[protocol].archive, archive);
    this.#missing.delete(PROTOCOLS[protocol].archive);
    this.#controls();
  }

  async #invented(): Promise<void> {
    const { glimpse } = this.#engine;
    if (!glimpse) return;
    const { way } = PROTOCOLS.official;
    const episodes = usualEpisodes("official");
    await this.#play({
      protocol: "official",
      episodes,
      name: nameOf(glimpse, () => words.replay.inventedAlphabets(way)),
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
    const total = play.episodes * PROTOCOLS[play.protocol].queries;
    try {
      await this.#playback.play(play.trials(signal), {
        ...{ signal, total, step: Math.ceil(total / FRAMES), seen: nextFrame },
        oncount: (trial) => this.#count(trial),
        onshow: (trial) => this.#show(trial, play.name),
      });
      if (!signal.aborted) write(byId("replay-said"), () => words.replay.finished(byId("figure").textContent));
    } catch (error) {
      if (!signal.aborted) notify(error);
    }
    if (this.#running === running) this.#rest();
  }

  #open(trial: Trial): void {
    openDetail(trial, (from, steps) => this.#dots.beside(from, steps));
  }

  #count(trial: Trial): void {
    this.#chart.add(trial.correct);
    this.#dots.show(trial);
    if (!trial.correct) this.#mistakes.add(trial);
  }

  #show(trial: Trial, name: () => string): void {
    const { trials, correct } = this.#playback;
    this.#stage.show(trial);
    this.#chart.draw();
    write(byId("figure"), () => [
      element("strong", {}, percent(correct / trials)),
      element("span", {}, words.replay.score(correct, trials, interval(wilson(correct, trials)))),
      element("span", {}, name()),
    ]);
  }

  #reset({ protocol, episodes, published }: Pick<Play, "protocol" | "episodes" | "published">): void {
    const { queries } = PROTOCOLS[protocol];
    const trials = episodes * queries;
    const figures = published ? (others ?? []).filter((figure) => figure.protocol === protocol) : [];
    this.#playback = new Playback();
    this.#stage.reset(protocol);
    this.#chart.reset(trials, figures);
    this.#mistakes.reset();
    // Thousands of trials are too many to keep: a dot is an episode then.
    const share = trials > LONG ? queries : 1;
    this.#dots.reset(trials / share, queries, share);
    write(byId("trials-title"), () => (share > 1 ? words.replay.everyEpisode : words.replay.everyTrial));
    write(byId("legend-wrong"), () => (share > 1 ? words.replay.mistakeInIt : words.replay.wrongOpen));
    write(byId("replay-said"), "");
    write(byId("figure"), () => [element("strong", {}, "–"), element("span", {}, words.replay.nothingYet)]);
    write(byId("published"), figures.length > 0 ? () => words.replay.published(sourcesOf(figures)) : "");
  }

  /** Nothing runs any more. */
  #rest(): void {
    this.#running = undefined;
    this.#wait();
    this.#controls();
  }

  /** Says what is waited for; nothing without words. */
  #wait(said: (() => string) | "" = "", share?: number): void {
    this.#bar.hidden = !said;
    write(this.#state, said);
    if (share === undefined) this.#bar.removeAttribute("value");
    else this.#bar.value = share;
  }

  /** Finds out whether the browser keeps the archive. */
  async #lookUp(): Promise<void> {
    const { archive } = PROTOCOLS[this.#protocol];
    const kept = await isKept(archive);
    if (archive !== PROTOCOLS[this.#protocol].archive) return;
    this.#kept = kept;
    this.#controls();
  }

  #controls(): void {
    const running = this.#running !== undefined && !this.#running.signal.aborted;
    const { archive, queries } = PROTOCOLS[this.#protocol];
    const missing = this.#missing.has(archive) && !this.#archives.has(archive);
    this.#letter();
    this.#pause.hidden = this.#cancel.hidden = !running;
    this.#start.hidden = running;
    this.#amount.disabled = this.#seed.disabled = running;
    byId("bring").hidden = !missing;
    byId<HTMLButtonElement>("start-invented").disabled = running;
    const here = this.#archives.has(archive) || this.#kept;
    const beyond = !here && !navigator.onLine;
    this.#start.disabled = !this.#engine.glimpse || missing || beyond;
    const trials = Number(this.#amount.value) * queries;
    const again = this.#playback.trials > 0;
    write(this.#start, () => (again ? words.replay.again : words.replay.start(number(trials))));
    const megabytes = sizeOf(archive).toFixed(1);
    const fetching = (): string => words.archives[beyond ? "beyond" : "fetches"](megabytes);
    write(byId("download"), here || missing || running ? "" : fetching);
  }

  #togglePause(): void {
    if (this.#playback.isPaused) this.#playback.goOn();
    else this.#playback.pause();
    this.#letter();
  }

  /** Says what the button of the pause does. */
  #letter(): void {
    const { isPaused } = this.#playback;
    write(this.#pause, () => words.replay[isPaused ? "goOn" : "pause"]);
  }

  #newTile(protocol: Protocol): HTMLElement {
    const input = element("input", { type: "radio", name: "protocol", value: protocol });
    input.addEventListener("change", () => this.choose(protocol));
    const name = element("span");
    // Lines break between words only.
    write(name, () => words.protocols[protocol].name.split(" ").flatMap((word) => [element("span", {}, word), " "]));
    return element("label", { className: "tile" }, input, diagram(protocol), name);
  }
}

/** Which network it is whose accuracy is told, and in what test. */
function nameOf({ system, tunedWeights }: Glimpse, test: () => string): () => string {
  const tuned = tunedWeights !== undefined;
  return () => `${words.replay.network(networkOf(system), tuned)}, ${test()}`;
}

/** Who published figures, and where. */
function sourcesOf(figures: readonly PublishedRow[]): string {
  const sources = new Map(figures.map(({ source }) => [source, [] as string[]]));
  for (const { source, who } of figures) sources.get(source)!.push(words.scores[who] ?? who);
  return [...sources].map(([source, who]) => `${who.join(words.replay.and)}, ${source}`).join("; ");
}
