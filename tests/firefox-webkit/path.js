import assert from "node:assert/strict";
import { By, Key } from "selenium-webdriver";
import { THETA } from "../harness/signs.js";
import { draw, holds, keep } from "../harness/webdriver.js";

/** @typedef {import("../harness/webdriver.js").PointerType} PointerType */

/** An expression: the page can be used. */
export const READY = `document.querySelector('#badge[data-state="ready"]') !== null`;

/**
 * What a person does on the page, and what must come of it.
 *
 * @param {import("selenium-webdriver").WebDriver} driver
 * @param {import("glimpse").Strokes[][]} characters
 * @param {string} pictures what their names begin with
 */
export function person(driver, characters, pictures) {
  const find = (/** @type {string} */ selector) => driver.findElement(By.css(selector));
  const click = (/** @type {string} */ selector) => find(selector).click();

  return {
    click,

    /** Teaches characters by their first drawers, and names them "sign 0", "sign 1" and so on. */
    async teach() {
      for (const [i, [taught]] of characters.entries()) {
        await draw(driver, await find("#paper"), taught);
        await find("#name").sendKeys(`sign ${i}`, Key.ENTER);
        await holds(driver, `document.querySelector('.card[data-label="sign ${i}"]') !== null`);
      }
    },

    /** Draws each character by its second drawer. @param {PointerType} [pointer] */
    async recognised(pointer) {
      let right = 0;
      for (const [i, [, redrawn]] of characters.entries()) {
        await draw(driver, await find("#paper"), redrawn, pointer);
        await holds(driver, `document.querySelector("#answer").ariaBusy === "false" && document.querySelector(".card.best") !== null`);
        right += Number((await find("#verdict strong").getText()) === `sign ${i}`);
        if (i === 0) await keep(driver, `${pictures}-recognised`);
        await click("#clear");
        await holds(driver, `document.querySelector(".card.best") === null`);
      }
      assert.ok(right >= characters.length - 1, `${right} of ${characters.length}`);
    },

    async fineTuned() {
      await click("#fine-tune");
      await holds(driver, `document.querySelector("#tuning-close").checkVisibility()`);
      assert.match(await find("#tuning-words").getText(), /^(Better|More certain|No better than before): /);
      await keep(driver, `${pictures}-tuned`);
      await click("#tuning-close");
    },

    /** Finds θ among the sets that are chosen at first. */
    async found() {
      await click("#tab-find");
      await holds(driver, `document.querySelector('#find[aria-busy="false"] .found-sign') !== null`);
      await draw(driver, await find("#find canvas"), THETA);
      await holds(driver, `document.querySelector(".found-sign .tile-name")?.textContent === "Greek small letter theta"`);
      await keep(driver, `${pictures}-found`);
      await click("#tab-teach");
    },

    /** Replays all official trials. */
    async replayed() {
      await click("#tab-replay");
      await click("#start");
      await holds(driver, `/of 400 right/.test(document.querySelector("#figure").textContent)`);
      const right = await driver.findElements(By.css("#dots .right"));
      assert.ok(right.length >= 368, `Koch’s figure is 368 of 400, this is ${right.length}`);
      await keep(driver, `${pictures}-replayed`);
      await click("#tab-teach");
    },
  };
}
