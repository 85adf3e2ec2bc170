import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { startWasm } from '../../src/engine/wasm.ts';
import { describeOps } from './ops/suite.ts';

describeOps('wasm', { open: startWasm });

describe('the CPU backend', () => {
  beforeAll(startWasm);

  test('can be started again without losing tensors', async () => {
    const x = tf.tensor1d([1, 2, 3]);
    await startWasm();
    expect(Array.from(await x.data())).toEqual([1, 2, 3]);
    x.dispose();
  });
});
