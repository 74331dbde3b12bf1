/**
 * How pointers, keys and writing become strokes: a state machine. It has no picture of itself and knows no DOM; `listen.ts` tells it
 * what happens to an element, and whoever shows it draws `strokes` and `wet`.
 */
import { ArrowPen } from "./arrow-pen.js";
import { SIDE, type Point, type Stroke } from "./stroke.js";

/** Where a pointer is, and what is pressed. The names are those of `PointerEvent`. */
export interface PointerSample {
  /** Distinguishes pointers. */
  pointerId: number;
  /** `mouse`, `touch` or `pen`. */
  pointerType: string;
  /** Whether it is the first of its type that is down. */
  isPrimary: boolean;
  /** The button that changed. */
  button: number;
  /** The buttons that are down, as bits. */
  buttons: number;
  /** From left to right, in units of the sheet. */
  x: number;
  /** From top to bottom, in units of the sheet. */
  y: number;
  /** How hard it is pressed, 0…1. */
  pressure: number;
  /** When, in milliseconds. */
  timeStamp: number;
}

/** A key that is pressed. The names are those of `KeyboardEvent`. */
export interface KeyPress {
  /** What it means. */
  key: string;
  /** Where it is on the keyboard. */
  code?: string;
  /** Whether Shift is held. */
  shiftKey?: boolean;
  /** Whether Alt is held. */
  altKey?: boolean;
  /** Whether Control is held. */
  ctrlKey?: boolean;
  /** Whether Command is held. */
  metaKey?: boolean;
}

/** What {@link Sheet.write} has still to write. */
export interface Writing {
  /** Strokes that are not finished, the first of which is under way. */
  readonly rest: Stroke[];
}

/** The bits of `buttons` that draw and erase, and the `button` that is a pen's eraser end. */
const TIP = 1;
const ERASING = 32;
const ERASER = 5;

/** How close the eraser takes a stroke, in units of the sheet. */
const REACH = 4;

/** For how long after a pen was last seen a touch is taken for the hand that holds it, in milliseconds. */
const NEAR = 3000;

/** Ink of touches that ended this short before a pen came down is a palm's, in milliseconds. */
const PALM = 500;

/** A pointer that draws or erases. */
interface Gesture {
  id: number;
  type: string;
  erases: boolean;
  /** The strokes before it. */
  before: readonly Stroke[];
  /** Where it was last, which may be outside of the sheet. */
  at: Point;
}

/** A change that can be undone. */
interface Change {
  before: readonly Stroke[];
  /** The type of pointer that made it, if one did. */
  type?: string;
  time: number;
}

/** A square sheet of side {@link SIDE} to draw on, by mouse, finger, pen or arrow keys. */
export class Sheet {
  /** Called when the ink changed; `settled`: no stroke is under way. */
  onchange: (settled: boolean) => void = () => {};
  /** Called when a stroke begins, by a pointer or by the arrow keys' pen. */
  onbegin: (by: "pointer" | "keys") => void = () => {};
  /** Called when the arrow keys' pen is lowered or lifted. */
  onpen: (down: boolean) => void = () => {};
  /** Whether fingers draw nothing, so that a hand can rest on the sheet. */
  penOnly = false;

  #strokes: readonly Stroke[] = [];
  #wet: Stroke[] = [];
  #past: Change[] = [];
  #future: (readonly Stroke[])[] = [];
  #gesture: Gesture | undefined;
  #writing: Writing | undefined;
  readonly #arrows = new ArrowPen(SIDE);
  #penDown = false;
  /** Touches that are down on the sheet. */
  readonly #fingers = new Set<number>();
  #penSeen = -Infinity;

  /** The finished strokes. */
  get strokes(): readonly Stroke[] {
    return this.#strokes;
  }

  /** What there is of the stroke under way: in parts, where it left the sheet and came back. */
  get wet(): readonly Stroke[] {
    return this.#wet;
  }

