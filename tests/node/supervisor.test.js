// How a session is kept alive, with hosts that are made for it: when calls are sent, and what becomes of them when an engine stops.
import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import fc from "fast-check";
import { GlimpseError } from "../../pkg/build/error.js";
import { Supervisor } from "../../pkg/build/supervisor.js";
import { Watch } from "../../pkg/build/watch.js";

/**
 * @typedef {import("../../pkg/build/supervisor.js").Connection} Connection
 * @typedef {import("../../pkg/build/supervisor.js").Known} Known
 * @typedef {{ call: string, request: any, options: any, reply(value?: any): void, fail(error: unknown): void }} Sent
 */

const STOPPED = new GlimpseError("EngineFailed", "It stopped.");
const stroke = (/** @type {number} */ at) => ({ strokes: [[at, at]] });

/** A supervisor, and the hosts that it opens one after the other, whose calls wait to be answered. */
function supervised() {
  /** @type {{ known: Known, sent: Sent[], ended: boolean, kinds: readonly string[] }[]} */
  const hosts = [];
  /** @type {(unknown | undefined)[]} */
  const refusals = [];
  const connect = async (/** @type {readonly any[]} */ kinds, /** @type {Known} */ known) => {
    const refusal = refusals.shift();
    if (refusal) throw refusal;
    /** @type {typeof hosts[number]} */
    const host = { known: { ...known, examples: [...known.examples] }, sent: [], ended: false, kinds };
    hosts.push(host);
    const link = {
      call: (/** @type {string} */ call, /** @type {any} */ request, /** @type {any} */ options) =>
        new Promise((reply, fail) => host.sent.push({ call, request, options, reply, fail })),
    };
    const engine = { kind: kinds[0], selfTestError: 0, refused: [] };
    return /** @type {Connection} */ (/** @type {unknown} */ ({ link, session: hosts.length, engine, end: () => (host.ended = true) }));
  };
  const nothing = { examples: [], tuned: undefined };
  const opened = connect(["simd"], nothing).then((connection) => new Supervisor(connect, connection, nothing));
  return { opened, hosts, refusals };
}

/** What a promise came to by now. @param {Promise<unknown>} promise */
function fateOf(promise) {
  /** @type {{ fate: string | unknown }} */
  const seen = { fate: "waits" };
  promise.then((value) => (seen.fate = { value }), (error) => (seen.fate = { error }));
  return seen;
}

/** Lets promises settle. */
const soon = () => new Promise((done) => setImmediate(done));

test("calls are sent in the order made, though one takes long to be read", async () => {
  const { opened, hosts } = supervised();
  const supervisor = await opened;
  /** @type {(request: any) => void} */
  let read = () => {};
  const slow = supervisor.call("learn", /** @type {Promise<any>} */ (new Promise((resolve) => (read = resolve))));
  const quick = supervisor.call("forget", { label: "b" });
  await soon();
  assert.equal(hosts[0].sent.length, 0);
  read({ label: "a", drawing: stroke(1) });
  await soon();
  assert.deepEqual(hosts[0].sent.map(({ call }) => call), ["learn", "forget"]);
  assert.equal(hosts[0].sent[0].request.session, 1);
  hosts[0].sent[0].reply(stroke(1));
  hosts[0].sent[1].reply();
  await Promise.all([slow, quick]);
  assert.deepEqual(supervisor.examples, [{ label: "a", drawing: stroke(1) }]);
});

test("one that cannot be read fails alone", async () => {
  const { opened, hosts } = supervised();
  const supervisor = await opened;
  const broken = fateOf(supervisor.call("learn", Promise.reject(new GlimpseError("BadImage", "no"))));
  const sound = supervisor.call("forget", { label: "b" });
  await soon();
  hosts[0].sent[0].reply();
  await sound;
  assert.equal(/** @type {any} */ (broken.fate).error.kind, "BadImage");
});

