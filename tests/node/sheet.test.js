// The sheet as a state machine: sequences of events in, strokes out. No browser takes part.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Sheet, SIDE } from "glimpse/ink";

/** @typedef {import("glimpse/ink").PointerSample} Sample */

/** @type {Sheet} */
let sheet;
let now = 0;

beforeEach(() => {
  sheet = new Sheet();
  now = 10_000;
});

/** @type {Record<string, Partial<Sample>>} */
const POINTERS = {
  mouse: { pointerId: 1, pointerType: "mouse" },
  pen: { pointerId: 7, pointerType: "pen", pressure: 0.6 },
  finger: { pointerId: 11, pointerType: "touch" },
  thumb: { pointerId: 12, pointerType: "touch", isPrimary: false },
};

/**
 * @param {keyof typeof POINTERS} who
 * @param {number} x
 * @param {number} y
 * @param {Partial<Sample>} [more]
 * @returns {Sample}
 */
function sample(who, x, y, more) {
  now += 10;
  const pressed = { isPrimary: true, button: 0, buttons: 1, pressure: 0.5, timeStamp: now };
  return { pointerId: 0, pointerType: "", ...pressed, ...POINTERS[who], x, y, ...more };
}

/** @typedef {(who: keyof typeof POINTERS, x: number, y: number, more?: Partial<Sample>) => boolean} Act */

/** @type {Act} */
const down = (who, x, y, more) => sheet.down(sample(who, x, y, more));
/** @type {Act} */
const move = (who, x, y, more) => sheet.move(sample(who, x, y, { button: -1, ...more }));
const up = (/** @type {keyof typeof POINTERS} */ who) => sheet.up(POINTERS[who].pointerId ?? 0, (now += 10));
const cancel = (/** @type {keyof typeof POINTERS} */ who) => sheet.cancel(POINTERS[who].pointerId ?? 0);

/** A stroke from one place to another. @type {(who: keyof typeof POINTERS, ...points: [number, number][]) => void} */
function draw(who, first, ...rest) {
  down(who, ...first);
  for (const point of rest) move(who, ...point);
  up(who);
}

/** Where the strokes go. */
const ink = () => sheet.strokes.map(({ points }) => points.map(([x, y]) => [x, y]));
const wait = (/** @type {number} */ millis) => (now += millis);

for (const who of Object.keys(POINTERS).filter((who) => who !== "thumb")) {
  test(`a ${who} draws a stroke`, () => {
    draw(who, [10, 10], [20, 30], [40, 50]);
    assert.deepEqual(ink(), [[[10, 10], [20, 30], [40, 50]]]);
    assert.equal(sheet.held, false);
  });
}

test("the ink under way is wet, and a point alone does not count before the pen is lifted", () => {
  down("mouse", 10, 10);
  assert.deepEqual([sheet.wet.length, sheet.ink.length, sheet.strokes.length], [1, 0, 0]);
  move("mouse", 20, 20);
  assert.deepEqual([sheet.wet.length, sheet.ink.length, sheet.strokes.length], [1, 1, 0]);
  up("mouse");
  assert.deepEqual([sheet.wet.length, sheet.ink.length, sheet.strokes.length], [0, 1, 1]);
});

test("only a pen's own pressure is kept", () => {
  draw("pen", [10, 10], [20, 20]);
  draw("mouse", [10, 10], [20, 20]);
  assert.deepEqual(sheet.strokes.map(({ pressed, points: [[, , pressure]] }) => [pressed, pressure]), [[true, 0.6], [false, 0.5]]);
});

