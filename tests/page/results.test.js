// The figures on the page are those that were measured.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT } from "../harness/data.js";
import { choose, keep, openSite } from "../harness/site.js";

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
/** @type {{ rows: any[], published: any[] }} */
let scores;
before(async () => {
  scores = JSON.parse(await readFile(join(ROOT, "weights/scores.json"), "utf8"));
  site = await openSite();
});
after(() => site?.close());

/** The page with its results, which are fetched when they are opened. */
async function open() {
  const page = await site.page("#results");
  await page.waitForSelector("#all-figures tbody");
  return page;
}

/** Sets by the names that the page has for them. @type {Record<string, string>} */
const NAMED = { pendigits: "Digits on a tablet", "quickdraw-symbols": "Quick, Draw!, symbols", "detexify-one-stroke": "LaTeX signs of one stroke" };

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(share < 1 && share > 0.9995 ? 2 : 1)} %`;

test("the table holds every row of scores.json", async () => {
  const page = await open();
  assert.ok(await page.locator("#figures").isVisible());
  assert.ok(await page.locator("#no-results").isHidden());
  const shown = await page.locator("#all-figures tbody").evaluateAll((groups) =>
    groups.flatMap((group) =>
      [.../** @type {NodeListOf<HTMLElement>} */ (group.querySelectorAll("tr:not(:first-child)"))].map((row) => {
        const cells = [...row.children].slice(1).map((cell) => cell.textContent);
        return [group.dataset.protocol, row.dataset.system ?? "", ...cells].join("|");
      }),
    ),
  );
  const measured = scores.rows.map((row) => {
    const interval = row.interval.map((/** @type {number} */ end) => (100 * end).toFixed(1)).join("–");
    const trials = row.trials.toLocaleString("en") + (row.auc === null ? "" : `, AUC ${row.auc.toFixed(4)}`);
    return [row.protocol, row.system, percent(row.accuracy), interval, trials].join("|");
  });
  const published = scores.published.map(({ protocol, accuracy, source, note }) =>
    [protocol, "", percent(accuracy), source + (note ? ` (${note})` : "")].join("|"),
  );
  assert.deepEqual(shown.sort(), [...measured, ...published].sort());
  await page.context().close();
});

test("the title counts the tests", async () => {
  const page = await open();
  const numbers = ["seven", "eight", "nine", "ten"];
  const title = (await page.locator("#results h1").textContent()) ?? "";
  assert.ok(title.includes(` ${numbers[(await page.locator(".plot:has(.league)").count()) - 7]} tests`), title);
  await page.context().close();
});

test("what fine-tuning brings stands there as it was measured", async () => {
  const { rows } = JSON.parse(await readFile(join(ROOT, "weights/fine-tuning.json"), "utf8"));
  const page = await open();
  const shown = await page.locator("#tuning-figures tr.ours").evaluateAll((lines) =>
    lines.map((line) => [line.dataset.system, ...[...line.children].slice(1).map((cell) => cell.textContent)].join("|")),
  );
  const points = (/** @type {number} */ share) => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(2)}`;
  const measured = rows.map((/** @type {any} */ { system, before, after, gain, interval, tasks }) => {
    const gained = `${points(gain)} (${interval.map(points).join(" to ")}), ${tasks} tasks`;
    return [system, percent(before), percent(after), gained].join("|");
  });
  assert.equal(shown.length, 21);
  assert.deepEqual(shown.sort(), measured.sort());
  await page.context().close();
});

