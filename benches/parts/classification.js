// One drawing against those taught, whose features are kept.
import { OURS, PEERS } from "../contenders.js";
import { agree, openStage } from "../ground.js";
import { takeTurns } from "../turns.js";

/** @param {import("../ground.js").Ground} ground @param {import("../depth.js").Depth} depth */
export async function measureClassification(ground, { rounds, turn, teaching, taught }) {
  const stage = await openStage(ground, [...OURS, ...PEERS]);
  for (const { id } of stage.contenders) await stage.call(id, "teach", taught[0]);
  const differences = await agree(stage, "similarity", 0);
  const rows = await takeTurns(
    stage,
    taught,
    {
      async prepare(id, taught) {
        const start = performance.now();
        await stage.call(id, "teach", taught);
        const teaching = performance.now() - start;
        await stage.call(id, "classify", turn);
        return teaching;
      },
      longest: teaching,
      measure: (id) => stage.call(id, "classify", turn),
    },
    rounds,
  );
  await stage.close();
  return { sizes: taught, rows, differences, skipped: stage.skipped };
}
