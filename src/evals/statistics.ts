/**
 * What a handful of numbers allows one to say: means with 95 % intervals, over seeds or over questions. Pure; its random numbers are
 * named, so the same numbers always have the same interval. Knows no run and no model.
 */
import type { Interval } from '../protocol.ts';
import { Random } from '../random.ts';

const RESAMPLES = 10_000;

/** The mean; 0 of nothing. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The `q`-quantile of rising values, linear between neighbours (type 7 of Hyndman and Fan 1996, as in R and NumPy). */
function quantile(rising: ArrayLike<number>, q: number): number {
  const place = (rising.length - 1) * q;
  const [low, high] = [rising[Math.floor(place)] ?? 0, rising[Math.ceil(place)] ?? 0];
  return low + (high - low) * (place - Math.floor(place));
}

/** Resamples by seed and size: a comparison asks for hundreds of intervals of the same size. */
const drawn = new Map<string, Uint32Array>();

/** `RESAMPLES` times `n` indices below `n`, drawn with replacement. */
function resamples(n: number, seed: number): Uint32Array {
  const name = `${seed}/${n}`;
  const known = drawn.get(name);
  if (known !== undefined) return known;
  const random = Random.of(seed, 'bootstrap', n);
  const indices = Uint32Array.from({ length: RESAMPLES * n }, () => random.int(n));
  drawn.set(name, indices);
  return indices;
}

/** The mean with its percentile bootstrap interval (Efron 1979); the order of the values does not matter. */
export function bootstrap(values: readonly number[], { seed = 1 }: { readonly seed?: number } = {}): Interval {
  const n = values.length;
  const rising = Float64Array.from(values).sort();
  const [least, most] = [rising[0] ?? 0, rising[n - 1] ?? 0];
  if (least === most) return { mean: least, low: least, high: least };
  const indices = resamples(n, seed);
  const means = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES; i++) {
    let sum = 0;
    for (let j = i * n; j < (i + 1) * n; j++) sum += rising[indices[j] ?? 0] ?? 0;
    means[i] = sum / n;
  }
  means.sort();
  return { mean: mean([...rising]), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/** The mean of a - b over the keys (seeds) that both have, so that what they share falls out; null when they have none in common. */
export function pairedDifference(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
): (Interval & { readonly seeds: number }) | null {
  const differences = [...a].flatMap(([seed, value]) => {
    const other = b.get(seed);
    return other === undefined ? [] : [value - other];
  });
  return differences.length === 0 ? null : { ...bootstrap(differences), seeds: differences.length };
}
