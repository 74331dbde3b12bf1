import assert from "node:assert/strict";

/**
 * Fails where a line of what is seen breaks within a word of Hangul.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} view
 */
export async function wholeWords(page, view) {
  const broken = await page.evaluate(() => {
    /** @param {Node} root @returns {string[]} */
    const within = (root) =>
      [...root.childNodes].flatMap((node) => {
        if (node instanceof Text) return [...node.data.matchAll(/\p{Script=Hangul}+/gu)].filter((word) => lines(node, word) > 1).map(String);
        const shadow = node instanceof Element && node.shadowRoot;
        return [...(shadow ? within(shadow) : []), ...within(node)];
      });
    /** @param {Text} node @param {RegExpMatchArray} word */
    const lines = (node, { 0: word, index = 0 }) => {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    };
    return within(document.body);
  });
  assert.deepEqual(broken, [], `broken words in ${view}`);
}
