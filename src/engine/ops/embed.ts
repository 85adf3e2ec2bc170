/** The embedding: rows of a table looked up by token id. Knows nothing of what the ids mean. */
import * as tf from '@tensorflow/tfjs';
import { type Frozen, withReadable } from '../packing.ts';
import { output, simd } from '../wasm.ts';
import { defineOp, hasKernel } from './op.ts';

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

type EmbedInputs = { readonly ids: tf.Tensor; readonly table: tf.Tensor; readonly scales?: tf.Tensor };

const run = defineOp<EmbedInputs, { readonly rows: number }, [tf.Tensor]>({
  name: 'Embed',
  // A one-hot product, because the gradient of tf.gather does not exist on wasm.
  reference: ({ ids, table }, { rows }) => [tf.matMul(tf.oneHot(ids, rows).toFloat(), table)],
  kernels: {
    wasm: ({ ids, table }, { rows }) => {
      const [M, D] = [ids.shape[0] as number, table.shape[1] as number];
      const y = output([M, D]);
      simd('embed', ids, table, y, M, rows, D);
      return [y];
    },
  },
});

/** `ids` int32 [M], `table` [V,D], floats or packed (src/engine/packing.ts) -> [M,D]. An id outside 0..V-1 gives a row of zeros. */
export function embed(ids: tf.Tensor, table: tf.Tensor, scales?: tf.Tensor): tf.Tensor {
  const rows = table.shape[0];
  const look = ({ weight, scales: own }: Frozen): tf.Tensor =>
    run(own === undefined ? { ids, table: weight } : { ids, table: weight, scales: own }, { rows })[0];
  return withReadable({ weight: table, scales }, hasKernel('Embed'), look);
}

/** The gradient of `embed` in its table, [rows,D]: adds the rows of `dy` [M,D] of one id in their order of occurrence. */
export function embedGrad(ids: tf.Tensor, dy: tf.Tensor, rows: number): tf.Tensor {
  return gradient({ ids, dy }, { rows })[0];
}
