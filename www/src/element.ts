/** `element.js`: what other pages load to have `<glimpse-pad>` from this site. */
export * from "glimpse/element";
