// Our network as LiteRT models: flatbuffers of the format .tflite, written field by field as its schema (schema.fbs) numbers them.
// Weights are f32, norms are folded into the convolutions, maps are `[batch, side, side, channels]`.
import { Builder } from "flatbuffers";
import { MAP_SIDE, SIDE, TINY } from "../../tests/peers/network.js";

/** @typedef {import("../network.js").Network} Network */
/** @typedef {{ tensor: number, shape: number[] }} Value of a graph, by the number of its tensor */

/** Operators, by their numbers in `BuiltinOperator` and `BuiltinOptions`. */
const OPERATORS = {
  ADD: { code: 0, options: 11 },
  CONV_2D: { code: 3, options: 1 },
  MAX_POOL_2D: { code: 17, options: 5 },
  RESHAPE: { code: 22, options: 17 },
  SUB: { code: 41, options: 28 },
  DIV: { code: 42, options: 29 },
  SUM: { code: 74, options: 27 },
  SQRT: { code: 75, options: 0 },
  SQUARE: { code: 92, options: 66 },
  ABS: { code: 101, options: 78 },
};

const PADDING = { SAME: 0, VALID: 1 };
const ACTIVATION = { NONE: 0, RELU: 1 };
const TYPE = { FLOAT32: 0, INT32: 2 };

/** What the schema wants weights to begin at a multiple of, in bytes. */
const ALIGNMENT = 16;
const SCHEMA_VERSION = 3;
const FILE_IDENTIFIER = "TFL3";

/** Drawings, `[batch, side, side, 1]`, to features of L2 norm 1, channels last. @param {Network} network @param {number} batch */
export function encoder(network, batch) {
  const graph = new Graph();
  const drawings = graph.input([batch, SIDE, SIDE, 1]);
  return graph.model(drawings, encode(graph, network, drawings));
}

/**
 * A drawing, `[1, side, side, 1]`, to how similar it is to each character taught, `[taught, 1]`.
 *
 * @param {Network} network
 * @param {Float32Array} support features of the characters taught, as the encoder gives them
 */
export function classifier(network, support) {
  const graph = new Graph();
  const drawing = graph.input([1, SIDE, SIDE, 1]);
  const query = encode(graph, network, drawing);
  const length = network.weight.values.length;
  const taught = support.length / length;
  // As a map of the height 1, since on WebGPU the wrong numbers come of matrices.
  const features = graph.node("RESHAPE", [query, graph.constant(Int32Array.of(1, 1, 1, length), [4])], [1, 1, 1, length]);
  const apart = graph.node("SUB", [features, graph.constant(support, [1, 1, taught, length])], [1, 1, taught, length]);
  const weight = channelsLast(network.weight.values, [1, length / MAP_SIDE ** 2, MAP_SIDE, MAP_SIDE]);
  const filter = graph.constant(weight.map((weight) => -weight), [1, 1, 1, length]);
  const bias = graph.constant(Float32Array.of(network.bias), [1]);
  const similarity = convolution(graph, graph.node("ABS", [apart], apart.shape), filter, bias, "NONE");
  return graph.model(drawing, similarity);
}

/** @param {Graph} graph @param {Network} network @param {Value} drawings */
function encode(graph, network, drawings) {
  const [batch] = drawings.shape;
  const map = network.blocks.reduce((x, { kernel, slope, shift, pooled, relu }) => {
    const [outputs, inputs, height, width] = kernel.shape;
    const folded = kernel.values.map((weight, i) => weight * slope[Math.floor((i * outputs) / kernel.values.length)]);
    const filter = graph.constant(channelsLast(folded, kernel.shape), [outputs, height, width, inputs]);
    const convolved = convolution(graph, x, filter, graph.constant(shift, [outputs]), relu ? "RELU" : "NONE");
    if (!pooled) return convolved;
    const side = x.shape[1] / 2;
    const pool = { 0: byte(PADDING.VALID), 1: int(2), 2: int(2), 3: int(2), 4: int(2), 5: byte(ACTIVATION.NONE) };
    return graph.node("MAX_POOL_2D", [convolved], [batch, side, side, outputs], pool);
  }, drawings);
  const flat = [batch, network.weight.values.length];
  const features = graph.node("RESHAPE", [map, graph.constant(Int32Array.from(flat), [2])], flat);
  const squares = graph.node("SQUARE", [features], flat);
  const sum = graph.node("SUM", [squares, graph.constant(Int32Array.of(1), [1])], [batch, 1], { 0: byte(1) });
  const norm = graph.node("SQRT", [sum], [batch, 1]);
  const positive = graph.node("ADD", [norm, graph.constant(Float32Array.of(TINY), [1])], [batch, 1]);
  return graph.node("DIV", [features, positive], flat);
}

/**
 * @param {Graph} graph
 * @param {Value} x
 * @param {Value} filter `[outputs, height, width, inputs]`
 * @param {Value} bias
 * @param {keyof typeof ACTIVATION} activation
 */
