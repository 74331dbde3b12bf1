/** The page of an iframe: one `<glimpse-pad>`, with the attributes that the page's address gives. */
import { GlimpsePad } from "glimpse/element";

const pad = document.createElement("glimpse-pad");
// Where the site has it; the element alone looks beside the page.
pad.setAttribute("archive", "data/all_runs.zip");
const parameters = new URLSearchParams(location.search);
for (const name of [...GlimpsePad.observedAttributes, "theme"]) {
  const value = parameters.get(name);
  if (value !== null) pad.setAttribute(name, value);
}
document.documentElement.lang = parameters.get("lang") ?? navigator.language;
document.getElementById("main")?.append(pad);
