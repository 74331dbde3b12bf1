// The bench times the same work: before it does, every runtime must compute what ours does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OURS, PEERS } from "../../benches/contenders.js";
import { agree, openGround, openStage } from "../../benches/ground.js";

/** Characters that are taught, of several strokes some of them. */
const TAUGHT = 20;

test("what the bench compares is the same: on one thread every runtime gives the same features and similarities", async (context) => {
  const ground = await openGround();
  context.after(() => ground.close());
  const stage = await openStage(ground, [...OURS, ...PEERS].filter(({ where }) => where === "one thread"));
  assert.deepEqual(stage.skipped, []);
  for (const { id } of stage.contenders) await stage.call(id, "teach", TAUGHT);
  await agree(stage, "features", TAUGHT);
  await agree(stage, "similarity", 0);
});
