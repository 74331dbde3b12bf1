import type { Glimpse, Ranked } from "glimpse";
import { Glide, roundStep, type Point } from "glimpse/plane";
import { byId, element, set, shape } from "./dom.js";
import { inkPath, SIDE, thumbnail, type Stroke } from "./ink.js";
import type { Lens, Look } from "./look.js";
import type { Support } from "./support.js";
import { onlanguage, words, write } from "./words/index.js";

/** Side of a picture, in pixels, and how far it keeps from what it belongs to. */
const TILE = 56;
const GAP = 8;

/** How far each line turns from the middle at most. */
const SPREAD = Math.PI / 18;

/** Height that a picture and its captions take beside the end of a line. */
const BESIDE = TILE + 2 * GAP + 40;

type Side = "positive" | "negative";

/** Anchor, x⁺ and x⁻ with their distances drawn to scale, and the soft-max over the two that the network is trained with. */
export class TripletLens implements Lens {
  readonly #support: Support;
  readonly #svg = byId<SVGSVGElement>("triplet-plane");
  readonly #waiting = byId("triplet-waiting");
  readonly #softmax = byId("softmax");
  readonly #choice = byId("negative-choice");
  readonly #arcs = shape("g", { class: "arcs" });
  readonly #anchor = shape("g", { class: "anchor" });
  readonly #sides: Record<Side, { line: SVGLineElement; end: SVGGElement }>;
  readonly #glide = new Glide((points) => this.#draw(points));
  #look: Look | undefined;
  /** What the visitor picked as x⁻; the runner-up unless set. */
  #picked: string | undefined;

