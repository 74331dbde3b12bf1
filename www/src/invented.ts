import { Glimpse, type RunPictures, type Strokes, type Trial } from "glimpse";
import { fromStrokes, outline, SIDE } from "./ink.js";

/**
 * Trials like the official ones, of characters that belong to no script: each run an alphabet, drawn once by one drawer
 * as the support and once by another as the queries.
 */
export async function* inventedTrials(
  engine: Glimpse["engine"],
  { runs, characters, signal }: { runs: number; characters: number; signal: AbortSignal },
): AsyncGenerator<Trial, void, undefined> {
  for (let run = 0; run < runs; run += 1) {
    const glimpse = await Glimpse.load({ engine: engine.kind, signal });
    try {
      const invented = await glimpse.invent({ seed: run + 1, characters, drawers: 2 });
      const support = invented.map(([drawing]) => drawing!);
      const queries = invented.map(([, drawing]) => drawing!);
      const pictures: RunPictures = { side: SIDE, support: support.map(grey), queries: queries.map(grey) };
      for (const [i, drawing] of support.entries()) await glimpse.learn(`${i}`, drawing, { signal });
      for (const [trial, query] of queries.entries()) {
        const { ranking } = await glimpse.classify(query, { signal });
        const scores: number[] = [];
        for (const { label, score } of ranking) scores[Number(label)] = score;
        const chosen = Number(ranking[0]!.label);
        yield { run, trial, truth: trial, chosen, correct: chosen === trial, scores, pictures };
      }
    } finally {
      glimpse.dispose();
    }
  }
}

/** A picture of strokes, grey, 255 = ink. */
function grey(drawing: Strokes): Uint8Array {
  const context = new OffscreenCanvas(SIDE, SIDE).getContext("2d")!;
  for (const stroke of fromStrokes(drawing)) context.fill(outline(stroke, true));
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + 3]!);
}