describe("a palm and a pen", () => {
  test("the palm lands first: its ink goes", () => {
    down("finger", 90, 90);
    move("finger", 91, 90);
    draw("pen", [10, 10], [20, 20]);
    move("finger", 95, 95);
    up("finger");
    assert.deepEqual(ink(), [[[10, 10], [20, 20]]]);
  });

  test("the palm landed and left shortly before: its ink goes, and cannot be had back", () => {
    draw("finger", [90, 90]);
    draw("finger", [80, 90]);
    draw("pen", [10, 10], [20, 20]);
    assert.deepEqual(ink(), [[[10, 10], [20, 20]]]);
    sheet.undo();
    assert.equal(sheet.canUndo, false);
  });

  test("the palm is down when the pen comes near, and goes on", () => {
    down("finger", 90, 90);
    move("finger", 80, 80);
    move("pen", 10, 10, { buttons: 0 });
    assert.deepEqual([sheet.wet.length, sheet.held], [0, false]);
    move("finger", 70, 70);
    up("finger");
    assert.deepEqual(ink(), []);
  });

  test("the palm lands while the pen draws, and between two strokes", () => {
    down("pen", 10, 10);
    assert.equal(down("finger", 90, 90), false);
    move("pen", 20, 20);
    up("pen");
    up("finger");
    wait(1000);
    draw("finger", [90, 90], [95, 95]);
    draw("pen", [30, 30], [40, 40]);
    assert.deepEqual(ink(), [[[10, 10], [20, 20]], [[30, 30], [40, 40]]]);
  });

  test("what a finger drew long before a pen came stays, and a finger draws again once the pen is away", () => {
    draw("finger", [10, 10], [20, 20]);
    wait(2000);
    draw("pen", [30, 30], [40, 40]);
    wait(4000);
    draw("finger", [50, 50], [60, 60]);
    assert.equal(sheet.strokes.length, 3);
  });

  test("with `penOnly` no finger draws, and pen and mouse do", () => {
    sheet.penOnly = true;
    draw("finger", [10, 10], [20, 20]);
    assert.deepEqual(ink(), []);
    draw("pen", [10, 10], [20, 20]);
    draw("mouse", [10, 10], [20, 20]);
    assert.equal(sheet.strokes.length, 2);
  });
});

describe("what was not meant to be drawn", () => {
  for (const who of ["finger", "pen", "mouse"]) {
    test(`a ${who} that the system cancels leaves nothing`, () => {
      draw("mouse", [1, 1], [2, 2]);
      wait(5000);
      down(who, 10, 10);
      move(who, 20, 20);
      cancel(who);
      move(who, 30, 30);
      up(who);
      assert.deepEqual(ink(), [[[1, 1], [2, 2]]]);
    });
  }

  test("a second finger withdraws the first's stroke; neither draws until both are lifted", () => {
    down("finger", 10, 10);
    move("finger", 20, 20);
    assert.equal(down("thumb", 60, 60), false);
    move("finger", 30, 30);
    move("thumb", 70, 70);
    up("finger");
    move("thumb", 80, 80);
    assert.equal(down("finger", 10, 10, { isPrimary: false }), false);
    up("finger");
    up("thumb");
    assert.deepEqual(ink(), []);
    draw("finger", [10, 10], [20, 20]);
    assert.equal(sheet.strokes.length, 1);
  });

  test("a finger elsewhere on the page is no second one", () => {
    draw("thumb", [10, 10], [20, 20]);
    assert.equal(sheet.strokes.length, 1);
  });

  for (const [what, who, press] of /** @type {const} */ ([
    ["the right button", "mouse", { button: 2, buttons: 2 }],
    ["the middle button", "mouse", { button: 1, buttons: 4 }],
    ["the back button", "mouse", { button: 3, buttons: 8 }],
    ["a pen's barrel button", "pen", { button: 2, buttons: 2 }],
  ])) {
    test(`${what} draws nothing`, () => {
      assert.equal(down(who, 10, 10, press), false);
      move(who, 20, 20, press);
      up(who);
      assert.deepEqual(ink(), []);
    });
  }

  test("another button beside the first changes nothing", () => {
    down("mouse", 10, 10);
    move("mouse", 20, 20, { button: 2, buttons: 3 });
    move("mouse", 30, 30, { button: 2, buttons: 1 });
    up("mouse");
    assert.deepEqual(ink(), [[[10, 10], [20, 20], [30, 30]]]);
  });

  test("another pointer beside the one that draws is ignored", () => {
    down("mouse", 10, 10);
    assert.equal(down("finger", 50, 50), false);
    move("finger", 60, 60);
    up("finger");
    move("mouse", 20, 20);
    up("mouse");
    assert.deepEqual(ink(), [[[10, 10], [20, 20]]]);
  });
});

describe("a stroke whose end is not heard of", () => {
  test("ends where the button was last seen down", () => {
    down("mouse", 10, 10);
    move("mouse", 20, 20);
    assert.equal(move("mouse", 80, 80, { buttons: 0 }), false);
    draw("mouse", [50, 50], [60, 60]);
    assert.deepEqual(ink(), [[[10, 10], [20, 20]], [[50, 50], [60, 60]]]);
  });

  test("ends as the same pointer comes down again", () => {
    down("mouse", 10, 10);
    move("mouse", 20, 20);
    draw("mouse", [50, 50], [60, 60]);
    assert.deepEqual(ink(), [[[10, 10], [20, 20]], [[50, 50], [60, 60]]]);
  });

  test("of a finger, ends as another finger comes down that is the only one", () => {
    down("finger", 10, 10);
    move("finger", 20, 20);
    draw("finger", [50, 50], [60, 60]);
    sheet.down(sample("finger", 1, 1, { pointerId: 21 }));
    sheet.up(21, now);
    assert.deepEqual(ink(), [[[10, 10], [20, 20]], [[50, 50], [60, 60]], [[1, 1]]]);
  });
});

