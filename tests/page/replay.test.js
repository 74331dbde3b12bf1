// Episodes of every protocol, replayed on the page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { officialRuns } from "../harness/data.js";
import { carried, choose, keep, openSite, pressWhen } from "../harness/site.js";

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
before(async () => {
  site = await openSite({ extra: await carried() });
});
after(() => site?.close());

/** Trials that are enough to see that it goes. */
const SOME = 45;

/** What is there once more than so many trials were replayed. @param {number} count */
const more = (count) => `#dots :is(.right, .wrong):nth-child(${count + 1})`;

/**
 * Cancels a replay after more than so many trials.
 *
 * @param {import("playwright-core").Page} page
 * @param {number} [count]
 */
async function cancelAfter(page, count = SOME) {
  await pressWhen(page, "#cancel", more(count));
  await page.waitForSelector("#start:visible");
}

test("400 trials replay, with running accuracy, and a mistake can be opened", async () => {
  const page = await site.page("#replay");
  const figures = await page.evaluateHandle(() => {
    const figure = /** @type {HTMLElement} */ (document.querySelector("#figure"));
    /** @type {(string | null)[]} */
    const shown = [];
    new MutationObserver(() => shown.push(figure.textContent)).observe(figure, { childList: true });
    return shown;
  });
  await page.click("#start");
  await page.waitForSelector(more(30));
  await keep(page, "replay-running");
  await page.waitForSelector("#start:visible");

  const right = await page.locator("#dots .right").count();
  const wrong = await page.locator("#dots .wrong").count();
  assert.equal(right + wrong, 400);
  assert.ok(right >= 368, `Koch’s figure is 368 of 400, this is ${right}`);
  const figure = (await page.locator("#figure").textContent()) ?? "";
  assert.match(figure, new RegExp(`^${(right / 4).toFixed(1)} %${right} of 400 right, 95 % interval`));
  const overexact = (await figures.jsonValue()).filter((figure) => /100\.00/.test(figure ?? ""));
  assert.deepEqual(overexact, [], "all right so far is 100.0 %");
  await keep(page, "replay-done", { fullPage: true });

  await page.locator("#mistake-list button").first().click();
  assert.deepEqual(
    await page.locator("#detail-faces figure").evaluateAll((faces) => faces.map(({ className }) => className)),
    ["asked", "truth", "mistaken"],
  );
  assert.equal(await page.locator("#detail-ranked li").count(), 20);
  await keep(page, "replay-mistake");
  await page.context().close();
});

test("a replay pauses, goes on and is cancelled", async () => {
  const page = await site.page("#replay");
  const shown = () => page.locator("#dots .right, #dots .wrong").count();
  await page.click("#start");
  await pressWhen(page, "#pause", "#dots .right");
  await page.waitForTimeout(200);
  const paused = await shown();
  await page.waitForTimeout(500);
  assert.equal(await shown(), paused, "nothing moves while paused");
  await page.click("#pause");
  await pressWhen(page, "#cancel", more(paused));
  await page.waitForSelector("#start:visible");
  const cancelled = await shown();
  assert.ok(cancelled < 400);
  await page.waitForTimeout(300);
  assert.equal(await shown(), cancelled);
  await page.context().close();
});

test("a site without the runs says so, replays invented alphabets meanwhile, and takes the published archive", async () => {
  const page = await site.page();
  await page.route("**/data/all_runs.zip", (route) => route.fulfill({ status: 404 }));
  await page.click("#tab-replay");
  await page.click("#start");
  await page.waitForSelector("#bring:visible");
  await keep(page, "replay-without-runs");

  await page.click("#start-invented");
  await page.waitForSelector(more(20));
  assert.match((await page.locator("#figure").textContent()) ?? "", /invented alphabets, 20-way one-shot$/);
  assert.equal(await page.locator("#chart .who").count(), 0, "published figures are of the official runs");

  await page.setInputFiles("#file", { name: "all_runs.zip", mimeType: "application/zip", buffer: await officialRuns() });
  await page.waitForFunction(() => /official/.test(document.querySelector("#figure")?.textContent ?? ""));
  await page.waitForSelector("#start:visible");
  assert.equal(await page.locator("#dots .right, #dots .wrong").count(), 400);
  assert.ok(await page.locator("#bring").isHidden());
  await page.context().close();
});

/** @type {[string, { archive: string, support: number, shots: number, queries: number }][]} */
const SAMPLED = [
  ["random-5-way-1-shot", { archive: "images_evaluation", support: 5, shots: 1, queries: 5 }],
  ["random-5-way-5-shot", { archive: "images_evaluation", support: 5, shots: 5, queries: 5 }],
  ["random-20-way-1-shot", { archive: "images_evaluation", support: 20, shots: 1, queries: 20 }],
  ["random-20-way-5-shot", { archive: "images_evaluation", support: 20, shots: 5, queries: 20 }],
  ["within-alphabet", { archive: "images_evaluation", support: 20, shots: 1, queries: 20 }],
  ["verification", { archive: "images_evaluation", support: 1, shots: 1, queries: 1 }],
  ["mnist", { archive: "t10k", support: 10, shots: 1, queries: 10 }],
];

