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

export function swiglu(gate: Numbers, up: Numbers): number[] {
  return range(gate.length).map((i) => (at(gate, i) / (1 + Math.exp(-at(gate, i)))) * at(up, i));
}

export function rope(x: Numbers, positions: Numbers, H: number, Dh: number, theta: number): number[] {
  const half = Dh / 2;
  return range(x.length).map((i) => {
    const d = i % Dh;
    const angle = at(positions, Math.floor(i / (H * Dh))) * theta ** ((-2 * (d % half)) / Dh);
    const partner = d < half ? -at(x, i + half) : at(x, i - half);
    return at(x, i) * Math.cos(angle) + partner * Math.sin(angle);
  });
}

export type AttentionShape = { B: number; T: number; H: number; KVH: number; Dh: number };

export function attention(q: Numbers, k: Numbers, v: Numbers, { B, T, H, KVH, Dh }: AttentionShape): number[] {
  const lengths = range(B * T).map((i) => (i % T) + 1);
  const perQuery = (x: Numbers): number[] =>
    range(B * T).flatMap((i) => range(T * KVH * Dh).map((j) => at(x, Math.floor(i / T) * T * KVH * Dh + j)));
  return cachedAttention(q, perQuery(k), perQuery(v), lengths, { B: B * T, T, H, KVH, Dh });
}

/** `T` of the shape is the length of the cache. */
export function cachedAttention(q: Numbers, k: Numbers, v: Numbers, lengths: Numbers, { B, T, H, KVH, Dh }: AttentionShape): number[] {
  return range(B * H).flatMap((i) => {
    const [b, h] = [Math.floor(i / H), i % H];
    const seen = range(at(lengths, b));
    const place = (t: number, d: number): number => ((b * T + t) * KVH + Math.floor((h * KVH) / H)) * Dh + d;
    const scores = seen.map((t) => sum(range(Dh).map((d) => at(q, i * Dh + d) * at(k, place(t, d)))) / Math.sqrt(Dh));
    const total = logSumExp(scores);
    return range(Dh).map((d) => sum(seen.map((t) => Math.exp(at(scores, t) - total) * at(v, place(t, d)))));
  });
}

/** `width` numbers a position; returns the new cache. */
export function appendCache(cache: Numbers, rows: Numbers, start: Numbers, Tmax: number, width: number): number[] {
  const next = Array.from(cache);
  const T = rows.length / start.length / width;
  for (let b = 0; b < start.length; b++) {
    for (let t = 0; t < T && at(start, b) + t < Tmax; t++) {
      for (let d = 0; d < width; d++) next[(b * Tmax + at(start, b) + t) * width + d] = at(rows, (b * T + t) * width + d);
    }
  }
  return next;
}

export function tokenLogProbs(logits: Numbers, targets: Numbers): number[] {
  const V = logits.length / targets.length;
  return range(targets.length).map((m) => at(logits, m * V + at(targets, m)) - logSumExp(range(V).map((n) => at(logits, m * V + n))));
}

export function crossEntropy(logits: Numbers, targets: Numbers, weights: Numbers): number[] {
  return [-sum(tokenLogProbs(logits, targets).map((p, m) => p * at(weights, m)))];
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