function convolution(graph, x, filter, bias, activation) {
  const shape = [...x.shape.slice(0, 3), filter.shape[0]];
  const fields = { 0: byte(PADDING.SAME), 1: int(1), 2: int(1), 3: byte(ACTIVATION[activation]), 4: int(1), 5: int(1) };
  return graph.node("CONV_2D", [x, filter, bias], shape, fields);
}

/** @param {Float32Array} values @param {number[]} shape `[outputs, inputs, height, width]` */
function channelsLast(values, [outputs, inputs, height, width]) {
  const pixels = height * width;
  const moved = new Float32Array(values.length);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        moved[(output * pixels + pixel) * inputs + input] = values[(output * inputs + input) * pixels + pixel];
      }
    }
  }
  return moved;
}

/** @typedef {Record<number, { write: "addFieldInt8" | "addFieldInt32" | "addFieldOffset", value: number }>} Fields by number */

/** @param {number} value @returns {Fields[number]} */
const byte = (value) => ({ write: "addFieldInt8", value });
/** @param {number} value @returns {Fields[number]} */
const int = (value) => ({ write: "addFieldInt32", value });
/** Of something written before. @param {number} value @returns {Fields[number]} */
const offset = (value) => ({ write: "addFieldOffset", value });

/** A graph under construction. Tables are written at once, so that only their offsets are kept. */
class Graph {
  builder = new Builder();
  /** @type {number[]} */
  tensors = [];
  /** The first is that of all tensors that hold no constant. */
  buffers = [this.table({})];
  /** @type {number[]} */
  operators = [];
  /** @type {(keyof typeof OPERATORS)[]} */
  codes = [];

  /** @param {number[]} shape */
  input(shape) {
    return this.tensor(shape, TYPE.FLOAT32, 0);
  }

  /** @param {Float32Array | Int32Array} values @param {number[]} shape */
  constant(values, shape) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.builder.prep(ALIGNMENT, bytes.length);
    this.buffers.push(this.table({ 0: offset(this.builder.createByteVector(bytes)) }));
    return this.tensor(shape, values instanceof Int32Array ? TYPE.INT32 : TYPE.FLOAT32, this.buffers.length - 1);
  }

  /** @param {number[]} shape @param {number} type @param {number} buffer @returns {Value} */
  tensor(shape, type, buffer) {
    const tensor = this.tensors.length;
    const name = this.builder.createString(`${tensor}`);
    this.tensors.push(this.table({ 0: offset(this.ints(shape)), 1: byte(type), 2: int(buffer), 3: offset(name) }));
    return { tensor, shape };
  }

  /** @param {keyof typeof OPERATORS} operator @param {Value[]} inputs @param {number[]} shape @param {Fields} [options] */
  node(operator, inputs, shape, options = {}) {
    if (!this.codes.includes(operator)) this.codes.push(operator);
    const output = this.input(shape);
    /** @type {Fields} */
    const fields = {
      0: int(this.codes.indexOf(operator)),
      1: offset(this.ints(inputs.map(({ tensor }) => tensor))),
      2: offset(this.ints([output.tensor])),
    };
    const { options: kind } = OPERATORS[operator];
    if (kind) Object.assign(fields, { 3: byte(kind), 4: offset(this.table(options)) });
    this.operators.push(this.table(fields));
    return output;
  }

  /** @param {Value} input @param {Value} output @returns {Uint8Array<ArrayBuffer>} */
  model(input, output) {
    const codes = this.codes.map((name) => {
      const { code } = OPERATORS[name];
      return this.table({ 0: byte(code), 2: int(1), 3: int(code) });
    });
    const graph = this.table({
      0: offset(this.offsets(this.tensors)),
      1: offset(this.ints([input.tensor])),
      2: offset(this.ints([output.tensor])),
      3: offset(this.offsets(this.operators)),
    });
    const model = this.table({
      0: int(SCHEMA_VERSION),
      1: offset(this.offsets(codes)),
      2: offset(this.offsets([graph])),
      4: offset(this.offsets(this.buffers)),
    });
    this.builder.finish(model, FILE_IDENTIFIER);
    return Uint8Array.from(this.builder.asUint8Array());
  }

  /** @param {Fields} fields */
  table(fields) {
    const entries = Object.entries(fields);
    this.builder.startObject(Math.max(0, ...entries.map(([field]) => Number(field) + 1)));
    // No value is the default: what is 0 in the schema is left away by readers and writers alike.
    for (const [field, { write, value }] of entries) this.builder[write](Number(field), value, 0);
    return this.builder.endObject();
  }

  /** @param {number[]} values */
  ints(values) {
    return this.vector(values, (value) => this.builder.addInt32(value));
  }

  /** @param {number[]} values */
  offsets(values) {
    return this.vector(values, (value) => this.builder.addOffset(value));
  }

  /** Vectors are written from their end. @param {number[]} values @param {(value: number) => void} write */
  vector(values, write) {
    this.builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) write(value);
    return this.builder.endVector();
  }
}
