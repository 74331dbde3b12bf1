import "@tensorflow/tfjs-backend-webgpu";

export { open } from "./tfjs.js";
