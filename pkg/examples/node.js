// A classification without a browser: `node examples/node.js`. Node fetches no files, so it is given their bytes.
import { readFile } from "node:fs/promises";
import { Glimpse } from "glimpse";

const bytes = (name) => readFile(new URL(import.meta.resolve(`glimpse/${name}`)));

const glimpse = await Glimpse.load({
  engine: "simd",
  worker: false,
  wasm: { simd: await bytes("wasm/simd/glimpse_bg.wasm") },
  weights: await bytes("weights/siamese.safetensors"),
});

await glimpse.learn("circle", { strokes: [[50, 20, 75, 30, 85, 55, 70, 80, 45, 85, 20, 70, 15, 45, 30, 25, 50, 20]] });
await glimpse.learn("cross", { strokes: [[20, 20, 80, 80], [80, 20, 20, 80]] });
await glimpse.learn("gallows", { strokes: [[25, 90, 25, 15, 75, 15, 75, 40]] });

const { ranking, millis } = await glimpse.classify({ strokes: [[25, 15, 78, 88], [85, 25, 18, 75]] });
for (const { label, score } of ranking) console.log(score.toFixed(2), label);
console.log(`by ${glimpse.engine.kind} in ${millis.toFixed(1)} ms`);
glimpse.dispose();