  constructor(support: Support) {
    this.#support = support;
    const newSide = (side: Side) => ({
      line: shape("line", { class: `distance ${side}` }),
      end: shape("g", { class: `end ${side}` }),
    });
    this.#sides = { positive: newSide("positive"), negative: newSide("negative") };
    const { positive, negative } = this.#sides;
    this.#svg.append(this.#arcs, negative.line, positive.line, negative.end, positive.end, this.#anchor);
    onlanguage(() => this.#lay());
    new ResizeObserver(() => {
      set(this.#svg, { viewBox: `0 0 ${this.#svg.clientWidth} ${this.#svg.clientHeight}` });
      this.#lay();
    }).observe(this.#svg);
  }

  show(_: Glimpse, look: Look | undefined): void {
    this.#look = look && look.ranking.length > 1 ? look : undefined;
    this.#lay();
  }

  /** x⁺ is the best match; x⁻ the visitor's pick, or the runner-up. */
  #triplet(): [Ranked, Ranked] | undefined {
    const known = (this.#look?.ranking ?? []).filter(({ label }) => this.#support.characters.has(label));
    const [positive, runnerUp] = known;
    const negative = known.find(({ label }) => label === this.#picked && label !== positive?.label) ?? runnerUp;
    return positive && negative ? [positive, negative] : undefined;
  }

  #lay(): void {
    const triplet = this.#triplet();
    const [width, height] = [this.#svg.clientWidth, this.#svg.clientHeight];
    const shown = triplet !== undefined;
    this.#waiting.hidden = shown;
    byId("triplet-view").classList.toggle("empty", !shown);
    const tooFew = this.#support.characters.size < 2;
    write(this.#waiting, () => (tooFew ? words.triplet.tooFew : words.triplet.waiting));
    if (!triplet || width === 0) return;
    const [positive, negative] = triplet;
    // The head's similarity is minus the distance.
    const distances = { positive: -positive.similarity, negative: -negative.similarity };
    const { full, ticks } = scaleFor(Math.max(distances.positive, distances.negative));
    const from: Point = [TILE + 2 * GAP, height / 2];
    const radius = width - from[0] - 52;
    const unit = radius / full;
    const spread = Math.min(SPREAD, Math.asin(Math.max(0.05, (height / 2 - BESIDE) / radius)));
    const at = (distance: number, angle: number): Point => [
      from[0] + distance * unit * Math.cos(angle),
      from[1] + distance * unit * Math.sin(angle),
    ];

    this.#arcs.replaceChildren(
      ...ticks.flatMap((tick) => {
        const [x, top] = at(tick, -1.6 * spread);
        const [, bottom] = at(tick, 1.6 * spread);
        return [
          shape("path", { d: `M${x} ${top}A${tick * unit} ${tick * unit} 0 0 1 ${x} ${bottom}` }),
          shape("text", { x: from[0] + tick * unit + 4, y: from[1] + 4 }, `${Number(tick.toPrecision(2))}`),
        ];
      }),
    );
    this.#anchor.replaceChildren(
      shape("g", { transform: `translate(${-TILE / 2 - GAP})` }, ...tile(this.#look!.ink, 1, words.triplet.anchor)),
      shape("circle", { class: "origin", r: 4.5 }),
    );
    set(this.#anchor, { transform: `translate(${from.join(" ")})` });
    for (const [side, { label }] of [["positive", positive], ["negative", negative]] as const) {
      const { line, end } = this.#sides[side];
      const [sign, outwards] = side === "positive" ? (["⁺", -1] as const) : (["⁻", 1] as const);
      const captions = [`x${sign} ${label}`, `d${sign} = ${distances[side].toFixed(2)}`];
      const picture = tile(this.#support.face(label), outwards, ...captions);
      end.replaceChildren(shape("g", { transform: `translate(0 ${outwards * (TILE / 2 + GAP)})` }, ...picture));
      set(line, { x1: from[0], y1: from[1], "data-distance": distances[side] });
    }
    this.#glide.to(
      new Map([
        ["positive", at(distances.positive, -spread)],
        ["negative", at(distances.negative, spread)],
      ]),
    );
    this.#weigh(distances.positive, distances.negative);
    this.#offer(positive.label, negative.label);
    const [near, far] = [distances.positive.toFixed(2), distances.negative.toFixed(2)];
    set(this.#svg, { "aria-label": words.triplet.label(positive.label, near, negative.label, far) });
  }

  #draw(points: ReadonlyMap<string, Point>): void {
    for (const side of ["positive", "negative"] as const) {
      const [x, y] = points.get(side)!;
      const { line, end } = this.#sides[side];
      set(line, { x2: x, y2: y });
      set(end, { transform: `translate(${x} ${y})` });
    }
  }

  /** The soft-max over the two distances. */
  #weigh(positive: number, negative: number): void {
    const share = 1 / (1 + Math.exp(negative - positive));
    this.#softmax.style.setProperty("--share", `${share}`);
    byId("softmax-value").textContent = `(${share.toFixed(2)}, ${(1 - share).toFixed(2)})`;
  }

  /** Every known character but x⁺ can be x⁻. */
  #offer(positive: string, negative: string): void {
    const others = [...this.#support.characters.keys()].filter((label) => label !== positive);
    const focused = (document.activeElement as HTMLElement | null)?.dataset.negative;
    const option = (label: string | undefined, ...content: Node[]): HTMLButtonElement => {
      const pressed = label === undefined ? this.#picked === undefined : label === this.#picked && label === negative;
      const button = element("button", { ariaPressed: `${pressed}`, title: label ?? words.triplet.theRunnerUp }, ...content);
      button.dataset.negative = label ?? "";
      button.ariaLabel = words.triplet.negative(label ?? words.triplet.theRunnerUp);
      button.addEventListener("click", () => {
        this.#picked = label;
        this.#lay();
      });
      return button;
    };
    this.#choice.replaceChildren(
      option(undefined, element("span", {}, words.triplet.runnerUp)),
      ...others.map((label) => option(label, thumbnail(this.#support.face(label)))),
    );
    if (focused !== undefined) this.#choice.querySelector<HTMLElement>(`[data-negative="${CSS.escape(focused)}"]`)?.focus();
  }
}

/** A picture around the origin, its captions above it (-1) or below (1). */
function tile(ink: readonly Stroke[], side: -1 | 1, ...captions: string[]): SVGElement[] {
  const drawn = inkPath(ink);
  set(drawn, { transform: `scale(${TILE / SIDE}) translate(${-SIDE / 2} ${-SIDE / 2})` });
  const texts = captions.map((caption, i) => {
    const y = side > 0 ? TILE / 2 + 18 + 19 * i : -TILE / 2 - 8 - 19 * (captions.length - 1 - i);
    return shape("text", { "text-anchor": "middle", y }, caption);
  });
  return [shape("rect", { x: -TILE / 2, y: -TILE / 2, width: TILE, height: TILE, rx: 2 }), drawn, ...texts];
}

/** A scale that reaches a little beyond `greatest`, and where its arcs are. */
function scaleFor(greatest: number): { full: number; ticks: number[] } {
  const step = roundStep(Math.max(greatest, 1e-3) / 2);
  const count = Math.ceil(greatest / step + 1e-9);
  return { full: count * step, ticks: Array.from({ length: count }, (_, i) => (i + 1) * step) };
}
