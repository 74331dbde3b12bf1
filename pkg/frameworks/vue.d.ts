// `<glimpse-pad>` in Vue's templates and JSX: `import type {} from "glimpse/vue"`.
import type { DefineComponent, HTMLAttributes } from "vue";
import type { GlimpsePadAttributes, GlimpsePadEvents } from "../element/index.js";

/** Of `@glimpse-result`, as Vue names a listener. */
type Listeners = {
  "onGlimpseReady"?: (event: GlimpsePadEvents["glimpse-ready"]) => void;
  "onGlimpseResult"?: (event: GlimpsePadEvents["glimpse-result"]) => void;
  "onGlimpseChoose"?: (event: GlimpsePadEvents["glimpse-choose"]) => void;
  "onGlimpseTaught"?: (event: GlimpsePadEvents["glimpse-taught"]) => void;
  "onGlimpseForgotten"?: (event: GlimpsePadEvents["glimpse-forgotten"]) => void;
  "onGlimpseError"?: (event: GlimpsePadEvents["glimpse-error"]) => void;
};

declare module "vue" {
  interface GlobalComponents {
    "glimpse-pad": DefineComponent<HTMLAttributes & GlimpsePadAttributes & Listeners>;
  }
}