test("the plots are in the order of the figures, and light up the system that is chosen", async () => {
  const page = await open();
  for (const plot of await page.locator(".plot").all()) {
    const marks = await plot.locator(".league li").evaluateAll((rows) =>
      rows.map((row) => ({
        percent: Number(row.querySelector(".percent")?.textContent),
        x: /** @type {HTMLElement} */ (row.querySelector(".tick, .ring")).getBoundingClientRect().x,
        ring: row.querySelector(".ring") !== null,
      })),
    );
    for (const [i, mark] of marks.entries()) {
      if (i === 0) continue;
      assert.ok(mark.percent <= marks[i - 1].percent, "best first");
      if (mark.ring === marks[i - 1].ring) assert.ok(mark.x <= marks[i - 1].x + 0.5, "further right is better");
    }
  }
  await choose(page, "system", "relation");
  const lit = await page.locator("#results .chosen").evaluateAll((rows) => rows.map(({ dataset }) => dataset.system));
  assert.ok(lit.length > 0 && lit.every((system) => system === "relation"));
  await keep(page, "results", { fullPage: true });

  await page.locator('.plot[data-protocol="verification"] .replay-it').click();
  assert.ok(await page.locator("#replay").isVisible());
  assert.ok(await page.locator('[name="protocol"][value="verification"]').isChecked());
  await page.context().close();
});

test("scores are shown beside how often they were right, for the system that is chosen", async () => {
  /** @type {{ rows: any[] }} */
  const sets = JSON.parse(await readFile(join(ROOT, "weights/sets.json"), "utf8"));
  const page = await open();
  for (const system of ["siamese", "relation"]) {
    await choose(page, "system", system);
    await page.waitForSelector(`#results .chosen[data-system="${system}"]`);
    const shown = await page.locator("#trust .trusted").evaluateAll((figures) =>
      figures.map((figure) => ({
        title: figure.querySelector("h3")?.textContent,
        said: figure.querySelector("p")?.textContent,
        bins: [...figure.querySelectorAll("svg:first-child circle title")].map((title) => title.textContent),
        wrong: [...figure.querySelectorAll("svg:last-child circle title")].map((title) => title.textContent),
      })),
    );
    const measured = sets.rows
      .filter(({ method }) => method === system)
      .map(({ set, way, shots, calibration_error, refused, lost, reliability, risk }) => ({
        title: `${NAMED[set] ?? set}, ${way}-way ${shots}-shot`,
        said: `Calibration error ${Number(calibration_error.toFixed(3))}. Counted as not known: ${percent(refused)} of signs that were not taught, ${percent(lost)} of those that were.`,
        bins: reliability.map((/** @type {any} */ { score, right, trials }) => `score ${score.toFixed(2)}: ${percent(right)} right, ${trials.toLocaleString("en")} trials`),
        wrong: risk.map((/** @type {number} */ share, /** @type {number} */ i) => `${percent((i + 1) / risk.length)} answered: ${percent(share)} wrong`),
      }));
    assert.ok(measured.length > 0);
    assert.deepEqual(shown, measured);
    // On the diagonal a point is as far up as it is across.
    const first = await page.locator("#trust svg").first().evaluate((svg) => {
      const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = svg.querySelector(".published")?.getAttribute("d")?.match(/[\d.]+/g)?.map(Number) ?? [];
      return [...svg.querySelectorAll("circle")].map((dot) => [(Number(dot.getAttribute("cx")) - x0) / (x1 - x0), (Number(dot.getAttribute("cy")) - y0) / (y1 - y0)]);
    });
    const { reliability } = sets.rows.find(({ method }) => method === system);
    for (const [i, { score, right }] of reliability.entries()) {
      assert.ok(Math.abs((first[i]?.[0] ?? 0) - score) < 1e-3 && Math.abs((first[i]?.[1] ?? 0) - right) < 1e-3, `bin ${i} of ${system}`);
    }
  }
  await page.context().close();
});

test("who does not open the results fetches none of them", async () => {
  const page = await site.page("", { ready: false });
  /** @type {string[]} */
  const fetched = [];
  page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
  await page.reload();
  await page.waitForSelector('#badge[data-state="ready"]');
  const results = () => fetched.filter((path) => /\/results-/.test(path));
  assert.ok(fetched.length > 5);
  assert.deepEqual(results(), []);
  await page.click("#tab-results");
  await page.waitForSelector("#all-figures tbody");
  assert.ok(results().length > 0);
  await page.context().close();
});
