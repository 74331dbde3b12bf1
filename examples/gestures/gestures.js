// Gesture shortcuts for an app: a drawing on the sheet acts on the task that is chosen. One drawing teaches a gesture, so each visitor may have their own.
// Serve the repository's folder once it is built, or put your own address of the package's `dist` in these three lines.
import { Glimpse } from "../../pkg/dist/index.js";
import { glyph } from "../../pkg/dist/glyph.js";
import { listen, outline, Sheet, toStrokes } from "../../pkg/dist/ink.js";

/** What the app can do, and by which key. Each `act` makes the list's next state out of the present one. */
const ACTIONS = {
  done: { name: "Done", key: "Enter", act: (state) => edit(state, ({ done }) => ({ done: !done })) },
  delete: { name: "Delete", key: "Delete", act: ({ tasks, chosen }) => ({ tasks: tasks.toSpliced(chosen, 1), chosen: Math.max(0, Math.min(chosen, tasks.length - 2)) }) },
  important: { name: "Important", key: "i", act: (state) => edit(state, ({ important }) => ({ important: !important })) },
  top: { name: "To the top", key: "t", act: ({ tasks, chosen }) => ({ tasks: [tasks[chosen], ...tasks.toSpliced(chosen, 1)], chosen: 0 }) },
  undo: { name: "Undo", key: "Ctrl+Z" },
};

/** One drawing each is enough. Undo has none: it is the visitor's to teach. */
const GESTURES = {
  done: { strokes: [[12, 55, 38, 85, 90, 14]] },
  delete: { strokes: [[16, 14, 50, 50, 86, 88], [84, 15, 50, 51, 15, 86]] },
  important: { strokes: [[52, 10, 30, 15, 14, 32, 10, 54, 17, 74, 34, 88, 55, 91, 76, 83, 89, 66, 91, 46, 83, 27, 68, 14, 50, 10]] },
  top: { strokes: [[50, 92, 51, 50, 50, 10], [27, 36, 50, 10, 74, 35]] },
};

/** What a visitor taught is kept in this browser, by this name. */
const KEPT = "glimpse-gestures";

/** A gesture may have several strokes: it is complete once the pen has rested for so long, in milliseconds. */
const REST = 700;

const byId = (id) => document.getElementById(id);
const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
const support = Object.entries({ ...GESTURES, ...kept }).map(([label, drawing]) => ({ label, drawing }));
const loading = Glimpse.load({ support });
loading.catch((error) => say(error.message));

// The app: a list of tasks, one of which is chosen, and what it was before.

const task = (text) => ({ text, done: false, important: false });
let state = { tasks: ["Answer Ada’s letter", "Water the ferns", "Book the night train", "Return the library books"].map(task), chosen: 0 };
const past = [];

/** The state with another task in place of the one that is chosen. */
function edit({ tasks, chosen }, change) {
  return { tasks: tasks.with(chosen, { ...tasks[chosen], ...change(tasks[chosen]) }), chosen };
}

/** Does one of the actions, and says so. */
function perform(id) {
  const { name, act } = ACTIONS[id];
  const chosen = state.tasks[state.chosen];
  if (!act && past.length === 0) return say("There is nothing to undo.");
  if (act && !chosen) return say("There is no task left.");
  if (act) past.push(state);
  state = act ? act(state) : past.pop();
  showTasks();
  say(act ? `${name}: ${chosen.text}` : "Undone.");
}

function say(text) {
  byId("said").textContent = text;
}

function showTasks() {
  const list = byId("list");
  const focused = list.contains(document.activeElement);
  const items = state.tasks.map(({ text, done, important }, i) => {
    const item = document.createElement("label");
    const choice = Object.assign(document.createElement("input"), { type: "radio", name: "task", checked: i === state.chosen });
    choice.onchange = () => (state = { ...state, chosen: i });
    const shown = Object.assign(document.createElement("span"), { textContent: text });
    shown.classList.toggle("done", done);
    shown.classList.toggle("important", important);
    item.append(choice, shown);
    const also = [done && "done", important && "important"].filter(Boolean).join(", ");
    if (also) item.append(Object.assign(document.createElement("small"), { textContent: also }));
    return item;
  });
  list.replaceChildren(...items);
  if (focused) (list.querySelector(":checked") ?? byId("text")).focus();
}

