/**
 * Which documents are pages, and where their links lead: documents link each other as files, for those who read them in the
 * repository.
 */
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import type { MarkdownRenderer } from "vitepress";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Documents by their place in the repository, and the pages made of them: all in one folder. */
export const PAGES: Record<string, string> = {
  "README.md": "index.md",
  "pkg/README.md": "package.md",
  "weights/README.md": "weights.md",
  "weights/HISTORY.md": "history.md",
  "BENCHMARKS.md": "benchmarks.md",
  "ARCHITECTURE.md": "architecture.md",
  "CONTRIBUTING.md": "contributing.md",
  "CHANGELOG.md": "changelog.md",
  "docs/:page.md": ":page.md",
};

/** What the pages are called, in groups. */
export const GROUPS: Record<string, Record<string, string>> = {
  "Use it": {
    index: "Overview",
    package: "Element and package",
    find: "Find signs",
    native: "In Rust",
    browsers: "Browsers",
  },
  "In documentation": {
    embedding: "Any page",
    mdbook: "mdBook",
    "mkdocs-material": "MkDocs Material",
    vitepress: "VitePress",
  },
  "How good it is": {
    results: "Accuracy",
    benchmarks: "Benchmarks",
    compare: "Other tools",
    weights: "Weights",
    history: "What was tried",
  },
  "The project": {
    architecture: "Architecture",
    contributing: "Contributing",
    changelog: "Changelog",
  },
};

const NAMES: Record<string, string> = Object.assign({}, ...Object.values(GROUPS));

/** What a heading is called in a link, as hosts of code do. */
export function slug(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-");
}

/**
 * Makes links between documents lead to their pages; one that says a file's path says the page's name. Of a link to a file that is
 * no page its words stay.
 */
export function links(md: MarkdownRenderer): void {
  md.core.ruler.push("links", ({ tokens, env }) => {
    const folder = posix.dirname(posix.relative(ROOT, env.realPath ?? env.path));
    const inline = tokens.flatMap(({ children }) => children ?? []);
    for (const [i, token] of inline.entries()) {
      const href = token.type === "link_open" ? token.attrGet("href") : null;
      if (href === null || /^([a-z]+:|#)/.test(href)) continue;
      const [file = "", heading] = href.split("#");
      const page = pageOf(posix.join(folder, file));
      const words = inline[i + 1];
      if (page) {
        token.attrSet("href", `./${page}.html${heading ? `#${heading}` : ""}`);
        if (words?.content.endsWith(".md")) words.content = NAMES[page] ?? words.content;
      } else {
        const end = inline.slice(i).find(({ type }) => type === "link_close");
        Object.assign(token, { tag: "span", attrs: null });
        Object.assign(end ?? {}, { tag: "span" });
      }
    }
  });
}

/** The page that a document is made into, without its ending. */
function pageOf(document: string): string | undefined {
  return (PAGES[document] ?? /^docs\/([\w-]+\.md)$/.exec(document)?.[1])?.replace(/\.md$/, "");
}
