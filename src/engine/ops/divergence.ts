/** The loss of distillation: how far a student's next-token distribution is from its teacher's, on the teacher's likeliest tokens. */
import * as tf from '@tensorflow/tfjs';
import { addressOf, output, scratch, simd } from '../wasm.ts';
import type { Work } from '../work.ts';
import { defineOp, sameData } from './op.ts';

type DivergenceInputs = { readonly logits: tf.Tensor; readonly ids: tf.Tensor; readonly teacher: tf.Tensor };

export type DivergenceAttributes = {
  /** 0 is the forward KL divergence KL(teacher || student), 1 the reverse one, and between them lies Jensen and Shannon's. */
  readonly alpha: number;
  readonly weight: number;
};

/** What a token of the support costs, as operations: three exponentials and a logarithm. */
const TOKEN = 160;

/** Which token of the vocabulary each of the support is, [R,k,V]. */
const chosen = ({ logits, ids }: DivergenceInputs): tf.Tensor => tf.oneHot(ids, logits.shape[1] as number).toFloat();

/** log((1 - alpha) exp(q) + alpha exp(p)), [R,k]. */
function mixture(q: tf.Tensor, p: tf.Tensor, alpha: number): tf.Tensor {
  if (alpha === 0) return q;
  return alpha === 1 ? p : tf.logSumExp(tf.stack([tf.add(q, Math.log(1 - alpha)), tf.add(p, Math.log(alpha))]), 0);
}

/** log softmax over the support, [R,k]. */
const student = (inputs: DivergenceInputs): tf.Tensor => tf.logSoftmax(tf.sum(tf.mul(chosen(inputs), tf.expandDims(inputs.logits, 1)), 2));

/** What each of the two divergences from the mixture counts: the student's and the teacher's. At either end only one is left, in full. */
const shares = (alpha: number) => ({ ofStudent: alpha === 1 ? 1 : 1 - alpha, ofTeacher: alpha === 0 ? 1 : alpha });

function plainLosses(inputs: DivergenceInputs, { alpha, weight }: DivergenceAttributes): tf.Tensor {
  const [q, p] = [student(inputs), inputs.teacher];
  const m = mixture(q, p, alpha);
  const { ofStudent, ofTeacher } = shares(alpha);
  const each = tf.add(tf.mul(tf.mul(tf.exp(q), tf.sub(q, m)), ofStudent), tf.mul(tf.mul(tf.exp(p), tf.sub(p, m)), ofTeacher));
  return tf.mul(tf.sum(each, 1), weight);
}

function plainGradient(inputs: DivergenceInputs, { alpha, weight }: DivergenceAttributes): tf.Tensor {
  const [q, p] = [student(inputs), inputs.teacher];
  // in log q, up to what the softmax takes out again
  const dq = alpha === 0 ? tf.neg(tf.exp(p)) : tf.mul(tf.mul(tf.exp(q), tf.sub(q, mixture(q, p, alpha))), shares(alpha).ofStudent);
  const d = tf.mul(tf.sub(dq, tf.mul(tf.exp(q), tf.sum(dq, 1, true))), weight); // [R,k]
  return tf.sum(tf.mul(chosen(inputs), tf.expandDims(d, 2)), 1); // [R,V]
}

const lossAndGrad = defineOp<DivergenceInputs, DivergenceAttributes, [tf.Tensor, tf.Tensor]>({
  name: 'Divergence',
  reference: (inputs, attributes) => [plainLosses(inputs, attributes), plainGradient(inputs, attributes)],
  cpu: ({ logits, ids, teacher }, { alpha, weight }, backend) => {
    const [R, V] = logits.shape as [number, number];
    const [, k] = ids.shape as [number, number];
    const losses = output([R]);
    const run = (m: number, rows: number): void => {
      const given = [addressOf(logits, m * V), addressOf(ids, m * k), addressOf(teacher, m * k)] as const;
      simd('divergence', ...given, alpha, weight, addressOf(losses, m), rows, V, k, scratch(2 * k));
    };
    return { outputs: [losses, sameData(logits, logits.shape, backend)], stages: [{ units: R, cost: V + TOKEN * k, run, apart: true }] };
  },
});

/**
 * The generalised Jensen-Shannon divergence of each row times `weight`, [R], and the gradient of their sum in the logits, [R,V]: with the
 * mixture m = (1 - alpha) q + alpha p it is (1 - alpha) KL(q || m) + alpha KL(p || m), where q is the student's softmax over k tokens alone
 * and p the teacher's (TRL's SDFT with `distillation_mode` "topk_logits", without a bucket for the rest; arXiv 2306.13649).
 * `logits` [R,V]; `ids` int32 [R,k], distinct in a row; `teacher` [R,k], log-probabilities that add up to one over the k.
 * A kernel writes the gradient over `logits` and may write over `teacher`; neither may be used afterwards.
 */
export function divergence(
  logits: tf.Tensor,
  ids: tf.Tensor,
  teacher: tf.Tensor,
  attributes: DivergenceAttributes,
): Work<[losses: tf.Tensor, dLogits: tf.Tensor]> {
  return lossAndGrad({ logits, ids, teacher }, attributes);
}
