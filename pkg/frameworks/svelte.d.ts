// `<glimpse-pad>` in Svelte's markup: `import type {} from "glimpse/svelte"`.
import type { HTMLAttributes } from "svelte/elements";
import type { GlimpsePad, GlimpsePadAttributes, GlimpsePadEvents } from "../element/index.js";

/** Svelte 5 listens by a property of the event's name: `onglimpse-result`. */
type Listeners = { [Name in keyof GlimpsePadEvents as `on${Name}`]?: (event: GlimpsePadEvents[Name]) => void };

declare module "svelte/elements" {
  interface SvelteHTMLElements {
    "glimpse-pad": Omit<HTMLAttributes<GlimpsePad>, keyof GlimpsePadAttributes> & GlimpsePadAttributes & Listeners;
  }
}
