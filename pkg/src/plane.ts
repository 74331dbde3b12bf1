/**
 * The map of feature space, on the site and in `<glimpse-pad>`.
 *
 * @packageDocumentation
 */
import { isCalm, s, set } from "./dom.js";
import { Glide, roundStep, type Point } from "./glide.js";
import { cut, extent, SIDE } from "./ink.js";
import type { FeatureMap } from "./types.js";

export { Glide, roundStep, type Point };

/** The query's name among the points. */
const QUERY = "query";

/** Height in pixels that is kept for the ruler. */
const RULER = 34;

/** How many places the query's way is drawn through. */
const TRAIL = 160;

/** What the map shows of drawings and distances. */
export interface PlaneOptions<Drawing> {
  /** The drawing of a label that was taught as its nth, counted from 0. */
  drawing: (label: string, nth: number) => Drawing | undefined;
  /** Its ink, as path data in units of the sheet. */
  ink: (drawing: Drawing) => string;
  /** Says a distance; without it there is no ruler. */
  distance?: (distance: string) => string;
}

/** Where the support drawings and the query lie in feature space, seen along its two principal components: the closer, the more alike. */
export class Plane<Drawing extends object> {
  readonly #options: PlaneOptions<Drawing>;
  readonly #glide = new Glide((points) => this.#draw(points));
  readonly #tie = s("path", { class: "tie" });
  readonly #way = s("path", { class: "way" });
  readonly #mark = s(
    "g",
    { part: "query", class: "query-mark absent" },
    s("circle", { class: "halo", r: 13 }),
    s("circle", { class: "core", r: 5.5 }),
  );
  readonly #ruler = s("g", { class: "ruler" });
  readonly #tiles = s("g");
  readonly #labels = s("g");
  /** Of each support drawing its picture and its label. */
  readonly #places = new Map<string, readonly [SVGGElement, SVGGElement]>();
  /** The drawing that a picture shows. */
  readonly #shown = new WeakMap<readonly [SVGGElement, SVGGElement], Drawing>();
  #trail: Point[] = [];
  /** Coordinates of the map before, which the next one is turned towards. */
  #before = new Map<string, Point>();
  #size: Point = [0, 0];
  #map: FeatureMap | undefined;
  /** The label that is most alike. */
  #best: string | undefined;

  constructor(svg: SVGSVGElement, options: PlaneOptions<Drawing>) {
    this.#options = options;
    svg.append(this.#ruler, this.#tiles, this.#way, this.#tie, this.#labels, this.#mark);
    new ResizeObserver(() => {
      this.#size = [svg.clientWidth, svg.clientHeight];
      set(svg, { viewBox: `0 0 ${this.#size.join(" ")}` });
      this.layOut();
    }).observe(svg);
  }

  /** Shows a map, and which label is most like its query. */
  show(map: FeatureMap, best: string | undefined): void {
    this.#best = best;
    if (!map.query) this.#trail = [];
    this.#map = map;
    this.layOut();
  }

  /** Sends every drawing to its place. */
  layOut(): void {
    const [width, height] = this.#size;
    if (!this.#map || width === 0) return;
    const points = this.#turned(this.#map);
    const places = this.#place();
    const tile = tileSide(points.size, Math.min(width, height));
    const all = [...points.values()];
    const [left, right] = spread(all.map(([x]) => x));
    const [top, bottom] = spread(all.map(([, y]) => y));
    const margin = tile / 2 + 22;
    // One scale for both directions, so that distances can be compared.
    const floor = this.#options.distance ? height - RULER : height;
    const scale = Math.min((width - 2 * margin) / (right - left), (floor - 2 * margin) / (bottom - top));
    const targets = [...points].map(([name, [x, y]]): [string, Point] => [
      name,
      [width / 2 + (x - (left + right) / 2) * scale, floor / 2 + (y - (top + bottom) / 2) * scale],
    ]);
    for (const [name, [picture, label]] of places) {
      const [square, ink] = picture.children;
      set(square!, { x: -tile / 2, y: -tile / 2, width: tile, height: tile });
      set(ink!, { transform: `scale(${tile / SIDE}) translate(${-SIDE / 2} ${-SIDE / 2})` });
      set(label.firstElementChild!, { y: tile / 2 + 14 });
      for (const group of [picture, label]) group.classList.toggle("near", name.startsWith(`${this.#best}\n`));
    }
    this.#measure(scale, height);
    this.#glide.to(new Map(targets));
  }

  /** The map's coordinates by name, mirrored where that keeps drawings nearer to where they were. */
  #turned({ support, query }: FeatureMap): Map<string, Point> {
    const seen = new Map<string, number>();
    const points = new Map<string, Point>();
    for (const { label, x, y } of support) {
      const nth = seen.get(label) ?? 0;
      seen.set(label, nth + 1);
      points.set(`${label}\n${nth}`, [x, -y]);
    }
    const names = [...points.keys()].filter((name) => this.#before.has(name));
    const [flipX, flipY] = ([0, 1] as const).map((axis) =>
      Math.sign(names.reduce((sum, name) => sum + points.get(name)![axis] * this.#before.get(name)![axis], 0) || 1),
    );
    const turn = ([x, y]: Point): Point => [x * flipX!, y * flipY!];
    const turned = new Map([...points].map(([name, point]) => [name, turn(point)]));
    this.#before = new Map(turned);
    if (query) turned.set(QUERY, turn([query.x, -query.y]));
    return turned;
  }

  /** The pictures and labels of the support drawings, by name. */
  #place(): ReadonlyMap<string, readonly [SVGGElement, SVGGElement]> {
    const drawingOf = (name: string): Drawing | undefined => {
      const [label, nth] = name.split("\n") as [string, string];
      return this.#options.drawing(label, Number(nth));
    };
    for (const [name, groups] of this.#places) {
      if (this.#before.has(name) && this.#shown.get(groups) === drawingOf(name)) continue;
      for (const group of groups) group.remove();
      this.#places.delete(name);
    }
    for (const name of this.#before.keys()) {
      const drawing = drawingOf(name);
      if (this.#places.has(name) || !drawing) continue;
      const [label] = name.split("\n") as [string];
      const ink = s("path", { class: "ink", d: this.#options.ink(drawing) });
      const picture = s("g", { part: "tile", class: "place" }, s("rect", { rx: 2 }), ink);
      const words = s("g", { class: "place" }, s("text", { "text-anchor": "middle" }, cut(label, 12, "…")));
      const groups = [picture, words] as const;
      this.#places.set(name, groups);
      this.#shown.set(groups, drawing);
      this.#tiles.append(picture);
      this.#labels.append(words);
    }
    return this.#places;
  }

  /** A ruler in units of feature distance. */
  #measure(scale: number, height: number): void {
    const { distance } = this.#options;
    if (!distance) return;
    const step = roundStep(110 / scale);
    const length = step * scale;
    this.#ruler.replaceChildren(
      s("path", { d: `M12 ${height - 18}v6h${length}v-6` }),
      s("text", { x: 12, y: height - 24 }, distance(`${Number(step.toPrecision(2))}`)),
    );
  }

  #draw(points: ReadonlyMap<string, Point>): void {
    for (const [name, groups] of this.#places) {
      const point = points.get(name);
      for (const group of point ? groups : []) set(group, { transform: `translate(${point!.join(" ")})` });
    }
    const query = points.get(QUERY);
    this.#mark.classList.toggle("absent", !query);
    if (query) {
      set(this.#mark, { transform: `translate(${query.join(" ")})` });
      if (!isCalm()) this.#trail = [...this.#trail, query].slice(-TRAIL);
    }
    set(this.#way, { d: query && this.#trail.length > 1 ? `M${this.#trail.map((point) => point.join(" ")).join("L")}` : "" });
    const near = [...points].filter(([name]) => name.startsWith(`${this.#best}\n`)).map(([, point]) => point);
    set(this.#tie, { d: query ? near.map((point) => `M${query.join(" ")}L${point.join(" ")}`).join("") : "" });
  }
}

/** Least and greatest, never the same. */
function spread(values: readonly number[]): Point {
  const [least, greatest] = extent(values);
  return greatest - least > 1e-6 ? [least, greatest] : [least - 0.5, greatest + 0.5];
}

/** Side of a picture on the map in pixels: the more, the smaller. */
function tileSide(count: number, side: number): number {
  return Math.round(Math.max(26, Math.min(56, (0.45 * side) / Math.sqrt(count))));
}
