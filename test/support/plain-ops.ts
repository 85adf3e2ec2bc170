/**
 * Every operation of the decoder as plain loops in double precision: the ground truth of the engine's tests.
 * Flat arrays in row-major order; knows nothing of tensors.
 */

export type Numbers = readonly number[] | Float32Array | Int32Array | Float64Array;

const at = (x: Numbers, i: number): number => {
  const value = x[i];
  if (value === undefined) throw new RangeError(`index ${i} of ${x.length}`);
  return value;
};

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const logSumExp = (values: readonly number[]): number => {
  const top = Math.max(...values);
  return top + Math.log(sum(values.map((v) => Math.exp(v - top))));
};

export type ProductShape = { batch: number; M: number; K: number; N: number; transposeA: boolean; transposeB: boolean };

export function product(a: Numbers, b: Numbers, { batch, M, K, N, transposeA, transposeB }: ProductShape): number[] {
  return range(batch * M * N).map((i) => {
    const [g, m, n] = [Math.floor(i / (M * N)), Math.floor(i / N) % M, i % N];
    const left = (k: number): number => at(a, g * M * K + (transposeA ? k * M + m : m * K + k));
    const right = (k: number): number => at(b, g * K * N + (transposeB ? n * K + k : k * N + n));
    return sum(range(K).map((k) => left(k) * right(k)));
  });
}

export function embed(ids: Numbers, table: Numbers, V: number, D: number): number[] {
  return range(ids.length * D).map((i) => {
    const id = at(ids, Math.floor(i / D));
    return id >= 0 && id < V ? at(table, id * D + (i % D)) : 0;
  });
}

export function rmsNorm(x: Numbers, gain: Numbers, epsilon: number): number[] {
  const D = gain.length;
  return range(x.length).map((i) => {
    const row = i - (i % D);
    const mean = sum(range(D).map((d) => at(x, row + d) ** 2)) / D;
    return (at(x, i) / Math.sqrt(mean + epsilon)) * at(gain, i % D);
  });
}

/** `gateUp` [M,2F] */
export function swiglu(gateUp: Numbers, F: number): number[] {
  return range(gateUp.length / 2).map((i) => {
    const at0 = Math.floor(i / F) * 2 * F + (i % F);
    return (at(gateUp, at0) / (1 + Math.exp(-at(gateUp, at0)))) * at(gateUp, at0 + F);
  });
}

/** x [M,K] times weight [N,K] transposed, plus bias [N] and residual [M,N]. */
export function linear(x: Numbers, weight: Numbers, K: number, bias?: Numbers, residual?: Numbers): number[] {
  const N = weight.length / K;
  const M = x.length / K;
  return product(x, weight, { batch: 1, M, K, N, transposeA: false, transposeB: true }).map(
    (y, i) => y + (bias === undefined ? 0 : at(bias, i % N)) + (residual === undefined ? 0 : at(residual, i)),
  );
}

export type Pairs = { a: number; b: number; rank: number; scale: number; ends: readonly number[] };

/** scale x A^T for the A [G*rank,K] that lies in the arena. */
export function loraDown(x: Numbers, arena: Numbers, K: number, { a, rank, scale, ends }: Pairs): number[] {
  const A = range(ends.length * rank * K).map((i) => at(arena, a + i));
  return linear(x, A, K).map((y) => scale * y);
}

/** What an adapter adds to y [M,N]: block g of the columns is low_g B_g^T. */
export function loraUp(low: Numbers, arena: Numbers, { b, rank, ends }: Pairs): number[] {
  const N = ends.at(-1) ?? 0;
  const width = ends.length * rank;
  return range((low.length / width) * N).map((i) => {
    const [m, n] = [Math.floor(i / N), i % N];
    const g = ends.findIndex((end) => n < end);
    return sum(range(rank).map((r) => at(low, m * width + g * rank + r) * at(arena, b + n * rank + r)));
  });
}

/** The angles' frequencies of a plain model. */
export const frequencies = (E: number, theta: number): number[] => range(E / 2).map((i) => theta ** ((-2 * i) / E));

