import type { Example } from "../drawing.js";
import type { FeatureMap, Place, Ranked } from "../types.js";
import { s } from "./dom.js";
import { cut, extent, SIDE } from "../ink.js";
import { inkOf } from "./known.js";
import { fill, type Words } from "./words.js";

/** Size of the plane in its own units, and how much of it stays free around what lies there. */
const [WIDTH, HEIGHT, MARGIN] = [300, 300, 40];

type Point = readonly [number, number];

/** Where the known drawings and the query lie in the space of features: the closer, the more alike. */
export class Plane {
  readonly element = s("svg", { part: "map", class: "plane", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  readonly #words: Words;
  readonly #tie = s("path", { class: "tie" });
  readonly #tiles = s("g");
  readonly #query = s("g", { part: "query", class: "query" }, s("circle", { r: 12 }), s("circle", { r: 5 }));
  #shown: readonly Example[] = [];

  constructor(words: Words) {
    this.#words = words;
    this.element.append(this.#tie, this.#tiles, this.#query);
  }

  /** Shows a map of the examples, and which of them are most like the query. */
  show(examples: readonly Example[], map: FeatureMap | undefined, ranking: readonly Ranked[] = []): void {
    const side = Math.max(24, Math.min(44, 96 / Math.sqrt(examples.length)));
    if (examples !== this.#shown) this.#tiles.replaceChildren(...examples.map((example) => tile(example, side)));
    this.#shown = examples;
    this.element.ariaLabel = fill(this.#words.map, { count: examples.length });
    const at = placing(map);
    const query = map?.query && at(map.query);
    this.#query.classList.toggle("shown", query !== undefined);
    if (query) moveTo(this.#query, query);
    const near: Point[] = [];
    map?.support.forEach((place, i) => {
      const { [i]: group } = this.#tiles.children as unknown as SVGGElement[];
      const best = place.label === ranking[0]?.label;
      if (best) near.push(at(place));
      group?.classList.toggle("best", best);
      if (group) moveTo(group, at(place));
    });
    this.#tie.setAttribute("d", query ? near.map((point) => `M${query}L${point}`).join("") : "");
  }
}

/** A drawing on the map, and its label. */
function tile({ label, drawing }: Example, side: number): SVGGElement {
  const corner = { x: -side / 2, y: -side / 2, width: side, height: side };
  const transform = `scale(${side / SIDE}) translate(${-SIDE / 2} ${-SIDE / 2})`;
  const words = s("text", { y: side / 2 + 13, "text-anchor": "middle" }, cut(label, 10, "…"));
  const ink = s("path", { d: inkOf({ label, drawing }), transform });
  return s("g", { part: "tile", class: "tile" }, s("rect", { rx: 2, ...corner }), ink, words);
}

/** One scale for both directions, so that distances can be compared. */
function placing(map: FeatureMap | undefined): (place: Place) => Point {
  const all = map ? [...map.support, ...(map.query ? [map.query] : [])] : [];
  const [left, right] = spread(all.map(({ x }) => x));
  const [top, bottom] = spread(all.map(({ y }) => -y));
  const scale = Math.min((WIDTH - 2 * MARGIN) / (right - left), (HEIGHT - 2 * MARGIN) / (bottom - top));
  return ({ x, y }) => [WIDTH / 2 + (x - (left + right) / 2) * scale, HEIGHT / 2 + (-y - (top + bottom) / 2) * scale];
}

/** Least and greatest, never the same. */
function spread(values: readonly number[]): Point {
  const [least, greatest] = extent(values);
  return greatest - least > 1e-6 ? [least, greatest] : [-0.5, 0.5];
}

function moveTo(group: SVGGElement, [x, y]: Point): void {
  group.style.transform = `translate(${x}px, ${y}px)`;
}
