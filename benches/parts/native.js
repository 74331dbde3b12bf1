// Training on the CPU without a browser: a step of our pre-training, and PyTorch's of the same network. Ours draws the variations
// that it learns from, too.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { ROOT } from "../../tests/harness/data.js";
import { reason } from "../ground.js";
import { spread } from "../statistics.js";

const PYTHON = process.env.PYTHON ?? "python3";

/** Drawings of a step, and steps between two lines that `glimpse train` prints. */
const BATCH = 256;
const STEPS = 100;

const TRAINERS = { "glimpse-train": { name: "Glimpse", train: glimpse }, pytorch: { name: "PyTorch", train: pytorch } };

/** @param {unknown} _ @param {import("../depth.js").Depth} depth */
export async function measureNative(_, { trainings }) {
  /** Milliseconds of a drawing. @type {Record<string, number[]>} */
  const times = {};
  /** @type {import("../ground.js").Skipped[]} */
  const skipped = [];
  for (let round = 0; round < trainings; round++) {
    for (const [id, { name, train }] of Object.entries(TRAINERS)) {
      if (skipped.some((other) => other.name === name)) continue;
      try {
        times[id] = [...(times[id] ?? []), await train()];
      } catch (error) {
        skipped.push({ name, why: reason(error) });
      }
    }
  }
  const rows = Object.entries(times).map(([id, times]) => [id, { ...spread(times), rounds: times }]);
  const names = Object.fromEntries(Object.entries(TRAINERS).map(([id, { name }]) => [id, name]));
  return { rows: Object.fromEntries(rows), names, skipped };
}

/** By the program, from its second hundred steps. */
async function glimpse() {
  const folder = await mkdtemp(join(tmpdir(), "glimpse-"));
  const out = ["--checkpoint", join(folder, "checkpoint"), "--out", join(folder, "weights.safetensors")];
  const program = spawn("cargo", ["--quiet", "glimpse", "train", ...out], { cwd: ROOT });
  try {
    const lines = [];
    let first;
    for await (const line of createInterface(program.stderr)) {
      if (/^step \d+ of /.test(line)) {
        if (first) return (performance.now() - first) / (STEPS * BATCH);
        first = performance.now();
      } else {
        lines.push(line);
      }
    }
    throw new Error(`glimpse train: ${lines.at(-1)}`);
  } finally {
    program.kill();
    await rm(folder, { recursive: true });
  }
}

async function pytorch() {
  const script = join(ROOT, "benches/native/training.py");
  try {
    return Number((await promisify(execFile)(PYTHON, [script])).stdout);
  } catch {
    throw new Error("no PyTorch: `pip install torch`, or name a Python that has it in $PYTHON");
  }
}
