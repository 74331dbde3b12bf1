// Pictures of one's own: files of every kind and photos of handwriting teach and are recognised like drawings.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible } from "../harness/axe.js";
import { invent } from "../harness/package.js";
import { answered, drawByMouse, keep, openSite, PHONE, teach } from "../harness/site.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("glimpse").Strokes} Strokes */
/** @typedef {{ name: string, type: string, base64: string }} Picture */

/** @type {Awaited<ReturnType<typeof openSite>>} */
let site;
/** @type {Strokes[][]} */
let characters;
before(async () => {
  characters = await invent({ seed: 7, characters: 5, drawers: 3 });
  site = await openSite();
});
after(() => site?.close());

/**
 * What a picture is made like.
 *
 * @typedef {object} Make
 * @property {string} type
 * @property {number} [width] in pixels
 * @property {number} [height]
 * @property {string} [paper] none unless told
 * @property {string} [ink]
 * @property {boolean} [photo] taken by hand: turned a little, by a soft thick pen, light and shadow across it, and noise
 * @property {boolean} [lying] turned by a quarter to the left
 */

/** @type {Record<string, Make>} */
const KINDS = {
  "a PNG": { type: "image/png", paper: "white" },
  "a small PNG, white on transparent": { type: "image/png", width: 80, height: 80, ink: "white" },
  "a PNG of chalk on a board": { type: "image/png", paper: "#23302b", ink: "#e8e4da" },
  "a JPEG": { type: "image/jpeg", paper: "#fdfaf0", ink: "#223a80" },
  "a WebP": { type: "image/webp", paper: "white", width: 900, height: 500 },
  "a photo": { type: "image/jpeg", photo: true, width: 1600, height: 1200 },
};

/**
 * A picture file of strokes.
 *
 * @param {Page} page
 * @param {string} name
 * @param {Strokes} drawing
 * @param {Make} make
 * @returns {Promise<Picture>}
 */
async function picture(page, name, { strokes }, make) {
  const base64 = await page.evaluate(
    async ([strokes, { type, width = 420, height = 420, paper = "", ink = "#111", photo = false, lying = false }]) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
      if (photo) {
        const light = context.createLinearGradient(0, 0, width, height);
        light.addColorStop(0, "#f2ead8");
        light.addColorStop(1, "#7d7668");
        context.fillStyle = light;
      } else {
        context.fillStyle = paper || "transparent";
      }
      context.fillRect(0, 0, width, height);
      const scale = (Math.min(width, height) / 105) * 0.8;
      context.translate(width / 2, height / 2);
      context.rotate(photo ? 0.07 : lying ? -Math.PI / 2 : 0);
      context.scale(scale, scale);
      context.translate(-52.5, -52.5);
      context.strokeStyle = photo ? "#2b3350" : ink;
      context.lineWidth = photo ? 4 : 2.5;
      context.lineCap = context.lineJoin = "round";
      if (photo) context.filter = "blur(2px)";
      for (const [x, y, ...rest] of strokes) {
        context.beginPath();
        context.moveTo(x ?? 0, y ?? 0);
        for (let i = 0; i < rest.length; i += 2) context.lineTo(rest[i] ?? 0, rest[i + 1] ?? 0);
        context.stroke();
      }
      if (photo) {
        context.resetTransform();
        // The hand that holds the phone.
        context.filter = "blur(14px)";
        context.fillStyle = "rgb(20 15 10 / 45%)";
        context.beginPath();
        context.ellipse(width * 0.95, height * 0.75, width * 0.4, height * 0.5, 0.5, 0, 7);
        context.fill();
        const image = context.getImageData(0, 0, width, height);
        let random = 1;
        for (let i = 0; i < image.data.length; i += 4) {
          random = (random * 48271) % 2147483647;
          const noise = (random / 2147483647 - 0.5) * 36;
          for (let c = 0; c < 3; c += 1) image.data[i + c] = (image.data[i + c] ?? 0) + noise;
        }
        context.putImageData(image, 0, 0);
      }
      const blob = await canvas.convertToBlob({ type, quality: 0.8 });
      const bytes = new Uint8Array(await blob.arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    },
    /** @type {const} */ ([strokes, make]),
  );
  return { name, type: make.type, base64 };
}

