// Engines that stop in the middle of something: the page goes on with another one, and with all that was taught.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accessible } from "../harness/axe.js";
import { invent } from "../harness/package.js";
import { find, known, LAMBDA } from "../harness/signs.js";
import { answered, carried, choose, drawByMouse, drawByTouch, keep, openSite, PHONE, recognised, teach } from "../harness/site.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {Awaited<ReturnType<typeof openSite>>} Site */

/** @type {import("glimpse").Strokes[][]} */
let characters;
before(async () => {
  characters = await invent({ seed: 7, characters: 3, drawers: 2 });
});

/** @type {Record<string, { stop: (page: Page) => Promise<void>, why: RegExp }>} */
const FAULTS = {
  "the GPU process crashes": {
    async stop(page) {
      const devtools = await page.context().browser()?.newBrowserCDPSession();
      // It answers when the process is gone, or never.
      void devtools?.send("Browser.crashGpuProcess").catch(() => {});
    },
    why: /^The graphics device was lost.* The CPU goes on with all that you taught\.$/,
  },
  "the worker is killed": {
    async stop(page) {
      const [worker] = page.workers();
      await worker.evaluate(() => self.close());
    },
    why: /^The worker was ended\. The CPU goes on with all that you taught\.$/,
  },
};

/**
 * Makes sure that the page says what happened, and knows what it knew.
 *
 * @param {Page} page
 * @param {RegExp} why
 */
async function goesOn(page, why) {
  await page.waitForSelector('#badge[data-state="ready"][data-engine="simd"]');
  assert.match((await page.locator("#notice-text").textContent()) ?? "", why);
  assert.equal(await page.locator("#notice").getAttribute("role"), "status", "nothing is lost: no alarm");
  assert.ok(await page.locator("#notice").isVisible());
  assert.equal(await page.locator("#badge-name").textContent(), "CPU · simd");
  assert.match((await page.locator("#engine-refused").textContent()) ?? "", /Not webgpu: The (graphics device|worker) was/);
  await page.click("#tab-teach");
  assert.equal(await page.locator("#cards .card").count(), characters.length);
  if (await page.locator("#clear").isEnabled()) await page.click("#clear");
  assert.ok((await recognised(page, characters)) >= characters.length - 1);
}

for (const [fault, { stop, why }] of Object.entries(FAULTS)) {
  describe(`on WebGPU, ${fault}`, () => {
    /** @type {Site} */
    let site;
    /** @type {Page} */
    let page;

    // A browser that lost its GPU process is not as it was: each test has its own.
    const open = async () => {
      site = await openSite({ webgpu: true, extra: await carried() });
      page = await site.page("?engine=webgpu");
      page.setDefaultTimeout(180_000);
      assert.equal(await page.locator("#badge").getAttribute("data-engine"), "webgpu");
      await teach(page, characters);
      await answered(page);
    };

    test("while it classifies", async () => {
      await open();
      try {
        const [first, ...rest] = characters[1][1].strokes;
        // It may be over before a frame is painted.
        const watch = await page.evaluateHandle(() => {
          const answer = /** @type {Element} */ (document.querySelector("#answer"));
          const begun = new Promise((begin) => {
            new MutationObserver(begin).observe(answer, { attributeFilter: ["aria-busy"] });
          });
          return { begun };
        });
        await Promise.all([
          watch.evaluate(({ begun }) => begun.then(() => {})).then(() => stop(page)),
          drawByMouse(page, { strokes: [first] }),
        ]);
        await drawByMouse(page, { strokes: rest });
        await answered(page);
        assert.equal(await page.locator(".card.best").count(), 1, "what is on the paper is answered");
        await goesOn(page, why);
      } finally {
        await site.close();
      }
    });

    test("while it fine-tunes", async () => {
      await open();
      try {
        await page.click("#fine-tune");
        await page.waitForFunction(() => Number(/^Step (\d+) /.exec(document.querySelector("#tuning-at")?.textContent ?? "")?.[1]) >= 1);
        await stop(page);
        await page.waitForSelector("#tuning-close:visible");
        assert.equal(await page.locator("#tuning-at").textContent(), "Step 50 of 50");
        assert.match((await page.locator("#tuning-words").textContent()) ?? "", /^(Better|More certain|No better)/);
        await goesOn(page, why);
      } finally {
        await site.close();
      }
    });

    test("while it replays", async () => {
      await open();
      try {
        await page.click("#tab-replay");
        await page.click("#start");
        await page.waitForSelector("#dots .right");
        await stop(page);
        await page.waitForSelector("#start:visible");
        const right = await page.locator("#dots .right").count();
        const wrong = await page.locator("#dots .wrong").count();
        assert.equal(right + wrong, 400, "every trial is counted, and once");
        assert.ok(right >= 368);
        await goesOn(page, why);
      } finally {
        await site.close();
      }
    });
  });
}

