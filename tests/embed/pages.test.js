// `<glimpse-pad>` and whatever a page or a framework may do to an element: what is drawn and taught stays, and no promise breaks.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { invent } from "../harness/package.js";
import { article, ask, draw, openArticles } from "../harness/pad.js";

/** @typedef {import("glimpse/element").GlimpsePad} Pad */

/** @type {import("glimpse").Strokes[][]} */
let characters;
/** @type {Awaited<ReturnType<typeof openArticles>>} */
let opened;
before(async () => {
  characters = await invent({ seed: 7, characters: 3, drawers: 2 });
  const support = characters.map(([drawing], i) => ({ label: `sign ${i}`, drawing }));
  const bare = '<!doctype html><html lang="en"><title>Bare</title><link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/article.css"><body>';
  opened = await openArticles({
    pages: {
      "/support.json": JSON.stringify({ support }),
      "/teach.html": article('<div id="one"><glimpse-pad></glimpse-pad></div><div id="two"></div>'),
      "/known.html": article('<div id="one"><glimpse-pad support="support.json"></glimpse-pad></div><div id="two"></div>'),
      "/late.html": `${bare}<glimpse-pad></glimpse-pad>`,
      "/component.html": article('<section lang="ko"><my-component></my-component></section>'),
      "/inner.html": bare,
    },
    headers: {},
  });
});
after(() => opened?.close());

/** Teaches the first two characters. @param {import("playwright-core").Page} page */
async function teach(page) {
  for (const i of [0, 1]) {
    await draw(page, page, characters[i][0]);
    await page.fill("glimpse-pad input", `sign ${i}`);
    await page.press("glimpse-pad input", "Enter");
    await page.locator("glimpse-pad .label", { hasText: `sign ${i}` }).waitFor();
  }
}

const labels = (/** @type {import("playwright-core").Page} */ page) => page.locator("glimpse-pad .label").allTextContents();

/** How many strokes are on the sheet; ink is shown a frame after the pen, or a task. @param {import("playwright-core").Page} page */
const strokes = (page) =>
  page.locator("glimpse-pad").evaluate(async (pad) => {
    await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(next))));
    return (pad.shadowRoot?.querySelector("path[part=ink]")?.getAttribute("d") ?? "").split("M").length - 1;
  });

for (const [how, move] of /** @type {[string, () => unknown][]} */ ([
  ["append", () => document.querySelector("#two")?.append(/** @type {Element} */ (document.querySelector("glimpse-pad")))],
  ["moveBefore", () => /** @type {any} */ (document.querySelector("#two")).moveBefore(document.querySelector("glimpse-pad"), null)],
  ["being taken out for a while", async () => {
    const pad = /** @type {Pad} */ (document.querySelector("glimpse-pad"));
    pad.remove();
    await new Promise((resolve) => setTimeout(resolve, 1800));
    document.querySelector("#two")?.append(pad);
  }],
  ["ten moves at once", () => {
    const pad = /** @type {Pad} */ (document.querySelector("glimpse-pad"));
    for (let i = 0; i < 10; i += 1) document.querySelector(i % 2 ? "#one" : "#two")?.append(pad);
  }],
])) {
  test(`what is drawn and taught survives ${how}`, async () => {
    const { page } = await opened.page("/teach.html");
    await teach(page);
    await draw(page, page, characters[0][1]);
    const drawn = characters[0][1].strokes.length;
    assert.equal(await strokes(page), drawn);
    await page.evaluate(move);
    assert.equal(await strokes(page), drawn);
    assert.deepEqual((await labels(page)).sort(), ["sign 0", "sign 1"]);
    assert.equal(await ask(page, page, characters[1][1]), "sign 1");
    await page.context().close();
  });
}

test("a promise for the network survives moves while it loads, whatever is changed meanwhile", async () => {
  const { page } = await opened.page("/known.html");
  const known = await page.evaluate(async () => {
    const pad = /** @type {Pad} */ (document.querySelector("glimpse-pad"));
    const asked = [pad.glimpse];
    document.querySelector("#two")?.append(pad);
    asked.push(pad.glimpse);
    pad.remove();
    asked.push(pad.glimpse);
    await new Promise((resolve) => setTimeout(resolve, 50));
    document.querySelector("#one")?.append(pad);
    pad.setAttribute("system", "triplet");
    asked.push(pad.glimpse);
    pad.lang = "ko";
    return (await Promise.all(asked)).map(({ system, labels }) => [system, labels.length]);
  });
  assert.deepEqual(known, Array(4).fill(["triplet", 3]));
  await page.context().close();
});