byId("add").onsubmit = (event) => {
  event.preventDefault();
  past.push(state);
  state = { tasks: [...state.tasks, task(byId("text").value)], chosen: state.tasks.length };
  byId("add").reset();
  showTasks();
};

byId("list").onkeydown = (event) => {
  const control = event.ctrlKey || event.metaKey;
  const key = `${control ? "Ctrl+" : ""}${event.key}`.toLowerCase();
  const id = Object.keys(ACTIONS).find((id) => ACTIONS[id].key.toLowerCase() === key);
  if (!id) return;
  event.preventDefault();
  perform(id);
};

// The gestures: what is drawn is classified once the pen rests. What is none of them does nothing.

const sheet = new Sheet();
let resting;
/** The action whose gesture is being taught. */
let taught;

listen(sheet, byId("sheet"), { onkeys: (used) => byId("sheet").classList.toggle("keys", used) });
sheet.onchange = (settled) => {
  byId("ink").setAttribute("d", sheet.ink.map((stroke) => outline(stroke, true)).join(""));
  const [x, y] = sheet.nib;
  byId("nib").setAttribute("cx", x);
  byId("nib").setAttribute("cy", y);
  clearTimeout(resting);
  if (settled && sheet.ink.length > 0) resting = setTimeout(() => read().catch((error) => say(error.message)), REST);
};

async function read() {
  const drawing = toStrokes(sheet.ink);
  sheet.reset();
  const glimpse = await loading;
  const { ranking, known } = await glimpse.classify(drawing, { limit: 1 });
  const [{ label }] = ranking;
  if (taught) await teach(glimpse, drawing, known ? label : taught);
  else if (known) perform(label);
  else say("That is none of the gestures, so nothing was done.");
}

/** Replaces the gesture of the action that is being taught, unless the drawing is another action's. */
async function teach(glimpse, drawing, readAs) {
  const id = taught;
  if (readAs !== id) return say(`That is the gesture for “${ACTIONS[readAs].name}”. Draw another one.`);
  if (glimpse.labels.includes(id)) await glimpse.forget(id);
  await glimpse.learn(id, drawing);
  kept[id] = drawing;
  localStorage.setItem(KEPT, JSON.stringify(kept));
  startTeaching();
  say(`“${ACTIONS[id].name}” has a new gesture.`);
}

/** Has the next drawing teach an action's gesture; without one, the next drawing acts again. */
function startTeaching(id) {
  taught = id;
  byId("sheet").classList.toggle("teaching", Boolean(id));
  showActions();
}

function showActions() {
  const items = Object.entries(ACTIONS).map(([id, { name, key }]) => {
    const item = document.createElement("li");
    const drawing = kept[id] ?? GESTURES[id];
    const { d = "", viewBox = "0 0 1 1" } = drawing ? glyph(drawing.strokes) : {};
    item.innerHTML = `<svg viewBox="${viewBox}" aria-hidden="true"><path d="${d}"/></svg><button type="button">${name}</button><kbd>${key.toUpperCase()}</kbd>
      <button type="button" aria-pressed="${taught === id}" aria-label="${drawing ? "Redraw" : "Teach"} the gesture for ${name}">${drawing ? "Redraw" : "Teach"}</button>`;
    const [act, redraw] = item.querySelectorAll("button");
    act.onclick = () => perform(id);
    redraw.onclick = () => {
      const again = taught === id;
      startTeaching(again ? undefined : id);
      byId("actions").querySelectorAll("[aria-pressed]")[Object.keys(ACTIONS).indexOf(id)].focus();
      say(again ? "The gesture stays as it was." : `Draw the gesture for “${name}”, once.`);
    };
    return item;
  });
  byId("actions").replaceChildren(...items);
}

showTasks();
showActions();
