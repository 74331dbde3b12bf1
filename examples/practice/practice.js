// Practise a set: a sign's name is shown, the learner draws it, and is told whether it is read as that sign.
// Serve the repository's folder once it is built, or put your own address of the package's `dist` in these two lines.
import "../../pkg/dist/element.js";
import { fetchSet, groups } from "../../pkg/dist/index.js";

const byId = (id) => document.getElementById(id);
const pad = document.querySelector("glimpse-pad");

// Signs that look the same are one to recognition: `Α` is read where `A` was asked for.
const set = await fetchSet(pad.getAttribute("support"));
const labelOf = new Map(groups(set).flatMap(({ label, signs }) => signs.map((sign) => [sign, label])));
const signs = [...labelOf.keys()];
const [first] = new URLSearchParams(location.search).getAll("sign");
let asked = signs.find(({ label }) => label === first) ?? any();
let [right, drawn] = [0, 0];

function any() {
  return signs[Math.floor(Math.random() * signs.length)];
}

function show(svg, strokes = []) {
  const lines = strokes.map((stroke) => `M${stroke.join(" ")}`).join("");
  svg.innerHTML = `<path d="${lines}"/>`;
}

function ask() {
  byId("asked").textContent = asked.name ?? asked.label;
  byId("said").textContent = "One drawing, as you would write it.";
  for (const id of ["drawn", "shown"]) show(byId(id));
  pad.clear();
}

/** Judged once for each sign, when the pen has rested for a moment: a sign may have several strokes. */
let resting;
let judged = false;
pad.addEventListener("glimpse-result", ({ detail: { ranking, drawing } }) => {
  clearTimeout(resting);
  show(byId("drawn"), drawing.strokes);
  resting = setTimeout(() => judge(ranking[0].label), 1200);
});

function judge(label) {
  const isRight = label === labelOf.get(asked);
  const [read] = signs.filter((sign) => labelOf.get(sign) === label);
  if (!judged) drawn += 1;
  if (!judged && isRight) right += 1;
  judged = true;
  byId("said").textContent = isRight ? "Right: that is how it is read." : `It is read as ${read.name ?? read.label}. Compare, and try again.`;
  byId("score").textContent = `${right} of ${drawn} right at once`;
  show(byId("shown"), asked.drawings[0]);
}

byId("show").onclick = () => show(byId("shown"), asked.drawings[0]);
byId("next").onclick = () => {
  clearTimeout(resting);
  judged = false;
  asked = any();
  ask();
};
ask();