test("an answer's places are those of the labels that were known when it came, whatever comes right after it", async () => {
  const { opened, hosts } = supervised();
  const supervisor = await opened;
  const many = supervisor.call("learnMany", { examples: ["a", "b", "a", "c"].map((label, i) => ({ label, drawing: stroke(i) })) });
  const answer = supervisor.call("classify", { drawing: stroke(1) });
  const forgotten = supervisor.call("forget", { label: "a" });
  await soon();
  const placed = { places: Uint32Array.of(2, 0, 1), scores: new Float32Array(3), similarity: new Float32Array(3), familiarity: 1, millis: 1 };
  // In the page they come within one task.
  hosts[0].sent[0].reply([0, 1, 2, 3].map(stroke));
  hosts[0].sent[1].reply(placed);
  hosts[0].sent[2].reply();
  await Promise.all([many, forgotten]);
  assert.deepEqual((await answer).labels, ["a", "b", "c"]);
  assert.deepEqual(supervisor.labels, ["b", "c"]);
  assert.deepEqual(supervisor.examples, [{ label: "b", drawing: stroke(1) }, { label: "c", drawing: stroke(3) }]);
});

test("when an engine stops, another knows what was acknowledged, and gets what was not, one by one, in order", async () => {
  const { opened, hosts } = supervised();
  const supervisor = await opened;
  /** @type {unknown[]} */
  const recoveries = [];
  supervisor.onrecover = (recovery) => recoveries.push(recovery);
  const known = supervisor.call("learn", { label: "a", drawing: stroke(1) });
  const [second, third] = [2, 3].map((at) => supervisor.call("learn", { label: `${at}`, drawing: stroke(at) }));
  hosts[0].sent[0].reply(stroke(1));
  await known;
  for (const { fail } of hosts[0].sent.slice(1)) fail(STOPPED);
  await soon();
  assert.ok(hosts[0].ended);
  assert.deepEqual(hosts[1].known.examples.map(({ label }) => label), ["a"]);
  assert.deepEqual(hosts[1].sent.map(({ request }) => request.label), ["2"]);
  hosts[1].sent[0].reply(stroke(2));
  await second;
  assert.deepEqual(hosts[1].sent.map(({ request }) => request.label), ["2", "3"]);
  hosts[1].sent[1].reply(stroke(3));
  await third;
  assert.deepEqual(supervisor.examples.map(({ label }) => label), ["a", "2", "3"]);
  assert.deepEqual(recoveries, [{ from: "simd", to: "simd", why: "It stopped." }]);
});

test("a call at which two engines stop is given up, and takes no other with it", async () => {
  const { opened, hosts } = supervised();
  const supervisor = await opened;
  const poison = fateOf(supervisor.call("classify", { drawing: stroke(1) }));
  const sound = supervisor.call("learn", { label: "a", drawing: stroke(2) });
  for (const { fail } of hosts[0].sent) fail(STOPPED);
  await soon();
  assert.deepEqual(hosts[1].sent.map(({ call }) => call), ["classify"], "the one suspected goes alone");
  hosts[1].sent[0].fail(STOPPED);
  await soon();
  assert.equal(/** @type {any} */ (poison.fate).error, STOPPED);
  assert.deepEqual(hosts[2].sent.map(({ call }) => call), ["learn"]);
  hosts[2].sent[0].reply(stroke(2));
  await sound;
});

test("others go on beside a fine-tuning that is made once more", async () => {
  const { opened, hosts } = supervised();
  const supervisor = await opened;
  const tuning = fateOf(supervisor.call("fineTune", () => ({ engines: [/** @type {const} */ ("flex")] })));
  hosts[0].sent[0].fail(STOPPED);
  await soon();
  void supervisor.call("classify", { drawing: stroke(1) });
  assert.deepEqual(hosts[1].sent.map(({ call }) => call), ["fineTune", "classify"]);
  assert.equal(tuning.fate, "waits");
});

test("an abort before a call is sent ends it, and after that the host says whether it was done", async () => {
  const { opened, hosts } = supervised();
  const supervisor = await opened;
  const controller = new AbortController();
  const { signal } = controller;
  const waits = fateOf(supervisor.call("learn", new Promise(() => {}), { signal }));
  const behind = fateOf(supervisor.call("forget", { label: "b" }, { signal }));
  controller.abort("enough");
  await soon();
  assert.deepEqual(waits.fate, { error: "enough" });
  assert.equal(hosts[0].sent.length, 0);
  assert.deepEqual(behind.fate, { error: "enough" });

  const late = new AbortController();
  const done = supervisor.call("learn", { label: "a", drawing: stroke(1) }, { signal: late.signal });
  late.abort("enough");
  hosts[0].sent[0].reply(stroke(1));
  await done;
  assert.deepEqual(supervisor.examples.map(({ label }) => label), ["a"]);
});

