/** What editors and documentation read of `<glimpse-pad>`: made of the comments in its source. */
export default {
  globs: ["src/element/pad.ts"],
  outdir: "dist",
  packagejson: false,
};
