// No request leaves the page's own origin, and its content security policy is never broken.
import assert from "node:assert/strict";
import { test } from "node:test";
import { carried, choose, drawByMouse, openSite } from "../harness/site.js";

/** A picture of one's own. */
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" fill="none" stroke="black"><path d="M2 2L7 7"/></svg>';

test("teaching, answering, fine-tuning and replaying ask nothing of any other origin, and send nothing", async () => {
  const site = await openSite({ extra: await carried() });
  try {
    const context = await site.browser.newContext();
    /** @type {string[]} */
    const asked = [];
    context.on("request", (request) => {
      asked.push(`${request.method()} ${request.url()}`);
      assert.equal(request.postData(), null);
    });
    /** @type {string[]} */
    const complaints = [];
    context.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    context.on("weberror", (error) => complaints.push(String(error.error())));
    const page = await context.newPage();
    await page.goto(site.origin);
    await page.waitForSelector('#badge[data-state="ready"]');
    await page.click("#invent");
    await drawByMouse(page, { strokes: [[20, 20, 80, 80]] });
    await page.waitForSelector(".card.best");
    await page.setInputFiles("#picture-file", { name: "mine.svg", mimeType: "image/svg+xml", buffer: Buffer.from(SVG) });
    await page.waitForFunction(() => document.querySelector("#hint")?.textContent?.startsWith("The picture’s ink"));
    await page.click("#fine-tune");
    await page.waitForSelector("#tuning-close:visible");
    await choose(page, "lens", "compare");
    await page.waitForFunction(() => document.querySelectorAll('.column[data-state="ready"]').length === 3);
    await page.click("#tab-replay");
    for (const protocol of ["official", "random-5-way-1-shot", "mnist"]) {
      await choose(page, "protocol", protocol);
      await page.click("#start");
      await page.waitForSelector("#dots .right");
    }

    assert.ok(asked.length > 5, "requests are seen");
    assert.ok(asked.some((request) => request.endsWith(".wasm")), "the worker’s requests are seen");
    // An address within the browser is how it reads a picture of SVG.
    const sent = asked.filter((request) => !request.startsWith(`GET blob:${site.origin}/`));
    assert.deepEqual(sent.filter((request) => !request.startsWith(`GET ${site.origin}/`) || request.includes("?")), []);
    assert.deepEqual(complaints, []);
  } finally {
    await site.close();
  }
});
