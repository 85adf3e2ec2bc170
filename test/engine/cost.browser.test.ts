/**
 * What a step costs on WebGPU: dispatches and memory. Neither depends on the machine, so both are promises. And that training there
 * and on the CPU is the same training.
 */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { extend, forwardTraced, gradientsOf, head } from '../support/at-once.ts';
import { gauges, openBackend, takePeak } from '../../src/engine/backend.ts';
import { type DecoderConfig, LINEARS, parseConfig } from '../../src/files/config.ts';
import { createCache, disposeCache } from '../../src/model/cache.ts';
import type { Decoder } from '../../src/model/decoder.ts';
import { initialWeights } from '../../src/model/init.ts';
import { toTensors, toVariables } from '../../src/model/load.ts';
import { createLora } from '../../src/model/lora.ts';
import type { BackendName } from '../../src/contracts/engine.ts';
import { Random } from '../../src/random.ts';
import { makeBatch, type Row } from '../../src/training/batch.ts';
import { type Trainee, trainSteps, type Update } from '../../src/training/finetune.ts';
import { disposeAdamW, initAdamW, updateAdamW } from '../../src/training/optimizer.ts';

const ADAMW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip: 1, learningRate: 0.01 };

function configOf(layers: number): DecoderConfig {
  return parseConfig({
    vocab_size: 64,
    hidden_size: 32,
    intermediate_size: 88,
    num_hidden_layers: layers,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 64,
    tie_word_embeddings: true,
  });
}

/** Rows in which nearly every token is a target; all of one length. */
function rowsOf(count: number, length: number): Row[] {
  const random = Random.of('cost');
  return Array.from({ length: count }, () => ({ ids: Array.from({ length }, () => 3 + random.int(60)), promptLength: 1 }));
}

/** A decoder with an adapter on every linear layer. */
function adapted(config: DecoderConfig): Trainee {
  const weights = toTensors(config, initialWeights(config, Random.of('cost', 'weights')));
  const lora = createLora(config, { rank: 8, alpha: 16, targets: LINEARS }, Random.of('cost', 'lora'));
  return { decoder: { config, weights, lora }, parameters: new Map([['adapter', lora.arena]]) };
}

function free({ decoder, parameters }: Trainee): void {
  tf.dispose([...decoder.weights.values(), ...parameters.values()]);
}

/** Losses of `steps` steps on the same few rows. */
async function train(trainee: Trainee, rows: readonly Row[], steps: number): Promise<number[]> {
  const state = initAdamW(trainee.parameters);
  const losses: number[] = [];
  const batches = Array.from({ length: steps }, (_, step) => () => rows.slice((4 * step) % rows.length).slice(0, 4));
  const update: Update = (gradients, norm2) => updateAdamW(trainee.parameters, gradients, norm2, state, ADAMW);
  for await (const { loss } of trainSteps(trainee, batches, update)) losses.push(loss);
  disposeAdamW(state);
  return losses;
}

describe('a step on WebGPU', () => {
  beforeAll(() => openBackend('webgpu'));

  /** What `run` dispatches for one layer more. */
  async function perLayer(run: (layers: number) => Promise<number>): Promise<number> {
    return ((await run(4)) - (await run(2))) / 2;
  }

  test('of training an adapter on all linear layers takes at most 30 dispatches a layer', async () => {
    const dispatched = await perLayer(async (layers) => {
      const trainee = adapted(configOf(layers));
      const before = gauges()['engine/dispatches'];
      await train(trainee, rowsOf(4, 17), 1);
      free(trainee);
      return gauges()['engine/dispatches'] - before;
    });
    expect(dispatched).toBeLessThanOrEqual(30);
    expect(dispatched).toBe(27); // what README says
  });

  test('of decoding takes at most 9 dispatches a layer', async () => {
    const dispatched = await perLayer(async (layers) => {
      const config = configOf(layers);
      const decoder: Decoder = { config, weights: toTensors(config, initialWeights(config, Random.of('cost'))), lora: null };
      const cache = createCache(decoder, 3, 20);
      const [ids, start] = [tf.tensor2d([[5], [6], [7]], [3, 1], 'int32'), tf.tensor1d([4, 9, 2], 'int32')];
      const before = gauges()['engine/dispatches'];
      const logits = head(decoder, extend(decoder, cache, ids, start));
      const used = gauges()['engine/dispatches'] - before;
      await logits.data();
      tf.dispose([ids, start, logits, ...decoder.weights.values()]);
      disposeCache(cache);
      return used;
    });
    expect(dispatched).toBeLessThanOrEqual(9);
    expect(dispatched).toBe(9); // what README says
  });

  test('of training needs at most a fifth more memory than weights, adapter, optimiser and kept activations', async () => {
    const config = configOf(8);
    const trainee = adapted(config);
    const rows = rowsOf(16, 33);
    const state = initAdamW(trainee.parameters);
    const { B, T, ids } = makeBatch(rows, 0);
    const step = async (): Promise<void> => {
      const { loss, gradients } = gradientsOf(trainee, makeBatch(rows, 0));
      updateAdamW(trainee.parameters, gradients, tf.scalar(1), state, ADAMW);
      await loss.data();
      tf.dispose([loss, ...gradients]);
    };
    await step(); // compiles
    const held = tf.memory().numBytes;
    const kept = tf.tidy(() => {
      const before = tf.memory().numBytes;
      const at = tf.tensor1d(ids, 'int32');
      const trace = forwardTraced(trainee.decoder, at, B, T);
      const bytes = tf.memory().numBytes - before;
      expect(trace.blocks).toHaveLength(8);
      return bytes;
    });
    takePeak();
    await step();
    const peak = takePeak();
    const extra = (peak - held - kept) / (held + kept);
    expect(extra).toBeLessThanOrEqual(0.2);
    disposeAdamW(state);
    free(trainee);
  });
});

test.each(['adapter', 'all weights'])(
  '50 steps of training on WebGPU and on the CPU stay within half a percent of each other (%s)',
  async (what) => {
    const config = configOf(2);
    const rows = rowsOf(16, 25);
    const curve = async (backend: BackendName): Promise<number[]> => {
      await openBackend(backend);
      const weights = toVariables(config, initialWeights(config, Random.of('cost', 'weights')));
      const trainee = what === 'adapter' ? adapted(config) : { decoder: { config, weights, lora: null }, parameters: weights };
      const losses = await train(trainee, rows, 50);
      if (what === 'adapter') free(trainee);
      tf.dispose([...weights.values()]);
      return losses;
    };
    const [cpu, gpu] = [await curve('wasm'), await curve('webgpu')];
    expect(cpu.at(-1)).toBeLessThan((cpu[0] ?? 0) - 0.3);
    for (const [i, loss] of cpu.entries()) expect(Math.abs((gpu[i] ?? Number.NaN) / loss - 1)).toBeLessThan(0.005);
  },
);
