/** Work on tfjs, ours or stock, as a measurement repeats it: whatever backend the worker has opened runs it. */
import * as tf from '@tensorflow/tfjs';
import type { Work } from './parts.ts';

/** Repeats `call`; only its last result is kept, and `sync` waits for it. Disposes of the operands with it. */
export function work(call: () => tf.Tensor, operands: readonly tf.Tensor[]): Work {
  let last: tf.Tensor | null = null;
  return {
    run: () => {
      last?.dispose();
      last = tf.tidy(call);
    },
    sync: async () => {
      const one = tf.tidy(() => tf.slice(tf.reshape(last as tf.Tensor, [-1]), [0], [1]));
      await one.data();
      one.dispose();
    },
    dispose: () => {
      tf.dispose([...operands, ...(last === null ? [] : [last])]);
    },
  };
}
