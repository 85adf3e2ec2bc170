// Draws one token from each row of logits: temperature, then top-k, then top-p, then the first kept token whose cumulative weight
// exceeds the random number times the weight of all. Thresholds are found by halving the range of float32 bit patterns, whose order is
// that of positive numbers.
import { expSum, largest, ln, sum4 } from './lib/math';

/** How many of `n` positive weights are at least the number with these bits. */
function countFrom(weights: usize, n: i32, bits: i32): i32 {
  const least = reinterpret<f32>(bits);
  const least4 = f32x4.splat(least);
  let counts = i32x4.splat(0);
  const end4 = weights + ((n & ~3) << 2);
  const end = weights + (n << 2);
  for (; weights < end4; weights += 16) counts = i32x4.sub(counts, f32x4.ge(v128.load(weights), least4));
  let count = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1) + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
  for (; weights < end; weights += 4) count += <i32>(load<f32>(weights) >= least);
  return count;
}

/** The sum of those of `n` positive weights that are at least the number with these bits, in order. */
function sumFrom(weights: usize, n: i32, bits: i32): f64 {
  const least = reinterpret<f32>(bits);
  const least4 = f32x4.splat(least);
  let pair = f64x2.splat(0);
  const end4 = weights + ((n & ~3) << 2);
  const end = weights + (n << 2);
  for (; weights < end4; weights += 16) {
    const w = v128.load(weights);
    const kept = v128.and(w, f32x4.ge(w, least4));
    pair = f64x2.add(pair, f64x2.promote_low_f32x4(kept));
    pair = f64x2.add(pair, f64x2.promote_low_f32x4(v128.shuffle<f32>(kept, kept, 2, 3, 0, 1)));
  }
  let sum = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
  for (; weights < end; weights += 4) {
    const w = load<f32>(weights);
    if (w >= least) sum += <f64>w;
  }
  return sum;
}

/** The first of the largest of `n` numbers. */
function first(x: usize, n: i32, top: f32): i32 {
  for (let i = 0; i < n; i++) if (load<f32>(x + (i << 2)) == top) return i;
  return 0;
}

/** The token of one row; `weights` are exp((x - top) / temperature), the largest of them 1. */
function draw(weights: usize, V: i32, topK: i32, topP: f64, uniform: f64): i32 {
  let least = 1; // bits of the smallest kept weight; all weights are positive
  const one = reinterpret<i32>(<f32>1);
  if (topK > 0 && topK < V) {
    let most = one;
    while (least < most) {
      const middle = least + ((most - least + 1) >> 1);
      if (countFrom(weights, V, middle) >= topK) least = middle;
      else most = middle - 1;
    }
  }
  if (topP < 1) {
    const wanted = topP * sumFrom(weights, V, least);
    let most = one;
    while (least < most) {
      const middle = least + ((most - least + 1) >> 1);
      if (sumFrom(weights, V, middle) >= wanted) least = middle;
      else most = middle - 1;
    }
  }
  const wanted = uniform * sumFrom(weights, V, least);
  const smallest = reinterpret<f32>(least);
  let sum: f64 = 0;
  let last = 0;
  for (let i = 0; i < V; i++) {
    const w = load<f32>(weights + (i << 2));
    if (w < smallest) continue;
    last = i;
    sum += <f64>w;
    if (sum > wanted) break;
  }
  return last;
}

/** 0, or NaN where one of `n` numbers is not finite. */
function defect(x: usize, n: i32): f32 {
  const zero = f32x4.splat(0);
  let sum = zero;
  const end4 = x + ((n & ~3) << 2);
  const end = x + (n << 2);
  for (; x < end4; x += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(x), zero));
  let total = sum4(sum);
  for (; x < end; x += 4) total += load<f32>(x) * 0;
  return total;
}

/** `rows` rows of ids int32 [B] and report [2,B]: the ids, then their log-probabilities at temperature 1. `scratch`: V numbers. */
export function sample(
  logits: usize, uniforms: usize, ids: usize, report: usize, rows: i32, B: i32, V: i32, temperature: f32, topK: i32, topP: f64,
  scratch: usize,
): void {
  for (let b = 0; b < rows; b++) {
    const top = largest(logits, V);
    const lse = <f64>top + ln(<f64>expSum(logits, scratch, V, 1, top));
    let id: i32;
    if (temperature == 0) id = first(logits, V, top);
    else {
      // Rounded as the products with `inverse` are, so that the weight of every largest logit is 1.
      const inverse = <f32>1 / temperature;
      if (temperature != 1) expSum(logits, scratch, V, inverse, top * inverse);
      id = draw(scratch, V, topK, topP, <f64>load<f32>(uniforms + (b << 2)));
    }
    store<i32>(ids + (b << 2), id);
    store<f32>(report + (b << 2), <f32>id);
    store<f32>(report + ((B + b) << 2), <f32>(<f64>load<f32>(logits + (id << 2)) - lse + <f64>defect(logits, V)));
    logits += V << 2;
  }
}