test("taken out while it loads and put back much later, it goes on", async () => {
  const { page } = await opened.page("/known.html");
  const labels = await page.evaluate(async () => {
    const pad = /** @type {Pad} */ (document.querySelector("glimpse-pad"));
    const asked = pad.glimpse;
    pad.remove();
    const glimpse = await asked;
    await new Promise((resolve) => setTimeout(resolve, 2000));
    document.querySelector("#one")?.append(pad);
    return [glimpse.system, (await pad.glimpse).labels.length];
  });
  assert.deepEqual(labels, ["siamese", 3]);
  assert.equal(await ask(page, page, characters[2][1]), "sign 2");
  await page.context().close();
});

test("one that is taken out for good lets its worker go", async () => {
  const { page } = await opened.page("/teach.html");
  await teach(page);
  await page.waitForFunction(() => heard.some(([name]) => name === "glimpse-ready"));
  const workers = page.workers();
  assert.equal(workers.length, 1);
  const closed = workers[0].waitForEvent("close");
  await page.locator("glimpse-pad").evaluate((pad) => pad.remove());
  await closed;
  assert.equal(page.workers().length, 0);
  await page.context().close();
});

test("an attribute or words set to what they are change nothing", async () => {
  const { page } = await opened.page("/teach.html");
  await draw(page, page, characters[0][0]);
  const kept = await page.locator("glimpse-pad").evaluate((element) => {
    const pad = /** @type {Pad} */ (element);
    pad.setAttribute("system", "siamese");
    pad.words = { teach: "Learn" };
    const sheet = pad.shadowRoot?.querySelector(".sheet");
    pad.setAttribute("system", "siamese");
    pad.removeAttribute("engine");
    pad.words = { teach: "Learn" };
    pad.system = "siamese";
    return sheet === pad.shadowRoot?.querySelector(".sheet");
  });
  assert.ok(kept);
  assert.ok((await strokes(page)) > 0);
  await page.context().close();
});

