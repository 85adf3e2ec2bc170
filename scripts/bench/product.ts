/** Matrix products on the active backend, in the shapes of a small decoder, ours and in stock tfjs. */
import * as tf from '@tensorflow/tfjs';
import { useReference } from '../../src/engine/ops/op.ts';
import { product } from '../../src/engine/ops/product.ts';
import { best, type Clock, type Measured } from './row.ts';

/** Batch, M, K, N and how the operands are stored. */
type Shape = readonly [batch: number, M: number, K: number, N: number, storage: 'NN' | 'NT' | 'TN'];

const SHAPES: readonly Shape[] = [
  [1, 2048, 64, 64, 'NT'],
  [1, 64, 2048, 64, 'TN'],
  [1, 2048, 64, 176, 'NT'],
  [1, 2048, 176, 64, 'NN'],
  [1, 2048, 64, 512, 'NT'],
  [1, 512, 512, 512, 'NN'],
  [64, 128, 16, 128, 'NT'],
];
/** Multiplications and additions of one measured call. */
const WORK = 2e7;

async function benchShape(clock: Clock, seconds: number, [batch, M, K, N, storage]: Shape): Promise<readonly Measured[]> {
  const [transposeA, transposeB] = [storage === 'TN', storage === 'NT'];
  const a = tf.randomNormal([batch, ...(transposeA ? [K, M] : [M, K])]);
  const b = tf.randomNormal([batch, ...(transposeB ? [N, K] : [K, N])]);
  const flops = 2 * batch * M * K * N;
  const calls = Math.max(1, Math.round(WORK / flops));
  const run = (): void => {
    for (let i = 0; i < calls; i++) product(a, b, { transposeA, transposeB }).dispose();
  };
  const shape = `${batch > 1 ? `${batch} x ` : ''}[${M},${K}]x[${K},${N}] ${storage}`;
  const row = (subject: string, time: number): Measured => ({
    name: 'matrix product',
    shape,
    subject,
    value: (calls * flops) / time / 1e9,
    unit: 'GFLOP/s',
  });
  const ours = row('ours', await best(clock, seconds, run));
  useReference(true);
  const stock = row('stock tfjs', await best(clock, seconds, run));
  useReference(false);
  tf.dispose([a, b]);
  return [ours, stock];
}

export async function benchProducts(clock: Clock, seconds: number): Promise<readonly Measured[]> {
  const rows: Measured[] = [];
  for (const shape of SHAPES) rows.push(...(await benchShape(clock, seconds, shape)));
  return rows;
}
