// The page to practise with, as it stands in examples/practice: a name is shown, the learner draws, and is told how it is read.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible } from "../harness/axe.js";
import { ROOT } from "../harness/data.js";
import { draw, openArticles } from "../harness/pad.js";
import { LAMBDA, THETA } from "../harness/signs.js";

/** @type {Awaited<ReturnType<typeof openArticles>>} */
let articles;
before(async () => {
  articles = await openArticles({ folder: ROOT, headers: {} });
});
after(() => articles?.close());

test("a sign that is drawn right is read as such, another one is named, and both are shown", async () => {
  const { page } = await articles.page("/examples/practice/index.html?sign=λ");
  await page.waitForFunction(() => document.querySelector("#asked")?.textContent === "Greek small letter lamda");
  await accessible(page, "practice");
  assert.ok(await page.locator("glimpse-pad [part=side]").isHidden(), "nothing gives the answer away");
  const said = page.locator("#said");

  await draw(page, page, THETA);
  await page.waitForFunction(() => /^It is read as Greek .*theta\. Compare, and try again\.$/.test(document.querySelector("#said")?.textContent ?? ""));
  assert.equal(await page.locator("#score").textContent(), "0 of 1 right at once");
  for (const id of ["#drawn", "#shown"]) assert.match((await page.locator(`${id} path`).getAttribute("d")) ?? "", /^M\d/);

  await page.locator("glimpse-pad [part=tool]").last().click();
  await draw(page, page, LAMBDA);
  await page.waitForFunction(() => document.querySelector("#said")?.textContent === "Right: that is how it is read.");
  assert.equal(await page.locator("#score").textContent(), "0 of 1 right at once", "each sign counts once");

  await page.click("#next");
  assert.notEqual(await said.textContent(), "Right: that is how it is read.");
  assert.equal(await page.locator("#shown path").getAttribute("d"), "");
  await page.context().close();
});
