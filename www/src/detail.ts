import type { Trial } from "glimpse";
import { byId, element } from "./dom.js";
import { greyPicture } from "./ink.js";
import { nameOf } from "./stage.js";
import { onlanguage, words } from "./words/index.js";

/** The trial so many after another one. */
type Beside = (trial: Trial, steps: number) => Trial | undefined;

/** What is shown, or was last, and what lies beside it. */
let shown: Trial | undefined;
let beside: Beside = () => undefined;

const steps = [
  [byId<HTMLButtonElement>("detail-before"), -1],
  [byId<HTMLButtonElement>("detail-after"), 1],
] as const;
for (const [button, step] of steps) {
  button.addEventListener("click", () => {
    const other = shown && beside(shown, step);
    if (other) fill(other);
  });
}
byId("detail-close").addEventListener("click", () => byId<HTMLDialogElement>("detail").close());
onlanguage(() => shown && fill(shown));

/** Shows a trial's query, the right answer, the chosen one, and every score. `others` finds the trials beside it. */
export function openDetail(trial: Trial, others: Beside): void {
  beside = others;
  fill(trial);
  byId<HTMLDialogElement>("detail").showModal();
}

function fill(trial: Trial): void {
  shown = trial;
  for (const [button, step] of steps) button.disabled = !beside(trial, step);
  const says = words.replay;
  const { pictures, truth, chosen, scores, correct } = trial;
  const verifies = pictures.way === 1;
  const face = (picture: Node, caption: string, kind: string): HTMLElement =>
    element("figure", { className: kind }, picture, element("figcaption", {}, caption));
  const support = (index: number, caption: string): HTMLElement => {
    const drawings = pictures.support.slice(index * pictures.shots, (index + 1) * pictures.shots);
    return element(
      "span",
      { className: "shots" },
      ...drawings.map((grey) => greyPicture(grey, pictures.side, caption)),
    );
  };
  const score = (index: number): string => scores[index]!.toFixed(3);
  const query = face(greyPicture(pictures.queries[trial.trial]!, pictures.side, says.query), says.query, "asked");

  byId("detail-title").textContent = says.outcome(nameOf(trial), correct);
  byId("detail-all").hidden = verifies;
  if (verifies) {
    const said = chosen === null ? says.another : says.same;
    const kind = correct ? "truth" : "mistaken";
    byId("detail-faces").replaceChildren(
      query,
      face(support(0, says.theOther), says.verified(truth !== null, said, score(0)), kind),
    );
    byId("detail-ranked").replaceChildren();
  } else {
    byId("detail-faces").replaceChildren(
      query,
      ...(truth === null ? [] : [face(support(truth, says.right), says.rightAnswer(score(truth)), "truth")]),
      ...(correct || chosen === null ? [] : [face(support(chosen, says.chosen), says.chosenOne(score(chosen)), "mistaken")]),
    );
    const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
    byId("detail-all").textContent = says.byScore(order.length);
    byId("detail-ranked").replaceChildren(
      ...order.map((i) => {
        const item = element("li", {}, support(i, says.support), score(i));
        item.className = i === truth ? "truth" : i === chosen ? "mistaken" : "";
        return item;
      }),
    );
  }
}
