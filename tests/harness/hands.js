/** Hands on a page: every kind of pointer, by real input events. */

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {readonly [x: number, y: number]} Place In shares of the sheet's side, 0…1 */
/** @typedef {{ id?: number, at: Place }} Finger */
/** @typedef {{ buttons?: number, button?: "none" | "left" | "middle" | "right", force?: number }} Press */

/**
 * @param {Page} page
 * @param {string} selector the sheet
 */
export async function hands(page, selector) {
  const devtools = await page.context().newCDPSession(page);
  const place = async (/** @type {Place} */ [x, y]) => {
    const box = await page.locator(selector).boundingBox();
    if (!box) throw new Error("the sheet is not to be seen");
    return { x: box.x + x * box.width, y: box.y + y * box.height };
  };
  /** @param {"touchStart" | "touchMove" | "touchEnd" | "touchCancel"} type @param {Finger[]} fingers those that are down */
  const touch = async (type, ...fingers) => {
    const touchPoints = await Promise.all(fingers.map(async ({ id = 0, at }) => ({ id, ...(await place(at)) })));
    await devtools.send("Input.dispatchTouchEvent", { type, touchPoints });
  };
  /** @param {"mouse" | "pen"} pointerType @param {"mousePressed" | "mouseMoved" | "mouseReleased"} type @param {Place} at @param {Press} [press] */
  const point = async (pointerType, type, at, { button = "left", buttons = type === "mouseReleased" ? 0 : 1, force = 0.5 } = {}) =>
    void (await devtools.send("Input.dispatchMouseEvent", { type, pointerType, button, buttons, force, clickCount: 1, ...(await place(at)) }));
  return {
    touch,
    point,
    /** A whole stroke. @param {"mouse" | "pen" | "touch"} by @param {Place[]} places @param {Press} [press] */
    async stroke(by, places, press) {
      if (by === "touch") {
        for (const [i, at] of places.entries()) await touch(i === 0 ? "touchStart" : "touchMove", { at });
        return touch("touchEnd");
      }
      for (const [i, at] of places.entries()) await point(by, i === 0 ? "mousePressed" : "mouseMoved", at, press);
      await point(by, "mouseReleased", places.at(-1) ?? [0, 0], { ...press, buttons: 0 });
    },
  };
}

/**
 * A stroke by the mouse through places on the page, in pixels. None waits for the one before: as from a hand, several come in a frame.
 *
 * @param {Page} page @param {(readonly [x: number, y: number])[]} places
 */
export async function mouseStroke({ mouse }, [first, ...rest]) {
  await mouse.move(...first);
  await mouse.down();
  await Promise.all(rest.map((place) => mouse.move(...place)));
  await mouse.up();
}

/** A stroke from left to right, at a height. @param {number} y @returns {Place[]} */
export const line = (y) => Array.from({ length: 8 }, (_, i) => /** @type {const} */ ([0.2 + i * 0.08, y]));
