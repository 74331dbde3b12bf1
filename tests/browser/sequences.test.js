// Random sequences of calls, aborted at any moment, on engines that stop at any moment, against a plain model of what must be known.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { openPackage } from "../harness/package.js";

/**
 * @typedef {"now" | "microtask" | "task" | "soon" | "later"} Moment
 * @typedef {{ label: number, drawing: number }} Example
 * @typedef {{ do: "learn", label: number, drawing: number, picture: boolean, abort: Moment | null, wait: boolean }
 *   | { do: "forget", label: number, place: number | null, abort: Moment | null, wait: boolean }
 *   | { do: "rename", label: number, to: number, abort: Moment | null, wait: boolean }
 *   | { do: "classify", drawing: number, abort: Moment | null, wait: boolean }
 *   | { do: "fineTune", abort: Moment | null }
 *   | { do: "adopt", tuned: boolean, abort: Moment | null }
 *   | { do: "load", abort: Moment }
 *   | { do: "restore" }
 *   | { do: "dispose" }
 *   | { do: "stop", at: Moment }} Command
 */

/** How many sequences are tried, and from which seed. */
const { SEQUENCES = "40", SEQUENCES_SEED = "17" } = process.env;

/** The longest that a sequence may take, in milliseconds: engines are told from such as hang within some 20 seconds. */
const LONGEST = 180_000;

/** Calls of a sequence. */
const LENGTH = 30;

const moment = fc.constantFrom(.../** @type {const} */ (["now", "microtask", "task", "soon", "later"]));
const abort = fc.option(moment, { freq: 4 });
const label = fc.nat(3);
const drawing = fc.nat(5);
const wait = fc.boolean();

/** @type {fc.Arbitrary<Command>} */
const command = fc.oneof(
  { weight: 120, arbitrary: fc.record({ do: fc.constant("learn"), label, drawing, picture: fc.boolean(), abort, wait }) },
  { weight: 40, arbitrary: fc.record({ do: fc.constant("forget"), label, place: fc.option(fc.nat(2), { freq: 1 }), abort, wait }) },
  { weight: 30, arbitrary: fc.record({ do: fc.constant("rename"), label, to: label, abort, wait }) },
  { weight: 80, arbitrary: fc.record({ do: fc.constant("classify"), drawing, abort, wait }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("fineTune"), abort }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("adopt"), tuned: fc.boolean(), abort }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("load"), abort: moment }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("restore") }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("dispose") }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("stop"), at: moment }) },
);

/** @type {Awaited<ReturnType<typeof openPackage>>} */
let opened;
before(async () => {
  opened = await openPackage();
  await opened.page.evaluate(prepare);
});
after(() => opened?.close());

/** What a sequence needs: drawings, as strokes and as pictures, and a way to end workers. */
async function prepare() {
  const { Worker } = globalThis;
  /** @type {Worker[]} */
  const workers = [];
  globalThis.Worker = class extends Worker {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      workers.push(this);
    }
  };
  const system = /** @type {const} */ ("triplet");
  const instance = await glimpse.Glimpse.load({ system, engine: "simd" });
  const drawings = (await instance.invent({ seed: 3, characters: 6, drawers: 1 })).map(([one]) => one);
  const pictures = [];
  for (const { strokes } of drawings) {
    const canvas = new OffscreenCanvas(120, 120);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.lineWidth = 4;
    for (const stroke of strokes) {
      for (let i = 0; i < stroke.length; i += 2) context.lineTo(stroke[i] + 5, stroke[i + 1] + 5);
      context.stroke();
      context.beginPath();
    }
    pictures.push(await canvas.convertToBlob());
  }
  const traced = [];
  for (const picture of pictures) traced.push(await instance.trace(picture));
  for (const i of [0, 1]) await instance.learn(i, drawings[i]);
  await instance.fineTune({ steps: 5 });
  const tuned = instance.tunedWeights;
  instance.dispose();
  Object.assign(globalThis, { sequence: { system, workers, drawings, pictures, traced, tuned } });
}

/**
 * Plays a sequence in the page.
 *
 * @param {Command[]} commands
 * @returns {Promise<string[]>} where the package and the model disagree
 */