describe("a stroke that runs out of the sheet", () => {
  test("ends at the edge", () => {
    draw("mouse", [50, 50], [50, -50], [90, -50]);
    assert.deepEqual(ink(), [[[50, 50], [50, 0]]]);
  });

  test("is another one where it comes back, and both are one to undo", () => {
    down("mouse", 50, 50);
    move("mouse", 50, -50);
    move("mouse", 90, -50);
    move("mouse", 90, 50);
    assert.equal(sheet.wet.length, 2);
    up("mouse");
    assert.deepEqual(ink(), [[[50, 50], [50, 0]], [[90, 0], [90, 50]]]);
    sheet.undo();
    assert.deepEqual(ink(), []);
  });

  test("across a corner between two events, leaves what was on the sheet", () => {
    draw("mouse", [100, 50], [110, 50], [50, 110], [50, 100]);
    assert.deepEqual(ink(), [[[100, 50], [105, 50]], [[105, 55], [55, 105]], [[50, 105], [50, 100]]]);
  });

  test("every point of every stroke is on the sheet, wherever the pointer goes", () => {
    let seed = 1;
    const random = () => ((seed = (seed * 16807) % 2147483647) / 2147483647) * 3 * SIDE - SIDE;
    for (let i = 0; i < 200; i += 1) draw("mouse", [50, 50], ...Array.from({ length: 8 }, () => /** @type {[number, number]} */ ([random(), random()])));
    for (const [x, y] of ink().flat()) assert.ok(x >= -1e-9 && y >= -1e-9 && x <= SIDE + 1e-9 && y <= SIDE + 1e-9, `${x}, ${y}`);
  });

  test("a sheet without a size takes no ink", () => {
    assert.equal(down("mouse", NaN, NaN), false);
    down("mouse", 10, 10);
    move("mouse", Infinity, NaN);
    up("mouse");
    assert.deepEqual(ink(), [[[10, 10]]]);
  });
});

describe("a pen's eraser end", () => {
  const eraser = { button: 5, buttons: 32 };

  test("takes away the strokes that it touches, and one undo brings them back", () => {
    draw("mouse", [10, 10], [10, 90]);
    draw("mouse", [50, 10], [50, 90]);
    draw("mouse", [90, 10], [90, 90]);
    assert.equal(down("pen", 2, 50, eraser), true);
    move("pen", 60, 50, eraser);
    assert.equal(sheet.strokes.length, 1);
    up("pen");
    assert.deepEqual(ink(), [[[90, 10], [90, 90]]]);
    sheet.undo();
    assert.equal(sheet.strokes.length, 3);
    sheet.redo();
    assert.equal(sheet.strokes.length, 1);
  });

  test("that touches nothing changes nothing, and one that is cancelled brings all back", () => {
    draw("mouse", [10, 10], [10, 90]);
    down("pen", 50, 50, eraser);
    up("pen");
    down("pen", 10, 50, eraser);
    assert.equal(sheet.strokes.length, 0);
    cancel("pen");
    assert.equal(sheet.strokes.length, 1);
    sheet.undo();
    assert.equal(sheet.canUndo, false);
  });
});