test("a change that was aborted is not made once more", async () => {
  const { opened, hosts } = supervised();
  const supervisor = await opened;
  const controller = new AbortController();
  const learning = fateOf(supervisor.call("learn", { label: "a", drawing: stroke(1) }, { signal: controller.signal }));
  controller.abort("enough");
  hosts[0].sent[0].fail(STOPPED);
  await soon();
  assert.deepEqual(learning.fate, { error: "enough" });
  assert.equal(hosts[1].sent.length, 0);
});

test("where no engine can be opened the calls that wait fail, and the next one tries again", async () => {
  const { opened, hosts, refusals } = supervised();
  const supervisor = await opened;
  refusals.push(new GlimpseError("LoadFailed", "no network"));
  const waits = fateOf(supervisor.call("classify", { drawing: stroke(1) }));
  hosts[0].sent[0].fail(STOPPED);
  await soon();
  assert.equal(/** @type {any} */ (waits.fate).error.kind, "LoadFailed");
  const again = supervisor.call("embed", { drawing: stroke(1) });
  await soon();
  hosts[1].sent[0].reply("answered");
  assert.equal(await again, "answered");
});

test("what an engine answers after it was given up is not heard", async () => {
  const { opened, hosts } = supervised();
  const supervisor = await opened;
  const [first, second] = ["a", "b"].map((label) => supervisor.call("learn", { label, drawing: stroke(1) }));
  hosts[0].sent[0].fail(STOPPED);
  await soon();
  hosts[0].sent[1].reply(stroke(9));
  await soon();
  assert.deepEqual(supervisor.examples, []);
  hosts[1].sent[0].reply(stroke(1));
  await first;
  hosts[1].sent[1].reply(stroke(2));
  await second;
  assert.deepEqual(supervisor.examples.map(({ drawing }) => drawing), [stroke(1), stroke(2)]);
});

test("calls made before the end are answered, later ones are refused, and the session ends once", async () => {
  const { opened, hosts } = supervised();
  const supervisor = await opened;
  const last = supervisor.call("embed", { drawing: stroke(1) });
  supervisor.close();
  const refused = fateOf(supervisor.call("embed", Promise.reject(new Error("unread"))));
  await soon();
  assert.equal(/** @type {any} */ (refused.fate).error.kind, "Disposed");
  assert.ok(!hosts[0].ended);
  hosts[0].sent[0].reply("answered");
  assert.equal(await last, "answered");
  assert.ok(hosts[0].ended);
});