  /** The finished strokes, and what there is of the next one. */
  get ink(): readonly Stroke[] {
    const wet = this.#wet.filter(({ points }) => points.length > 1);
    return wet.length > 0 ? [...this.#strokes, ...wet] : this.#strokes;
  }

  /** Whether there is something to undo. */
  get canUndo(): boolean {
    return this.#past.length > 0 || this.#underWay;
  }

  /** Whether there is something to redo. */
  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** Whether a pointer draws or erases. */
  get held(): boolean {
    return this.#gesture !== undefined;
  }

  /** Where the arrow keys' pen is. */
  get nib(): readonly [x: number, y: number] {
    return this.#arrows.place;
  }

  /** Whether the arrow keys' pen draws. */
  get penDown(): boolean {
    return this.#penDown;
  }

  /** A pointer came down. Returns whether it draws or erases. */
  down(sample: PointerSample): boolean {
    const { pointerId: id, pointerType: type, button, timeStamp: time } = sample;
    this.#see(sample);
    if (type === "touch") {
      if (sample.isPrimary) this.#fingers.clear();
      this.#fingers.add(id);
      if (this.#fingers.size > 1) {
        // Two fingers zoom or scroll: the first did not mean to draw.
        if (this.#gesture?.type === "touch") this.#withdraw();
        return false;
      }
      if (this.penOnly || time - this.#penSeen < NEAR) return false;
    }
    const erases = type === "pen" && button === ERASER;
    if (button !== 0 && !erases) return false;
    // The end of a press may not be heard of, such as where the sheet was moved on the page: the same pointer does not come down twice.
    const ended = this.#gesture?.id === id || (type === "touch" && this.#gesture?.type === "touch");
    const at = pointOf(sample);
    if ((this.#gesture && !ended) || !at.every(Number.isFinite)) return false;
    this.#settle(time);
    this.lift();
    this.#stopWriting();
    if (type === "pen") this.#withdrawPalm(time);
    this.#gesture = { id, type, erases, before: this.#strokes, at };
    if (!erases && inside(at)) this.#wet = [{ points: [at], pressed: type === "pen" && sample.pressure > 0 }];
    this.onbegin("pointer");
    if (erases) this.#erase(at, at);
    this.onchange(false);
    return true;
  }

  /** A pointer moved, by way of `path`. Returns whether it draws or erases. */
  move(sample: PointerSample, path: readonly PointerSample[] = [sample]): boolean {
    this.#see(sample);
    const gesture = this.#gesture;
    if (gesture?.id !== sample.pointerId) return false;
    // The button was let go elsewhere: in a dialog, in another window.
    if (!(sample.buttons & (gesture.erases ? ERASING : TIP))) {
      this.#settle(sample.timeStamp);
      return false;
    }
    for (const point of path.map(pointOf)) {
      if (!point.every(Number.isFinite)) continue;
      if (gesture.erases) this.#erase(gesture.at, point);
      else this.#extend(gesture.at, point);
      gesture.at = point;
    }
    if (!gesture.erases) this.onchange(false);
    return true;
  }

  /** A pointer was lifted, or nothing more will be heard of it. Returns whether it drew or erased. */
  up(pointerId: number, timeStamp: number): boolean {
    this.#fingers.delete(pointerId);
    if (this.#gesture?.id !== pointerId) return false;
    this.#settle(timeStamp);
    return true;
  }

  /** A pointer was taken for something else, such as scrolling: what it drew goes. */
  cancel(pointerId: number): void {
    this.#fingers.delete(pointerId);
    if (this.#gesture?.id === pointerId) this.#withdraw();
  }

  /**
   * A key was pressed: arrows move a pen that Space or Enter lowers and lifts; Backspace and Ctrl+Z undo, Ctrl+Shift+Z and Ctrl+Y
   * redo, Escape clears. Returns whether it did anything.
   */
  press(press: KeyPress): boolean {
    const { key, altKey, ctrlKey, metaKey, shiftKey = false } = press;
    if (altKey || this.#gesture) return false;
    if (ctrlKey || metaKey) {
      const letter = letterOf(press);
      if (letter === "z" && !shiftKey) return this.undo();
      return letter === "y" || letter === "z" ? this.redo() : false;
    }
    if (this.#arrows.press({ key, shiftKey })) {
      if (this.#penDown) this.#wet[0]!.points.push([...this.nib, 0.5]);
      this.onchange(!this.#penDown);
      return true;
    }
    if (key === "Backspace") return this.undo();
    if (key === "Escape") return this.clear();
    if (key !== " " && key !== "Enter") return false;
    if (this.#penDown) this.lift();
    else this.#lower();
    return true;
  }

  /** A key was let go; all of them, where none is named. */
  release(key?: string): void {
    this.#arrows.release(key);
  }

  /** Ends the arrow keys' stroke, if there is one. */
  lift(): void {
    if (!this.#penDown) return;
    this.#penDown = false;
    this.#dry();
    this.onpen(false);
  }

  /** Takes back the stroke under way, or else the last change. Returns whether there was one. */
  undo(): boolean {
    if (!this.canUndo) return false;
    if (this.#underWay) this.#withdraw();
    else {
      this.#future.push(this.#strokes);
      this.#become(this.#past.pop()!.before);
    }
    return true;
  }

  /** Does again what was undone last. Returns whether there was anything. */
  redo(): boolean {
    const strokes = this.#future.at(-1);
    if (!strokes || this.#underWay) return false;
    this.#future.pop();
    this.#past.push({ before: this.#strokes, time: -Infinity });
    this.#become(strokes);
    return true;
  }

  /** Takes away all ink, which can be undone. Returns whether there was any. */
  clear(): boolean {
    const any = this.#strokes.length > 0 || this.#wet.length > 0;
    this.#drop();
    if (this.#strokes.length > 0) this.#change([]);
    else if (any) this.#become([]);
    return any;
  }

  /** A fresh sheet: there is nothing on it, and nothing to undo. */
  reset(): void {
    this.#drop();
    this.#past = [];
    this.#future = [];
    this.#become([]);
  }

  /** Ends at once what is drawn or written. */
  finish(): void {
    this.#settle();
    this.lift();
    const rest = this.#writing?.rest ?? [];
    this.#stopWriting();
    for (const stroke of rest) this.#change([...this.#strokes, stroke]);
  }

  /** Clears the sheet and begins to write strokes on it, which {@link advance} goes on with. A pointer, a key or clearing ends it. */
  write(strokes: readonly Stroke[]): Writing {
    this.clear();
    this.#writing = { rest: [...strokes] };
    return this.#writing;
  }

  /**
   * Writes some more points, to the end of a stroke at most.
   *
   * @returns whether more is to be written
   */
  advance(writing: Writing, points: number): boolean {
    const [stroke] = writing.rest;
    if (this.#writing !== writing || !stroke) return false;
    const shown = (this.#wet[0]?.points.length ?? 0) + points;
    if (shown < stroke.points.length) {
      this.#wet = [{ points: stroke.points.slice(0, shown), pressed: stroke.pressed }];
      this.onchange(false);
      return true;
    }
    writing.rest.shift();
    if (writing.rest.length === 0) this.#writing = undefined;
    this.#wet = [];
    this.#change([...this.#strokes, stroke]);
    return this.#writing === writing;
  }

  get #underWay(): boolean {
    return this.held || this.#wet.length > 0;
  }

  /** Where there is a pen, a touch is the hand that holds it. */
  #see({ pointerType, timeStamp }: PointerSample): void {
    if (pointerType !== "pen") return;
    this.#penSeen = timeStamp;
    if (this.#gesture?.type === "touch") this.#withdraw();
  }

  /** Takes away what a palm left before the pen that it belongs to came down. */
  #withdrawPalm(time: number): void {
    for (let last = this.#past.at(-1); last?.type === "touch" && time - last.time < PALM; last = this.#past.at(-1)) {
      this.#strokes = last.before;
      this.#past.pop();
    }
  }

  /** Ink is where the pointer was seen: a stroke that leaves the sheet ends at its edge, and one that comes back is another. */
  #extend(from: Point, to: Point): void {
    const seen = within(from, to);
    if (!seen) return;
    const [start, end] = seen;
    const pressed = this.#wet[0]?.pressed ?? false;
    if (!inside(from) || this.#wet.length === 0) this.#wet = [...this.#wet, { points: [start], pressed }];
    this.#wet.at(-1)!.points.push(end);
  }

  #erase(from: Point, to: Point): void {
    const left = this.#strokes.filter(({ points }) => !points.some((point, i) => gap(points[i - 1] ?? point, point, from, to) < REACH));
    if (left.length === this.#strokes.length) return;
    this.#become(left);
  }

  #lower(): void {
    this.#stopWriting();
    this.#penDown = true;
    this.#wet = [{ points: [[...this.nib, 0.5]], pressed: false }];
    this.onbegin("keys");
    this.onpen(true);
    this.onchange(false);
  }

  /** Ends what the pointer draws. */
  #settle(time?: number): void {
    const gesture = this.#gesture;
    if (!gesture) return;
    this.#gesture = undefined;
    if (!gesture.erases) this.#dry(gesture.type, time);
    else if (this.#strokes !== gesture.before) this.#change(this.#strokes, gesture.type, time, gesture.before);
  }

  /** What is wet becomes strokes. */
  #dry(type?: string, time?: number): void {
    const wet = this.#wet;
    this.#wet = [];
    if (wet.length > 0) this.#change([...this.#strokes, ...wet], type, time);
    else this.onchange(true);
  }

  /** Takes back what is under way. */
  #withdraw(): void {
    const before = this.#gesture?.before ?? this.#strokes;
    this.#drop();
    this.#become(before);
  }

  /** Ends what is under way, without a trace. */
  #drop(): void {
    this.#gesture = undefined;
    this.#stopWriting();
    if (!this.#penDown) return;
    this.#penDown = false;
    this.onpen(false);
  }

  #stopWriting(): void {
    this.#writing = undefined;
    this.#wet = [];
  }

  #change(strokes: readonly Stroke[], type?: string, time = -Infinity, before = this.#strokes): void {
    this.#past.push({ before, time, ...(type && { type }) });
    this.#future = [];
    this.#become(strokes);
  }

  #become(strokes: readonly Stroke[]): void {
    this.#strokes = strokes;
    this.onchange(this.#gesture === undefined);
  }
}

/** The letter that a key stands for: of another script, that of its place. */
function letterOf({ key, code = "" }: KeyPress): string {
  return /^[a-z]$/i.test(key) ? key.toLowerCase() : code.replace("Key", "").toLowerCase();
}

function pointOf({ x, y, pressure, pointerType }: PointerSample): Point {
  return [x, y, pointerType === "pen" ? pressure : 0.5];
}

function inside([x, y]: Point): boolean {
  return x >= 0 && x <= SIDE && y >= 0 && y <= SIDE;
}

/** The part of a line that is on the sheet (Liang & Barsky 1984). */
function within(from: Point, to: Point): [Point, Point] | undefined {
  let [enters, leaves] = [0, 1];
  for (const axis of [0, 1] as const) {
    const way = to[axis] - from[axis];
    const [low, high] = [-from[axis] / way, (SIDE - from[axis]) / way];
    if (way !== 0) [enters, leaves] = [Math.max(enters, Math.min(low, high)), Math.min(leaves, Math.max(low, high))];
    else if (from[axis] < 0 || from[axis] > SIDE) return undefined;
  }
  if (enters > leaves) return undefined;
  return [between(from, to, enters), between(from, to, leaves)];
}

function between(from: Point, to: Point, share: number): Point {
  return from.map((value, i) => value + share * (to[i]! - value)) as Point;
}

/** How far two lines are apart, where neither is longer than it takes a pointer to move, looked at in a few places. */
function gap(a: Point, b: Point, from: Point, to: Point): number {
  const steps = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / REACH) + 1;
  const places = Array.from({ length: steps + 1 }, (_, i) => between(from, to, i / steps));
  return Math.min(...places.map((place) => distance(place, a, b)));
}

/** How far a point is from a line. */
function distance([x, y]: Point, a: Point, b: Point): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const along = ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy || 1);
  const [nearX, nearY] = between(a, b, Math.min(1, Math.max(0, along)));
  return Math.hypot(x - nearX, y - nearY);
}
