import { byId } from "./dom.js";
import { EngineBadge } from "./engine.js";
import { fillFooter } from "./footer.js";
import { ReplayView } from "./replay.js";
import { TeachView } from "./teach.js";

const engine = new EngineBadge();
const teach = new TeachView(engine);
const replay = new ReplayView(engine);

const tabs = ["teach", "replay"].map((view) => ({ tab: byId(`tab-${view}`), panel: byId(view) }));

function show(chosen: HTMLElement): void {
  for (const { tab, panel } of tabs) {
    const selected = panel === chosen;
    tab.ariaSelected = `${selected}`;
    tab.tabIndex = selected ? 0 : -1;
    panel.hidden = !selected;
  }
  history.replaceState(null, "", `${location.pathname}${location.search}${chosen.id === "teach" ? "" : `#${chosen.id}`}`);
  if (chosen.id === "replay") void replay.open();
}

tabs.forEach(({ tab, panel }, i) => {
  tab.addEventListener("click", () => show(panel));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = tabs[(i + 1) % tabs.length]!;
    show(other.panel);
    other.tab.focus();
  });
});

// A file dropped anywhere but where it is wanted must not replace the page.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file && !byId("replay").hidden) void replay.bring(file);
});

engine.onready = () => {
  teach.ready();
  replay.ready();
};

fillFooter();
show(tabs.find(({ panel }) => `#${panel.id}` === location.hash)?.panel ?? tabs[0]!.panel);
void engine.load();
