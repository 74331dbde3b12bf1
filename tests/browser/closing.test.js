// A test that ends closes its pages while their requests are still being answered in the server's place: that fails nothing.
import { once } from "node:events";
import { after, before, test } from "node:test";
import { launch } from "../harness/chromium.js";
import { ROOT } from "../harness/data.js";
import { serve } from "../../xtask/server.js";

/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
before(async () => {
  server = await serve(ROOT, { "/page.html": '<!doctype html><title>Page</title><script src="/script.js"></script>', "/script.js": "" });
});
after(() => server.close());

for (const routed of /** @type {const} */ (["page", "context"])) {
  for (const closed of /** @type {const} */ (["page", "context", "browser"])) {
    test(`what a ${routed}'s handler still does when the ${closed} closes fails no test`, async () => {
      const browser = await launch({ webgpu: false });
      const context = await browser.newContext();
      const page = await context.newPage();
      const turn = new EventTarget();
      await { page, context }[routed].route("**/script.js", async (route) => {
        const response = await route.fetch();
        const goOn = once(turn, "closed");
        turn.dispatchEvent(new Event("fetched"));
        await goOn;
        await route.fulfill({ response, body: await response.text() });
      });
      const fetched = once(turn, "fetched");
      page.goto(`${server.origin}/page.html`).catch(() => {});
      await fetched;
      await { page, context, browser }[closed].close();
      turn.dispatchEvent(new Event("closed"));
      await new Promise((resolve) => setTimeout(resolve, 200)); // A rejection that nobody catches would fail the test.
      await browser.close();
    });
  }
}
