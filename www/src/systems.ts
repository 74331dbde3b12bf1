import type { System } from "glimpse";
import cards from "virtual:model-cards";
import { byId } from "./dom.js";
import { interval, percent } from "./wilson.js";

/** What the page says of a system. */
interface Words {
  name: string;
  /** How it compares two drawings. */
  compares: string;
  source: string;
}

/** The three published systems. */
export const SYSTEMS: Record<System, Words> = {
  siamese: {
    name: "Siamese",
    compares: "A weighted L1 distance of the two drawings’ features, through a sigmoid.",
    source: "Koch, Zemel, Salakhutdinov 2015",
  },
  triplet: {
    name: "Triplet",
    compares: "The Euclidean distance of the two drawings’ features.",
    source: "Hoffer, Ailon 2014",
  },
  relation: {
    name: "Relation",
    compares: "A small network looks at both drawings’ feature maps and scores how they relate.",
    source: "Sung et al. 2018",
  },
};

/** Their names, in the order they are shown. */
export const SYSTEM_NAMES = Object.keys(SYSTEMS) as System[];

/** The choice of the system, in the header and in the address. */
export class SystemChoice {
  /** Hears of each choice. */
  onchange: () => void = () => {};

  readonly #inputs = [...byId("systems").querySelectorAll("input")];

  constructor() {
    const asked = new URLSearchParams(location.search).get("system");
    this.chosen = SYSTEM_NAMES.find((system) => system === asked) ?? "siamese";
    for (const input of this.#inputs) {
      input.addEventListener("change", () => {
        const query = new URLSearchParams(location.search);
        query.set("system", input.value);
        history.replaceState(null, "", `?${query}${location.hash}`);
        this.onchange();
      });
    }
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
  return card ? `${(card.parameters / 1e6).toFixed(2)} M weights, ${(card.bytes / 1e6).toFixed(1)} MB` : "not said";
}

/** Says at the page's foot what runs, and its own score. */
export function describeSystem(system: System): void {
  const { name, source } = SYSTEMS[system];
  const official = cards[system]?.scores?.official;
  byId("card").textContent = official
    ? `This ${name} network on Omniglot’s official 20-way one-shot runs: ${official.correct} of ${official.trials}, ` +
      `${percent(official.accuracy)} (95 % interval ${interval(official.interval)}).`
    : "";
  byId("sources").textContent = `Network: ${source}. Test: Lake, Salakhutdinov, Tenenbaum 2015.`;
}
