// Drawings as SVG and InkML, and back. No browser is needed.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { ROOT } from "../harness/data.js";

/** @type {typeof import("glimpse/formats")} */
const { fromInkML, fromSvg, toInkML, toSvg } = await import(pathToFileURL(join(ROOT, "pkg/dist/formats.js")).href);
/** @type {typeof import("glimpse")} */
const { GlimpseError } = await import(pathToFileURL(join(ROOT, "pkg/dist/index.js")).href);

const coordinate = fc.integer({ min: -1e6, max: 1e6 }).map((value) => value / 1000);
const points = fc.array(fc.tuple(coordinate, coordinate, fc.integer({ min: 0, max: 1000 })), { minLength: 1, maxLength: 20 });
const drawings = fc.array(points, { minLength: 1, maxLength: 6 });

test("a drawing comes back from InkML as it was, with its pressure", () => {
  fc.assert(
    fc.property(drawings, fc.boolean(), (drawing, pressed) => {
      const strokes = drawing.map((stroke) => stroke.flatMap(([x, y]) => [x, y]));
      const pressures = drawing.map((stroke) => stroke.map(([, , force]) => force / 1000));
      const given = pressed ? { strokes, pressures } : { strokes };
      assert.deepEqual(fromInkML(toInkML(given)), given);
    }),
  );
});

test("a drawing comes back from SVG as it was; a point as a line of no length", () => {
  fc.assert(
    fc.property(drawings, (drawing) => {
      const strokes = drawing.map((stroke) => stroke.flatMap(([x, y]) => [x, y]));
      const dotted = strokes.map((stroke) => (stroke.length === 2 ? [...stroke, ...stroke] : stroke));
      assert.deepEqual(fromSvg(toSvg({ strokes })), { strokes: dotted });
    }),
  );
});

test("straight lines are read however an SVG says them", () => {
  const svg = `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><!-- <line x1="9"/> -->
    <path d="M10 20h5v-5H0 M1,1l2-3.5 1e1,.5z"/><polygon points='0,0 4,0 4,3'/><line x1="1" y1="2" x2="3" y2="4"/></svg>`;
  assert.deepEqual(fromSvg(svg).strokes, [
    [10, 20, 15, 20, 15, 15, 0, 15],
    [1, 1, 3, -2.5, 13, -2, 1, 1],
    [0, 0, 4, 0, 4, 3, 0, 0],
    [1, 2, 3, 4],
  ]);
});

test("InkML of others is read: channels in their order, spaces and lines between points", () => {
  const ink = `<inkml:ink xmlns:inkml="http://www.w3.org/2003/InkML"><inkml:traceFormat><inkml:channel name='T'/><inkml:channel name='Y'/>
    <inkml:channel name='X'/></inkml:traceFormat><inkml:trace id="a">0 20 10,
    1 21 11</inkml:trace><inkml:trace>2 5 6</inkml:trace></inkml:ink>`;
  assert.deepEqual(fromInkML(ink), { strokes: [[10, 20, 11, 21], [6, 5]] });
});

test("what cannot be read is refused, with what to do", () => {
  /** @type {[() => unknown, RegExp][]} */
  const cases = [
    [() => fromSvg(`<svg><path d="M0 0C1 1 2 2 3 3"/></svg>`), /curves.*as a Blob/],
    [() => fromSvg(`<svg><g transform="scale(2)"><path d="M0 0L1 1"/></g></svg>`), /a transform/],
    [() => fromSvg(`<svg><path transform="scale(2)" d="M0 0L1 1"/></svg>`), /a transform/],
    [() => fromSvg("<p>nothing</p>"), /no lines/],
    [() => fromInkML(`<ink><trace>1 2, '1 '2</trace></ink>`), /differences/],
    [() => fromInkML("<ink></ink>"), /no lines/],
    [() => fromInkML(`<ink><traceFormat><channel name="T"/></traceFormat><trace>1</trace></ink>`), /no channels X and Y/],
    [() => toSvg({ strokes: [[1]] }), /even count/],
  ];
  for (const [read, message] of cases) {
    assert.throws(read, (error) => error instanceof GlimpseError && error.kind === "BadDrawing" && message.test(error.message));
  }
});