export type RopeShape = { T: number; heads: number; headDim: number; frequencies: readonly number[]; sign: number };

/** The first `heads` heads of each row of `columns` numbers turn; row m has position start[m / T] + m % T. */
export function rope(qkv: Numbers, start: Numbers | null, columns: number, shape: RopeShape): number[] {
  const { T, heads, headDim, sign } = shape;
  const half = headDim / 2;
  return range(qkv.length).map((i) => {
    const [m, c] = [Math.floor(i / columns), i % columns];
    if (c >= heads * headDim) return at(qkv, i);
    const d = c % headDim;
    const position = (m % T) + (start === null ? 0 : at(start, Math.floor(m / T)));
    const angle = position * at(shape.frequencies, d % half) * sign;
    const partner = d < half ? -at(qkv, i + half) : at(qkv, i - half);
    return at(qkv, i) * Math.cos(angle) + partner * Math.sin(angle);
  });
}

/** B rows, T queries a row, H heads, K key and value heads, E numbers a head. */
export type HeadShape = { B: number; T: number; H: number; K: number; E: number };

/** The columns from `from` on of a matrix with rows of `columns` numbers. */
const cut = (x: Numbers, columns: number, from: number, width: number): number[] =>
  range((x.length / columns) * width).map((i) => at(x, Math.floor(i / width) * columns + from + (i % width)));

/** Query t of row b sees positions 0 .. start[b] + t of keys and values [B,N,K,E]; returns the values and the log-sum-exps. */
export function cachedAttention(qkv: Numbers, keys: Numbers, values: Numbers, start: Numbers, shape: HeadShape): [number[], number[]] {
  const { B, T, H, K, E } = shape;
  const N = keys.length / (B * K * E);
  const rows = range(B * T * H).map((i) => {
    const [b, t, h] = [Math.floor(i / (T * H)), Math.floor(i / H) % T, i % H];
    const seen = range(at(start, b) + t + 1);
    const query = (b * T + t) * (H + 2 * K) * E + h * E;
    const place = (n: number, d: number): number => ((b * N + n) * K + Math.floor((h * K) / H)) * E + d;
    const scores = seen.map((n) => sum(range(E).map((d) => at(qkv, query + d) * at(keys, place(n, d)))) / Math.sqrt(E));
    const lse = logSumExp(scores);
    const weights = scores.map((score) => Math.exp(score - lse));
    return { lse, out: range(E).map((d) => sum(seen.map((n) => at(weights, n) * at(values, place(n, d))))) };
  });
  return [rows.flatMap(({ out }) => out), rows.map(({ lse }) => lse)];
}

/** qkv [B*T,(H+2K)E] */
export function attention(qkv: Numbers, shape: HeadShape): [number[], number[]] {
  const { B, H, K, E } = shape;
  const C = (H + 2 * K) * E;
  return cachedAttention(qkv, cut(qkv, C, H * E, K * E), cut(qkv, C, (H + K) * E, K * E), range(B).fill(0), shape);
}

/** Turned projections, then the caches [B,N,K,E] with T rows written from start[b] on. */
export function ropeAppend(
  qkv: Numbers,
  keys: Numbers,
  values: Numbers,
  start: Numbers,
  { T, H, K, E, frequencies: radians }: HeadShape & { frequencies: readonly number[] },
): [number[], number[], number[]] {
  const C = (H + 2 * K) * E;
  const turned = rope(qkv, start, C, { T, heads: H + K, headDim: E, frequencies: radians, sign: 1 });
  const fill = (cache: Numbers, from: number): number[] => appendCache(cache, cut(turned, C, from, K * E), start, K * E);
  return [turned, fill(keys, H * E), fill(values, (H + K) * E)];
}

/** `width` numbers a position; returns the new cache. */
function appendCache(cache: Numbers, rows: Numbers, start: Numbers, width: number): number[] {
  const next = Array.from(cache);
  const B = start.length;
  const [N, T] = [cache.length / (B * width), rows.length / (B * width)];
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T && at(start, b) + t < N; t++) {
      for (let d = 0; d < width; d++) next[(b * N + at(start, b) + t) * width + d] = at(rows, (b * T + t) * width + d);
    }
  }
  return next;
}

