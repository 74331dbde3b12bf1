export const HANGUL = /\p{Script=Hangul}/u;

// Names, units, the field's terms, and what is published under English names.
const known = [
  /Glimpse|English|LaTeX|Typst|HTML|Omniglot|MNIST|AUC|Hausdorff|[CG]PU|simd|flex|ndarray|webgpu|auto|ms|MB|\d+-way|\d-shot|[\w-]+\.(zip|gz)/,
  /Siamese|Triplet|Relation|Matching|networks?|ConvARC|BPL|ProtoNets|Koch|Lake|Sung|Snell|Shyam|Vinyals|Zemel|Hoffer|Ailon/,
  /Salakhutdinov|Tenenbaum|et al\./,
];
const terms = new RegExp(known.map(({ source }) => source).join("|"), "g");

/** Whether words are neither Korean nor the same in Korean. @param {string} words */
export const isEnglish = (words) => !HANGUL.test(words) && /[A-Za-z]{2}/.test(words.replaceAll(terms, ""));

/**
 * All that the page says, to those who see it and to those who hear it, but for what is marked as another language.
 *
 * @param {import("playwright-core").Page} page
 */
export const allSaid = (page) =>
  page.evaluate(() => {
    /** @type {string[]} */
    const said = [document.title];
    for (const element of document.querySelectorAll("body *")) {
      if (element.closest('script, noscript, [lang="en"]')) continue;
      for (const child of element.childNodes) if (child.nodeType === Node.TEXT_NODE) said.push(child.textContent ?? "");
      for (const name of ["aria-label", "title", "placeholder"]) said.push(element.getAttribute(name) ?? "");
    }
    return [...new Set(said.map((words) => words.trim()).filter(Boolean))];
  });

/** Runs in a page from its start: keeps in `seen` what words it shows in any frame. */
export function watchWords() {
  /** @type {Set<string>} */
  const seen = new Set();
  /** @param {CSSStyleDeclaration} style @param {"fill" | "webkitTextFillColor"} colour */
  const shows = (style, colour) => style[colour] !== "rgba(0, 0, 0, 0)";
  const look = () => {
    for (const element of document.body?.querySelectorAll("*") ?? []) {
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || element.closest('body [lang="en"]')) continue;
      if (element instanceof HTMLInputElement && shows(getComputedStyle(element, "::placeholder"), "webkitTextFillColor")) {
        seen.add(element.placeholder);
      }
      if (!shows(getComputedStyle(element), element instanceof SVGElement ? "fill" : "webkitTextFillColor")) continue;
      for (const node of element.childNodes) if (node instanceof Text) seen.add(node.data.trim());
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  Object.assign(globalThis, { seen });
}
