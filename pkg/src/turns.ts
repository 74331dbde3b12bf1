/** How long work may go on before messages that have arrived are heard, in milliseconds. */
export const BUSY = 20;

/**
 * One piece of work at a time, whoever asks: those who ask take turns, and what one of them asks for is done in the order
 * asked.
 */
export class Turns {
  readonly #waiting = new Map<string, (() => Promise<void>)[]>();
  #running = false;

  /**
   * @param signal takes work that still waits out of the line
   * @returns what `work` gives, once it had its turn
   */
  run<T>(who: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const turn = (): Promise<void> => {
        signal?.removeEventListener("abort", leave);
        return work().then(resolve, reject);
      };
      const leave = (): void => {
        const own = this.#waiting.get(who)!;
        own.splice(own.indexOf(turn), 1);
        if (own.length === 0) this.#waiting.delete(who);
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", leave, { once: true });
      const own = this.#waiting.get(who) ?? [];
      own.push(turn);
      this.#waiting.set(who, own);
      void this.#go();
    });
  }

  async #go(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    let heard = performance.now();
    for (;;) {
      const [next] = this.#waiting;
      if (!next) break;
      const [who, own] = next;
      const turn = own.shift()!;
      // To the end of the line with whoever wants more.
      this.#waiting.delete(who);
      if (own.length > 0) this.#waiting.set(who, own);
      await turn();
      if (performance.now() - heard < BUSY) continue;
      await messages();
      heard = performance.now();
    }
    this.#running = false;
  }
}

/** Lets messages that have arrived be heard. */
export function messages(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
