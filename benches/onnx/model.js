// Our network as ONNX models. Its weights stay in our own file beside them, made whole, f16: ONNX Runtime casts them, and folds the norms
// into them, once.
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { SIDE, TINY } from "../../tests/peers/network.js";

/** @typedef {import("../network.js").Network} Network */

const schema = new protobuf.Root().loadSync(fileURLToPath(new URL("onnx.proto", import.meta.url)), { keepCase: true });
const Model = schema.lookupType("onnx.ModelProto");

/** The file of the weights. */
export const WEIGHTS = "siamese.safetensors";

/** Drawings, `[batch, 1, side, side]`, to features of L2 norm 1, `[batch, features]`. @param {Network} network */
export function encoder(network) {
  const graph = new Graph();
  const features = encode(graph, network, graph.input("drawings", ["batch", 1, SIDE, SIDE]));
  return graph.model(features, ["batch", network.weight.values.length]);
}

/**
 * A drawing, `[1, 1, side, side]`, to how alike it is to each character taught, `[taught, 1]`. Their features are beside the
 * model, in a file `support`.
 *
 * @param {Network} network
 * @param {number} taught
 */
export function classifier(network, taught) {
  const graph = new Graph();
  const query = encode(graph, network, graph.input("drawings", [1, 1, SIDE, SIDE]));
  const length = network.weight.values.length;
  const support = graph.beside("support", { type: "FLOAT", shape: [taught, length] }, { file: "support" });
  const apart = graph.node("Abs", [graph.node("Sub", [query, support])]);
  const weight = graph.weight("weight", { ...network.weight, shape: [length, 1] });
  const distance = graph.node("MatMul", [apart, weight]);
  const bias = graph.floats("bias", [1], Float32Array.of(network.bias));
  return graph.model(graph.node("Sub", [bias, distance]), [taught, 1]);
}

/**
 * @param {Graph} graph
 * @param {Network} network
 * @param {string} drawings
 */
function encode(graph, network, drawings) {
  const map = network.blocks.reduce((x, { kernel, slope, shift, pooled, relu }, i) => {
    const slopes = graph.floats(`slope ${i}`, [slope.length, 1, 1, 1], slope);
    const folded = graph.node("Mul", [graph.weight(`kernel ${i}`, kernel), slopes]);
    const bias = graph.floats(`shift ${i}`, [shift.length], shift);
    const convolved = graph.node("Conv", [x, folded, bias], { pads: [1, 1, 1, 1] });
    const active = relu ? graph.node("Relu", [convolved]) : convolved;
    return pooled ? graph.node("MaxPool", [active], { kernel_shape: [2, 2], strides: [2, 2] }) : active;
  }, drawings);
  const features = graph.node("Flatten", [map], { axis: 1 });
  const norm = graph.node("ReduceL2", [features], { axes: [1] });
  const positive = graph.node("Add", [norm, graph.floats("tiny", [1], Float32Array.of(TINY))]);
  return graph.node("Div", [features, positive]);
}

/** A graph under construction. Values go by their names. */
class Graph {
  /** @type {object[]} */
  nodes = [];
  /** @type {object[]} */
  inputs = [];
  /** @type {object[]} */
  initializers = [];

  /** @param {string} name @param {(string | number)[]} shape */
  input(name, shape) {
    this.inputs.push(value(name, shape));
    return name;
  }

  /** @param {string} name @param {number[]} dims @param {Float32Array} values */
  floats(name, dims, { buffer, byteOffset, byteLength }) {
    this.initializers.push({ name, dims, data_type: "FLOAT", raw_data: new Uint8Array(buffer, byteOffset, byteLength) });
    return name;
  }

  /** A parameter in the weights' file. @param {string} name @param {import("../../tests/peers/network.js").Parameter} parameter */
  weight(name, { shape, place }) {
    const halves = this.beside(name, { type: "FLOAT16", shape }, { file: WEIGHTS, ...place });
    return this.node("Cast", [halves], { to: schema.lookupEnum("onnx.TensorProto.DataType").values.FLOAT });
  }

  /**
   * Values in a file of their own, or in a part of one.
   *
   * @param {string} name
   * @param {{ type: "FLOAT" | "FLOAT16", shape: number[] }} values
   * @param {{ file: string, offset?: number, length?: number }} place
   */
  beside(name, { type, shape }, { file, ...part }) {
    const entries = Object.entries({ location: file, ...part });
    const external_data = entries.map(([key, value]) => ({ key, value: `${value}` }));
    this.initializers.push({ name, dims: shape, data_type: type, data_location: "EXTERNAL", external_data });
    return name;
  }

  /** @param {string} op_type @param {string[]} input @param {Record<string, number | number[]>} [attributes] */
  node(op_type, input, attributes = {}) {
    const output = `${op_type} ${this.nodes.length}`;
    const attribute = Object.entries(attributes).map(([name, value]) =>
      Array.isArray(value) ? { name, ints: value, type: "INTS" } : { name, i: value, type: "INT" },
    );
    this.nodes.push({ op_type, input, output: [output], attribute });
    return output;
  }

  /** @param {string} output @param {(string | number)[]} shape */
  model(output, shape) {
    const { nodes, inputs, initializers } = this;
    const graph = { name: "glimpse", node: nodes, input: inputs, output: [value(output, shape)], initializer: initializers };
    const model = Model.fromObject({ ir_version: 8, opset_import: [{ domain: "", version: 17 }], graph });
    return Model.encode(model).finish();
  }
}

/** @param {string} name @param {(string | number)[]} shape */
function value(name, shape) {
  const dim = shape.map((size) => (typeof size === "number" ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: "FLOAT", shape: { dim } } } };
}