/** A target outside 0 .. V-1 counts as a logit of 0. */
export function tokenLogProbs(logits: Numbers, targets: Numbers, V: number): number[] {
  return range(targets.length).map((m) => {
    const target = at(targets, m);
    const logit = target >= 0 && target < V ? at(logits, m * V + target) : 0;
    return logit - logSumExp(range(V).map((n) => at(logits, m * V + n)));
  });
}

/** log softmax of one row. */
export function logSoftmax(row: Numbers): number[] {
  const lse = logSumExp(Array.from(row));
  return Array.from(row, (x) => x - lse);
}

/** The generalised Jensen-Shannon divergence of each row on its teacher's tokens `ids` [R,k]; at alpha 0 and 1 the two KL divergences. */
export function divergence(logits: Numbers, ids: Numbers, teacher: Numbers, V: number, k: number, alpha: number): number[] {
  return range(ids.length / k).map((r) => {
    const q = logSoftmax(range(k).map((i) => at(logits, r * V + at(ids, r * k + i))));
    const p = range(k).map((i) => at(teacher, r * k + i));
    const kl = (a: Numbers, b: Numbers): number => sum(range(k).map((i) => Math.exp(at(a, i)) * (at(a, i) - at(b, i))));
    if (alpha === 0) return kl(p, q);
    if (alpha === 1) return kl(q, p);
    const m = range(k).map((i) => Math.log((1 - alpha) * Math.exp(at(q, i)) + alpha * Math.exp(at(p, i))));
    return (1 - alpha) * kl(q, m) + alpha * kl(p, m);
  });
}

export type Sampling = { temperature: number; topK: number; topP: number };

/** The weight with which each token of one row may be drawn; tokens as likely as the last kept one are kept. */
export function sampleWeights(logits: Numbers, { temperature, topK, topP }: Sampling): number[] {
  if (temperature === 0) {
    const best = Array.from(logits).indexOf(Math.max(...logits));
    return range(logits.length).map((i) => (i === best ? 1 : 0));
  }
  const total = logSumExp(Array.from(logits, (x) => x / temperature));
  let weights = Array.from(logits, (x) => Math.exp(x / temperature - total));
  const sorted = (): number[] => weights.toSorted((a, b) => b - a);
  const keep = (least: number): number[] => weights.map((w) => (w >= least ? w : 0));
  if (topK > 0 && topK < weights.length) weights = keep(at(sorted(), topK - 1));
  if (topP < 1) {
    const share = topP * sum(weights);
    let [before, least] = [0, 0];
    for (const w of sorted()) {
      if (before >= share && least > 0) break;
      least = w;
      before += w;
    }
    weights = keep(least);
  }
  const all = sum(weights);
  return weights.map((w) => w / all);
}

export function squaredNorm(gradients: readonly Numbers[]): number {
  return sum(gradients.map((g) => sum(Array.from(g, (x) => x * x))));
}

export type AdamW = {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  clip: number;
  correction1: number;
  correction2: number;
};

/** One update; returns the new parameter and moments. */
export function adamW(p: Numbers, m: Numbers, v: Numbers, gradient: Numbers, norm2: number, o: AdamW): [number[], number[], number[]] {
  const scale = Math.min(1, o.clip / Math.sqrt(norm2));
  const g = Array.from(gradient, (x) => x * scale);
  const nextM = g.map((x, i) => o.beta1 * at(m, i) + (1 - o.beta1) * x);
  const nextV = g.map((x, i) => o.beta2 * at(v, i) + (1 - o.beta2) * x * x);
  const nextP = g.map((_, i) => {
    const step = (at(nextM, i) * o.correction1) / (Math.sqrt(at(nextV, i) * o.correction2) + o.epsilon);
    return at(p, i) - o.learningRate * (step + o.weightDecay * at(p, i));
  });
  return [nextP, nextM, nextV];
}
