import type { Theme } from "vitepress";
import theme from "vitepress/theme-without-fonts";
import "./glimpse.css";

declare global {
  /** The path that the pages lie under. */
  var DOCS: string;
}

export default {
  extends: theme,
  /** Tells the router where the pages lie, which the build does not know. */
  enhanceApp({ router, siteData }) {
    if (import.meta.env.SSR) return;
    globalThis.DOCS = new URL("./", location.href).pathname;
    siteData.value = { ...siteData.value, base: DOCS };
    // The search names pages by their place in that.
    const { go } = router;
    router.go = (href = "") => go(new URL(href, location.href).href);
  },
} satisfies Theme;
