import "@tensorflow/tfjs-backend-webgl";

export { open } from "./tfjs.js";
