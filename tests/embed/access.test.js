// `<glimpse-pad>` for everyone: what axe-core finds in each of its states, light and dark, in both languages.
import { after, before, test } from "node:test";
import { accessible } from "../harness/axe.js";
import { officialRuns } from "../harness/data.js";
import { invent } from "../harness/package.js";
import { article, draw, openArticles } from "../harness/pad.js";

/** @type {import("glimpse").Strokes[][]} */
let characters;
/** @type {Awaited<ReturnType<typeof openArticles>>} */
let opened;
before(async () => {
  characters = await invent({ seed: 7, characters: 8, drawers: 2 });
  opened = await openArticles({
    pages: {
      "/support.json": JSON.stringify({ support: characters.map(([drawing], i) => ({ label: `sign ${i}`, drawing })) }),
      "/all_runs.zip": await officialRuns(),
      "/page.html": article("<glimpse-pad></glimpse-pad>"),
    },
  });
});
after(() => opened?.close());

/** What is asked of the element, and how it comes to where it is looked at. */
const STATES = /** @type {const} */ ({
  "preloaded characters": { attributes: { support: "support.json" }, shown: ".label" },
  "an answer": { attributes: { support: "support.json" }, shown: ".verdict strong", drawn: true },
  "a map": { attributes: { support: "support.json", mode: "map" }, shown: ".query-mark:not(.absent)", drawn: true },
  "an error": { attributes: { support: "gone.json" }, shown: ".error:not([hidden])" },
  "an error, unfolded": { attributes: { support: "gone.json" }, shown: "details[open]", pressed: "summary" },
  "a replay": { attributes: { mode: "replay" }, shown: ".support .truth", pressed: "button" },
  "a replay that was stopped": { attributes: { mode: "replay" }, shown: ".support .truth", pressed: "button", stopped: true },
});

for (const lang of ["en", "ko"]) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`axe-core finds nothing in the element, ${lang}, ${colorScheme}`, async () => {
      // What axe-core adds to a page, the strict policy forbids.
      const { page } = await opened.page("/page.html", { colorScheme, reducedMotion: "reduce", bypassCSP: true });
      const pad = page.locator("glimpse-pad");
      for (const [state, { attributes, shown, ...then }] of Object.entries(STATES)) {
        await pad.evaluate(
          (pad, attributes) => {
            const fresh = document.createElement("glimpse-pad");
            for (const [name, value] of Object.entries(attributes)) fresh.setAttribute(name, value);
            pad.replaceWith(fresh);
          },
          { lang, ...attributes },
        );
        if ("drawn" in then) await draw(page, page, characters[2][1]);
        if ("pressed" in then) await pad.locator(then.pressed).first().click();
        await pad.locator(shown).first().waitFor();
        if ("stopped" in then) await pad.locator(then.pressed).first().click();
        await accessible(page, state);
      }
      await page.context().close();
    });
  }
}
