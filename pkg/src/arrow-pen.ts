const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** How far an arrow key moves the pen, and with Shift. */
const STEP = { coarse: 5, fine: 1.5 };

/** How far the pen keeps from the sheet's edge. */
const MARGIN = 3;

/** A pen that the arrow keys move over a square sheet. */
export class ArrowPen {
  readonly #side: number;
  #place: readonly [number, number];
  readonly #held = new Set<string>();

  /** In the middle of a sheet of this side. */
  constructor(side: number) {
    this.#side = side;
    this.#place = [side / 2, side / 2];
  }

  /** Where it is, in units of the sheet. */
  get place(): readonly [x: number, y: number] {
    return this.#place;
  }

  /** Moves the way that all held arrows point together. Returns whether the key is an arrow. */
  press({ key, shiftKey }: { key: string; shiftKey: boolean }): boolean {
    if (!(key in WAYS)) return false;
    this.#held.add(key);
    const step = shiftKey ? STEP.fine : STEP.coarse;
    const along = (axis: 0 | 1): number => {
      const way = [...this.#held].reduce((sum, held) => sum + WAYS[held]![axis], 0);
      return Math.min(this.#side - MARGIN, Math.max(MARGIN, this.#place[axis] + step * way));
    };
    this.#place = [along(0), along(1)];
    return true;
  }

  /** Called when keys are held no more: one, or all of them. */
  release(key?: string): void {
    if (key) this.#held.delete(key);
    else this.#held.clear();
  }
}