/**
 * An SVG file of strokes.
 *
 * @param {string} name
 * @param {Strokes} drawing
 * @param {string} [size] attributes that give it one
 * @returns {Picture}
 */
function svg(name, { strokes }, size = `viewBox="0 0 105 105"`) {
  const paths = strokes.map(([x, y, ...rest]) => `<path d="M${x} ${y}L${rest.join(" ")}"/>`).join("");
  const text = `<?xml version="1.0"?>
    <svg xmlns="http://www.w3.org/2000/svg" ${size} fill="none" stroke="#345" stroke-width="3">${paths}</svg>`;
  return { name, type: "image/svg+xml", base64: Buffer.from(text).toString("base64") };
}

/** @type {Picture} */
const TEXT = { name: "notes.png", type: "image/png", base64: Buffer.from("milk, eggs").toString("base64") };

/**
 * Files as they are while dragged or copied.
 *
 * @param {Page} page
 * @param {Picture[]} pictures
 */
function transfer(page, pictures) {
  return page.evaluateHandle((pictures) => {
    const transfer = new DataTransfer();
    for (const { name, type, base64 } of pictures) {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      transfer.items.add(new File([bytes], name, { type }));
    }
    return transfer;
  }, pictures);
}

/**
 * @param {Page} page
 * @param {Picture[]} pictures
 */
async function drop(page, ...pictures) {
  await page.dispatchEvent("main", "drop", { dataTransfer: await transfer(page, pictures) });
}

/** Where little motion is wanted, a picture's ink is on the paper at once. */
const CALM = /** @type {const} */ ({ reducedMotion: "reduce" });

/**
 * Waits until a picture's ink is on the paper and answered.
 *
 * @param {Page} page
 */
async function written(page) {
  await hinted(page);
  await answered(page);
}

/** Waits until the page speaks of a picture's ink. @param {Page} page */
const hinted = (page) =>
  page.waitForFunction(() => document.querySelector("#hint")?.textContent?.startsWith("The picture’s ink"));

/**
 * Drops a picture of each character by its second drawer, and counts the right answers.
 *
 * @param {Page} page
 * @param {(drawing: Strokes, name: string) => Picture | Promise<Picture>} make
 */
async function recognised(page, make) {
  let right = 0;
  for (const [i, [, redrawn]] of characters.entries()) {
    await drop(page, await make(redrawn, `unknown ${i}`));
    await written(page);
    right += Number((await page.locator("#verdict strong").textContent()) === `sign ${i}`);
    await page.click("#clear");
    await answered(page);
  }
  return right;
}

/** @param {Page} page */
const notice = async (page) => {
  await page.waitForSelector("#notice:visible");
  return (await page.locator("#notice-text").textContent()) ?? "";
};

/**
 * Every label with how many drawings it has.
 *
 * @param {Page} page
 */
const known = (page) =>
  page.locator(".card").evaluateAll((cards) =>
    cards.map((card) => {
      const count = card.querySelector(".count")?.textContent || "1 drawing";
      return `${card.querySelector(".label")?.textContent}: ${count}`;
    }).sort(),
  );

test("characters drawn once are known in picture files of every kind, and in photos", async () => {
  const page = await site.page("", CALM);
  await teach(page, characters);
  for (const [what, make] of Object.entries(KINDS)) {
    const right = await recognised(page, (drawing, name) => picture(page, name, drawing, make));
    assert.ok(right >= 4, `${what}: ${right} of 5 are right`);
  }
  for (const size of [`viewBox="0 0 105 105"`, `viewBox="0 0 105 105" width="24" height="24"`, `width="105" height="105"`, ""]) {
    const right = await recognised(page, (drawing, name) => svg(`${name}.svg`, drawing, size));
    assert.ok(right >= 4, `an SVG with ${size || "no size"}: ${right} of 5 are right`);
  }
  await page.context().close();
});

