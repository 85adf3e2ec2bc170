/** The loss on next tokens, from logits and integer targets, without a one-hot matrix in the kernels. */
import * as tf from '@tensorflow/tfjs';
import { output, scratch, simd } from '../wasm.ts';
import { defineOp, sameData } from './op.ts';

type CrossEntropyInputs = { readonly logits: tf.Tensor; readonly targets: tf.Tensor };

const oneHot = (logits: tf.Tensor, targets: tf.Tensor): tf.Tensor => tf.oneHot(targets, logits.shape[1] as number).toFloat();

/** log p of the target of each row, [R,V] -> [R]. */
function plainLogProbs({ logits, targets }: CrossEntropyInputs): tf.Tensor {
  return tf.sub(tf.sum(tf.mul(logits, oneHot(logits, targets)), 1), tf.logSumExp(logits, 1));
}

const logProbs = defineOp<CrossEntropyInputs, object, [tf.Tensor]>({
  name: 'TokenLogProbs',
  reference: (inputs) => [plainLogProbs(inputs)],
  kernels: {
    wasm: ({ logits, targets }) => {
      const [R, V] = logits.shape as [number, number];
      const y = output([R]);
      simd('tokenLogProbs', logits, targets, y, R, V, scratch(V));
      return [y];
    },
  },
});

const lossAndGrad = defineOp<CrossEntropyInputs, { readonly weight: number }, [tf.Tensor, tf.Tensor]>({
  name: 'CrossEntropy',
  reference: ({ logits, targets }, { weight }) => [
    tf.mul(plainLogProbs({ logits, targets }), -weight),
    tf.mul(tf.sub(tf.softmax(logits), oneHot(logits, targets)), weight),
  ],
  kernels: {
    wasm: ({ logits, targets }, { weight }, backend) => {
      const [R, V] = logits.shape as [number, number];
      const losses = output([R]);
      simd('crossEntropy', logits, targets, weight, losses, R, V);
      return [losses, sameData(logits, logits.shape, backend)];
    },
  },
});

/** log softmax(logits) at the targets: `logits` [R,V], `targets` int32 [R] -> [R]. */
export function tokenLogProbs(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return logProbs({ logits, targets }, {})[0];
}

/**
 * The negative log-likelihoods of the targets times `weight`, [R], and the gradient of their sum in the logits, [R,V].
 * A kernel writes the gradient over `logits`, which must not be used afterwards.
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, weight: number): [losses: tf.Tensor, dLogits: tf.Tensor] {
  return lossAndGrad({ logits, targets }, { weight });
}
