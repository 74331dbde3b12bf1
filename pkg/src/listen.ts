import type { PointerSample, Sheet } from "./sheet.js";
import { SIDE } from "./stroke.js";

/** What {@link listen} may be told. */
export interface ListenOptions {
  /** Keys that are left to the page, as `KeyboardEvent.key` names them. */
  leave?: readonly string[];
  /** Called when the arrow keys' pen should be shown or hidden. */
  onkeys?: (used: boolean) => void;
}

/**
 * Tells a sheet what pointers and keys do to the element that shows it. What the sheet uses, the page around does not hear: no
 * sidebar opens and no slide turns at a stroke. What it does not use goes on to the page.
 */
export function listen(sheet: Sheet, element: HTMLElement, { leave = [], onkeys = () => {} }: ListenOptions = {}): void {
  /** Whether the last press was the sheet's. */
  let used = false;
  const on = <K extends keyof HTMLElementEventMap>(name: K, hear: (event: HTMLElementEventMap[K]) => boolean | void): void =>
    element.addEventListener(name, (event) => {
      if (hear(event)) event.stopPropagation();
    });
  const sampleOf = (event: PointerEvent): PointerSample => {
    const { pointerId, pointerType, isPrimary, button, buttons, pressure, timeStamp, clientX, clientY } = event;
    const { left, top, width, height } = element.getBoundingClientRect();
    const [x, y] = [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE];
    return { pointerId, pointerType, isPrimary, button, buttons, pressure, timeStamp, x, y };
  };
  const prevent = (event: Event, ours: boolean): boolean => {
    if (ours && event.cancelable) event.preventDefault();
    return ours;
  };

  on("pointerdown", (event) => {
    used = sheet.down(sampleOf(event));
    // Who dispatches events of their own has no pointer to be captured.
    if (used && event.isTrusted) element.setPointerCapture(event.pointerId);
    return used;
  });
  on("pointermove", (event) => {
    // Pages without HTTPS have none of it, nor do Safaris before 18.2.
    const passed = event.getCoalescedEvents?.() ?? [];
    return sheet.move(sampleOf(event), (passed.length > 0 ? passed : [event]).map(sampleOf));
  });
  on("pointerup", ({ pointerId, timeStamp }) => sheet.up(pointerId, timeStamp));
  on("pointercancel", ({ pointerId }) => sheet.cancel(pointerId));
  // Where the button is let go in a dialog or in another window, this alone comes.
  on("lostpointercapture", ({ pointerId, timeStamp }) => sheet.up(pointerId, timeStamp));

  // Who draws neither focuses the sheet nor selects or drags anything. WebKit hears no more of a pen whose pointerdown is prevented.
  on("mousedown", (event) => prevent(event, used));
  on("mousemove", () => sheet.held);
  for (const name of ["mouseup", "click", "dblclick"] as const) on(name, () => used);
  on("touchstart", () => used);
  on("touchmove", (event) => prevent(event, sheet.held));
  for (const name of ["touchend", "touchcancel"] as const) on(name, () => used);
  for (const name of ["dragstart", "selectstart"] as const) on(name, (event) => prevent(event, true));
  on("contextmenu", (event) => prevent(event, sheet.held));

  on("keydown", (event) => {
    if (event.isComposing || leave.includes(event.key) || !sheet.press(event)) return false;
    if (event.key.startsWith("Arrow") || sheet.penDown) onkeys(true);
    return prevent(event, true);
  });
  on("keyup", ({ key }) => sheet.release(key));
  on("blur", () => {
    sheet.release();
    sheet.lift();
    onkeys(false);
  });
}
