import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { forwardTraced } from '../support/at-once.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { LINEARS } from '../../src/files/config.ts';
import { createCache, disposeCache } from '../../src/model/cache.ts';
import { toTensors } from '../../src/model/load.ts';
import { createLora } from '../../src/model/lora.ts';
import { memoryOf, costOf, type Sizes, type Work } from '../../src/model/cost.ts';
import { Random } from '../../src/random.ts';
import { LARGE } from '../support/large-model.ts';
import { TINY, tinyModel } from '../support/tiny.ts';

const GIB = 2 ** 30;

const LORA = { rank: 8, alpha: 16, targets: LINEARS };
const SETTINGS: Sizes = { lora: LORA, weightBytes: 4, trainRows: 8, trainTokens: 256, answerRows: 64, answerTokens: 768 };
const WORK: Work = {
  prompts: 100,
  sharedTokens: 400,
  promptTokens: 500,
  answerTokens: 100,
  rowTokens: 200,
  epochs: 2,
  scored: { read: 20_000, written: 0 },
  heldOut: 50,
};
const ANY = { memory: null, tensor: null, storage: null };

const part = (parts: readonly { readonly name: string; readonly bytes: number }[], name: string): number =>
  parts.find((found) => found.name === name)?.bytes ?? Number.NaN;

describe('the planner', () => {
  beforeAll(startWasm);

  it('counts the bytes that a training step really keeps, with an adapter on any layers or without', () => {
    for (const targets of [LINEARS, ['q_proj', 'v_proj'] as const, null]) {
      const { weights } = tinyModel();
      const [B, T] = [3, 7];
      const kept = tf.tidy(() => {
        const held = toTensors(TINY, weights);
        const lora = targets === null ? null : createLora(TINY, { ...LORA, targets }, Random.of(1));
        const ids = tf.zeros([B * T], 'int32');
        const before = tf.memory().numBytes;
        forwardTraced({ config: TINY, weights: held, lora }, ids, B, T);
        const bytes = tf.memory().numBytes - before;
        lora?.arena.dispose();
        return bytes;
      });
      const settings = { ...SETTINGS, lora: targets === null ? null : { ...LORA, targets }, trainRows: B, trainTokens: T };
      expect(part(memoryOf(TINY, settings).training, 'activations')).toBe(kept);
    }
  });

  it('counts the bytes of weights, adapter and cache as they are', () => {
    const before = tf.memory().numBytes;
    const weights = toTensors(TINY, tinyModel().weights);
    const { training, answering } = memoryOf(TINY, { ...SETTINGS, answerRows: 5, answerTokens: 9 });
    expect(part(training, 'weights')).toBe(tf.memory().numBytes - before);
    const between = tf.memory().numBytes;
    const cache = createCache({ config: TINY }, 5, 9);
    expect(part(answering, 'cache')).toBe(tf.memory().numBytes - between);
    disposeCache(cache);
    tf.dispose([...weights.values()]);
  });

  it('counts what all prompts begin with as often as it is held while they are read', () => {
    const [shared, own] = [10, 9];
    const { answering } = memoryOf(TINY, { ...SETTINGS, answerRows: 40, answerTokens: own, promptTokens: 3, sharedTokens: shared });
    const before = tf.memory().numBytes;
    const beginning = createCache({ config: TINY }, 1, shared);
    const layer = (tf.memory().numBytes - before) / TINY.num_hidden_layers;
    // sixteen at most are read together
    const parts = [16, 16, 8].map((rows) => createCache({ config: TINY }, rows, shared + own, beginning));
    expect(part(answering, 'cache')).toBe(tf.memory().numBytes - before + layer);
    for (const cache of [beginning, ...parts]) disposeCache(cache);
    // and fewer where a prompt is long
    const long = { ...SETTINGS, answerRows: 4, answerTokens: 5000, promptTokens: 3000, sharedTokens: shared };
    const each =
      (part(memoryOf(TINY, long).answering, 'cache') ?? 0) - (part(memoryOf(TINY, { ...long, answerRows: 3 }).answering, 'cache') ?? 0);
    expect(each).toBe(layer * TINY.num_hidden_layers * ((5000 + shared) / shared));
  });

  it('finds the time of a round from measured speeds', () => {
    const speeds = { reading: 1000, writing: 100, training: 500 };
    const { secondsARound } = costOf(LARGE, SETTINGS, WORK, 4, ANY, speeds);
    expect(secondsARound).toBeCloseTo((400 + 100 * 500 + 20_000) / 1000 + (100 * 100) / 100 + (100 * 200 * 2) / 500, 9);
    expect(costOf(LARGE, SETTINGS, WORK, 4, ANY, null).secondsARound).toBeNull();
  });

  it('refuses what cannot fit, with the numbers', () => {
    const limits = { ...ANY, memory: 2 * GIB };
    const plan = costOf(LARGE, SETTINGS, WORK, 4, limits, null);
    expect(plan.tooMuch).toEqual([{ what: 'memory', needs: plan.peak, has: 2 * GIB }]);
    expect(plan.peak).toBeGreaterThan(2 * GIB);
  });

  it('fits a 135 M model with an adapter and packed weights in 2 GB', () => {
    const settings: Sizes = { ...SETTINGS, weightBytes: 2, trainRows: 4, answerRows: 16 };
    expect(costOf(LARGE, settings, WORK, 4, { ...ANY, memory: 2e9 }, null).tooMuch).toEqual([]);
  });

  it('counts a tensor that the device cannot bind', () => {
    const bound = costOf(LARGE, { ...SETTINGS, lora: null }, WORK, 4, { ...ANY, tensor: 64e6 }, null);
    expect(bound.tooMuch.map(({ what }) => what)).toEqual(['tensor']);
  });

  it('counts what the runs will store', () => {
    const plan = costOf(LARGE, SETTINGS, WORK, 4, { ...ANY, storage: 1e6 }, null);
    expect(plan.tooMuch.map(({ what }) => what)).toEqual(['storage']);
    expect(plan.stored).toBeGreaterThan(1e6);
    // the answers to held-out questions of the base and of four rounds
    const none = costOf(LARGE, SETTINGS, { ...WORK, heldOut: 0 }, 4, ANY, null).stored;
    expect(plan.stored - none).toBe(5 * WORK.heldOut * 400);
  });
});
