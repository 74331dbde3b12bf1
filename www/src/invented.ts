import { Glimpse, type EpisodePictures, type Strokes, type Trial } from "glimpse";
import { fromStrokes, outline, SIDE } from "./ink.js";

/**
 * Trials like the official ones, of characters that belong to no script: each episode an alphabet, drawn once by one drawer
 * as the support and once by another as the queries.
 */
export async function* inventedTrials(
  { system, engine }: Glimpse,
  { episodes, way, signal }: { episodes: number; way: number; signal: AbortSignal },
): AsyncGenerator<Trial, void, undefined> {
  for (let episode = 0; episode < episodes; episode += 1) {
    const glimpse = await Glimpse.load({ system, engine: engine.kind, signal });
    try {
      const invented = await glimpse.invent({ seed: episode + 1, characters: way, drawers: 2 });
      const support = invented.map(([drawing]) => drawing!);
      const queries = invented.map(([, drawing]) => drawing!);
      const pictures: EpisodePictures = {
        ...{ side: SIDE, way, shots: 1 },
        support: support.map(grey),
        queries: queries.map(grey),
      };
      for (const [i, drawing] of support.entries()) await glimpse.learn(`${i}`, drawing, { signal });
      for (const [trial, query] of queries.entries()) {
        const { ranking } = await glimpse.classify(query, { signal });
        const scores: number[] = [];
        for (const { label, score } of ranking) scores[Number(label)] = score;
        const chosen = Number(ranking[0]!.label);
        yield { episode, trial, truth: trial, chosen, correct: chosen === trial, scores, pictures };
      }
    } finally {
      glimpse.dispose();
    }
  }
}

/** A picture of strokes, grey, 255 = ink. */
function grey(drawing: Strokes): Uint8Array {
  const context = new OffscreenCanvas(SIDE, SIDE).getContext("2d")!;
  for (const stroke of fromStrokes(drawing)) context.fill(new Path2D(outline(stroke, true)));
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + 3]!);
}