async function play(commands) {
  const { system, workers, drawings, pictures, traced, tuned } = /** @type {any} */ (globalThis).sequence;
  /** Opens an instance, again where engines stopped at it again and again. @param {() => Promise<import("glimpse").Glimpse>} open */
  const surely = async (open) => {
    for (;;) {
      const opened = await open().catch((error) => error);
      if (opened.kind !== "EngineFailed") return opened instanceof Error ? Promise.reject(opened) : opened;
    }
  };
  const load = (/** @type {import("glimpse").LoadOptions} */ options = {}) =>
    glimpse.Glimpse.load({ system, engine: "simd", ...options });
  /** @type {string[]} */
  const faults = [];
  /** What must be known. @type {{ label: string, drawing: import("glimpse").Strokes }[]} */
  let known = [];
  /** @type {Uint8Array | undefined} */
  let weights;
  let stops = 0;
  let instance = await surely(load);

  /** @param {Moment} moment @param {() => void} work */
  const at = (moment, work) => {
    if (moment === "now") return work();
    if (moment === "microtask") return void Promise.resolve().then(work);
    if (moment === "task") {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = work;
      return port2.postMessage(0);
    }
    setTimeout(work, moment === "soon" ? 1 : 8);
  };
  /** A signal that is aborted then. @param {Moment | null} moment */
  const until = (moment) => {
    const controller = new AbortController();
    if (moment) at(moment, () => controller.abort("enough"));
    return { signal: controller.signal };
  };
  /** Calls under way, in the order made, with what each means. @type {{ command: Command, outcome: Promise<any> }[]} */
  let under = [];
  /** @param {Promise<any>} promise @returns {Promise<{ value?: any, error?: any }>} */
  const settled = (promise) => promise.then((value) => ({ value }), (error) => ({ error }));
  /** What an error may be, wherever an engine stopped at a call again and again. @param {any} error */
  const tolerable = (error) => error === "enough" || (error?.kind === "EngineFailed" && stops > 1);

  /** Waits for all calls under way, and goes through what they mean in the order made. */
  const settle = async () => {
    for (const { command, outcome } of under) {
      const { value, error } = await outcome;
      if (command.do === "classify") {
        const labels = [...new Set(known.map(({ label }) => label))].sort();
        if (labels.length < 2 && error?.kind === ["NoSupport", "OneClass"][labels.length]) continue;
        if (error !== undefined) {
          if (!tolerable(error)) faults.push(`classify of ${labels}: ${error.kind} ${error.message ?? error}`);
          continue;
        }
        const answered = value.ranking.map((/** @type {import("glimpse").Ranked} */ { label }) => label).sort();
        if (String(answered) !== String(labels)) faults.push(`answered ${answered}, known ${labels}`);
      } else if (error !== undefined) {
        // Of a label that has no drawing, or no such one.
        const own = known.filter(({ label }) => "label" in command && label === `${command.label}`).length;
        const idle = command.do === "rename" ? own === 0 : command.do === "forget" && (command.place ?? -1) >= own;
        if (idle && error.kind === (command.do === "rename" ? "BadLabel" : "BadOption")) continue;
        if (!tolerable(error)) faults.push(`${command.do}: ${error.kind} ${error.message ?? error}`);
      } else if (command.do === "learn") {
        const drawing = (command.picture ? traced : drawings)[command.drawing];
        known.push({ label: `${command.label}`, drawing });
      } else if (command.do === "forget") {
        const own = known.filter(({ label }) => label === `${command.label}`);
        known = known.filter(({ label }) => label !== `${command.label}`);
        if (command.place !== null) known.push(...own.toSpliced(command.place, 1));
      } else if (command.do === "rename") {
        const [label, to] = [`${command.label}`, `${command.to}`];
        const own = known.filter((example) => [label, to].includes(example.label));
        known = known.filter((example) => !own.includes(example));
        known.push(...own.map(({ drawing }) => ({ label: to, drawing })));
      }
    }
    under = [];
    stops = 0;
    /** @param {readonly import("glimpse").Example[]} examples */
    const plain = (examples) => JSON.stringify(examples.map(({ label, drawing }) => [label, drawing.strokes]));
    if (plain(instance.examples) !== plain(known)) {
      const labels = instance.examples.map((/** @type {import("glimpse").Example} */ { label }) => label);
      faults.push(`the page knows ${labels}, must know ${known.map(({ label }) => label)}`);
    }
    if (String(instance.tunedWeights) !== String(weights)) faults.push("other weights than those put into place");
  };

  for (const command of commands) {
    if (command.do === "stop") {
      stops += 1;
      at(command.at, () => workers.at(-1)?.terminate());
      continue;
    }
    if (command.do === "learn" || command.do === "forget" || command.do === "rename" || command.do === "classify") {
      const { signal } = until(command.abort);
      const call =
        command.do === "learn"
          ? instance.learn(command.label, (command.picture ? pictures : drawings)[command.drawing], { signal })
          : command.do === "forget"
            ? instance.forget(command.label, { signal, ...(command.place !== null && { drawing: command.place }) })
            : command.do === "rename"
            ? instance.rename(command.label, command.to, { signal })
            : instance.classify(drawings[command.drawing], { signal });
      under.push({ command, outcome: settled(call) });
      if (command.wait) await settle();
      continue;
    }
    await settle();
    if (command.do === "fineTune") {
      const { value, error } = await settled(instance.fineTune({ steps: 1, ...until(command.abort) }));
      const few = new Set(known.map(({ label }) => label)).size < 2 && error?.kind === "OneClass";
      if (error !== undefined && !few && !tolerable(error)) faults.push(`fineTune: ${error.kind} ${error.message ?? error}`);
      if (value?.best > 0) weights = instance.tunedWeights;
    } else if (command.do === "adopt") {
      const wanted = command.tuned ? tuned : undefined;
      const { error } = await settled(instance.adoptWeights(wanted, until(command.abort)));
      if (error === undefined) weights = wanted;
      else if (!tolerable(error)) faults.push(`adopt: ${error.kind} ${error.message ?? error}`);
    } else if (command.do === "load") {
      const { value, error } = await settled(load({ support: instance.examples, ...until(command.abort) }));
      value?.dispose();
      if (error !== undefined && !tolerable(error)) faults.push(`load: ${error.kind} ${error.message ?? error}`);
    } else if (command.do === "restore") {
      const file = await instance.save();
      const restored = await surely(() => glimpse.Glimpse.restore(file, { engine: "simd" }));
      instance.dispose();
      instance = restored;
    } else {
      instance.dispose();
      const { error } = await settled(instance.classify(drawings[0]));
      if (error?.kind !== "Disposed") faults.push(`after its end: ${error?.kind ?? "an answer"}`);
      instance = await surely(() => load({ support: known, ...(weights && { tuned: weights }) }));
    }
  }
  await settle();

  // The engine knows what the page does: one that is opened with it answers the same.
  const fresh = await surely(() => load({ support: known, ...(weights && { tuned: weights }) }));
  const answers = [];
  for (const one of [instance, fresh]) {
    const { value, error } = await settled(one.classify(drawings[0]));
    answers.push(value ? value.ranking : error.kind);
    one.dispose();
  }
  if (JSON.stringify(answers[0]) !== JSON.stringify(answers[1])) {
    faults.push(`the engine answers ${JSON.stringify(answers[0])}, one that is taught the same ${JSON.stringify(answers[1])}`);
  }
  return faults;
}

test("whatever is called, aborted and stopped, page and engine know the same: what a plain model does", async (context) => {
  const sequence = fc.array(command, { minLength: LENGTH, maxLength: LENGTH, size: "max" });
  let played = 0;
  const property = fc.asyncProperty(sequence, async (commands) => {
    const faults = await opened.page.evaluate(play, commands);
    played += 1;
    assert.deepEqual(faults, []);
  });
  const [seed, numRuns] = [Number(SEQUENCES_SEED), Number(SEQUENCES)];
  const { failed, errorInstance, counterexample } = await fc.check(property, { seed, numRuns, timeout: LONGEST, endOnFailure: true });
  context.diagnostic(`${played} sequences of ${LENGTH} calls, seed ${seed}`);
  assert.ok(!failed, `seed ${seed}: ${errorInstance}\n${JSON.stringify(counterexample)}`);
  assert.equal(played, numRuns);
});
