/**
 * This project as a subject of its own benchmark. The only file of the benchmark that calls our engine, through what the program itself
 * calls: the backend, the language model, and single operations.
 */
import * as tf from '@tensorflow/tfjs';
import type { FinetuneOptions, TrainingRow } from '../src/contracts/language-model.ts';
import { gauges, openBackend, takePeak } from '../src/engine/backend.ts';
import { adamW } from '../src/engine/ops/adamw.ts';
import { attention } from '../src/engine/ops/attention.ts';
import { crossEntropy } from '../src/engine/ops/cross-entropy.ts';
import { product } from '../src/engine/ops/product.ts';
import { rmsNorm } from '../src/engine/ops/rms-norm.ts';
import { now } from '../src/engine/work.ts';
import type { Tokenizer } from '../src/text/tokenizer/tokenizer.ts';
import { TfLanguageModel, type Tuning } from '../src/training/language-model.ts';
import { crowd } from './crowd.ts';
import { EPSILON } from './shapes.ts';
import type { Batch, Generator, Operation, Subject, Trainer, Usage, Weights, Work, LlamaShape } from './subject.ts';
import { work } from './tf-work.ts';
import { configOf } from './weights.ts';

/** Text is the ids in decimal, so that a prompt is exactly as long as it is asked for. */
const NUMBERS = {
  encode: (text: string): number[] => (text === '' ? [] : text.split(' ').map(Number)),
  pieces: (ids: readonly number[]): string[] => ids.map((id) => `${id} `),
  stopsAt: () => () => false,
} as unknown as Tokenizer;

const LORA: Tuning = { mode: 'lora', rank: 8, alpha: 16, targets: ['q_proj', 'v_proj'] };

const TRAINING: FinetuneOptions = {
  batchSize: 1,
  learningRate: 1e-3,
  warmup: 0,
  schedule: 'constant',
  weightDecay: 0,
  clip: Infinity, // as in the peers; the norm is still computed
};
/** Steps before the optimiser begins anew; enough that this counts for nothing. */
const STEPS = 500;

function modelOf(shape: LlamaShape, weights: Weights, tuning: Tuning): TfLanguageModel {
  return new TfLanguageModel({ config: configOf(shape), tokenizer: NUMBERS, weights }, tuning, { seed: 1 });
}

/** A batch as rows of text: the first id is the begin of text, which the model adds itself. */
function rowsOf({ B, T, targets }: Batch): TrainingRow[] {
  return Array.from({ length: B }, (_, b) => ({ prompt: '', completion: targets.subarray(b * T, (b + 1) * T).join(' ') }));
}

function trainer(shape: LlamaShape, weights: Weights, batch: Batch, mode: 'all' | 'lora'): Promise<Trainer> {
  const model = modelOf(shape, weights, mode === 'all' ? { mode: 'full' } : LORA);
  const few = rowsOf(batch);
  const rows = Array.from({ length: STEPS }, () => few).flat();
  const endless = async function* (): AsyncGenerator<number, void> {
    for (;;) for await (const { loss } of model.finetune(rows, { ...TRAINING, batchSize: batch.B })) yield loss;
  };
  const steps = endless();
  return Promise.resolve({
    step: async () => {
      const { done, value } = await steps.next();
      if (done === true) throw new Error('the training came to its end');
      return value;
    },
    dispose: async () => {
      await steps.return();
      model.dispose();
    },
  });
}

function scorer(shape: LlamaShape, weights: Weights, batch: Batch): Promise<Trainer> {
  const model = modelOf(shape, weights, { mode: 'full' });
  const rows = rowsOf(batch);
  return Promise.resolve({
    step: async () => (await model.score(rows)).reduce((sum, { nll }) => sum + nll, 0) / (batch.B * batch.T),
    dispose: () => model.dispose(),
  });
}

function generator(shape: LlamaShape, weights: Weights): Promise<Generator> {
  const model = modelOf(shape, weights, { mode: 'full' });
  return Promise.resolve({
    generate: async ({ prompts, tokens }) => {
      const requests = prompts.map((ids, i) => ({ prompt: ids.slice(1).join(' '), seed: `${i}` }));
      const options = { maxTokens: tokens, temperature: 0.8, topK: 0, topP: 1, stop: [] };
      for await (const { pieces } of model.generate(requests, options)) {
        if (pieces.length !== tokens) throw new Error(`${pieces.length} tokens instead of ${tokens}`);
      }
    },
    dispose: () => model.dispose(),
  });
}

/** What a call dispatches, and the most that the engine holds during it beyond what it held before. */
async function usage(call: () => Promise<unknown>): Promise<Usage> {
  takePeak();
  const before = gauges();
  await call();
  const dispatches = gauges()['engine/dispatches'] - before['engine/dispatches'];
  return { dispatches, bytes: takePeak() - before['engine/bytes'] };
}

function operation(wanted: Operation): Work | null {
  const random = (shape: number[]): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', 1);
  switch (wanted.kind) {
    case 'product': {
      const { batch, M, K, N, storage } = wanted;
      const [transposeA, transposeB] = [storage === 'TN', storage === 'NT'];
      const [a, b] = [random([batch, ...(transposeA ? [K, M] : [M, K])]), random([batch, ...(transposeB ? [N, K] : [K, N])])];
      return work(() => now(product(a, b, { transposeA, transposeB })), [a, b]);
    }
    case 'attention': {
      const { B, T, H, K, E } = wanted;
      const qkv = random([B * T, (H + 2 * K) * E]);
      return work(() => now(attention(qkv, { B, H, K, E }))[0], [qkv]);
    }
    case 'rmsnorm': {
      const [x, gain] = [random([wanted.M, wanted.D]), random([wanted.D])];
      return work(() => now(rmsNorm(x, gain, EPSILON)), [x, gain]);
    }
    case 'cross-entropy': {
      const { R, V } = wanted;
      const [logits, targets] = [
        random([R, V]),
        tf.tensor1d(
          Int32Array.from({ length: R }, (_, i) => i % V),
          'int32',
        ),
      ];
      return work(() => now(crossEntropy(logits, targets, 1 / R))[0], [logits, targets]);
    }
    case 'adamw': {
      const variable = (value: tf.Tensor): tf.Variable => tf.tidy(() => tf.variable(value));
      const [parameter, gradient] = [variable(random([wanted.floats])), random([wanted.floats])];
      const [m, v] = [variable(tf.zeros([wanted.floats])), variable(tf.zeros([wanted.floats]))];
      const norm2 = tf.scalar(1);
      const settings = { ...TRAINING, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, correction1: 1, correction2: 1 };
      const step = (): tf.Tensor => {
        now(adamW(parameter, m, v, gradient, norm2, settings));
        return tf.slice(parameter, [0], [1]);
      };
      return work(step, [parameter, m, v, gradient, norm2]);
    }
    case 'tiny': {
      const one = tf.ones([2048]); // tfjs adds smaller ones without the device
      return work(() => tf.add(one, one), [one]);
    }
    case 'copy':
      return null;
    default:
      return wanted satisfies never;
  }
}

export const subject: Subject = {
  name: 'ours',
  adapts: true,
  open: async (backend) => void (await openBackend(backend)),
  operation,
  trainer,
  scorer,
  generator,
  crowd,
  usage,
};
