import type { Glimpse, SetName } from "glimpse";
import { relaxedSimd } from "wasm-feature-detect";
import { byId } from "./dom.js";
import { inside } from "./inside.js";
import { reload } from "./reload.js";
import type { Request } from "./requests.js";

/** Has the page kept by a service worker, tells that there is no network, and offers a new version. */
export class Offline {
  readonly #workers = inside ? undefined : serviceWorkers();
  #registration: Promise<ServiceWorkerRegistration> | undefined;
  readonly #offer = byId("update");
  /** Sets that were used before there was anything to keep them. */
  #sets: readonly SetName[] = [];

  constructor() {
    const tell = (): boolean => (byId("offline").hidden = byId("offline-words").hidden = navigator.onLine || !!inside);
    for (const event of ["online", "offline"]) addEventListener(event, tell);
    tell();
    byId("update-later").addEventListener("click", () => (this.#offer.hidden = true));
    byId("update-now").addEventListener("click", () => void this.#update());
  }

  /** Has everything kept that this network needs, when there is nothing else to do. */
  async keep({ system, engine: { kind } }: Glimpse): Promise<void> {
    if (!this.#workers || !import.meta.env.PROD) return;
    await idle();
    try {
      await (this.#registration ??= this.#register(this.#workers));
      const { active } = await this.#workers.ready;
      const cpu = (await relaxedSimd()) ? "simd-relaxed" : "simd";
      // Both CPU modules have the same code around them.
      const used = ["assets/wasm/simd/glimpse.", `assets/wasm/${cpu}/`, `assets/weights/${system}.`];
      if (kind !== "simd") used.push(`assets/wasm/${kind}/`);
      // Fine-tuning and the official runs.
      if (!savesData()) used.push("assets/wasm/flex/", "assets/wasm/archives/", "data/all_runs.zip");
      active?.postMessage({ keep: used } satisfies Request);
      await this.keepSets(this.#sets);
    } catch (error) {
      console.warn("The page is not kept for when there is no network:", error);
    }
  }

  /** Has sets of signs kept that are used. */
  async keepSets(names: readonly SetName[]): Promise<void> {
    if (!this.#registration) return void (this.#sets = names);
    const { active } = await this.#workers!.ready;
    active?.postMessage({ keep: names.map((name) => `assets/sets/${name}.`) } satisfies Request);
  }

  async #register(workers: ServiceWorkerContainer): Promise<ServiceWorkerRegistration> {
    let { controller } = workers;
    workers.addEventListener("controllerchange", () => {
      // The first one only begins to serve this page; another one took over in another tab.
      if (controller) this.#offer.hidden = false;
      ({ controller } = workers);
    });
    const registration = await workers.register("./sw.js");
    const offer = (): void => {
      if (registration.waiting && registration.active) this.#offer.hidden = false;
    };
    offer();
    registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
    const look = (): void => {
      if (!document.hidden) registration.update().catch(() => {}); // No network, no news.
    };
    document.addEventListener("visibilitychange", look);
    if (controller) look();
    return registration;
  }

  /** Has the new version take over, and begins anew with it. */
  async #update(): Promise<void> {
    const waiting = (await this.#registration)?.waiting;
    if (!waiting) return reload();
    this.#workers?.addEventListener("controllerchange", () => reload());
    waiting.postMessage("activate" satisfies Request);
  }
}

/** None where the browser has none, or refuses them, as in a sandboxed frame. */
function serviceWorkers(): ServiceWorkerContainer | undefined {
  try {
    return (navigator as Partial<Navigator>).serviceWorker;
  } catch {
    return undefined;
  }
}

/** Whether the visitor asked for few downloads. */
function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData ?? false;
}

function idle(): Promise<unknown> {
  return new Promise((resolve) => ("requestIdleCallback" in window ? requestIdleCallback(resolve) : setTimeout(resolve, 500)));
}
