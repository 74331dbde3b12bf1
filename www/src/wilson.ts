import { words } from "./words/index.js";

/** 95 % interval of a share (Wilson 1927), both ends in 0…1. */
export function wilson(correct: number, trials: number): [number, number] {
  if (trials === 0) return [0, 1];
  const z = 1.959964;
  const share = correct / trials;
  const middle = share + (z * z) / (2 * trials);
  const half = z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  const scale = 1 + (z * z) / trials;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}

/** A share in 0…1 as per cent: one decimal, or two where one would hide that some are wrong. */
export function percent(share: number): string {
  const decimals = share > 0.9995 && share < 0.99995 ? 2 : 1;
  return words.percent((100 * share).toFixed(decimals));
}

/** Both ends of an interval in words. */
export function interval([low, high]: readonly [number, number]): string {
  return words.range(percent(low), percent(high));
}
