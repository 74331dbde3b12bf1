// The API reference, one click away from the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, openSite } from "../harness/site.js";

test("the page leads to a reference of core, element and ink", async () => {
  const site = await openSite();
  try {
    const page = await site.page();
    await page.click('footer [href="./api/"]');
    await keep(page, "reference");
    for (const place of ["classes/index.Glimpse", "classes/element.GlimpsePad", "functions/ink.outline"]) {
      const found = await page.request.get(`${site.origin}/api/${place}.html`);
      assert.equal(found.status(), 200, place);
    }
    assert.match((await page.locator("h1").first().textContent()) ?? "", /glimpse/i);
  } finally {
    await site.close();
  }
});
