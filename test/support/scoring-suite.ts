/** What scoring promises on every backend: what rows begin with in common is read once, and each row is as likely as by itself. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { tokenLogProbs } from '../../src/engine/ops/cross-entropy.ts';
import { now, turn } from '../../src/engine/work.ts';
import { forward, type Decoder } from '../../src/model/decoder.ts';
import { toTensors } from '../../src/model/load.ts';
import { Scoring } from '../../src/training/scoring.ts';
import { TINY, tinyModel } from './tiny.ts';

type Row = { readonly ids: readonly number[]; readonly promptLength: number };

/** Rows of a random tree: each goes on from the beginning of another one, of all of it too, or is another one. */
export const forests = fc
  .array(fc.tuple(fc.nat(), fc.nat(40), fc.array(fc.integer({ min: 3, max: 5 }), { maxLength: 25 }), fc.nat()), {
    minLength: 1,
    maxLength: 12,
  })
  .map((drawn) => {
    const rows: Row[] = [];
    for (const [other, shared, own, prompt] of drawn) {
      const before = rows.length === 0 ? [] : (rows[other % rows.length] as Row).ids.slice(1, 1 + shared);
      const ids = [0, ...before, ...own].slice(0, TINY.max_position_embeddings);
      rows.push({ ids, promptLength: 1 + (prompt % ids.length) });
    }
    return rows;
  });

/** The log-probabilities of a row's targets, where it is read by itself. */
async function alone(decoder: Decoder, { ids, promptLength }: Row): Promise<readonly number[]> {
  const [T, targets] = [ids.length - 1, ids.slice(promptLength)];
  if (targets.length === 0) return [];
  const logProbs = tf.tidy(() => {
    const logits = now(forward(decoder, tf.tensor2d(ids.slice(0, -1), [1, T], 'int32'))); // [T,V]
    const some = tf.slice(logits, [promptLength - 1, 0], [targets.length, TINY.vocab_size]);
    return now(tokenLogProbs(some, tf.tensor1d(targets, 'int32')));
  });
  const found = [...(await logProbs.data())];
  logProbs.dispose();
  return found;
}

/** Registers the tests for one backend; `tolerance` null is every bit. */
export function describeScoring(
  name: string,
  { open, tolerance, runs }: { readonly open: () => Promise<unknown>; readonly tolerance: number | null; readonly runs: number },
): void {
  describe(`rows that begin alike, on ${name}`, () => {
    let decoder: Decoder;
    beforeAll(async () => {
      await open();
      const { config, weights } = tinyModel();
      decoder = { config, weights: toTensors(config, weights), lora: null };
    });

    it('are each as likely as alone, whatever is scored with them or was before, and leave nothing behind', async () => {
      const scoring = new Scoring(4);
      const before = tf.memory().numTensors;
      await fc.assert(
        fc.asyncProperty(forests, async (rows) => {
          const found = await scoring.logProbs(decoder, rows, turn);
          for (const [i, row] of rows.entries()) {
            const [actual, expected] = [[...(found[i] as Float32Array)], await alone(decoder, row)];
            if (tolerance === null) expect(actual).toEqual(expected);
            else {
              expect(actual.length).toBe(expected.length);
              for (const [t, value] of expected.entries()) expect(Math.abs((actual[t] as number) - value)).toBeLessThan(tolerance);
            }
          }
        }),
        { numRuns: runs },
      );
      scoring.forget();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}
