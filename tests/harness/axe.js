import assert from "node:assert/strict";
import axe from "axe-core";

/**
 * Fails where axe-core finds anything: its usual rules, and that what is touched is large enough.
 *
 * @param {import("playwright-core").Page | import("playwright-core").Frame} page
 * @param {string} view
 */
export async function accessible(page, view) {
  // By the debugger: the page's own policy allows no such script.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = /** @type {{ axe: typeof import("axe-core") }} */ (/** @type {unknown} */ (globalThis));
    const { violations } = await axe.run(document, {
      resultTypes: ["violations"],
      rules: { "target-size": { enabled: true } },
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, any, all, none }) => {
        const reasons = [...any, ...all, ...none].map(({ message }) => message);
        return `${id}: ${target.join(" ")}: ${reasons.join("; ")}`;
      }),
    );
  });
  assert.deepEqual(found, [], `axe-core on ${view}`);
}
