// `<glimpse-pad>` in React's JSX: `import type {} from "glimpse/react"`.
import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { GlimpsePad, GlimpsePadAttributes, GlimpsePadEvents } from "../element/index.js";

/** React 19 listens to an element's event by a property of its name: `onglimpse-result`. */
type Listeners = { [Name in keyof GlimpsePadEvents as `on${Name}`]?: (event: GlimpsePadEvents[Name]) => void };

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "glimpse-pad": DetailedHTMLProps<HTMLAttributes<GlimpsePad>, GlimpsePad> & GlimpsePadAttributes & Listeners;
    }
  }
}