test("a photo that lies on its side is turned as its camera says", async () => {
  const page = await site.page("", CALM);
  await teach(page, characters);
  const right = await recognised(page, async (drawing, name) => {
    const lying = await picture(page, name, drawing, { type: "image/jpeg", paper: "white", lying: true });
    // EXIF of one entry, orientation 6: to be shown turned by a quarter to the right.
    const exif = "ffe10022" + "457869660000" + "4d4d002a00000008" + "0001" + "0112000300000001" + "00060000" + "00000000";
    const jpeg = Buffer.from(lying.base64, "base64");
    const marked = Buffer.concat([jpeg.subarray(0, 2), Buffer.from(exif, "hex"), jpeg.subarray(2)]);
    return { ...lying, base64: marked.toString("base64") };
  });
  assert.ok(right >= 4, `${right} of 5 are right`);
  await page.context().close();
});

test("a picture is named and taught like a drawing, while its ink is written too", async () => {
  const page = await site.page();
  await page.setInputFiles("#picture-file", await asUpload(page, "IMG_0001.jpg", characters[0][0]));
  await hinted(page);
  await page.keyboard.type("tali");
  await page.keyboard.press("Enter");
  await page.waitForSelector('.card[data-label="tali"]');

  const pasted = await picture(page, "image.png", characters[1][0], { type: "image/png", paper: "white" });
  const clipboardData = await transfer(page, [pasted]);
  await page.evaluate((clipboardData) => {
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, clipboardData);
  await hinted(page);
  await page.keyboard.press("Enter");
  await page.waitForSelector('.card[data-label="A"]');

  await page.emulateMedia(CALM);
  await drop(page, svg("which.svg", characters[0][1]));
  await written(page);
  assert.equal(await page.locator("#verdict strong").textContent(), "tali");
  await page.context().close();
});

test("several pictures are taught under their names, and one that is none loses nothing", async () => {
  const page = await site.page("", CALM);
  const [[alpha, again], [beta], [gamma]] = characters;
  await drop(
    page,
    await picture(page, "alpha 1.png", alpha, KINDS["a PNG"]),
    await picture(page, "alpha_02.jpg", again, KINDS["a JPEG"]),
    TEXT,
    await picture(page, "beta.webp", beta, KINDS["a WebP"]),
    svg("gamma (3).svg", gamma),
  );
  const words = await notice(page);
  assert.match(words, /4 pictures taught 3 characters: alpha, beta and gamma\. “notes\.png” was not read: .*PNG, JPEG/);
  assert.deepEqual(await known(page), ["alpha: 2 drawings", "beta: 1 drawing", "gamma: 1 drawing"]);
  await keep(page, "pictures-several");

  await drop(page, svg("query.svg", characters[1][1]));
  await written(page);
  assert.equal(await page.locator("#verdict strong").textContent(), "beta");
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll(".card").length === 3);
  assert.deepEqual(await known(page), ["alpha: 2 drawings", "beta: 1 drawing", "gamma: 1 drawing"], "they are kept");
  await page.context().close();
});

test("many pictures show how far they are, and may come before the network is there", async () => {
  const context = await site.browser.newContext();
  const page = await context.newPage();
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  await page.route("**/*.safetensors", async (route) => held.then(() => route.continue()));
  await page.goto(site.origin);
  await page.waitForFunction(() => document.querySelector("#collection-name")?.textContent);
  await drop(page, ...characters.map(([drawing], i) => svg(`sign ${i}x.svg`, drawing)));
  await page.waitForSelector("#drop-progress", { state: "visible" });
  assert.equal(await page.locator("#drop-words").textContent(), "Reading 5 pictures");
  release();
  assert.match(await notice(page), /^5 pictures taught 5 characters\.$/);
  assert.equal(await page.locator("#notice").getAttribute("role"), "status");
  await page.waitForSelector("#drop", { state: "hidden" });
  await context.close();
});

/**
 * Holds the nth picture that the engine is sent to read, until `release` is heard.
 *
 * @param {Page} page
 * @param {number} nth
 */
async function holdReading(page, nth) {
  await page.evaluate((nth) => {
    const { postMessage } = Worker.prototype;
    let sent = 0;
    Worker.prototype.postMessage = function (/** @type {any[]} */ ...message) {
      const send = () => Reflect.apply(postMessage, this, message);
      if (message[0].call === "trace") sent += 1;
      if (message[0].call !== "trace" || sent !== nth) return send();
      addEventListener("release", send, { once: true });
      document.documentElement.dataset.held = "";
    };
  }, nth);
}