test("whatever stops, aborts and answers in whatever order: each call ends, and each change is known once or not at all", async () => {
  const action = fc.oneof(
    fc.record({ do: fc.constant("learn"), slow: fc.boolean() }),
    fc.record({ do: fc.constantFrom("read", "abort", "answer", "refuse", "stop", "fail to open"), which: fc.nat(5) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
      const { opened, hosts, refusals } = supervised();
      const supervisor = await opened;
      /** @type {{ label: string, fate: ReturnType<typeof fateOf>, controller: AbortController, read(): void }[]} */
      const made = [];
      // What the host that runs has learnt, as it would.
      const host = () => hosts[hosts.length - 1];
      /** @type {string[]} */
      let engine = [];
      let opened_ = hosts.length;
      const follow = () => {
        if (hosts.length > opened_) engine = host().known.examples.map(({ label }) => label);
        opened_ = hosts.length;
      };
      const open = () => host().sent.filter((sent) => !(/** @type {any} */ (sent).over));
      for (const action of actions) {
        if (action.do === "learn") {
          const label = `${made.length}`;
          const request = { label, drawing: stroke(made.length) };
          const controller = new AbortController();
          let read = () => {};
          const asked = action.slow ? new Promise((done) => (read = () => done(request))) : request;
          const promise = supervisor.call("learn", /** @type {any} */ (asked), { signal: controller.signal });
          made.push({ label, fate: fateOf(promise), controller, read });
        } else if (action.do === "read") made[action.which]?.read();
        else if (action.do === "abort") made[action.which]?.controller.abort("enough");
        else if (action.do === "fail to open") refusals.push(STOPPED);
        else if (action.do === "stop") {
          for (const sent of open()) {
            Object.assign(sent, { over: true });
            sent.fail(STOPPED);
          }
        } else {
          const [sent] = open();
          if (!sent) continue;
          Object.assign(sent, { over: true });
          if (action.do === "refuse") sent.fail(new GlimpseError("EmptyDrawing", "no ink"));
          else {
            engine.push(sent.request.label);
            sent.reply(sent.request.drawing);
          }
        }
        await soon();
        follow();
      }
      refusals.length = 0;
      for (const { read } of made) read();
      for (let left = 200; left > 0; left -= 1) {
        await soon();
        follow();
        for (const sent of open()) {
          Object.assign(sent, { over: true });
          engine.push(sent.request.label);
          sent.reply(sent.request.drawing);
        }
      }
      const page = supervisor.examples.map(({ label }) => label);
      assert.deepEqual(page, engine, "page and engine know the same");
      assert.equal(new Set(page).size, page.length, "and nothing twice");
      for (const { label, fate } of made) {
        assert.notEqual(fate.fate, "waits", `call ${label} ends`);
        assert.equal("value" in /** @type {object} */ (fate.fate), page.includes(label), `call ${label} is known if it was done`);
      }
    }),
    { numRuns: 300, seed: 17 },
  );
});

describe("silence", () => {
  /** Seconds pass while a watched host answers a ping with what `pulse` gives. @param {number} seconds @param {() => any} pulse */
  const after = (seconds, pulse) => {
    mock.timers.enable({ apis: ["setInterval"] });
    let now = 0;
    const clock = mock.method(performance, "now", () => now);
    try {
      /** @type {number[]} */
      const silences = [];
      const watch = new Watch(
        () => {
          const given = pulse();
          if (given) watch.heard(given);
        },
        () => false,
        (seconds) => silences.push(seconds),
      );
      watch.start();
      for (let second = 0; second < seconds; second += 1) {
        now += 1000;
        mock.timers.tick(1000);
      }
      watch.stop();
      return { silences, sleep: (/** @type {number} */ millis) => (now += millis) };
    } finally {
      clock.mock.restore();
      mock.timers.reset();
    }
  };

  test("of a host that answers nothing any more is noticed within ten seconds", () => {
    const once = () => {
      let given = 0;
      return () => ((given += 1) > 1 ? undefined : { beat: 0 });
    };
    assert.deepEqual(after(10, once()).silences, []);
    assert.deepEqual(after(12, once()).silences, [10]);
  });

  test("of a host that does not start is noticed within twenty", () => {
    assert.deepEqual(after(19, () => undefined).silences, []);
    assert.deepEqual(after(22, () => undefined).silences, [20]);
  });

  test("is work that does not move, though the host answers", () => {
    assert.equal(after(15, () => ({ beat: 3, kind: "flex" })).silences.length, 1);
    assert.deepEqual(after(55, () => ({ beat: 3, kind: "webgpu" })).silences, [], "graphics compile their kernels first");
    assert.equal(after(70, () => ({ beat: 3, kind: "webgpu" })).silences.length, 1);
  });

  test("is not work that goes on, nor a download, however long it takes", () => {
    let beat = 0;
    assert.deepEqual(after(100, () => ({ beat: (beat += 1), kind: "simd" })).silences, []);
    assert.deepEqual(after(100, () => ({ beat: 0 })).silences, []);
  });

  test("of a page that slept is not counted", () => {
    mock.timers.enable({ apis: ["setInterval"] });
    let now = 0;
    const clock = mock.method(performance, "now", () => now);
    try {
      let silences = 0;
      const watch = new Watch(() => {}, () => false, () => (silences += 1));
      watch.start();
      for (const slept of [3_600_000, 1000, 1000]) {
        now += slept;
        mock.timers.tick(1000);
      }
      assert.equal(silences, 0);
      watch.stop();
    } finally {
      clock.mock.restore();
      mock.timers.reset();
    }
  });
});
