import type { Trial } from "glimpse";
import { byId, element } from "./dom.js";
import { greyPicture } from "./ink.js";
import { nameOf } from "./stage.js";

/** Shows a trial's query, the right answer, the chosen one, and every score. */
export function openDetail(trial: Trial): void {
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
  const query = face(greyPicture(pictures.queries[trial.trial]!, pictures.side, "the query"), "the query", "asked");

  byId("detail-title").textContent = `${nameOf(trial)}: ${correct ? "right" : "wrong"}`;
  byId("detail-all").hidden = verifies;
  if (verifies) {
    const isSame = truth === null ? "another character" : "the same character";
    const said = chosen === null ? "another" : "the same";
    const kind = correct ? "truth" : "mistaken";
    byId("detail-faces").replaceChildren(
      query,
      face(support(0, "the other drawing"), `${isSame}; said: ${said}, ${score(0)}`, kind),
    );
    byId("detail-ranked").replaceChildren();
  } else {
    byId("detail-faces").replaceChildren(
      query,
      ...(truth === null ? [] : [face(support(truth, "right"), `the right answer, ${score(truth)}`, "truth")]),
      ...(correct || chosen === null ? [] : [face(support(chosen, "chosen"), `the chosen one, ${score(chosen)}`, "mistaken")]),
    );
    const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
    byId("detail-all").textContent = `All ${order.length}, by score`;
    byId("detail-ranked").replaceChildren(
      ...order.map((i) => {
        const item = element("li", {}, support(i, "support drawing"), score(i));
        item.className = i === truth ? "truth" : i === chosen ? "mistaken" : "";
        return item;
      }),
    );
  }
  byId<HTMLDialogElement>("detail").showModal();
}