test("properties set before the class is there count, and `element.js` may come twice, from two addresses", async () => {
  const { page } = await opened.page("/late.html");
  const errors = /** @type {unknown[]} */ ([]);
  page.on("pageerror", (error) => errors.push(error));
  const said = await page.evaluate(async () => {
    const pad = /** @type {Pad} */ (document.querySelector("glimpse-pad"));
    Object.assign(pad, { words: { invitation: "Draw a sign" }, support: "support.json", label: "Signs" });
    const [first, second] = [await import(`${location.origin}/element.js`), await import(`${location.origin}/element.js?again`)];
    return [pad.shadowRoot?.querySelector(".invitation")?.textContent, pad.getAttribute("support"), pad.shadowRoot?.querySelector(".sheet")?.ariaLabel, first !== second];
  });
  assert.deepEqual(said, ["Draw a sign", "support.json", "Signs", true]);
  assert.equal(await ask(page, page, characters[1][1]), "sign 1");
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("adopted into another document it keeps its style, and what was taught", async () => {
  const { page } = await opened.page("/teach.html");
  await teach(page);
  const look = await page.evaluate(async () => {
    const frame = Object.assign(document.createElement("iframe"), { src: "/inner.html", width: "900", height: "700" });
    document.body.append(frame);
    await new Promise((resolve) => (frame.onload = resolve));
    const pad = /** @type {Pad} */ (document.querySelector("glimpse-pad"));
    document.implementation.createHTMLDocument().body.append(pad);
    frame.contentDocument?.body.append(pad);
    const sheet = pad.shadowRoot?.querySelector(".sheet");
    return [sheet && frame.contentWindow?.getComputedStyle(sheet).cursor, (await pad.glimpse).labels.length];
  });
  assert.deepEqual(look, ["crosshair", 2]);
  const inner = page.frames()[1];
  assert.equal(await ask(inner, page, characters[1][1]), "sign 1");
  await page.context().close();
});

test("inside a component's shadow tree it speaks the language around it, and moved to another, that one", async () => {
  const { page } = await opened.page("/component.html");
  const spoken = await page.evaluate(async () => {
    customElements.define(
      "my-component",
      class extends HTMLElement {
        connectedCallback() {
          this.attachShadow({ mode: "open" }).innerHTML = "<glimpse-pad></glimpse-pad>";
        }
      },
    );
    const pad = /** @type {Pad} */ (document.querySelector("my-component")?.shadowRoot?.querySelector("glimpse-pad"));
    const says = () => pad.shadowRoot?.querySelector(".sheet")?.ariaLabel;
    const korean = says();
    document.querySelector("main")?.append(pad);
    return [korean, says()];
  });
  assert.deepEqual(spoken, ["그림판", "Sheet to draw on"]);
  await page.context().close();
});

/** What a page heard, by name. @param {import("playwright-core").Page} page @param {string} name */
const count = (page, name) => page.evaluate((name) => heard.filter(([heard]) => heard === name).length, name);

/** Presses the mouse on the sheet, and draws without lifting it. @param {import("playwright-core").Page} page */
async function begin(page) {
  const box = await page.locator("glimpse-pad .sheet").boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 50, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + 150, box.y + 150, { steps: 5 });
}

test("a network that arrives while a stroke is drawn tells nothing of it before the pen is lifted", async () => {
  const { page } = await opened.page("/known.html");
  let send = () => {};
  const drawn = new Promise((done) => (send = () => done(undefined)));
  await page.route(/\.wasm$/, (route) => drawn.then(() => route.continue()));
  await begin(page);
  send();
  await page.locator("glimpse-pad").evaluate((/** @type {Pad} */ pad) => pad.glimpse.then(() => {}));
  assert.equal(await count(page, "glimpse-result"), 0);
  await page.mouse.up();
  await page.waitForFunction(() => heard.some(([name]) => name === "glimpse-result"));
  assert.equal(await count(page, "glimpse-result"), 1);
  await page.context().close();
});

test("a network comes back after several attributes changed at once, and after one changed off the page", async () => {
  const { page } = await opened.page("/teach.html");
  await teach(page);
  for (const change of [
    () => {
      const pad = /** @type {Pad} */ (document.querySelector("glimpse-pad"));
      pad.setAttribute("system", "triplet");
      pad.setAttribute("label", "Signs");
    },
    () => {
      const pad = /** @type {Pad} */ (document.querySelector("glimpse-pad"));
      pad.remove();
      pad.setAttribute("label", "Letters");
      document.querySelector("#one")?.append(pad);
    },
  ]) {
    await page.waitForFunction(() => heard.some(([name]) => name === "glimpse-ready"));
    await page.evaluate(() => void heard.splice(0));
    await page.evaluate(change);
  }
  await page.waitForFunction(() => heard.some(([name, detail]) => name === "glimpse-ready" && detail.system === "triplet" && detail.labels.length === 2));
  await page.context().close();
});

test("what the page teaches stays when an attribute changes, and after a while off the page", async () => {
  const { page } = await opened.page("/teach.html");
  const labels = await page.evaluate(async () => {
    const pad = /** @type {Pad} */ (document.querySelector("glimpse-pad"));
    await (await pad.glimpse).learn("x", { strokes: [[0, 0, 9, 9]] });
    pad.setAttribute("label", "Signs");
    await (await pad.glimpse).learn("y", { strokes: [[0, 9, 9, 0]] });
    const known = [(await pad.glimpse).labels];
    pad.remove();
    await new Promise((resolve) => setTimeout(resolve, 1800));
    document.querySelector("#one")?.append(pad);
    return [...known, (await pad.glimpse).labels];
  });
  assert.deepEqual(labels, [["x", "y"], ["x", "y"]]);
  await page.context().close();
});

test("who changes the element as its network is ready gets the network of what it is then", async () => {
  const { page } = await opened.page("/teach.html");
  const labels = await page.evaluate(async () => {
    const pad = /** @type {Pad} */ (document.querySelector("glimpse-pad"));
    pad.addEventListener("glimpse-ready", () => pad.setAttribute("label", "Signs"), { once: true });
    await (await pad.glimpse).learn("x", { strokes: [[0, 0, 9, 9]] });
    return (await pad.glimpse).labels;
  });
  assert.deepEqual(labels, ["x"]);
  await page.context().close();
});

test("an answer that comes after the element was changed or cleared is no result any more", async () => {
  for (const change of ["another system", "cleared"]) {
    const { page } = await opened.page("/known.html");
    await ask(page, page, characters[0][1]);
    await page.evaluate(() => {
      heard.splice(0);
      const { postMessage } = Worker.prototype;
      /** @type {(() => void)[]} */
      const held = [];
      Worker.prototype.postMessage = function (/** @type {any[]} */ ...sent) {
        held.push(() => Reflect.apply(postMessage, this, sent));
      };
      Object.assign(globalThis, {
        send: () => {
          Worker.prototype.postMessage = postMessage;
          for (const message of held) message();
        },
      });
    });
    const pad = page.locator("glimpse-pad");
    // In one moment, so that nothing is asked before it is whole.
    await pad.evaluate((pad) => {
      const sheet = /** @type {Element} */ (pad.shadowRoot?.querySelector(".sheet"));
      const { left, top } = sheet.getBoundingClientRect();
      for (const [type, x] of /** @type {const} */ ([["pointerdown", 40], ["pointermove", 90], ["pointermove", 140], ["pointerup", 140]])) {
        const pointer = { pointerId: 1, isPrimary: true, pointerType: "mouse", buttons: type === "pointerup" ? 0 : 1, bubbles: true, composed: true };
        sheet.dispatchEvent(new PointerEvent(type, { ...pointer, clientX: left + x, clientY: top + 200 }));
      }
    });
    if (change === "cleared") {
      await pad.evaluate((/** @type {Pad} */ pad) => pad.clear());
      await begin(page);
    } else await pad.evaluate((pad) => pad.setAttribute("system", "triplet"));
    await page.evaluate("send()");
    await pad.evaluate(async (/** @type {Pad} */ pad) => void (await (await pad.glimpse).classify({ strokes: [[0, 0, 9, 9]] })));
    const told = await page.evaluate(() => heard.map(([name]) => name));
    // The other system answers what is drawn, too.
    assert.deepEqual(told, change === "cleared" ? [] : ["glimpse-ready", "glimpse-result"]);
    await page.context().close();
  }
});

test("two signs forgotten in one moment are no fault", async () => {
  const { page } = await opened.page("/teach.html");
  await teach(page);
  await draw(page, page, characters[2][0]);
  await page.fill("glimpse-pad input", "sign 2");
  await page.press("glimpse-pad input", "Enter");
  await page.locator("glimpse-pad .label", { hasText: "sign 2" }).waitFor();
  await ask(page, page, characters[2][1]);
  await page.evaluate(() => {
    const root = document.querySelector("glimpse-pad")?.shadowRoot;
    for (const button of [...(root?.querySelectorAll('[part="forget"]') ?? [])].slice(0, 2)) /** @type {HTMLElement} */ (button).click();
  });
  await page.waitForFunction(() => document.querySelector("glimpse-pad")?.shadowRoot?.querySelectorAll(".label").length === 1);
  assert.equal(await count(page, "glimpse-error"), 0);
  await page.context().close();
});

test("the style of what an element was to be does not come over what it is now", async () => {
  const { page } = await opened.page("/known.html");
  let send = () => {};
  const shown = new Promise((done) => (send = () => done(undefined)));
  await page.route(/plane.*\.js$/, (route) => shown.then(() => route.continue()));
  const pad = page.locator("glimpse-pad");
  await pad.evaluate((pad) => pad.setAttribute("mode", "map"));
  await pad.evaluate((pad) => pad.setAttribute("mode", "replay"));
  await page.locator("glimpse-pad [part=play]").waitFor();
  const rules = () => pad.evaluate((pad) => pad.shadowRoot?.adoptedStyleSheets.map(({ cssRules }) => cssRules.length));
  const before = await rules();
  const came = page.waitForResponse(/plane.*\.js$/);
  send();
  await (await came).finished();
  await page.waitForTimeout(200);
  assert.deepEqual(await rules(), before);
  await page.context().close();
});

test("a stroke under way when the element is moved is finished, and the next is another", async () => {
  const { page } = await opened.page("/teach.html");
  const box = await page.locator("glimpse-pad .sheet").boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 50, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + 100, box.y + 100, { steps: 5 });
  await page.evaluate(() => document.querySelector("#one")?.append(/** @type {Element} */ (document.querySelector("glimpse-pad"))));
  await page.mouse.move(box.x + 150, box.y + 60, { steps: 5 });
  await page.mouse.up();
  assert.equal(await strokes(page), 1);
  await draw(page, page, { strokes: [[20, 80, 60, 80, 90, 80]] });
  assert.equal(await strokes(page), 2);
  await page.context().close();
});
