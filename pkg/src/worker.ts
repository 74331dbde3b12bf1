/** The worker: hands each message to the host, and its reply back. */
import type { Call, FromHost, ProgressOf, ToHost } from "./calls.js";
import { GlimpseError } from "./error.js";
import { Host } from "./host.js";

const host = new Host();
const running = new Map<number, AbortController>();

const send = (message: FromHost): void => postMessage(message);

addEventListener("message", async ({ data }: MessageEvent<ToHost>) => {
  if ("abort" in data) {
    running.get(data.abort)?.abort();
    return;
  }
  const { id, call, request } = data;
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const progress = (progress: ProgressOf<Call>): void => send({ id, progress });
    send({ id, reply: await host.handle(call, request, { signal: controller.signal, progress }) });
  } catch (thrown) {
    const { kind, message } = GlimpseError.from(thrown);
    send({ id, error: controller.signal.aborted ? "aborted" : { kind, message } });
  } finally {
    running.delete(id);
  }
});

/** The lock held as long as this worker lives, so that the page learns of its end. */
const lock = `glimpse ${Math.random().toString(36).slice(2)}`;
const held = new Promise<void>((locked) => {
  if (!navigator.locks) return locked();
  void navigator.locks.request(lock, () => {
    locked();
    return new Promise(() => {});
  });
});
void held.then(() => send({ ready: lock }));
