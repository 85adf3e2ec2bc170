/**
 * Draws one token from each row of logits where the logits are: temperature first, then top-k, then top-p, as in transformers.
 * The random numbers come in. The plain version works on the host, in double precision.
 */
import * as tf from '@tensorflow/tfjs';
import { addressOf, output, scratch, simd } from '../wasm.ts';
import type { Work } from '../work.ts';
import { defineOp } from './op.ts';

export type Sampling = {
  /** 0 is greedy decoding. */
  readonly temperature: number;
  /** 0 keeps every token. */
  readonly topK: number;
  /** 1 keeps every token. */
  readonly topP: number;
};

/** What a logit costs that is looked at, sorted and drawn from, as operations. */
const DRAW = 600;

type SampleInputs = { readonly logits: tf.Tensor; readonly uniforms: tf.Tensor };

/** The smallest kept probability of each row, [B,1], when the `sorted` ones [B,V] are kept until their sum reaches `share` of them all. */
function nucleus(sorted: tf.Tensor, share: number): tf.Tensor {
  const V = sorted.shape[1] as number;
  const before = tf.cumsum(sorted, 1, true);
  const needed = tf.sum(tf.less(before, tf.mul(tf.sum(sorted, 1, true), share)).toInt(), 1); // [B], at least 1
  const last = tf.oneHot(tf.maximum(tf.sub(needed, 1), 0).toInt(), V).toFloat();
  return tf.sum(tf.mul(sorted, last), 1, true);
}

const run = defineOp<SampleInputs, Sampling, [tf.Tensor, tf.Tensor]>({
  name: 'Sample',
  reference: ({ logits, uniforms }, { temperature, topK, topP }) => {
    const [B, V] = logits.shape as [number, number];
    // The first of the largest; tf.argMax takes any of them on a graphics card.
    const below = tf.less(logits, tf.max(logits, 1, true)).toFloat();
    let ids = tf.min(tf.add(tf.expandDims(tf.range(0, V), 0), tf.mul(below, V)), 1).toInt();
    if (temperature > 0) {
      let weights = tf.softmax(tf.div(logits, temperature));
      for (const cut of [topK > 0 && topK < V ? topK : null, topP < 1 ? topP : null]) {
        if (cut === null) continue;
        const { values: sorted } = tf.topk(weights, V);
        const least = cut === topK && cut >= 1 ? tf.slice(sorted, [0, cut - 1], [B, 1]) : nucleus(sorted, cut);
        weights = tf.mul(weights, tf.greaterEqual(weights, least).toFloat());
      }
      const sums = tf.cumsum(weights, 1);
      const wanted = tf.mul(tf.expandDims(uniforms, 1), tf.slice(sums, [0, V - 1], [B, 1]));
      const passed = tf.sum(tf.lessEqual(sums, wanted).toInt(), 1);
      const last = tf.max(tf.mul(tf.greater(weights, 0).toFloat(), tf.expandDims(tf.range(0, V), 0)), 1); // the last one that may be drawn
      ids = tf.minimum(passed, last.toInt()).toInt();
    }
    const picked = tf.sum(tf.mul(logits, tf.oneHot(ids, V).toFloat()), 1);
    return [ids, tf.stack([ids.toFloat(), tf.sub(picked, tf.logSumExp(logits, 1))])];
  },
  cpu: ({ logits, uniforms }, { temperature, topK, topP }) => {
    const [B, V] = logits.shape as [number, number];
    const [ids, report] = [output([B], 'int32'), output([2, B])];
    const run = (b: number, rows: number): void => {
      const [from, chance, to, reported] = [addressOf(logits, b * V), addressOf(uniforms, b), addressOf(ids, b), addressOf(report, b)];
      simd('sample', from, chance, to, reported, rows, B, V, temperature, topK, topP, scratch(V));
    };
    return { outputs: [ids, report], stages: [{ units: B, cost: DRAW * V, run, apart: true }] };
  },
});

/**
 * `logits` [B,V], `uniforms` [B] in [0, 1) -> the ids int32 [B], and for one readback [2,B]: the ids again, and the natural logarithm of
 * their probabilities under the raw logits at temperature 1 (not finite where a logit of the row is not). Of the kept tokens, in the order of their ids, the first is drawn whose
 * cumulative weight exceeds uniform times the weight of all. Tokens as likely as the last kept one are kept as well.
 */
export function sample(logits: tf.Tensor, uniforms: tf.Tensor, sampling: Sampling): Work<[ids: tf.Tensor, report: tf.Tensor]> {
  return run({ logits, uniforms }, sampling);
}
