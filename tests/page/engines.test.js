// Which engine the page takes, and what it says of the others.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { invent } from "../harness/package.js";
import { answered, drawByMouse, keep, openSite } from "../harness/site.js";

/** @type {import("glimpse").Strokes[][]} */
let characters;
before(async () => {
  characters = await invent({ seed: 11, characters: 2, drawers: 2 });
});

/** Has WebGPU compile `max` as `min`. */
function miscompute() {
  const { prototype } = /** @type {any} */ (globalThis).GPUDevice;
  const { createShaderModule } = prototype;
  prototype.createShaderModule = function (/** @type {{ code: string }} */ descriptor) {
    const code = descriptor.code.replace(/\bmax\(/g, "min(");
    return createShaderModule.call(this, { ...descriptor, code });
  };
}

/**
 * @param {import("playwright-core").Page} page
 */
async function recognises(page) {
  for (const [taught] of characters) {
    await drawByMouse(page, taught);
    await page.click("#teach-it");
  }
  await drawByMouse(page, characters[0][1]);
  await answered(page);
  return (await page.locator("#verdict strong").textContent()) === "A";
}

describe("in a browser without WebGPU", () => {
  /** @type {Awaited<ReturnType<typeof openSite>>} */
  let site;
  before(async () => {
    site = await openSite({ webgpu: false });
  });
  after(() => site?.close());

  test("the page computes on the CPU, says why, and recognises", async () => {
    const page = await site.page();
    assert.equal(await page.locator("#badge-name").textContent(), "CPU · simd");
    await page.click("#badge");
    assert.match((await page.locator("#engine-refused").textContent()) ?? "", /Not webgpu: .*WebGPU/);
    await keep(page, "engine");
    await page.keyboard.press("Escape");
    assert.ok(await recognises(page));
    await page.context().close();
  });

  test("a CPU visitor downloads one module, and not WebGPU’s", async () => {
    const context = await site.browser.newContext();
    const page = await context.newPage();
    /** @type {string[]} */
    const modules = [];
    context.on("response", (response) => {
      if (response.url().endsWith(".wasm")) modules.push(response.url());
    });
    await page.goto(site.origin);
    await page.waitForSelector('#badge[data-state="ready"]');
    assert.equal(modules.length, 1);
    await context.close();
  });

  test("ndarray runs where it is asked for, and the choice moves what was taught along", async () => {
    const page = await site.page("?engine=ndarray");
    assert.equal(await page.locator("#badge-name").textContent(), "CPU · ndarray");
    assert.ok(await recognises(page));
    await page.click("#badge");
    await page.check('#engine-choice input[value="flex"]');
    await page.waitForSelector('#badge[data-state="ready"][data-engine="flex"]');
    await page.keyboard.press("Escape");
    await page.click("#clear");
    await drawByMouse(page, characters[0][1]);
    await answered(page);
    assert.equal(await page.locator("#verdict strong").textContent(), "A");
    await page.context().close();
  });

  test("the same calls work where there is no worker", async () => {
    const page = await site.page("?worker=off");
    assert.equal(page.workers().length, 0);
    assert.ok(await recognises(page));
    await page.context().close();
  });
});

describe("in a browser with software WebGPU", () => {
  /** @type {Awaited<ReturnType<typeof openSite>>} */
  let site;
  before(async () => {
    site = await openSite({ webgpu: true });
  });
  after(() => site?.close());

  test("auto leaves it, since the CPU itself is faster", async () => {
    const page = await site.page();
    assert.equal(await page.locator("#badge-name").textContent(), "CPU · simd");
    assert.match((await page.locator("#engine-refused").textContent()) ?? "", /software/);
    await page.context().close();
  });

  test("auto that may take it times it against the CPU while the page is used, and says what it found", async () => {
    const page = await site.page("?software=on");
    page.setDefaultTimeout(180_000);
    assert.equal(await page.locator("#badge-name").textContent(), "CPU · simd");
    assert.ok(await recognises(page));
    for (const work of ["a drawing", "an episode", "a step of fine-tuning"]) {
      await page.waitForFunction(
        (work) => RegExp(`${work}simd [\\d.]+ ms, webgpu [\\d.]+ ms`).test(document.querySelector("#engine-facts")?.textContent ?? ""),
        work,
      );
    }
    assert.equal(await page.locator("#badge-name").textContent(), "CPU · simd");
    await page.context().close();
  });

  test("asked for by name it runs, and recognises", async () => {
    const page = await site.page("?engine=webgpu");
    assert.equal(await page.locator("#badge-name").textContent(), "GPU · webgpu");
    assert.ok(await recognises(page));
    await page.context().close();
  });

  test("where it fails its self-test the page goes to the CPU, says so, and recognises", async () => {
    const page = await site.page("", { ready: false });
    // A graphics processor that computes wrongly: where the larger is asked for it gives the smaller.
    await page.route(/worker.*\.js$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `(${miscompute})();\n${await response.text()}` });
    });
    await page.goto(`${site.origin}/?engine=webgpu`);
    await page.waitForSelector('#badge[data-state="ready"]');
    assert.equal(await page.locator("#badge-name").textContent(), "CPU · simd");
    assert.match((await page.locator("#engine-refused").textContent()) ?? "", /Not webgpu: .*self-test/);
    assert.ok(await recognises(page));
    await page.context().close();
  });
});
