import { CollectionMenu } from "./collection-menu.js";
import { Collections } from "./collections.js";
import { byId, painted, replaceState } from "./dom.js";
import { EngineBadge } from "./engine.js";
import { LanguageChoice } from "./languages.js";
import { Offline } from "./offline.js";
import { ReplayView } from "./replay.js";
import { ResultsView } from "./results.js";
import { Support } from "./support.js";
import { TeachView } from "./teach.js";

new LanguageChoice();
// What the HTML shows, progress among it, comes before all that is built here.
await painted();

const engine = new EngineBadge();
const support = new Support();
const teach = new TeachView(engine, support);
const collections = new Collections(support);
const menu = new CollectionMenu(collections, engine);
const replay = new ReplayView(engine);
const offline = new Offline();
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
  replaceState(null, `${location.pathname}${location.search}${chosen.id === "teach" ? "" : `#${chosen.id}`}`);
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
  const collection = files.find((file) => menu.takes(file));
  if (collection) {
    show(byId("teach"));
    void menu.bring(collection);
  } else if (files.length > 0 && !byId("replay").hidden) void replay.bring(files);
  else if (files.length > 0 && !byId("teach").hidden) void teach.bring(files);
});

engine.onready = (fresh, before) => {
  teach.ready(fresh, before);
  replay.ready();
  results.choose(fresh.system);
  void offline.keep(fresh);
};
offline.onreload = () => teach.hold();

show(tabs.find(({ panel }) => `#${panel.id}` === location.hash)?.panel ?? tabs[0]!.panel);
void collections.start();
void engine.load();
