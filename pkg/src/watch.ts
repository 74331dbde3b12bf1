import type { Pulse } from "./calls.js";

/** How often a sign of life is asked for, in milliseconds. */
const INTERVAL = 1000;

/** Silence after which a host is given up, in milliseconds. WebGPU registers and compiles its kernels before it first answers. */
const LIMIT = 10_000;
const LIMIT_OF_GRAPHICS = 60_000;

/** The same for a host that never gave any: its script may come by a slow network. */
const LIMIT_OF_START = 20_000;

/**
 * Tells silence from work: while it starts, and while calls wait, a host is asked for its pulse. One that gives none, or whose work does not move, is
 * silent. Downloads are not work: a slow network is no fault of an engine.
 */
export class Watch {
  readonly #ask: () => void;
  readonly #graphics: () => boolean;
  readonly #onsilence: (seconds: number) => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #looked = 0;
  #silent = 0;
  #pulse: Pulse | undefined;

  /**
   * @param ask asks for a pulse
   * @param graphics whether a call that waits is one that opens WebGPU
   * @param onsilence called once, with how long there was none
   */
  constructor(ask: () => void, graphics: () => boolean, onsilence: (seconds: number) => void) {
    this.#ask = ask;
    this.#graphics = graphics;
    this.#onsilence = onsilence;
  }

  /** Watches from now on. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#silent = 0;
    this.#looked = performance.now();
    this.#timer = setInterval(() => this.#look(), INTERVAL);
    // Node waits for no one who only watches.
    (this.#timer as { unref?(): void }).unref?.();
  }

  /** Watches no more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A call was answered. */
  answered(): void {
    this.#silent = 0;
  }

  /** A sign of life came. */
  heard(pulse: Pulse): void {
    const moved = pulse.kind === undefined || pulse.beat !== this.#pulse?.beat;
    this.#pulse = pulse;
    if (moved) this.#silent = 0;
  }

  #look(): void {
    if (this.#timer === undefined) return;
    const now = performance.now();
    // A page that slept did not listen.
    this.#silent += Math.min(now - this.#looked, 2 * INTERVAL);
    this.#looked = now;
    if (this.#silent < this.#limit()) return this.#ask();
    this.stop();
    this.#onsilence(Math.round(this.#silent / 1000));
  }

  #limit(): number {
    if (!this.#pulse) return LIMIT_OF_START;
    return this.#pulse.kind === "webgpu" || this.#graphics() ? LIMIT_OF_GRAPHICS : LIMIT;
  }
}
