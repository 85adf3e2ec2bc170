/** The embedding: rows of a table looked up by token id. Knows nothing of what the ids mean. */
import * as tf from '@tensorflow/tfjs';
import { formOf, kernelFor, withReadable } from '../packing.ts';
import { addressOf, output, simd } from '../wasm.ts';
import type { Work } from '../work.ts';
import { defineSingle, hasKernel } from './op.ts';

const gradient = defineSingle<{ readonly ids: tf.Tensor; readonly dy: tf.Tensor }, { readonly rows: number }>({
  name: 'EmbedGrad',
  reference: ({ ids, dy }, { rows }) => [tf.matMul(tf.oneHot(ids, rows).toFloat(), dy, true, false)],
  cpu: ({ ids, dy }, { rows }) => {
    const [M, D] = dy.shape as [number, number];
    const dTable = output([rows, D]);
    const run = (): void => void simd('embedGrad', ids, dy, dTable, M, rows, D);
    return { outputs: [dTable], stages: [{ units: 1, cost: 4 * (M + rows) * D, run }] };
  },
});

type EmbedInputs = { readonly ids: tf.Tensor; readonly table: tf.Tensor };

const run = defineSingle<EmbedInputs, { readonly rows: number }>({
  name: 'Embed',
  // A one-hot product, because the gradient of tf.gather does not exist on wasm.
  reference: ({ ids, table }, { rows }) => [tf.matMul(tf.oneHot(ids, rows).toFloat(), table)],
  cpu: ({ ids, table }, { rows }) => {
    const form = formOf(table);
    const [M, D] = [ids.shape[0] as number, (table.shape[1] as number) * (form === 'float32' ? 1 : 2)];
    const kernel = kernelFor('embed', form);
    const y = output([M, D]);
    const run = (m: number, count: number): void => void simd(kernel, addressOf(ids, m), table, addressOf(y, m * D), count, rows, D);
    return { outputs: [y], stages: [{ units: M, cost: 8 * D, run, apart: true }] };
  },
});

/** `ids` int32 [M], `table` [V,D], floats or packed (src/engine/packing.ts) -> [M,D]. An id outside 0..V-1 gives a row of zeros. */
export function embed(ids: tf.Tensor, table: tf.Tensor): Work<tf.Tensor> {
  const [rows] = table.shape as [number];
  return withReadable(table, hasKernel('Embed'), (readable) => run({ ids, table: readable }, { rows }));
}

/** The gradient of `embed` in its table, [rows,D]: adds the rows of `dy` [M,D] of one id in their order of occurrence. */
export function embedGrad(ids: tf.Tensor, dy: tf.Tensor, rows: number): Work<tf.Tensor> {
  return gradient({ ids, dy }, { rows });
}