/** Lets the picture go that {@link holdReading} holds, once it does. @param {Page} page */
async function release(page) {
  await page.waitForSelector("[data-held]");
  await page.evaluate(() => {
    delete document.documentElement.dataset.held;
    dispatchEvent(new Event("release"));
  });
}

test("several pictures are taught to the collection that was open when they came, and to no other", async () => {
  const page = await site.page("", CALM);
  await holdReading(page, 2);
  await drop(page, ...characters.slice(0, 3).map(([drawing], i) => svg(`sign ${i}x.svg`, drawing)));
  await page.waitForSelector(".card");
  await page.waitForSelector("[data-held]");
  await page.click("#collection");
  await page.click("#new-collection");
  await page.keyboard.type("Runes");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await release(page);
  assert.match(await notice(page), /^1 picture taught 1 character: sign 0x\. “sign 1x\.svg” and “sign 2x\.svg” were not read: something else was begun meanwhile; try again\.$/);
  assert.equal(await page.locator("#collection-name").textContent(), "Runes");
  assert.deepEqual(await known(page), []);
  await page.click("#collection");
  await page.click('.opener:has-text("My characters")');
  await page.waitForSelector(".card");
  assert.deepEqual(await known(page), ["sign 0x: 1 drawing"]);
  await page.context().close();
});

test("a picture that comes late leaves what is drawn meanwhile, and one on a sheet that was left alone is written", async () => {
  const page = await site.page("", CALM);
  await drawByMouse(page, characters[0][0]);
  await holdReading(page, 1);
  await drop(page, svg("late.svg", characters[1][0]));
  await release(page);
  await written(page);
  await page.click("#teach-it");

  await holdReading(page, 1);
  await drop(page, svg("late.svg", characters[1][0]));
  const box = /** @type {NonNullable<Awaited<ReturnType<import("playwright-core").Locator["boundingBox"]>>>} */ (await page.locator("#paper").boundingBox());
  await page.mouse.move(box.x + 50, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + 150, box.y + 150, { steps: 5 });
  await release(page);
  assert.match(await notice(page), /^“late\.svg” was not read: something else was begun meanwhile; try again\.$/);
  await page.mouse.move(box.x + 150, box.y + 50, { steps: 5 });
  await page.mouse.up();
  await answered(page);
  assert.doesNotMatch((await page.locator("#hint").textContent()) ?? "", /picture/);
  await page.click("#undo");
  assert.ok(await page.locator("#clear").isDisabled(), "one stroke was there: the hand’s");
  assert.ok(await page.locator("#undo").isDisabled());
  await page.context().close();
});

test("a file that is no picture, and a photo of blank paper, are told apart and take nothing away", async () => {
  const page = await site.page();
  await drawByMouse(page, characters[0][0]);
  await page.click("#teach-it");
  await drawByMouse(page, characters[1][0]);
  await drop(page, TEXT);
  assert.match(await notice(page), /^“notes\.png” was not read: the browser cannot read it as an image; PNG, JPEG/);
  assert.equal(await page.locator("#notice").getAttribute("data-kind"), "BadImage");
  await drop(page, { name: "bad.svg", type: "image/svg+xml", base64: Buffer.from("<svg><g>").toString("base64") });
  await page.waitForFunction(() => document.querySelector("#notice-text")?.textContent?.startsWith("“bad.svg”"));
  await drop(page, await picture(page, "blank.jpg", { strokes: [] }, KINDS["a photo"]));
  await page.waitForSelector('#notice[data-kind="EmptyDrawing"]');
  assert.match(await notice(page), /^“blank\.jpg” was not read: no ink stands out/);
  assert.ok(await page.locator("#undo").isEnabled(), "what was drawn is still on the paper");
  assert.deepEqual(await known(page), ["A: 1 drawing"]);
  await page.context().close();
});