for (const [protocol, { archive, support, shots, queries }] of SAMPLED) {
  test(`${protocol}: its archive comes on demand, its episodes are laid out as they are`, async () => {
    const page = await site.page("#replay");
    /** @type {string[]} */
    const asked = [];
    page.on("request", (request) => {
      if (request.url().includes("/data/")) asked.push(request.url());
    });
    await choose(page, "protocol", protocol);
    assert.equal(asked.length, 0, "nothing is fetched before it is wanted");
    assert.match((await page.locator("#download").textContent()) ?? "", /fetches [\d.]+ MB first/);
    await page.click("#start");
    await cancelAfter(page);
    assert.ok(asked.length > 0 && asked.every((url) => url.includes(archive)), String(asked));
    const pictures = await page.locator("#support canvas").evaluateAll((canvases) =>
      canvases.map((canvas) => {
        const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
        return width / height;
      }),
    );
    assert.deepEqual(pictures, Array(support).fill(shots));
    assert.match((await page.locator("#figure").textContent()) ?? "", /%\d+ of \d+ right, 95 % interval .*Siamese network/);
    const caption = (await page.locator("#stage-caption").textContent()) ?? "";
    const [, episode, query] = /(?:episode|pair) (\d+)(?:, query (\d+))?/.exec(caption) ?? [];
    assert.ok(Number(episode) > SOME / queries && Number(query ?? 1) <= queries, caption);
    const answer = (await page.locator("#stage-answer").textContent()) ?? "";
    if (protocol === "verification") assert.match(answer, /^(the same|another) [01]\.\d\d, (right|wrong)$/);
    else assert.equal(answer, "");
    await page.locator("#dots .dot:enabled").first().click();
    assert.ok(await page.locator("#detail").isVisible());
    const faces = await page.locator("#detail-faces canvas").count();
    assert.ok(faces >= 1 + shots, `${faces} pictures`);
    await page.context().close();
  });
}

test("the same seed replays the same episodes, another one others", async () => {
  const page = await site.page("#replay");
  await choose(page, "protocol", "mnist");
  const first = async (/** @type {string} */ seed) => {
    await page.fill("#seed", seed);
    await page.click("#start");
    await cancelAfter(page, 0);
    await page.locator("#dots .dot:enabled").first().click();
    const picture = await page.locator("#detail-faces canvas").first().evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
    await page.keyboard.press("Escape");
    return picture;
  };
  const zero = await first("0");
  assert.notEqual(await first("1"), zero);
  assert.equal(await first("0"), zero);
  await page.context().close();
});

test("a thousand episodes are replayed on demand", async () => {
  const page = await site.page("#replay");
  await choose(page, "protocol", "random-5-way-1-shot");
  await page.selectOption("#amount", "1000");
  assert.equal(await page.locator("#start").textContent(), "Replay 5,000 trials");
  await page.click("#start");
  await cancelAfter(page, 30);
  assert.equal(await page.locator("#dots .dot").count(), 1000, "a dot an episode");
  const [, shown] = /of (\d+) right/.exec((await page.locator("#figure").textContent()) ?? "") ?? [];
  assert.ok(Number(shown) > 30 * 5 - 20);
  await page.context().close();
});

test("fetching an archive shows how far it is, and can be cancelled", async () => {
  const page = await site.page("#replay");
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  await page.route("**/data/images_evaluation.zip", async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  await choose(page, "protocol", "within-alphabet");
  await page.click("#start");
  await page.waitForSelector("#fetching:visible");
  assert.match((await page.locator("#fetching-state").textContent()) ?? "", /Fetching the drawings/);
  await keep(page, "replay-fetching");
  await page.click("#cancel");
  await page.waitForSelector("#start:enabled");
  assert.ok(await page.locator("#fetching").isHidden());
  assert.ok(await page.locator("#notice").isHidden(), "a wish is no failure");
  release();
  await page.click("#start");
  await page.waitForSelector(more(5));
  await page.context().close();
});

test("where an archive is missing the page says which, and takes the visitor’s own", async () => {
  const page = await site.page("#replay");
  const files = await carried();
  await page.route("**/data/*", (route) => route.fulfill({ status: 404 }));
  const file = (/** @type {string} */ name) => ({
    name,
    mimeType: "application/octet-stream",
    buffer: Buffer.from(files[`/data/${name}`]),
  });
  await choose(page, "protocol", "verification");
  await page.click("#start");
  await page.waitForSelector("#bring:visible");
  assert.match((await page.locator("#bring").textContent()) ?? "", /images_evaluation\.zip/);
  await page.setInputFiles("#file", file("images_evaluation.zip"));
  await cancelAfter(page, 5);
  assert.ok(await page.locator("#bring").isHidden());

  await choose(page, "protocol", "mnist");
  await page.click("#start");
  await page.waitForSelector("#bring:visible");
  await page.setInputFiles("#file", file("t10k-images-idx3-ubyte.gz"));
  await page.waitForSelector("#notice:visible");
  assert.match((await page.locator("#notice-text").textContent()) ?? "", /two files together/);
  await page.setInputFiles("#file", ["t10k-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz"].map(file));
  await page.waitForSelector(more(5));
  await page.context().close();
});

test("every system replays, and one that comes instead ends what runs", async () => {
  const page = await site.page("#replay");
  for (const system of ["triplet", "relation"]) {
    await choose(page, "system", system);
    await page.waitForSelector("#start:enabled");
    await page.click("#start");
    await pressWhen(page, "#pause", more(5));
    assert.match((await page.locator("#figure").textContent()) ?? "", new RegExp(`${system} network`, "i"));
  }
  await choose(page, "system", "siamese");
  await page.waitForSelector("#start:visible");
  await page.context().close();
});
