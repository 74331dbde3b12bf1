import "@tensorflow/tfjs-backend-cpu";

export { open } from "./tfjs.js";