describe("on the CPU, the worker is killed", () => {
  /** @type {Site} */
  let site;
  before(async () => {
    site = await openSite();
  });
  after(() => site?.close());

  /** @param {Page} page */
  const kill = (page) => FAULTS["the worker is killed"].stop(page);

  test("the next drawing is answered by a new worker, fine-tuned as the one before", async () => {
    const page = await site.page("?system=siamese");
    await teach(page, characters);
    await drawByMouse(page, characters[0][1]);
    await page.click("#fine-tune");
    await page.waitForSelector("#tuning-close:visible");
    await answered(page);
    const scores = () => page.locator("#cards .bar").evaluateAll((bars) => bars.map((bar) => bar.getAttribute("style")));
    const before = await scores();
    await kill(page);
    await choose(page, "lens", "map");
    await choose(page, "lens", "ranking");
    await answered(page);
    assert.equal(
      await page.locator("#notice-text").textContent(),
      "The worker was ended. A new one goes on with all that you taught.",
    );
    assert.deepEqual(await scores(), before);
    assert.ok(await page.locator("#badge-tuned").isVisible());
    await page.context().close();
  });

  test("where no other can start, the page says so, and what was taught is there when one can", async () => {
    const page = await site.page();
    await teach(page, characters);
    await page.route("**/*.wasm", (route) => route.abort());
    await kill(page);
    await page.click("#fine-tune");
    await page.waitForSelector("#notice-retry:visible");
    assert.match((await page.locator("#notice-text").textContent()) ?? "", /^No engine could start\./);
    assert.equal(await page.locator("#notice").getAttribute("role"), "alert");
    assert.match((await page.locator("#tuning-words").textContent()) ?? "", /^No engine could start\./);
    await page.unroute("**/*.wasm");
    await page.click("#notice-retry");
    await page.waitForSelector('#badge[data-state="ready"]');
    assert.equal(await page.locator("#cards .card").count(), characters.length);
    assert.ok((await recognised(page, characters)) >= characters.length - 1);
    await page.context().close();
  });

  for (const [name, screen] of Object.entries({
    desktop: { viewport: { width: 1280, height: 800 } },
    phone: PHONE,
  })) {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      test(`the notice on ${name}, ${colorScheme}`, async () => {
        const page = await site.page("", { ...screen, colorScheme });
        await teach(page, characters, "hasTouch" in screen ? drawByTouch : drawByMouse);
        await kill(page);
        await ("hasTouch" in screen ? drawByTouch : drawByMouse)(page, characters[0][1]);
        await answered(page);
        await page.waitForSelector("#notice:visible");
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
        await keep(page, `${name}-${colorScheme}-recovered`);
        await accessible(page, "a page that recovered");
        await page.click("#notice-close");
        assert.ok(await page.locator("#notice").isHidden());
        await page.context().close();
      });
    }
  }
});

describe("a script of the page that does not arrive", () => {
  /** @type {Site} */
  let site;
  before(async () => {
    site = await openSite();
  });
  after(() => site?.close());

  /** @type {Record<string, { ask: string, there: string }>} */
  const ASKED = {
    find: { ask: "#tab-find", there: "#find .sheet" },
    results: { ask: "#tab-results", there: "#all-figures tbody" },
    ko: { ask: '[name="language"][value="ko"]', there: 'html[lang="ko"]' },
  };
  for (const [script, { ask, there }] of Object.entries(ASKED)) {
    test(`${script}: is told in words for a person, and is there once asked for again, as what was drawn is`, async () => {
      const page = await site.page();
      await drawByMouse(page, characters[0][0]);
      await page.route(`**/${script}-*.js`, (route) => route.abort());
      await page.click(ask);
      await page.waitForSelector("#notice:visible");
      assert.match((await page.locator("#notice-text").textContent()) ?? "", /(did not arrive|could not be fetched).*Is the network there\?$/);
      await page.unrouteAll();
      await page.click("#notice-retry");
      await page.waitForSelector(there);
      await page.waitForSelector('#badge[data-state="ready"]');
      await page.click("#tab-teach");
      await page.waitForSelector("#clear:enabled", { timeout: 5000 });
      await page.context().close();
    });
  }

  test("what was drawn to be found is there as well", async () => {
    const page = await site.page("?find=greek");
    await known(page);
    await find(page, LAMBDA);
    await page.route("**/results-*.js", (route) => route.abort());
    await page.click("#tab-results");
    await page.waitForSelector("#notice:visible");
    await page.unrouteAll();
    await page.click("#notice-retry");
    await page.waitForSelector("#all-figures tbody");
    await page.click("#tab-find");
    await page.waitForSelector("#find .sheet.used");
    await page.waitForSelector(".found-sign");
    await page.context().close();
  });
});
