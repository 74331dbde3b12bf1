/** @typedef {{ median: number, low: number, high: number, samples: number }} Spread `low`, `high`: first and third quartile */

/** @param {number[]} values */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share));
  return { median, low, high, samples: values.length };
}

/** @param {number[]} values */
export function median(values) {
  return spread(values).median;
}

/** By linear interpolation. @param {number[]} sorted @param {number} share */
function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}
