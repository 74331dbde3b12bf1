// In the page: five characters taught by strokes and asked for in every form and of every engine. All that was answered is put
// into `answers`, by form or engine: labels, in the characters' order.

const { Glimpse } = /** @type {typeof import("glimpse")} */ (await import(/** @type {any} */ ("/index.js")));

/** @typedef {import("glimpse").Strokes} Strokes */
/** @typedef {import("glimpse").Drawing} Drawing */

const teacher = await Glimpse.load({ engine: "simd" });
const characters = await teacher.invent({ seed: 7, characters: 5, drawers: 2 });
for (const [i, [drawing]] of characters.entries()) await teacher.learn(`sign ${i}`, drawing);
const saved = await teacher.save();

/**
 * What an instance answers to the characters' second drawers.
 *
 * @param {import("glimpse").Glimpse} glimpse
 * @param {(drawing: Strokes) => Drawing | Promise<Drawing>} form
 */
async function ask(glimpse, form = (drawing) => drawing) {
  const answers = [];
  for (const [, drawing] of characters) answers.push((await glimpse.classify(await form(drawing))).ranking[0].label);
  return answers;
}

/** Strokes on white paper. @param {Strokes} drawing @param {number} side in pixels */
function picture({ strokes }, side) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "white";
  context.fillRect(0, 0, side, side);
  context.scale(side / 105, side / 105);
  Object.assign(context, { lineWidth: 3, lineCap: "round", lineJoin: "round" });
  for (const [x, y, ...rest] of strokes) {
    context.beginPath();
    context.moveTo(x, y);
    for (let i = 0; i < rest.length; i += 2) context.lineTo(rest[i], rest[i + 1]);
    context.stroke();
  }
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {string} type @returns {Promise<Blob>} */
const file = (canvas, type) =>
  new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error(type))), type));

/** @type {Record<string, (drawing: Strokes) => Drawing | Promise<Drawing>>} */
const forms = {
  "a canvas": (drawing) => picture(drawing, 300),
  "an ImageBitmap": (drawing) => createImageBitmap(picture(drawing, 300)),
  "a PNG": (drawing) => file(picture(drawing, 300), "image/png"),
  "a large JPEG": (drawing) => file(picture(drawing, 2500), "image/jpeg"),
  "an SVG": ({ strokes }) => {
    const lines = strokes.map((points) => `<polyline points="${points}" fill="none" stroke="black" stroke-width="3"/>`);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="210" height="210" viewBox="0 0 105 105">${lines.join("")}</svg>`;
    return new Blob([svg], { type: "image/svg+xml" });
  },
};

/** @type {Record<string, string[]>} */
const answers = { strokes: await ask(teacher) };
for (const [name, form] of Object.entries(forms)) answers[name] = await ask(teacher, form);
for (const engine of /** @type {const} */ (["flex", "ndarray"])) answers[engine] = await ask(await Glimpse.restore(saved, { engine }));
answers["simd, without a worker"] = await ask(await Glimpse.restore(saved, { engine: "simd", worker: false }));
Object.assign(globalThis, { answers });
