import { MAP_SIDE } from "../../tests/peers/network.js";

const PIXELS = MAP_SIDE ** 2;

/** Features in our order, of those whose channels come last. @param {Float32Array} features @param {number} channels of the last map */
export function withChannelsFirst(features, channels) {
  return Float32Array.from(features, (_, i) => {
    const row = Math.floor(i / (channels * PIXELS));
    const [channel, pixel] = [Math.floor(i / PIXELS) % channels, i % PIXELS];
    return features[(row * PIXELS + pixel) * channels + channel];
  });
}
