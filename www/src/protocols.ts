import type { Protocol } from "glimpse";
import { shape } from "./dom.js";

/** Files of drawings: where the site carries them. What they are called and where they come from is in the words. */
export interface Archive {
  name: "official" | "evaluation" | "mnist";
  files: readonly { path: string; megabytes: number }[];
}

const OFFICIAL: Archive = { name: "official", files: [{ path: "data/all_runs.zip", megabytes: 0.4 }] };

const EVALUATION: Archive = { name: "evaluation", files: [{ path: "data/images_evaluation.zip", megabytes: 5.7 }] };

const MNIST: Archive = {
  name: "mnist",
  files: [
    { path: "data/t10k-images-idx3-ubyte.gz", megabytes: 1.6 },
    { path: "data/t10k-labels-idx1-ubyte.gz", megabytes: 0.1 },
  ],
};

/** What an episode of a protocol is made of: `queries` is how many it has. */
interface Shape {
  archive: Archive;
  way: number;
  shots: number;
  queries: number;
}

/** The ways to measure one-shot recognition. */
export const PROTOCOLS: Record<Protocol, Shape> = {
  official: { archive: OFFICIAL, way: 20, shots: 1, queries: 20 },
  "random-5-way-1-shot": { archive: EVALUATION, way: 5, shots: 1, queries: 5 },
  "random-5-way-5-shot": { archive: EVALUATION, way: 5, shots: 5, queries: 5 },
  "random-20-way-1-shot": { archive: EVALUATION, way: 20, shots: 1, queries: 20 },
  "random-20-way-5-shot": { archive: EVALUATION, way: 20, shots: 5, queries: 20 },
  "within-alphabet": { archive: EVALUATION, way: 20, shots: 1, queries: 20 },
  verification: { archive: EVALUATION, way: 1, shots: 1, queries: 1 },
  "verification-within-alphabet": { archive: EVALUATION, way: 1, shots: 1, queries: 1 },
  mnist: { archive: MNIST, way: 10, shots: 1, queries: 10 },
};

/** The protocols, in the order they are shown. */
export const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as Protocol[];

/** How many trials a replay has unless more are asked for. */
const TRIALS = 400;

/** How many episodes a long replay has. */
export const LONG = 1000;

/** Episodes of a replay that is not long. */
export function usualEpisodes(protocol: Protocol): number {
  return TRIALS / PROTOCOLS[protocol].queries;
}

/** The support of an episode as a little diagram: a square a character, or a strip of them where it is seen often. */
export function diagram(protocol: Protocol): SVGSVGElement {
  const { way, shots } = PROTOCOLS[protocol];
  if (way === 1) {
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

