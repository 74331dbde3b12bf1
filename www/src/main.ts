import { byId } from "./dom.js";
import { EngineBadge } from "./engine.js";
import { ReplayView } from "./replay.js";
import { ResultsView } from "./results.js";
import { TeachView } from "./teach.js";

const engine = new EngineBadge();
const teach = new TeachView(engine);
const replay = new ReplayView(engine);
const results = new ResultsView((protocol) => {
  replay.choose(protocol);
  show(byId("replay"));
  scrollTo(0, 0);
});

const tabs = ["teach", "replay", "results"].map((view) => ({ tab: byId(`tab-${view}`), panel: byId(view) }));

function show(chosen: HTMLElement): void {
  for (const { tab, panel } of tabs) {
    const selected = panel === chosen;
    tab.ariaSelected = `${selected}`;
    tab.tabIndex = selected ? 0 : -1;
    panel.hidden = !selected;
  }
  history.replaceState(null, "", `${location.pathname}${location.search}${chosen.id === "teach" ? "" : `#${chosen.id}`}`);
}

tabs.forEach(({ tab, panel }, i) => {
  tab.addEventListener("click", () => show(panel));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const other = tabs.at((i + step) % tabs.length)!;
    show(other.panel);
    other.tab.focus();
  });
});

// A file dropped anywhere but where it is wanted must not replace the page.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const files = [...(event.dataTransfer?.files ?? [])];
  if (files.length > 0 && !byId("replay").hidden) void replay.bring(files);
});

engine.onready = (fresh, before) => {
  teach.ready(fresh, before);
  replay.ready();
  results.choose(fresh.system);
};

show(tabs.find(({ panel }) => `#${panel.id}` === location.hash)?.panel ?? tabs[0]!.panel);
void engine.load();
