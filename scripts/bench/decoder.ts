/**
 * The decoder at work on the active backend: a training step, all weights or an adapter, scoring and generation; and the same
 * training step in stock tfjs, which is the decoder's plain-op versions with tfjs' own gradients and its Adam.
 */
import * as tf from '@tensorflow/tfjs';
import { squaredNorm } from '../../src/engine/ops/adamw.ts';
import { crossEntropy } from '../../src/engine/ops/cross-entropy.ts';
import { useReference } from '../../src/engine/ops/op.ts';
import { parameterCount, parseConfig, type DecoderConfig } from '../../src/model/config.ts';
import { forward, type Decoder } from '../../src/model/decoder.ts';
import { generate } from '../../src/model/generate.ts';
import { initialWeights } from '../../src/model/init.ts';
import { createLora, loraParameters } from '../../src/model/lora.ts';
import { Random } from '../../src/random.ts';
import type { Batch } from '../../src/training/batch.ts';
import { gradientsOf, type Trainee } from '../../src/training/finetune.ts';
import { disposeAdamW, initAdamW, updateAdamW } from '../../src/training/optimizer.ts';
import { best, type Clock, type Measured } from './row.ts';

const [ROWS, TOKENS] = [16, 128];
const [PROMPTS, PROMPT_TOKENS, ANSWER_TOKENS] = [64, 96, 24];
const ADAMW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip: 1 };

/** Four layers, four heads, vocabulary 512; the inner layer of the bundled model's proportions. */
export function decoderOf(width: number): DecoderConfig {
  return parseConfig({
    vocab_size: 512,
    hidden_size: width,
    intermediate_size: Math.round(2.75 * width),
    num_hidden_layers: 4,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 512,
    tie_word_embeddings: true,
  });
}

type Bench = { readonly decoder: Decoder; readonly parameters: ReadonlyMap<string, tf.Variable>; readonly batch: Batch };

/** A decoder with random weights, and a batch in which every token is a target. */
export function setUp(config: DecoderConfig): Bench {
  const parameters = new Map<string, tf.Variable>();
  for (const [name, { shape, data }] of initialWeights(config, Random.of('bench'))) {
    parameters.set(
      name,
      tf.tidy(() => tf.variable(tf.tensor(data, [...shape]))),
    );
  }
  const random = Random.of('bench', 'ids');
  const draw = (): Int32Array => Int32Array.from({ length: ROWS * TOKENS }, () => random.int(512));
  const batch = { B: ROWS, T: TOKENS, ids: draw(), places: Int32Array.from({ length: ROWS * TOKENS }, (_, i) => i), targets: draw() };
  return { decoder: { config, weights: parameters, lora: null }, parameters, batch };
}

/** One step of training; the loss is read back as in real training. */
export async function trainStep(trainee: Trainee, batch: Batch, state: ReturnType<typeof initAdamW>): Promise<void> {
  const { loss, gradients } = gradientsOf(trainee, batch, ROWS * TOKENS);
  const norm2 = squaredNorm(gradients);
  updateAdamW(trainee.parameters, gradients, norm2, state, { ...ADAMW, learningRate: 1e-3 });
  await loss.data();
  tf.dispose([loss, norm2, ...gradients]);
}

/** The same step in stock tfjs. */
async function stockStep(trainee: Trainee, batch: Batch, adam: tf.Optimizer): Promise<void> {
  const { loss, gradients } = gradientsOf(trainee, batch, ROWS * TOKENS);
  const named = Object.fromEntries([...trainee.parameters.values()].map(({ name }, i) => [name, gradients[i] as tf.Tensor]));
  adam.applyGradients(named);
  await loss.data();
  tf.dispose([loss, ...gradients]);
}

/** Tokens a second of one decoder, ours and in stock tfjs. */
export async function benchDecoder(clock: Clock, width: number, seconds: number): Promise<readonly Measured[]> {
  const config = decoderOf(width);
  const { decoder, parameters, batch } = setUp(config);
  const shape = `d=${width}, ${Math.round(parameterCount(config) / 1000)} k`;
  const tokens = ROWS * TOKENS;
  const row = (name: string, subject: string, done: number, time: number): Measured => ({
    name,
    shape,
    subject,
    value: done / time,
    unit: 'tok/s',
  });
  const training = `training step, ${ROWS} x ${TOKENS}`;
  const rows: Measured[] = [];

  const state = initAdamW(parameters);
  rows.push(row(training, 'ours', tokens, await best(clock, seconds, () => trainStep({ decoder, parameters }, batch, state))));
  disposeAdamW(state);

  const adam = tf.train.adam(1e-3);
  useReference(true);
  rows.push(row(training, 'stock tfjs', tokens, await best(clock, 2 * seconds, () => stockStep({ decoder, parameters }, batch, adam))));
  useReference(false);
  adam.dispose();

  const lora = createLora(config, { rank: 8, alpha: 16, targets: ['q_proj', 'v_proj'] }, Random.of('bench', 'lora'));
  const adapted = { decoder: { ...decoder, lora }, parameters: loraParameters(lora) };
  const loraState = initAdamW(adapted.parameters);
  rows.push(row('LoRA step, q and v', 'ours', tokens, await best(clock, seconds, () => trainStep(adapted, batch, loraState))));

  const score = async (): Promise<void> => {
    const loss = tf.tidy(() => {
      const logits = forward(decoder, tf.tensor2d(batch.ids, [ROWS, TOKENS], 'int32'));
      return crossEntropy(logits, tf.tensor1d(batch.targets, 'int32'), tf.ones([tokens]));
    });
    await loss.data();
    loss.dispose();
  };
  rows.push(row('scoring', 'ours', tokens, await best(clock, seconds, score)));

  const random = Random.of('bench', 'prompts');
  const prompts = Array.from({ length: PROMPTS }, (_, i) => ({
    ids: Array.from({ length: PROMPT_TOKENS }, () => random.int(512)),
    seed: `${i}`,
  }));
  const options = { temperature: 0.8, topK: 0, topP: 1, maxTokens: ANSWER_TOKENS, isEnd: () => false };
  const answer = async (some: typeof prompts): Promise<void> => {
    for await (const { ids } of generate(decoder, some, options)) if (ids.length === 0) throw new Error('no answer');
  };
  const name = `generating ${ANSWER_TOKENS} tokens`;
  rows.push(row(name, 'ours', PROMPTS * ANSWER_TOKENS, await best(clock, seconds, () => answer(prompts))));
  rows.push(row(name, 'ours, one by one', ANSWER_TOKENS, await best(clock, seconds, () => answer(prompts.slice(0, 1)))));
  tf.dispose([...parameters.values(), ...adapted.parameters.values()]);
  disposeAdamW(loraState);
  return rows;
}