test("an SVG is one whatever precedes its root, and whatever type it is sent with", async () => {
  const page = await site.page("", CALM);
  const drawn = '<path d="M20 50H80M50 20V80" fill="none" stroke="#111" stroke-width="5"/>';
  const root = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 105 105">${drawn}</svg>`;
  const entities = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd" [ <!ENTITY a "b>"> ]>';
  const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(root, "utf16le")]);
  /** @type {[string, string | Buffer, string][]} */
  const files = [
    ["a declaration and a comment", `<?xml version="1.0"?>\n<!-- by <svg> hand -->\n${root}`, "text/xml"],
    ["comments around a style sheet's instruction", `<!--a--><?xml-stylesheet href="a.css"?><!--b-->${root}`, ""],
    ["definitions", `<?xml version="1.0"?>${entities}${root}`, "application/octet-stream"],
    ["a comment of 40 kB", `<!--${"- ".repeat(20_000)}-->${root}`, "text/plain"],
    ["a mark of its bytes' order", `\ufeff  ${root}`, "image/png"],
    ["UTF-16", wide, "image/svg+xml"],
    ["a prefix", `<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 105 105">${drawn.replace("<path", "<s:path")}</s:svg>`, "image/svg+xml"],
    ["no namespace, as it is copied from a page", root.replace(/ xmlns="[^"]*"/, ""), "text/html"],
  ];
  for (const [what, content, type] of files) {
    await drop(page, { name: `${what}.bin`, type, base64: Buffer.from(content).toString("base64") });
    await page.waitForFunction(() => !(/** @type {HTMLButtonElement} */ (document.querySelector("#clear")).disabled) || !document.querySelector("#notice")?.hasAttribute("hidden"));
    assert.ok(await page.locator("#clear").isEnabled(), `${what}: ${await page.textContent("#notice-text")}`);
    await page.click("#clear");
  }
  await page.context().close();
});

test("formats that the browser does not read are refused by name, with what to do", async () => {
  const page = await site.page();
  for (const [name, start] of /** @type {const} */ ([
    ["TIFF", "II*\0\b\0\0\0"],
    ["TIFF", "MM\0*\0\0\0\b"],
    ["HEIC", "\0\0\0\x18ftypheic\0\0\0\0mif1heic"],
    ["PDF", "%PDF-1.7\n"],
    ["Photoshop", "8BPS\0\x01"],
  ])) {
    await drop(page, { name: "photo.png", type: "image/png", base64: Buffer.from(start, "latin1").toString("base64") });
    await page.waitForFunction((name) => document.querySelector("#notice-text")?.textContent?.includes(`it is a ${name} file`), name);
    assert.match(await notice(page), /save it as PNG or JPEG/);
    await page.click("#notice-close");
    await page.waitForSelector("#notice", { state: "hidden" });
  }
  await page.context().close();
});

test("of a moving picture whose first frame is blank, the first that is not is read", async () => {
  const page = await site.page("", CALM);
  const side = 40;
  const line = Array.from({ length: side ** 2 }, (_, i) => Number(Math.abs((i % side) - Math.floor(i / side)) < 3));
  await drop(page, { name: "moves.gif", type: "image/gif", base64: gif(side, [line.map(() => 0), line.map(() => 0), line]).toString("base64") });
  await written(page);
  await page.context().close();
});

/**
 * A GIF of white (0) and black (1), its codes never longer than three bits.
 *
 * @param {number} side
 * @param {number[][]} frames
 */
function gif(side, frames) {
  const [CLEAR, END] = [4, 5];
  const frame = (/** @type {number[]} */ pixels) => {
    const codes = [...pixels.flatMap((pixel, i) => (i % 2 === 0 ? [CLEAR, pixel] : [pixel])), END];
    const bits = codes.flatMap((code) => [code & 1, (code >> 1) & 1, code >> 2]);
    const bytes = Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) => bits.slice(8 * i, 8 * i + 8).reduce((byte, bit, at) => byte | (bit << at), 0));
    const blocks = Array.from({ length: Math.ceil(bytes.length / 255) }, (_, i) => bytes.slice(255 * i, 255 * i + 255)).flatMap((block) => [block.length, ...block]);
    return [0x21, 0xf9, 4, 0, 10, 0, 0, 0, 0x2c, 0, 0, 0, 0, side, 0, side, 0, 0, 2, ...blocks, 0];
  };
  const colours = [255, 255, 255, 0, 0, 0, 255, 255, 255, 0, 0, 0];
  return Buffer.from([...Buffer.from("GIF89a"), side, 0, side, 0, 0x91, 0, 0, ...colours, ...frames.flatMap(frame), 0x3b]);
}

