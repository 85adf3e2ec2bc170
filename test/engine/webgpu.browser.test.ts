import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adamW, crossEntropy, squaredNorm, swiglu, tokenLogProbs } from '../support/at-once.ts';
import { gauges, giveBack, hasRoom, onEngineFailure, openBackend, prepare, prepared } from '../../src/engine/backend.ts';
import { ownBackend } from '../../src/engine/webgpu.ts';
import { kernel } from '../../src/engine/webgpu-kernel.ts';
import type { AppError } from '../../src/errors.ts';

const SETTINGS = {
  learningRate: 0.5,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  clip: 1e9,
  correction1: 10,
  correction2: 100,
};

const BROKEN = kernel({ key: 'Broken', read: {}, write: { values: 'f32' }, params: { size: 'u32' }, body: 'values[0] = no_such_name;' });

function deviceOf(): GPUDevice {
  return ownBackend(tf.backend()).device;
}

/** The failure that is reported next. */
function nextFailure(): Promise<AppError> {
  return new Promise((resolve) => {
    const stop = onEngineFailure((failure) => {
      stop();
      resolve(failure);
    });
  });
}

afterEach(() => tf.disposeVariables());

describe('an open device', () => {
  beforeEach(async () => {
    await openBackend('webgpu');
  });

  test('a tfjs whose private fields changed is refused at the start', async () => {
    const backend = ownBackend(tf.backend());
    Reflect.set(backend, 'commandQueueOwnedIds', []);
    await expect(backend.selfTest()).rejects.toMatchObject({
      code: 'BACKEND_SELFTEST',
      detail: expect.stringContaining('commandQueueOwnedIds'),
    });
  });

  test('says whether it has room for more, without a failure and without keeping it', async () => {
    const before = gauges()['engine/bytes'];
    expect(await hasRoom(1_000_003)).toBe(true);
    const { maxBufferSize } = deviceOf().limits;
    expect(await hasRoom(65 * maxBufferSize)).toBe(false);
    expect(gauges()['engine/bytes']).toBe(before);
    const still = tf.square(tf.tensor([3]));
    expect([...(await still.data())]).toEqual([9]);
    still.dispose();
  });

  test('every dispatch is counted, tfjs own and ours', async () => {
    const x = tf.variable(tf.tensor([[1, 2, 3, 4]]));
    const one = swiglu(x);
    const before = gauges()['engine/dispatches'];
    const squares = tf.square(one);
    expect(gauges()['engine/dispatches']).toBe(before + 1);
    const gated = swiglu(squares);
    expect(gauges()['engine/dispatches']).toBe(before + 2);
    tf.dispose([one, squares, gated]);
  });

  test('what was written in place is read back, however often it was read before', async () => {
    const [parameter, m, v] = [tf.variable(tf.tensor([1, -2])), tf.variable(tf.zeros([2])), tf.variable(tf.zeros([2]))];
    const gradient = tf.tensor([3, -4]);
    const norm2 = squaredNorm([gradient]);
    expect((await norm2.data())[0]).toBeCloseTo(25, 5);
    const seen: number[][] = [[...(await parameter.data())]];
    for (let step = 0; step < 2; step++) {
      adamW(parameter, m, v, gradient, norm2, SETTINGS);
      seen.push([...(await parameter.data())], [...(await parameter.data())]);
    }
    expect(seen[0]).toEqual([1, -2]);
    // The first step of Adam is the learning rate in the direction of the gradient's sign.
    expect(seen[1]?.[0]).toBeCloseTo(0.5, 5);
    expect(seen[1]?.[1]).toBeCloseTo(-1.5, 5);
    expect(seen[2]).toEqual(seen[1]);
    expect(seen[3]).not.toEqual(seen[1]);
    expect(seen[4]).toEqual(seen[3]);
    tf.dispose([gradient, norm2]);
  });

  test('a read that was under way during a write in place leaves no old copy behind', async () => {
    const [parameter, m, v] = [tf.variable(tf.tensor([1])), tf.variable(tf.zeros([1])), tf.variable(tf.zeros([1]))];
    const gradient = tf.tensor([1]);
    const norm2 = squaredNorm([gradient]);
    adamW(parameter, m, v, gradient, norm2, { ...SETTINGS, learningRate: 0 });
    const early = parameter.data();
    adamW(parameter, m, v, gradient, norm2, SETTINGS);
    expect((await early)[0]).toBe(1);
    expect((await parameter.data())[0]).not.toBe(1);
    tf.dispose([gradient, norm2]);
  });

  test('more rows than a dispatch has workgroups are all computed: 70,000 rows of loss and log-probability', async () => {
    const [M, V] = [70_000, 8];
    const values = Float32Array.from({ length: M * V }, (_, i) => Math.sin(i * 1.7) * 3);
    const ids = Int32Array.from({ length: M }, (_, m) => (m * 5) % V);
    const [logits, targets] = [tf.tensor(values, [M, V]), tf.tensor(ids, [M], 'int32')];
    const logProbs = tokenLogProbs(logits, targets);
    const [losses, gradient] = crossEntropy(logits, targets, 2);
    const [got, lost] = await Promise.all([logProbs.data(), losses.data()]);
    let worst = 0;
    for (let m = 0; m < M; m++) {
      const row = values.subarray(m * V, (m + 1) * V);
      const want = (row[ids[m] as number] as number) - Math.log(row.reduce((total, x) => total + Math.exp(x), 0));
      worst = Math.max(worst, Math.abs(want - (got[m] as number)), Math.abs(2 * want + (lost[m] as number)));
    }
    expect(worst).toBeLessThan(1e-5);
    tf.dispose([logits, targets, logProbs, losses, gradient]);
  });

  test('an int32 tensor that tfjs casts to float32 by name only is read as the numbers it holds', async () => {
    const whole = tf.tensor(
      Int32Array.from({ length: 2048 }, (_, i) => i % 5),
      [1024, 2],
      'int32',
    );
    const twice = tf.add(whole, whole); // on the device: 0 2 4 6 8 0 ...
    const y = swiglu(twice.toFloat());
    expect((await y.data())[1]).toBeCloseTo((4 * 6) / (1 + Math.exp(-4)), 4);
    tf.dispose([whole, twice, y]);
  });

  test('unused memory is given back when a model is done with', async () => {
    const big = tf.variable(tf.zeros([1 << 18]));
    tf.tidy(() => void tf.square(tf.square(big)));
    await big.sum().data();
    const before = gauges()['engine/bytes'];
    giveBack();
    expect(gauges()['engine/bytes']).toBeLessThan(before - (1 << 20));
    expect((await big.sum().data())[0]).toBe(0);
  });

  test('a tensor larger than the device can bind is refused before anything goes wrong', async () => {
    const side = Math.floor(deviceOf().limits.maxStorageBufferBindingSize / 4) + 1;
    const huge = tf.engine().makeTensorFromTensorInfo(ownBackend(tf.backend()).output([side]));
    expect(() => tf.square(huge)).toThrow(expect.objectContaining({ code: 'GPU_OOM' }));
    huge.dispose();
    const fine = tf.variable(tf.tensor([3]));
    expect((await tf.square(fine).data())[0]).toBe(9);
  });

  test('a kernel that would read what it writes is refused', () => {
    const x = tf.variable(tf.ones([2]));
    const norm2 = tf.scalar(1);
    expect(() => adamW(x, x, tf.variable(tf.ones([2])), tf.ones([2]), norm2, SETTINGS)).toThrow(
      expect.objectContaining({ code: 'INTERNAL' }),
    );
  });

  test('compiling ahead of time changes no result', async () => {
    prepare({ width: 4, inner: 4, headWidth: 16, vocabulary: 8, merged: true, step: null });
    await prepared('everything');
    const x = tf.variable(tf.tensor([[0, 1, 0, 1]]));
    const y = swiglu(x);
    expect((await y.data())[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    y.dispose();
  });
});

describe('a device that fails', () => {
  beforeEach(async () => {
    await openBackend('webgpu');
  });

  test('a lost device is reported once, every later call fails fast, and opening again works', async () => {
    const x = tf.variable(tf.tensor([[1, 2]]));
    const pending = tf.square(x);
    const failures: AppError[] = [];
    const stop = onEngineFailure((failure) => failures.push(failure));
    const lost = nextFailure();
    deviceOf().destroy();
    expect(await lost).toMatchObject({ code: 'GPU_LOST', detail: expect.stringContaining('destroyed') });
    const gone = expect.objectContaining({ code: 'GPU_LOST' });
    expect(() => tf.square(x)).toThrow(gone);
    expect(() => swiglu(x)).toThrow(gone);
    expect(() => tf.tensor([1])).toThrow(gone);
    expect(() => ownBackend(tf.backend()).flush()).toThrow(gone);
    giveBack(); // nothing to give
    await expect(pending.data()).rejects.toEqual(gone);
    expect(failures).toHaveLength(1);
    stop();

    tf.dispose([x, pending]); // tensors of the lost device can still be given up
    expect(await openBackend('webgpu')).toMatchObject({ backend: 'webgpu' });
    const y = tf.variable(tf.tensor([[3, 3]]));
    expect((await swiglu(y).data())[0]).toBeCloseTo(9 / (1 + Math.exp(-3)), 5);
  });

  test('a read under way when the device is lost fails with GPU_LOST and gives no zeros', async () => {
    const x = tf.variable(tf.ones([1 << 16]));
    const reading = tf.square(x).data();
    deviceOf().destroy();
    await expect(reading).rejects.toMatchObject({ code: 'GPU_LOST' });
  });

  test('an operation that the driver refuses is reported as GPU_VALIDATION, and its results are never handed out', async () => {
    const refused = nextFailure();
    const x = tf.variable(tf.ones([4]));
    const y = tf.square(x);
    ownBackend(tf.backend()).run(BROKEN, { values: y }, { size: 4 }, 1);
    await expect(y.data()).rejects.toMatchObject({ code: 'GPU_VALIDATION' });
    expect(await refused).toMatchObject({ code: 'GPU_VALIDATION' });
    expect(() => tf.square(x)).toThrow(expect.objectContaining({ code: 'GPU_VALIDATION' }));
  });

  test('memory that the device does not have is reported as GPU_OOM', async () => {
    const failed = nextFailure();
    deviceOf().dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error: new GPUOutOfMemoryError('too much') }));
    expect(await failed).toMatchObject({ code: 'GPU_OOM', detail: 'too much' });
  });

  test('changing the backend on purpose is no failure', async () => {
    const failures: AppError[] = [];
    const stop = onEngineFailure((failure) => failures.push(failure));
    const old = deviceOf();
    await openBackend('webgpu');
    await old.lost;
    await openBackend('wasm');
    expect(failures).toEqual([]);
    stop();
  });
});
