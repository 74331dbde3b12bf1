import type { Protocol, SetName } from "glimpse";
import { CollectionMenu } from "./collection-menu.js";
import { Collections } from "./collections.js";
import { byId, painted, replaceState } from "./dom.js";
import { EngineBadge } from "./engine.js";
import type { FindView } from "./find.js";
import { LanguageChoice } from "./languages.js";
import { notify } from "./notice.js";
import { Offline } from "./offline.js";
import { reload } from "./reload.js";
import { ReplayView } from "./replay.js";
import type { ResultsView } from "./results.js";
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

/** The view of results, fetched by who opens it. */
let results: Promise<ResultsView> | undefined;

async function openResults(): Promise<void> {
  const toReplay = (protocol: Protocol): void => {
    replay.choose(protocol);
    show(byId("replay"));
    scrollTo(0, 0);
  };
  results ??= import("./results.js").then(({ ResultsView }) => new ResultsView(engine.system, toReplay));
  try {
    await results;
  } catch (error) {
    notify(error, reload);
  }
}

/** The view that finds signs, fetched by who opens it. */
let finding: Promise<FindView> | undefined;

async function openFind(): Promise<void> {
  const asked = (query().get("find") ?? "").split(/[\s,]+/);
  finding ??= import("./find.js").then(({ FindView }) => Object.assign(new FindView(engine, support, asked), { onchoose: tellSets }));
  try {
    tellSets((await finding).chosen);
  } catch (error) {
    notify(error, reload);
  }
}

/** Sets are looked through: the address names them, and they are kept. */
function tellSets(sets: readonly SetName[]): void {
  void offline.keepSets(sets);
  if (!byId("find").hidden) setAddress("find", sets.join());
}

const tabs = ["teach", "find", "replay", "results"].map((view) => ({ tab: byId(`tab-${view}`), panel: byId(view) }));

function show(chosen: HTMLElement): void {
  for (const { tab, panel } of tabs) {
    const selected = panel === chosen;
    tab.ariaSelected = `${selected}`;
    tab.tabIndex = selected ? 0 : -1;
    panel.hidden = !selected;
  }
  setAddress(chosen.id, "");
  if (chosen.id === "find") void openFind();
  if (chosen.id === "results") void openResults();
}

function query(): URLSearchParams {
  return new URLSearchParams(location.search);
}

/** The address says which view is open, and which sets it looks through. */
function setAddress(view: string, sets: string): void {
  const asked = query();
  if (view !== "find") asked.delete("find");
  else if (sets || !asked.has("find")) asked.set("find", sets);
  const search = asked.size > 0 ? `?${asked}`.replaceAll("%2C", ",") : "";
  replaceState(null, `${location.pathname}${search}${view === "teach" || view === "find" ? "" : `#${view}`}`);
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
  results?.then((results) => results.choose(fresh.system)).catch(() => {});
  finding?.then((find) => find.ready(fresh)).catch(() => {});
  void offline.keep(fresh);
};

const asked = query().has("find") ? "#find" : location.hash;
show(tabs.find(({ panel }) => `#${panel.id}` === asked)?.panel ?? tabs[0]!.panel);
void collections.start();
void engine.load();
