// Features of drawings, in batches.
import { IN_WORKERS, OURS, PEERS } from "../contenders.js";
import { agree, openStage } from "../ground.js";
import { takeTurns } from "../turns.js";

const BATCHES = [1, 21, 100, 1000];

/** Drawings whose features are compared. */
const COMPARED = 8;

/** @param {import("../ground.js").Ground} ground @param {import("../depth.js").Depth} depth */
export async function measureEmbedding(ground, { rounds, turn, longest }) {
  const stage = await openStage(ground, [...OURS, IN_WORKERS, ...PEERS]);
  const differences = await agree(stage, "features", COMPARED);
  const rows = await takeTurns(
    stage,
    BATCHES,
    {
      async prepare(id, batch) {
        await stage.call(id, "embed", 0, batch);
        const [again] = await stage.call(id, "embed", 0, batch);
        return again;
      },
      longest,
      measure: (id, batch) => stage.call(id, "embed", turn, batch),
    },
    rounds,
  );
  await stage.close();
  return { sizes: BATCHES, rows, differences, skipped: stage.skipped };
}
