import type { Protocol, System } from "glimpse";
import tuning from "virtual:fine-tuning";
import published from "virtual:published";
import scores from "virtual:scores";
import trust from "virtual:trust";
import "./style/results.css";
import { byId, element } from "./dom.js";
import { diagram, PROTOCOL_NAMES } from "./protocols.js";
import { SOURCES } from "./systems.js";
import { trustFigure } from "./trust.js";
import { interval, percent } from "./wilson.js";
import { number, onlanguage, words } from "./words/index.js";

/** Stops of the plots' scales: each step is about half of the mistakes before. */
const STOPS = [0, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9998];

/** Our figures beside published ones: first as plots, then as a table; and what scores and fine-tuning are worth. */
export class ResultsView {
  readonly #replay: (protocol: Protocol) => void;
  #system: System;

  /** @param system the one that is chosen */
  constructor(system: System, replay: (protocol: Protocol) => void) {
    this.#system = system;
    this.#replay = replay;
    byId("no-results").hidden = scores !== null;
    byId("figures").hidden = scores === null;
    byId("tuned-figures").hidden = !tuning?.length;
    byId("trust-figures").hidden = !trust?.length;
    this.#show();
    onlanguage(() => this.#show());
  }

  #show(): void {
    const plots: HTMLElement[] = [];
    const groups: HTMLElement[] = [];
    for (const protocol of PROTOCOL_NAMES) {
      const ours = (scores ?? []).filter((row) => row.protocol === protocol).sort((a, b) => b.accuracy - a.accuracy);
      const theirs = (published ?? []).filter((row) => row.protocol === protocol).sort((a, b) => b.accuracy - a.accuracy);
      if (ours.length + theirs.length === 0) continue;
      plots.push(plot(protocol, ours, theirs, () => this.#replay(protocol)));
      groups.push(tableGroup(protocol, ours, theirs));
    }
    byId("plots").replaceChildren(...plots);
    fillTable("all-figures", groups);
    const tuned = tuning ?? [];
    const names = [...new Set(tuned.map(tasksOf))];
    fillTable("tuning-figures", names.map((name) => tuningGroup(name, tuned.filter((row) => tasksOf(row) === name))));
    this.choose(this.#system);
  }

  /** Lights up the system that is chosen, and shows what its scores are worth. */
  choose(system: System): void {
    this.#system = system;
    for (const row of document.querySelectorAll<HTMLElement>("#results [data-system]")) {
      row.classList.toggle("chosen", row.dataset.system === system);
    }
    byId("trust").replaceChildren(...(trust ?? []).filter(({ method }) => method === system).map(trustFigure));
  }
}

/** Puts groups of rows below a table's head. */
function fillTable(id: string, groups: readonly HTMLElement[]): void {
  const table = byId<HTMLTableElement>(id);
  table.replaceChildren(table.tHead!, ...groups);
}

/** Where an accuracy lies between two stops of the scale, 0…1: equal steps stand for equal ratios of mistakes. */
function place(accuracy: number, [low, high]: readonly [number, number]): number {
  const octaves = (value: number): number => -Math.log2(1 - value);
  const within = Math.min(Math.max(accuracy, low), high);
  return (octaves(within) - octaves(low)) / (octaves(high) - octaves(low));
}

/** One protocol's figures, best first: ours as dots in their intervals, published ones as rings. */
function plot(protocol: Protocol, ours: readonly ScoreRow[], theirs: readonly PublishedRow[], replay: () => void): HTMLElement {
  const { name } = words.protocols[protocol];
  const lowest = Math.min(...ours.map(({ accuracy }) => accuracy), ...theirs.map(({ accuracy }) => accuracy));
  const highest = Math.max(...ours.map(({ interval }) => interval[1]), ...theirs.map(({ accuracy }) => accuracy));
  const low = STOPS.findLast((stop) => stop < lowest) ?? 0;
  const high = STOPS.find((stop) => stop > highest) ?? STOPS.at(-1)!;
  const stops = STOPS.filter((stop) => stop >= low && stop <= high);
  const at = (accuracy: number): string => `${100 * place(accuracy, [low, high])}%`;
  const mark = (className: string, properties: Record<string, string>): HTMLElement => {
    const created = element("span", { className });
    for (const [name, value] of Object.entries(properties)) created.style.setProperty(name, value);
    return created;
  };

  const rows = [
    ...ours.map((row) => ({
      accuracy: row.accuracy,
      who: nameOf(row),
      system: row.system,
      marks: [
        mark("span", { left: at(row.interval[0]), right: `calc(100% - ${at(row.interval[1])})` }),
        mark("tick", { left: at(row.accuracy) }),
      ],
      said: words.results.ours(percent(row.accuracy), interval(row.interval)),
    })),
    ...theirs.map((row) => ({
      accuracy: row.accuracy,
      who: translated(row.who) + (row.note ? "*" : ""),
      system: undefined,
      marks: [mark("ring", { left: at(row.accuracy) })],
      said: `${percent(row.accuracy)}, ${row.source}${row.note ? `, ${translated(row.note)}` : ""}`,
    })),
  ].sort((a, b) => b.accuracy - a.accuracy);

  const grid = element("span", {}, ...stops.map((stop) => mark("stop", { left: at(stop) })));
  const list = element("ol", { className: "league" });
  for (const { who, accuracy, system, marks, said } of rows) {
    const item = element(
      "li",
      { className: system ? (system in SOURCES ? "ours" : "ours baseline") : "theirs", title: said },
      element("span", { className: "who" }, who),
      element("span", { className: "track", ariaHidden: "true" }, ...marks),
      element("span", { className: "percent" }, (100 * accuracy).toFixed(1)),
    );
    if (system) item.dataset.system = system;
    list.append(item);
  }
  const few = stops.filter((_, i) => stops.length < 6 || (stops.length - 1 - i) % 2 === 0);
  const axis = element(
    "div",
    { className: "axis", ariaHidden: "true" },
    element("span", { className: "ticks" }, ...few.map((stop) => tick(stop, at(stop)))),
  );
  const button = element("button", { className: "replay-it", ariaLabel: words.results.replayIt(name) }, words.results.replay);
  button.addEventListener("click", replay);
  const figure = element(
    "section",
    { className: "plot" },
    element("header", {}, diagram(protocol), element("h2", {}, name), button),
    element("div", { className: "field" }, element("div", { className: "grid", ariaHidden: "true" }, grid), list),
    axis,
  );
  figure.dataset.protocol = protocol;
  return figure;
}

function tick(stop: number, left: string): HTMLElement {
  const created = element("span", {}, `${Number((100 * stop).toFixed(2))}`);
  created.style.left = left;
  return created;
}

function nameOf({ system, views }: ScoreRow): string {
  const name = system === "hausdorff" || system === "pixels" ? words.results[system] : words.systems[system].name;
  return views > 1 ? words.results.views(name, views) : name;
}

/** A name or a note of `weights/scores.json`. */
function translated(said: string): string {
  return words.scores[said] ?? said;
}

/** One protocol's rows of the table. */
function tableGroup(protocol: Protocol, ours: readonly ScoreRow[], theirs: readonly PublishedRow[]): HTMLElement {
  const head = element("th", { colSpan: 4, scope: "rowgroup" }, words.protocols[protocol].name);
  const body = element("tbody", {}, element("tr", {}, head));
  body.dataset.protocol = protocol;
  for (const row of ours) {
    const cells = [
      percent(row.accuracy),
      `${(100 * row.interval[0]).toFixed(1)}–${(100 * row.interval[1]).toFixed(1)}`,
      number(row.trials) + (row.auc === null ? "" : `, AUC ${row.auc.toFixed(4)}`),
    ];
    const line = element(
      "tr",
      { className: "ours" },
      element("th", { scope: "row" }, nameOf(row)),
      ...cells.map((text) => element("td", {}, text)),
    );
    line.dataset.system = row.system;
    body.append(line);
  }
  for (const row of theirs) {
    const source = element("td", { className: "source", colSpan: 2 }, row.source + (row.note ? ` (${translated(row.note)})` : ""));
    const who = element("th", { scope: "row" }, translated(row.who));
    body.append(element("tr", { className: "theirs" }, who, element("td", {}, percent(row.accuracy)), source));
  }
  return body;
}

/** The tasks that a row of fine-tuning is of. */
function tasksOf({ data, protocol }: TuningRow): string {
  const [, way, shots] = /(\d+)-way-(\d+)-shot/.exec(protocol)!;
  const name = data === "mnist" ? "MNIST" : data === "evaluation alphabets" ? words.results.evaluation : translated(data);
  return `${name}, ${way}-way ${shots}-shot`;
}

/** What fine-tuning brought each system in the same kind of tasks. */
function tuningGroup(name: string, rows: readonly TuningRow[]): HTMLElement {
  const body = element("tbody", {}, element("tr", {}, element("th", { colSpan: 4, scope: "rowgroup" }, name)));
  const points = (share: number): string => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(2)}`;
  for (const { system, before, after, gain, interval: [low, high], tasks, trials } of rows) {
    const line = element(
      "tr",
      { className: "ours", title: words.results.tasksAndTrials(number(tasks), number(trials)) },
      element("th", { scope: "row" }, words.systems[system].name),
      element("td", {}, percent(before)),
      element("td", {}, percent(after)),
      element("td", { className: "gain" }, `${points(gain)} (${words.range(points(low), points(high))}), ${words.results.tasks(number(tasks))}`),
    );
    line.dataset.system = system;
    body.append(line);
  }
  return body;
}
