/**
 * Registers `<glimpse-pad>`. Nothing else is loaded until the element is seen or touched.
 *
 * @packageDocumentation
 */
import { GlimpsePad } from "./pad.js";

export { GlimpsePad };
export type { GlimpsePadAttributes } from "./attributes.js";
export type { ChooseDetail, GlimpsePadEvents, ReadyDetail, ResultDetail } from "./events.js";
export type { Words } from "./words.js";

// A page may have it twice, from two addresses.
if (!globalThis.customElements?.get("glimpse-pad")) globalThis.customElements?.define("glimpse-pad", GlimpsePad);
