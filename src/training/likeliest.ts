/** What a model says of each token of a text: its likeliest tokens and how likely each is. Knows no text and no method. */
import * as tf from '@tensorflow/tfjs';
import type { TopTokens } from '../contracts/language-model.ts';
import { embed } from '../engine/ops/embed.ts';
import { drive, type Gate, tidy } from '../engine/work.ts';
import { AppError } from '../errors.ts';
import { type Decoder, head, hiddenStates } from '../model/decoder.ts';
import type { Batch } from './batch.ts';
import { logitRanges } from './finetune.ts';

/** The ids of the `k` largest of a row, the largest first; of equal ones the first. Errors: NUM_NONFINITE where fewer are numbers. */
function largest(row: Float32Array, k: number): readonly number[] {
  const found: number[] = [];
  let floor = -Infinity;
  const prune = (): void => {
    found.sort((a, b) => (row[b] as number) - (row[a] as number) || a - b);
    found.length = Math.min(k, found.length);
  };
  for (const [id, value] of row.entries()) {
    if (!(value > floor)) continue;
    found.push(id);
    if (found.length < 2 * k) continue;
    prune();
    floor = row[found[k - 1] as number] as number;
  }
  prune();
  if (found.length < k) throw new AppError('NUM_NONFINITE', `${found.length} of ${row.length} logits are numbers, not ${k}`);
  return found;
}

/** The `k` likeliest tokens of each row of `logits` [R,V], one row after the other, with their log-probabilities among themselves. */
export function likeliestOf(logits: Float32Array, V: number, k: number): TopTokens {
  const R = logits.length / V;
  const [ids, logProbs] = [new Int32Array(R * k), new Float32Array(R * k)];
  for (let r = 0; r < R; r++) {
    const row = logits.subarray(r * V, (r + 1) * V);
    const best = largest(row, k);
    const top = row[best[0] as number] as number;
    const total = Math.log(best.reduce((sum, id) => sum + Math.exp((row[id] as number) - top), 0));
    ids.set(best, r * k);
    for (const [i, id] of best.entries()) logProbs[r * k + i] = (row[id] as number) - top - total;
  }
  return { k, ids, logProbs };
}

/** A token and its natural log-probability. */
export type Chance = { readonly id: number; readonly logProb: number };

/** The `k` likeliest of each row of `logits` [R,V], the likeliest first, with their log-probabilities among all V. */
function chancesOf(logits: Float32Array, V: number, k: number): readonly (readonly Chance[])[] {
  return Array.from({ length: logits.length / V }, (_, r) => {
    const row = logits.subarray(r * V, (r + 1) * V);
    const best = largest(row, k);
    const top = row[best[0] as number] as number;
    const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
    return best.map((id) => ({ id, logProb: (row[id] as number) - top - total }));
  });
}

/** The same as `likeliestOf` at every target of a batch. Errors: NUM_NONFINITE; those of `gate`. */
export async function likeliest(decoder: Decoder, batch: Batch, k: number, gate: Gate): Promise<TopTokens> {
  const targets = batch.places.length;
  const found: TopTokens = { k, ids: new Int32Array(targets * k), logProbs: new Float32Array(targets * k) };
  await eachLogits(decoder, batch, gate, (logits, from, V) => {
    const part = likeliestOf(logits, V, k);
    found.ids.set(part.ids, from * k);
    found.logProbs.set(part.logProbs, from * k);
  });
  return found;
}

/** The `k` likeliest tokens at every target of a batch, with their log-probabilities among all tokens. Errors: as there. */
export async function chances(decoder: Decoder, batch: Batch, k: number, gate: Gate): Promise<readonly (readonly Chance[])[]> {
  const found: (readonly Chance[])[] = [];
  await eachLogits(decoder, batch, gate, (logits, _, V) => void found.push(...chancesOf(logits, V, k)));
  return found;
}

/** Gives the logits [count,V] of the targets from the `from`th on, one part after the other. */
async function eachLogits(
  decoder: Decoder,
  { B, T, ids, places }: Batch,
  gate: Gate,
  take: (logits: Float32Array, from: number, V: number) => void,
): Promise<void> {
  const { vocab_size: V } = decoder.config;
  const x = await drive(
    tidy(() => hiddenStates(decoder, tf.tensor2d(ids, [B, T], 'int32'))),
    gate,
  ); // [B*T,D]
  try {
    // No more logits leave the device at a time than are there at a time.
    for (const { from, count } of logitRanges(places.length, V)) {
      const work = tidy(function* () {
        return yield* head(decoder, yield* embed(tf.tensor1d(places.slice(from, from + count), 'int32'), x)); // [count,V]
      });
      const logits = await drive(work, gate);
      try {
        take((await logits.data()) as Float32Array, from, V);
      } finally {
        logits.dispose();
      }
    }
  } finally {
    x.dispose();
  }
}