test("a picture of 5000 × 4000 pixels is read", async () => {
  const page = await site.page("", CALM);
  await teach(page, characters);
  await drop(page, await picture(page, "huge.jpg", characters[2][1], { type: "image/jpeg", paper: "white", width: 5000, height: 4000 }));
  await written(page);
  assert.equal(await page.locator("#verdict strong").textContent(), "sign 2");
  await page.context().close();
});

test("the sheet shows that it takes what is dragged over the page, but not elsewhere or for other files", async () => {
  const page = await site.page();
  const drag = async (/** @type {Picture[]} */ ...pictures) =>
    page.dispatchEvent("main", "dragover", { dataTransfer: await transfer(page, pictures) });
  const drop = page.locator("#drop");
  await drag(svg("a.svg", characters[0][0]));
  await drop.waitFor({ state: "visible" });
  assert.match((await drop.textContent()) ?? "", /Drop to trace this picture/);
  await page.dispatchEvent("main", "dragleave", {});
  await drop.waitFor({ state: "hidden" });
  await drag(svg("a.svg", characters[0][0]), svg("b.svg", characters[1][0]));
  await drop.waitFor({ state: "visible" });
  assert.match((await drop.textContent()) ?? "", /Drop to teach 2 pictures/);
  await page.dispatchEvent("main", "dragleave", {});
  await drop.waitFor({ state: "hidden" });
  await drag({ name: "all_runs.zip", type: "application/zip", base64: "" });
  await page.waitForTimeout(300);
  assert.ok(await drop.isHidden());

  await page.click("#tab-replay");
  await drag(svg("a.svg", characters[0][0]));
  await page.dispatchEvent("main", "drop", { dataTransfer: await transfer(page, [TEXT]) });
  await page.waitForSelector('#notice[data-kind="BadArchive"]');
  await page.click("#tab-teach");
  assert.ok(await drop.isHidden());
  assert.ok(await page.locator("#undo").isDisabled());
  await page.context().close();
});

const SCREENS = [
  { name: "desktop", viewport: { width: 1280, height: 800 } },
  { name: "phone", ...PHONE },
];

for (const { name, ...screen } of SCREENS) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`pictures on a ${name}, ${colorScheme}`, async () => {
      const page = await site.page("", { ...CALM, ...screen, colorScheme });
      await keep(page, `pictures-${name}-${colorScheme}-start`);
      await drop(page, ...characters.map(([drawing], i) => svg(`sign ${i}x.svg`, drawing)));
      await page.waitForSelector("#notice:visible");
      const photo = await picture(page, "photo.jpg", characters[3][1], KINDS["a photo"]);
      await page.dispatchEvent("main", "dragover", { dataTransfer: await transfer(page, [photo]) });
      await page.waitForTimeout(500);
      await keep(page, `pictures-${name}-${colorScheme}-drop`);
      await accessible(page, "a picture over the page");
      await drop(page, photo);
      await written(page);
      await page.evaluate(() => scrollTo(0, 0));
      await keep(page, `pictures-${name}-${colorScheme}-photo`);
      await accessible(page, "a photo that is known");
      assert.equal(await page.locator("#verdict strong").textContent(), "sign 3x");
      const hint = await page.locator("#hint").evaluate((hint) => hint.getBoundingClientRect().height);
      assert.ok(hint < 40, "the hint is one line");
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `the page runs over by ${over} px`);
      await page.context().close();
    });
  }
}

/**
 * A picture as a file picker gives it.
 *
 * @param {Page} page
 * @param {string} name
 * @param {Strokes} drawing
 */
async function asUpload(page, name, drawing) {
  const { type, base64 } = await picture(page, name, drawing, KINDS["a JPEG"]);
  return { name, mimeType: type, buffer: Buffer.from(base64, "base64") };
}
