import type { Protocol } from "glimpse";
import { shape } from "./dom.js";

/** What an archive of drawings is called, where the site carries it, and where it comes from. */
export interface Archive {
  name: string;
  files: readonly { path: string; megabytes: number }[];
  source: string;
}

/** What the page says of a protocol. */
interface Words {
  name: string;
  /** Two sentences, the second one a question. */
  title: readonly [string, string];
  about: string;
  archive: Archive;
  way: number;
  shots: number;
  /** Queries an episode. */
  queries: number;
}

const OFFICIAL: Archive = {
  name: "all_runs.zip",
  files: [{ path: "data/all_runs.zip", megabytes: 0.4 }],
  source: "the folder python/one-shot-classification of github.com/brendenlake/omniglot",
};

const EVALUATION: Archive = {
  name: "images_evaluation.zip",
  files: [{ path: "data/images_evaluation.zip", megabytes: 5.7 }],
  source: "the folder python of github.com/brendenlake/omniglot",
};

const MNIST: Archive = {
  name: "t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz",
  files: [
    { path: "data/t10k-images-idx3-ubyte.gz", megabytes: 1.6 },
    { path: "data/t10k-labels-idx1-ubyte.gz", megabytes: 0.1 },
  ],
  source: "MNIST’s test set, kept in many places",
};

/** A sampled N-way K-shot task over all evaluation characters. */
function random(way: 5 | 20, shots: 1 | 5): Words {
  const count = way === 5 ? "Five" : "Twenty";
  const seen = shots === 1 ? "each seen once." : "each seen five times.";
  return {
    name: `${way}-way ${shots}-shot`,
    title: [`${count} characters, ${seen}`, "Which one is it?"],
    about: "Drawn from all 659 evaluation characters, whatever their alphabet, in as many episodes as you like.",
    archive: EVALUATION,
    way,
    shots,
    queries: way,
  };
}

/** The ways to measure one-shot recognition. */
export const WORDS: Record<Protocol, Words> = {
  official: {
    name: "Official runs",
    title: ["Twenty characters, each seen once.", "Which one is it?"],
    about: "Omniglot’s official test: 20 runs of 20 trials, replayed here as they were given to people and to other machines.",
    archive: OFFICIAL,
    way: 20,
    shots: 1,
    queries: 20,
  },
  "random-5-way-1-shot": random(5, 1),
  "random-5-way-5-shot": random(5, 5),
  "random-20-way-1-shot": random(20, 1),
  "random-20-way-5-shot": random(20, 5),
  "within-alphabet": {
    name: "Within an alphabet",
    title: ["Twenty characters of one alphabet.", "Which one is it?"],
    about: "As in the official runs the characters are one script’s, and look alike; here in as many episodes as you like.",
    archive: EVALUATION,
    way: 20,
    shots: 1,
    queries: 20,
  },
  verification: {
    name: "Same or not",
    title: ["Two drawings.", "The same character?"],
    about: "Verification: half of the pairs show one character twice. A score of 0.5 or more says “the same”.",
    archive: EVALUATION,
    way: 1,
    shots: 1,
    queries: 1,
  },
  mnist: {
    name: "MNIST digits",
    title: ["The ten digits, each seen once.", "Which one is it?"],
    about: "Another data set altogether: the networks learnt from Omniglot’s characters, and never saw these digits.",
    archive: MNIST,
    way: 10,
    shots: 1,
    queries: 10,
  },
};

/** How many trials a replay has unless more are asked for. */
const TRIALS = 400;

/** How many episodes a long replay has. */
export const LONG = 1000;

/** Episodes of a replay that is not long. */
export function usualEpisodes(protocol: Protocol): number {
  return TRIALS / WORDS[protocol].queries;
}

/** The support of an episode as a little diagram: a square a character, or a strip of them where it is seen often. */
export function diagram(protocol: Protocol): SVGSVGElement {
  const { way, shots } = WORDS[protocol];
  if (protocol === "verification") {
    return shape(
      "svg",
      { class: "diagram", viewBox: "0 0 60 48", "aria-hidden": "true" },
      ...[8, 35].map((x) => shape("rect", { x, y: 15, width: 17, height: 17, rx: 2 })),
      shape("path", { d: "M28 21h4M28 26h4" }),
    );
  }
  const columns = (way > 10 ? 5 * Math.min(2, shots) : 5) as number;
  const rows = (way * shots) / columns;
  const pitch = Math.min(60 / columns, 46 / rows, 11.5);
  const size = pitch * 0.72;
  const left = (60 - columns * pitch + pitch - size) / 2;
  const top = (48 - rows * pitch + pitch - size) / 2;
  const squares = Array.from({ length: way * shots }, (_, i) => {
    const x = left + (i % columns) * pitch;
    const y = top + Math.floor(i / columns) * pitch;
    return `M${x} ${y}h${size}v${size}h${-size}Z`;
  });
  return shape(
    "svg",
    { class: "diagram", viewBox: "0 0 60 48", "aria-hidden": "true" },
    shape("path", { class: "squares", d: squares.join("") }),
  );
}

