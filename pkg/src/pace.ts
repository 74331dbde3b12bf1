import type { Strokes } from "./drawing.js";
import type { FineTuneOptions, InventOptions } from "./options.js";
import type { EngineKind, Pace, System, Work } from "./types.js";

/** What is timed: a `Glimpse`. */
interface Timed {
  invent(options: InventOptions): Promise<Strokes[][]>;
  learn(label: string, drawing: Strokes): Promise<void>;
  classify(drawing: Strokes): Promise<unknown>;
  adoptWeights(): Promise<void>;
  fineTune(options: FineTuneOptions): Promise<unknown>;
}

/** How long each kind of work takes on the engines that were timed. */
export type Paces = Partial<Record<EngineKind, Pace>>;

const TIMES = 3;

/** The kinds of work, timed on an instance that knows nothing yet, with characters invented for it. */
export async function measurePace(instance: Timed): Promise<Pace> {
  const invented = await instance.invent({ seed: 1, characters: 5, drawers: 5 });
  for (const [i, [, ...drawings]] of invented.entries()) {
    for (const drawing of drawings) await instance.learn(`${i}`, drawing);
  }
  const query = invented[0]![0]!;
  const classify = await median(() => instance.classify(query));
  // Weights put into place have every drawing taught embedded anew, as many as an episode shows.
  const replay = await median(async () => {
    await instance.adoptWeights();
    await instance.classify(query);
  });
  const ends: number[] = [];
  await instance.fineTune({ steps: TIMES, onstep: ({ step }) => (ends[step] = performance.now()) });
  return { classify, replay, fineTune: (ends[TIMES]! - ends[1]!) / (TIMES - 1) };
}

/** Median time in milliseconds, after once to warm up. */
async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  await work();
  for (let i = 0; i < TIMES; i += 1) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(TIMES / 2)]!;
}

/** The engine that does this work fastest, if any was timed. */
export function fastest(paces: Paces, work: Work): EngineKind | undefined {
  const kinds = Object.keys(paces) as EngineKind[];
  return kinds.sort((a, b) => paces[a]![work] - paces[b]![work])[0];
}

/** Where the browser keeps what was measured on each graphics adapter. */
const key = (adapter: string, system: System): string => `glimpse paces 2 ${system} ${adapter}`;

/** What was measured here before. */
export function recall(adapter: string, system: System): Paces | undefined {
  try {
    return JSON.parse(localStorage.getItem(key(adapter, system)) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what was measured, where the browser keeps anything. */
export function remember(adapter: string, system: System, paces: Paces): void {
  try {
    localStorage.setItem(key(adapter, system), JSON.stringify(paces));
  } catch {
    // It is measured again next time.
  }
}
