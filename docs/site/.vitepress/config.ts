import { defineConfig } from "vitepress";
import { carried } from "./carried.js";
import { GROUPS, links, PAGES, slug } from "./links.js";

export default defineConfig({
  title: "Glimpse",
  description: "One-shot recognition of drawn signs, in the browser.",
  // The site may lie under any path. All pages lie in one folder, so that what is relative to one is right for each.
  base: "./",
  srcDir: "../..",
  srcExclude: ["!(docs|pkg|weights|*.md)/**", "!(README|BENCHMARKS|ARCHITECTURE|CONTRIBUTING|CHANGELOG).md"],
  rewrites: PAGES,
  outDir: "../../www/dist/docs",
  // By the visitor's system, as the site.
  appearance: "force-auto",
  head: [
    ["link", { rel: "icon", href: "../icon.svg", type: "image/svg+xml" }],
    // The site's own element.
    ["script", { type: "module", src: "../element.js" }],
  ],
  markdown: { config: links, anchor: { slugify: slug } },
  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag === "glimpse-pad" } } },
  vite: {
    plugins: [carried()],
    // What VitePress's router takes off an address; theme/index.ts knows it once a page is open.
    define: { "import.meta.env.BASE_URL": "globalThis.DOCS" },
    // Pictures, in pages rendered here; in the browser a script knows where they are.
    experimental: { renderBuiltUrl: (name, { ssr }) => (ssr ? `./${name}` : undefined) },
  },
  themeConfig: {
    logo: "../icon.svg",
    search: { provider: "local", options: { detailedView: false } },
    outline: [2, 3],
    nav: [
      { text: "Draw", link: "../", target: "_self" },
      { text: "API reference", link: "../api/", target: "_self" },
    ],
    sidebar: Object.entries(GROUPS).map(([text, pages]) => ({
      text,
      items: Object.entries(pages).map(([page, text]) => ({ text, link: page === "index" ? "/" : `/${page}` })),
    })),
  },
});
