import { GlimpseError } from "./error.js";

/** How long until what failed is fetched again, in milliseconds. */
const PAUSE = 400;

/** A file that is not there, however often it is asked for. */
export class Missing extends GlimpseError {}

/** Loads something, once more if it fails: a server that was busy, or a connection that broke, is no reason to do without. */
export async function twice<T>(load: (again: boolean) => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await load(false);
  } catch (error) {
    if (error instanceof Missing) throw error;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    signal.throwIfAborted();
    return load(true);
  }
}
