// A step of fine-tuning, the mean of a whole one on so many drawings, each of another character.
import { isOurs, LEARNING_PEERS, OURS } from "../contenders.js";
import { openStage } from "../ground.js";
import { takeTurns } from "../turns.js";

/** @param {import("../ground.js").Ground} ground @param {import("../depth.js").Depth} depth */
export async function measureFineTuning(ground, { rounds, tuned, steps, tuning }) {
  const stage = await openStage(ground, [...OURS, ...LEARNING_PEERS]);
  /** Ours does every step, TF.js one of them. @param {string} id @param {number} taught */
  const tune = (id, taught) =>
    stage.call(id, "fineTune", { taught, steps, longest: isOurs(id) ? tuning / steps : tuning });
  const rows = await takeTurns(
    stage,
    tuned,
    {
      async prepare(id, taught) {
        await tune(id, taught);
        return 0;
      },
      longest: tuning,
      measure: async (id, taught) => [await tune(id, taught)],
    },
    Math.ceil(rounds / 2),
  );
  await stage.close();
  return { sizes: tuned, steps, rows, skipped: stage.skipped };
}
