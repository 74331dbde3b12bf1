import type { System } from "glimpse";
import cards from "virtual:model-cards";
import rows from "virtual:official";
import { byId, replaceState } from "./dom.js";
import { interval, percent } from "./wilson.js";
import { words, write } from "./words/index.js";

/** Where the three systems were published. */
export const SOURCES: Record<System, string> = {
  siamese: "Koch, Zemel, Salakhutdinov 2015",
  triplet: "Hoffer, Ailon 2014",
  relation: "Sung et al. 2018",
};

/** The systems, in the order they are shown. */
export const SYSTEMS = Object.keys(SOURCES) as System[];

/** The choice of the system, in the header and in the address. */
export class SystemChoice {
  /** Called with each choice. */
  onchange: () => void = () => {};

  readonly #inputs = [...byId("systems").querySelectorAll("input")];

  constructor() {
    const asked = new URLSearchParams(location.search).get("system");
    this.chosen = SYSTEMS.find((system) => system === asked) ?? "siamese";
    for (const input of this.#inputs) {
      input.addEventListener("change", () => this.choose(input.value as System));
    }
  }

  /** Chooses as the visitor does. */
  choose(system: System): void {
    this.chosen = system;
    const query = new URLSearchParams(location.search);
    query.set("system", system);
    replaceState(null, `?${query}${location.hash}`);
    this.onchange();
  }

  get chosen(): System {
    return this.#inputs.find(({ checked }) => checked)!.value as System;
  }

  set chosen(system: System) {
    for (const input of this.#inputs) input.checked = input.value === system;
  }
}

/** What a system's card says of its size. */
export function sizeOf(system: System): string {
  const card = cards[system];
  if (!card) return words.notSaid;
  return words.networkSize((card.parameters / 1e6).toFixed(2), (card.bytes / 1e6).toFixed(1));
}

/** What a system's network is called. */
export function networkOf(system: System): string {
  return words.network(words.systems[system].name);
}

/** Says at the page's foot what runs, and what it reached on the official runs. */
export function describeSystem(system: System, tuned = false): void {
  const official = rows?.find((row) => row.system === system);
  const said = (): string =>
    official ? words.trained(networkOf(system), tuned, official, percent(official.accuracy), interval(official.interval)) : "";
  write(byId("card"), said);
  write(byId("sources"), () => words.sources(SOURCES[system]));
}
