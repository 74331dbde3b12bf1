/** The worker: hands each message to the host, and its reply back. */
import type { FromHost, ToHost } from "./calls.js";
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
    const progress = (progress: Parameters<Parameters<Host["open"]>[1]["progress"]>[0]): void => send({ id, progress });
    send({ id, reply: await host.handle(call, request, { signal: controller.signal, progress }) });
  } catch (thrown) {
    const { kind, message } = GlimpseError.from(thrown);
    send({ id, error: controller.signal.aborted ? "aborted" : { kind, message } });
  } finally {
    running.delete(id);
  }
});

send({ ready: true });