describe("undo and redo", () => {
  const stroke = (/** @type {number} */ x) => draw("mouse", [x, 10], [x, 90]);

  test("go back and forth through strokes, and clearing", () => {
    stroke(10);
    stroke(20);
    sheet.clear();
    assert.equal(sheet.strokes.length, 0);
    sheet.undo();
    assert.equal(sheet.strokes.length, 2);
    sheet.undo();
    sheet.undo();
    assert.deepEqual([sheet.strokes.length, sheet.canUndo, sheet.undo()], [0, false, false]);
    sheet.redo();
    sheet.redo();
    assert.equal(sheet.strokes.length, 2);
    sheet.redo();
    assert.deepEqual([sheet.strokes.length, sheet.canRedo, sheet.redo()], [0, false, false]);
  });

  test("a new stroke leaves nothing to redo", () => {
    stroke(10);
    sheet.undo();
    stroke(20);
    assert.equal(sheet.canRedo, false);
  });

  test("undo takes back the stroke under way first, which then goes on no more", () => {
    stroke(10);
    down("mouse", 20, 20);
    move("mouse", 30, 30);
    sheet.undo();
    move("mouse", 40, 40);
    up("mouse");
    assert.equal(sheet.strokes.length, 1);
  });

  test("a fresh sheet has nothing to undo", () => {
    stroke(10);
    sheet.reset();
    assert.deepEqual([sheet.strokes.length, sheet.canUndo, sheet.canRedo], [0, false, false]);
  });

  for (const [what, presses, left] of /** @type {const} */ ([
    ["Ctrl+Z", [{ key: "z", ctrlKey: true }], 1],
    ["Command+Z", [{ key: "z", metaKey: true }], 1],
    ["Ctrl+Z with Caps Lock", [{ key: "Z", ctrlKey: true }], 1],
    ["Ctrl+Z on a Korean keyboard", [{ key: "ㅋ", code: "KeyZ", ctrlKey: true }], 1],
    ["Ctrl+Z on a German keyboard", [{ key: "z", code: "KeyY", ctrlKey: true }], 1],
    ["Backspace", [{ key: "Backspace" }], 1],
    ["Ctrl+Z, then Ctrl+Shift+Z", [{ key: "z", ctrlKey: true }, { key: "Z", ctrlKey: true, shiftKey: true }], 2],
    ["Ctrl+Z, then Ctrl+Y", [{ key: "z", ctrlKey: true }, { key: "y", ctrlKey: true }], 2],
    ["Escape", [{ key: "Escape" }], 0],
  ])) {
    test(`${what}`, () => {
      stroke(10);
      stroke(20);
      for (const press of presses) assert.equal(sheet.press(press), true);
      assert.equal(sheet.strokes.length, left);
    });
  }

  test("keys that the sheet has no use for are the page's", () => {
    for (const key of ["a", "Tab", "PageDown", "F5", "Escape", "Backspace"]) assert.equal(sheet.press({ key }), false, key);
    for (const key of ["z", "y", "c", "ArrowLeft"]) assert.equal(sheet.press({ key, ctrlKey: true }), false, key);
    assert.equal(sheet.press({ key: "ArrowLeft", altKey: true }), false);
  });
});

describe("the arrow keys' pen", () => {
  const press = (/** @type {string[]} */ ...keys) => keys.forEach((key) => (sheet.press({ key }), sheet.release(key)));

  test("draws between two presses of Space or Enter, and says so", () => {
    /** @type {boolean[]} */
    const said = [];
    sheet.onpen = (down) => said.push(down);
    press("ArrowLeft", " ", "ArrowUp", "ArrowUp", "Enter", "ArrowRight");
    assert.deepEqual(ink(), [[[47.5, 52.5], [47.5, 47.5], [47.5, 42.5]]]);
    assert.deepEqual(said, [true, false]);
  });

  test("is lifted by a pointer, whose stroke is another", () => {
    press(" ", "ArrowUp");
    draw("mouse", [1, 1], [2, 2]);
    assert.equal(sheet.strokes.length, 2);
    assert.equal(sheet.penDown, false);
  });

  test("its stroke is taken back by undo, and by clearing", () => {
    for (const key of ["Backspace", "Escape"]) {
      press(" ", "ArrowUp", key);
      assert.deepEqual([sheet.strokes.length, sheet.wet.length, sheet.penDown], [0, 0, false]);
    }
  });
});

describe("writing", () => {
  const strokes = [0, 1, 2].map((nth) => ({
    points: Array.from({ length: 10 }, (_, i) => /** @type {[number, number, number]} */ ([10 + i, 10 * nth, 0.5])),
    pressed: false,
  }));

  test("goes stroke by stroke to its end, each of which can be undone", () => {
    const writing = sheet.write(strokes);
    let steps = 1;
    while (sheet.advance(writing, 4)) steps += 1;
    assert.deepEqual([sheet.strokes.length, steps], [3, 9]);
    sheet.undo();
    assert.equal(sheet.strokes.length, 2);
  });

  test("is ended by the visitor's own stroke, by clearing, and by other writing", () => {
    for (const end of [() => draw("mouse", [1, 1], [2, 2]), () => sheet.clear(), () => sheet.write(strokes)]) {
      const writing = sheet.write(strokes);
      sheet.advance(writing, 4);
      end();
      assert.equal(sheet.advance(writing, 4), false);
      sheet.reset();
    }
  });

  test("is finished at once, with the stroke that a pointer draws", () => {
    sheet.write(strokes);
    sheet.finish();
    assert.equal(sheet.strokes.length, 3);
    down("mouse", 10, 10);
    move("mouse", 20, 20);
    sheet.finish();
    move("mouse", 30, 30);
    assert.deepEqual([sheet.strokes.length, sheet.strokes[3].points.length], [4, 2]);
  });
});
