/** The loss on next tokens, from logits and integer targets, without a one-hot matrix in the kernels. */
import * as tf from '@tensorflow/tfjs';
import { output, scratch, simd } from '../wasm.ts';
import { defineOp } from './op.ts';

type CrossEntropyInputs = { readonly logits: tf.Tensor; readonly targets: tf.Tensor; readonly weights: tf.Tensor };
type CrossEntropyGradInputs = CrossEntropyInputs & { readonly lse: tf.Tensor; readonly dy: tf.Tensor };

/** The logit of the target of each row, [M,V] -> [M]. */
function targetLogits(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(logits, tf.oneHot(targets, logits.shape[1] as number).toFloat()), 1);
}

const gradient = defineOp<CrossEntropyGradInputs, object, [tf.Tensor]>({
  name: 'CrossEntropyGrad',
  reference: ({ logits, targets, weights, lse, dy }) => {
    const probabilities = tf.exp(tf.sub(logits, tf.expandDims(lse, 1)));
    const error = tf.sub(probabilities, tf.oneHot(targets, logits.shape[1] as number).toFloat());
    return [tf.mul(error, tf.expandDims(tf.mul(weights, dy), 1))];
  },
  kernels: {
    wasm: ({ logits, targets, weights, lse, dy }) => {
      const [M, V] = logits.shape as [number, number];
      const dLogits = output([M, V]);
      simd('crossEntropyGrad', logits, targets, weights, lse, dy, dLogits, M, V);
      return [dLogits];
    },
  },
});

const run = defineOp<CrossEntropyInputs, object, [tf.Tensor, tf.Tensor]>({
  name: 'CrossEntropy',
  reference: ({ logits, targets, weights }) => {
    const lse = tf.logSumExp(logits, 1);
    return [tf.sum(tf.mul(weights, tf.sub(lse, targetLogits(logits, targets)))), lse];
  },
  saves: ['logits', 'targets', 'weights'],
  savesOutputs: 2,
  gradient: (dy, { inputs: { logits, targets, weights }, outputs: [, lse] }) => ({
    logits: () => gradient({ logits, targets, weights, lse, dy }, {})[0],
  }),
  kernels: {
    wasm: ({ logits, targets, weights }) => {
      const [M, V] = logits.shape as [number, number];
      const [loss, lse] = [output([]), output([M])];
      simd('crossEntropy', logits, targets, weights, loss, lse, M, V, scratch(V));
      return [loss, lse];
    },
  },
});

const logProbs = defineOp<{ readonly logits: tf.Tensor; readonly targets: tf.Tensor }, object, [tf.Tensor]>({
  name: 'TokenLogProbs',
  reference: ({ logits, targets }) => [tf.sub(targetLogits(logits, targets), tf.logSumExp(logits, 1))],
  kernels: {
    wasm: ({ logits, targets }) => {
      const [M, V] = logits.shape as [number, number];
      const y = output([M]);
      simd('tokenLogProbs', logits, targets, y, M, V, scratch(V));
      return [y];
    },
  },
});

/**
 * Weighted sum of the negative log-likelihoods: `logits` [M,V], `targets` int32 [M], `weights` [M] -> scalar.
 * Differentiable in the logits only; rows of weight 0 cost nothing and get no gradient.
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  const [loss, lse] = run({ logits, targets, weights }, {});
  lse.dispose(); // the tape, if it is on, keeps its own reference
  return loss;
}

/** log softmax(logits) at the targets: `logits` [M,V], `targets` int32 [M] -> [M]. No gradient. */
export function tokenLogProbs(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return logProbs({ logits, targets }, {})[0];
}
