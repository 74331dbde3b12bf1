/**
 * Signs of sets as pictures, and grids of them, on the site and in `<glimpse-pad>`.
 *
 * @packageDocumentation
 */

/** How much of its picture a sign fills, and what is taken for its side where it is smaller: a dot stays one. */
const [FILL, LEAST] = [0.8, 42];

/** A sign as a picture. */
export interface Glyph {
  /** Its centre lines, as path data. */
  d: string;
  /** The square around them. */
  viewBox: string;
}

/** A sign's centre lines as path data, and the square around them. */
export function glyph(strokes: readonly (readonly number[])[]): Glyph {
  const along = (axis: 0 | 1): [number, number] => {
    const all = strokes.flatMap((stroke) => stroke.filter((_, i) => i % 2 === axis));
    return [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  };
  const [[left, right], [top, bottom]] = [along(0), along(1)];
  const side = Math.max(right - left, bottom - top, LEAST) / FILL;
  const d = strokes.map(line).join("");
  return { d, viewBox: `${(left + right - side) / 2} ${(top + bottom - side) / 2} ${side} ${side}` };
}

/** Turns up to this cosine between two pieces of a line are a curve, others a corner. */
const SMOOTH = Math.cos((50 * Math.PI) / 180);

/** A line of few points, x, y, x, y…, as path data: round where it was a curve. */
function line(stroke: readonly number[]): string {
  const points = Array.from({ length: stroke.length / 2 }, (_, i) => [stroke[2 * i]!, stroke[2 * i + 1]!] as const);
  const [[x, y], last] = [points[0]!, points.at(-1)!];
  // A dot has a length, too, or it would not be seen.
  if (points.length === 1) return `M${x} ${y}h.1`;
  let d = `M${x} ${y}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [[ax, ay], [bx, by], [cx, cy]] = [points[i - 1]!, points[i]!, points[i + 1]!];
    const [ux, uy, vx, vy] = [bx - ax, by - ay, cx - bx, cy - by];
    const turn = (ux * vx + uy * vy) / (Math.hypot(ux, uy) * Math.hypot(vx, vy) || 1);
    const middle = `${(bx + cx) / 2} ${(by + cy) / 2}`;
    d += turn > SMOOTH ? `Q${bx} ${by} ${middle}` : `L${bx} ${by}L${middle}`;
  }
  return `${d}L${last.join(" ")}`;
}

/**
 * Has one button of a grid stand in the order of the Tab key, the one that was used last, and arrow keys move between all of them.
 *
 * @returns what is to be called once the grid holds other buttons
 */
export function rove(grid: HTMLElement): () => void {
  const buttons = (): HTMLButtonElement[] => [...grid.querySelectorAll<HTMLButtonElement>("button:not([hidden])")];
  const settle = (chosen: Element | undefined): void => {
    for (const button of buttons()) button.tabIndex = button === chosen ? 0 : -1;
  };
  grid.addEventListener("focusin", ({ target }) => settle(target as Element));
  grid.addEventListener("keydown", (event) => {
    const { key, target } = event;
    const all = buttons();
    const at = all.indexOf(target as HTMLButtonElement);
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const rows = { ArrowUp: -columns, ArrowDown: columns }[key];
    const item = [...grid.children].findIndex((item) => item.contains(target as Node));
    const next = { ArrowLeft: all[at - 1], ArrowRight: all[at + 1], Home: all[0], End: all.at(-1) }[key];
    const to = rows === undefined ? next : grid.children[item + rows]?.querySelector("button");
    if (!to && rows === undefined) return;
    // The page does not scroll, at the edge either.
    event.preventDefault();
    to?.focus();
  });
  return () => settle(buttons()[0]);
}
