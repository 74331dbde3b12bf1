import card from "virtual:model-card";
import { byId } from "./dom.js";
import { percent } from "./wilson.js";

/** Quotes the network's own score. */
export function fillFooter(): void {
  const official = card?.scores?.official;
  if (!official) return;
  const { trials, correct, accuracy, interval } = official;
  byId("card").textContent =
    `This network on Omniglot’s official 20-way one-shot runs: ${correct} of ${trials}, ${percent(accuracy)} ` +
    `(95 % interval ${percent(interval[0])} to ${percent(interval[1])}).`;
}
