/**
 * One piece of work at a time, whoever asks: those who ask take turns, and what one of them asks for is done in the order
 * asked.
 */
export class Turns {
  readonly #waiting = new Map<string, (() => Promise<void>)[]>();
  #running = false;

  /** @returns what `work` gives, once it had its turn */
  run<T>(who: string, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const own = this.#waiting.get(who) ?? [];
      own.push(() => work().then(resolve, reject));
      this.#waiting.set(who, own);
      void this.#go();
    });
  }

  async #go(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (;;) {
      const [next] = this.#waiting;
      if (!next) break;
      const [who, [work, ...rest]] = next;
      // To the end of the line with whoever wants more.
      this.#waiting.delete(who);
      if (rest.length > 0) this.#waiting.set(who, rest);
      await work!();
    }
    this.#running = false;
  }
}
