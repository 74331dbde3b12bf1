/** Lets one call through at a time. Of those that wait only the newest gets its turn. */
export class Latest {
  #running = false;
  #waiting: ((turn: boolean) => void) | undefined;

  /** @returns what `work` gives, or `undefined` if a newer call took this one's place */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    this.#passTurn(false);
    if (this.#running && !(await new Promise<boolean>((turn) => (this.#waiting = turn)))) return undefined;
    this.#running = true;
    try {
      return await work();
    } finally {
      this.#running = this.#passTurn(true);
    }
  }

  /** Tells the call that waits, if there is one, whether its turn came. */
  #passTurn(turn: boolean): boolean {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(turn);
    return waiting !== undefined;
  }
}
