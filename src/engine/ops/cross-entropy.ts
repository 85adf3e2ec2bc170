/** The loss on next tokens, from logits and integer targets, without a one-hot matrix in the kernels. */
import * as tf from '@tensorflow/tfjs';
import { addressOf, output, scratch, simd } from '../wasm.ts';
import type { Work } from '../work.ts';
import { defineOp, defineSingle, sameData } from './op.ts';

type CrossEntropyInputs = { readonly logits: tf.Tensor; readonly targets: tf.Tensor };

/** What an exponential costs, as operations. */
const EXPONENTIAL = 40;

const oneHot = (logits: tf.Tensor, targets: tf.Tensor): tf.Tensor => tf.oneHot(targets, logits.shape[1] as number).toFloat();

/** log p of the target of each row, [R,V] -> [R]. */
function plainLogProbs({ logits, targets }: CrossEntropyInputs): tf.Tensor {
  return tf.sub(tf.sum(tf.mul(logits, oneHot(logits, targets)), 1), tf.logSumExp(logits, 1));
}

const logProbs = defineSingle<CrossEntropyInputs, object>({
  name: 'TokenLogProbs',
  reference: (inputs) => [plainLogProbs(inputs)],
  cpu: ({ logits, targets }) => {
    const [R, V] = logits.shape as [number, number];
    const y = output([R]);
    const run = (m: number, rows: number): void =>
      void simd('tokenLogProbs', addressOf(logits, m * V), addressOf(targets, m), addressOf(y, m), rows, V, scratch(V));
    return { outputs: [y], stages: [{ units: R, cost: EXPONENTIAL * V, run, apart: true }] };
  },
});

const lossAndGrad = defineOp<CrossEntropyInputs, { readonly weight: number }, [tf.Tensor, tf.Tensor]>({
  name: 'CrossEntropy',
  reference: ({ logits, targets }, { weight }) => [
    tf.mul(plainLogProbs({ logits, targets }), -weight),
    tf.mul(tf.sub(tf.softmax(logits), oneHot(logits, targets)), weight),
  ],
  cpu: ({ logits, targets }, { weight }, backend) => {
    const [R, V] = logits.shape as [number, number];
    const losses = output([R]);
    const run = (m: number, rows: number): void =>
      void simd('crossEntropy', addressOf(logits, m * V), addressOf(targets, m), weight, addressOf(losses, m), rows, V);
    return { outputs: [losses, sameData(logits, logits.shape, backend)], stages: [{ units: R, cost: EXPONENTIAL * V, run, apart: true }] };
  },
});

/** log softmax(logits) at the targets: `logits` [R,V], `targets` int32 [R] -> [R]. */
export function tokenLogProbs(logits: tf.Tensor, targets: tf.Tensor): Work<tf.Tensor> {
  return logProbs({ logits, targets }, {});
}

/**
 * The negative log-likelihoods of the targets times `weight`, [R], and the gradient of their sum in the logits, [R,V].
 * A kernel writes the gradient over `logits`, which must not be used afterwards.
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, weight: number): Work<[losses: tf.Tensor, dLogits: tf.Tensor]> {
  return lossAndGrad({ logits, targets }, { weight });
}
