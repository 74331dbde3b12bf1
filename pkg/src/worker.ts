/** The worker: hands each message to the host, and its reply back. */
import type { Call, Calls, FromHost, PlainError, ProgressOf, ToHost } from "./calls.js";
import { GlimpseError } from "./error.js";
import { Host } from "./host.js";

const host = new Host(0);
const running = new Map<number, AbortController>();

const send = (message: FromHost): void => postMessage(message);

host.onpulse = (pulse) => send({ pulse });
host.onfault = (fault) => send({ fault: plain(fault) });

addEventListener("message", async ({ data }: MessageEvent<ToHost>) => {
  if ("ping" in data) return send({ pulse: host.pulse });
  if ("abort" in data) return running.get(data.abort)?.abort();
  const { id, call, request } = data;
  const controller = new AbortController();
  const { signal } = controller;
  running.set(id, controller);
  const reply = (reply: Calls[Call]["reply"]): void => {
    if (running.delete(id)) send({ id, reply });
  };
  try {
    const progress = (progress: ProgressOf<Call>): void => send({ id, progress });
    reply(await host.handle(call, request, { signal, progress, reply }));
  } catch (thrown) {
    if (running.delete(id)) send({ id, error: signal.aborted ? "aborted" : plain(thrown) });
  }
});

function plain(thrown: unknown): PlainError {
  const { kind, message } = GlimpseError.from(thrown);
  return { kind, message };
}

/** How long is waited for the lock, in milliseconds: not every browser answers. */
const PATIENCE = 1000;

/**
 * A lock that is held as long as this worker lives, so that the page learns of its end; none where the browser refuses it, as where
 * it keeps nothing for a page.
 */
async function hold(lock: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE);
    const held = (): Promise<never> => {
      resolve(lock);
      return new Promise(() => {});
    };
    (async () => navigator.locks.request(lock, held))().catch(() => resolve(undefined));
  });
}

void hold(`glimpse ${Math.random().toString(36).slice(2)}`).then((ready) => send({ ready }));
