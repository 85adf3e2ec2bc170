/**
 * Draws one token from logits, in float64 on the host. Temperature first, then top-k, then top-p, as in transformers.
 * Knows no model; the random number comes in.
 */
import { AppError } from '../errors.ts';

export type Sampling = {
  /** 0 is greedy decoding. */
  readonly temperature: number;
  /** 0 keeps every token. */
  readonly topK: number;
  /** 1 keeps every token. */
  readonly topP: number;
};

/** `uniform` is in [0, 1). `logProb` is that of the token under the raw logits at temperature 1. Errors: NUM_NONFINITE. */
export function sampleToken(logits: Float32Array, { temperature, topK, topP }: Sampling, uniform: number): { id: number; logProb: number } {
  const V = logits.length;
  let best = 0;
  for (let i = 1; i < V; i++) if ((logits[i] as number) > (logits[best] as number)) best = i;
  const max = logits[best] as number;
  let sum = 0;
  for (let i = 0; i < V; i++) sum += Math.exp((logits[i] as number) - max);
  if (!Number.isFinite(sum)) throw new AppError('NUM_NONFINITE', 'the logits of a generated token are not finite');
  const logProb = (id: number): number => (logits[id] as number) - max - Math.log(sum);
  if (temperature === 0) return { id: best, logProb: logProb(best) };

  const weights = new Float64Array(V);
  for (let i = 0; i < V; i++) weights[i] = Math.exp(((logits[i] as number) - max) / temperature);
  const kept = keep(weights, topK, topP);
  let total = 0;
  for (const i of kept) total += weights[i] as number;
  let rest = uniform * total;
  let last = best;
  for (const i of kept) {
    const weight = weights[i] as number;
    if (weight > 0) last = i;
    rest -= weight;
    if (rest < 0) break;
  }
  return { id: last, logProb: logProb(last) };
}

/** The tokens that may be drawn. Of equal weights the one with the lower id is kept first. */
function keep(weights: Float64Array, topK: number, topP: number): readonly number[] {
  const V = weights.length;
  const byK = topK > 0 && topK < V;
  if (!byK && topP >= 1) return Array.from(weights.keys());
  let total = 0;
  for (let i = 0; i < V; i++) total += weights[i] as number;
  // Without top-k, tokens below this threshold hold less than (1 - topP) together, so none of them is needed and few are sorted.
  const threshold = byK ? 0 : ((1 - topP) * total) / (2 * V);
  const candidates: number[] = [];
  for (let i = 0; i < V; i++) if ((weights[i] as number) >= threshold) candidates.push(i);
  candidates.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  if (byK) {
    candidates.length = topK;
    total = candidates.reduce((sum, i) => sum + (weights[i] as number), 0);
  }
  let sum = 0;
  let n = 0;
  while (n < candidates.length && (n === 0 || sum < topP * total)) sum += weights[candidates[n++] as number] as number;
  return candidates.slice(0, n);
}
