/** The embedding: rows of a table looked up by token id. Knows nothing of what the ids mean. */
import * as tf from '@tensorflow/tfjs';
import { output, simd } from '../wasm.ts';
import { defineOp } from './op.ts';

const gradient = defineOp<{ readonly ids: tf.Tensor; readonly dy: tf.Tensor }, { readonly rows: number }, [tf.Tensor]>({
  name: 'EmbedGrad',
  reference: ({ ids, dy }, { rows }) => [tf.matMul(tf.oneHot(ids, rows).toFloat(), dy, true, false)],
  kernels: {
    wasm: ({ ids, dy }, { rows }) => {
      const [M, D] = dy.shape as [number, number];
      const dTable = output([rows, D]);
      simd('embedGrad', ids, dy, dTable, M, rows, D);
      return [dTable];
    },
  },
});

const run = defineOp<{ readonly ids: tf.Tensor; readonly table: tf.Tensor }, { readonly rows: number }, [tf.Tensor]>({
  name: 'Embed',
  // A one-hot product, because the gradient of tf.gather does not exist on wasm.
  reference: ({ ids, table }, { rows }) => [tf.matMul(tf.oneHot(ids, rows).toFloat(), table)],
  saves: ['ids'],
  gradient: (dy, { inputs: { ids } }, { rows }) => ({ table: () => gradient({ ids, dy }, { rows })[0] }),
  kernels: {
    wasm: ({ ids, table }, { rows }) => {
      const [M, D] = [ids.shape[0] as number, table.shape[1] as number];
      const y = output([M, D]);
      simd('embed', ids, table, y, M, rows, D);
      return [y];
    },
  },
});

/**
 * `ids` int32 [M], `table` [V,D] -> [M,D]. An id outside 0..V-1 gives a row of zeros.
 * The gradient of the table adds the rows of one id in their order of occurrence.
 */
export function embed(ids: tf.Tensor, table: tf.Tensor): tf.Tensor {
  return run({ ids, table }, { rows: table.shape[0] })[0];
}
