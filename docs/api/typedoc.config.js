import { JSX, OptionDefaults } from "typedoc";

/** What the element's comments say for `custom-elements.json`. */
const OF_ELEMENTS = ["@tagname", "@attribute", "@fires", "@csspart", "@cssproperty"];

/** A link to the rest of the documentation, above every page's contents. @param {import("typedoc").Application} app */
function documentation({ renderer }) {
  renderer.hooks.on("sidebar.begin", (page) => JSX.createElement("a", { href: page.relativeURL("../docs/") }, "Documentation"));
}

export default {
  name: "glimpse",
  plugin: [documentation],
  entryPoints: ["../../pkg/src/index.ts", "../../pkg/src/element/index.ts", "../../pkg/src/ink.ts", "../../pkg/src/glyph.ts", "../../pkg/src/formats.ts", "../../pkg/src/plane.ts", "../../pkg/src/ranked-list.ts", "../../pkg/src/stage.ts"],
  tsconfig: "../../pkg/src/element/tsconfig.json",
  readme: "../../pkg/README.md",
  out: "../../www/dist/api",
  favicon: "../../www/public/icon.svg",
  disableGit: true,
  disableSources: true,
  hideGenerator: true,
  excludePrivate: true,
  excludeExternals: true,
  intentionallyNotExported: ["BESIDE", "KINDS"],
  blockTags: [...new Set([...OptionDefaults.blockTags, ...OF_ELEMENTS])],
  notRenderedTags: [...OptionDefaults.notRenderedTags, ...OF_ELEMENTS],
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, notDocumented: true },
};
