// The Triplet network's own view: anchor, x⁺ and x⁻.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { invent } from "../harness/package.js";
import { answered, choose, drawByMouse, keep, openSite, rested, teach } from "../harness/site.js";

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
/** @type {import("glimpse").Strokes[][]} */
let characters;
before(async () => {
  characters = await invent({ seed: 7, characters: 5, drawers: 2 });
  site = await openSite();
});
after(() => site?.close());

/**
 * Each line's length in pixels, the distance it stands for, and the words at its end.
 *
 * @param {import("playwright-core").Page} page
 */
async function sides(page) {
  await rested(page, "#triplet-plane");
  return page.locator("#triplet-plane").evaluate((plane) =>
    ["positive", "negative"].map((side) => {
      const line = /** @type {SVGLineElement} */ (plane.querySelector(`line.${side}`));
      const words = [...plane.querySelectorAll(`.end.${side} text`)].map(({ textContent }) => textContent ?? "");
      return { length: line.getTotalLength(), distance: Number(line.dataset.distance), words };
    }),
  );
}

test("d⁺ and d⁻ are drawn to scale, with their values and the soft-max over them", async () => {
  const page = await site.page("?system=triplet");
  await teach(page, characters);
  await choose(page, "lens", "triplet");
  assert.match((await page.locator("#triplet-waiting").textContent()) ?? "", /becomes the anchor/);
  for (const [, redrawn] of characters) {
    await drawByMouse(page, redrawn);
    await answered(page);
    const [positive, negative] = await sides(page);
    assert.ok(positive.distance <= negative.distance, "the best match is the nearer one");
    const [perUnit, same] = [positive, negative].map(({ length, distance }) => length / distance);
    assert.ok(Math.abs(perUnit / same - 1) < 0.01, `${perUnit} and ${same} pixels a unit`);
    assert.deepEqual(positive.words[1], `d⁺ = ${positive.distance.toFixed(2)}`);
    assert.deepEqual(negative.words[1], `d⁻ = ${negative.distance.toFixed(2)}`);
    assert.equal(positive.words[0], `x⁺ ${await page.locator("#verdict strong").textContent()}`);

    const share = 1 / (1 + Math.exp(negative.distance - positive.distance));
    const value = await page.locator("#softmax-value").textContent();
    assert.equal(value, `(${share.toFixed(2)}, ${(1 - share).toFixed(2)})`);
    const drawn = await page.locator("#softmax").evaluate(async (bar) => {
      await Promise.all(bar.getAnimations({ subtree: true }).map(({ finished }) => finished));
      const [first] = bar.children;
      return first.getBoundingClientRect().width / bar.getBoundingClientRect().width;
    });
    assert.ok(Math.abs(drawn - share) < 0.02, `${drawn} is drawn for ${share}`);
    await page.click("#clear");
    await answered(page);
  }
  await page.context().close();
});

test("any other known character can be x⁻", async () => {
  const page = await site.page("?system=triplet");
  await teach(page, characters);
  await choose(page, "lens", "triplet");
  await drawByMouse(page, characters[0][1]);
  await answered(page);
  const [positive, runnerUp] = await sides(page);
  const others = page.locator("#negative-choice button:not([data-negative=''])");
  assert.equal(await others.count(), 4);
  for (const i of [0, 1, 2, 3]) {
    const label = await others.nth(i).getAttribute("data-negative");
    await others.nth(i).click();
    const [same, picked] = await sides(page);
    assert.equal(same.words[0], positive.words[0]);
    assert.equal(picked.words[0], `x⁻ ${label}`);
    assert.ok(picked.distance >= runnerUp.distance);
    assert.ok(Math.abs(picked.length / picked.distance / (same.length / same.distance) - 1) < 0.01);
  }
  await keep(page, "triplet");
  await page.click("#negative-choice button[data-negative='']");
  assert.deepEqual((await sides(page))[1].words, runnerUp.words);
  await page.context().close();
});

test("the view belongs to the Triplet network alone", async () => {
  const page = await site.page("?system=triplet");
  await teach(page, characters.slice(0, 2));
  await choose(page, "lens", "triplet");
  await choose(page, "system", "relation");
  assert.ok(await page.locator("#lens-triplet").isHidden());
  assert.ok(await page.locator("#ranking-view").isVisible());
  assert.ok(await page.locator("#triplet-view").isHidden());
  await page.context().close();
});
