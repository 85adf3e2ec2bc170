/**
 * Training as an async generator: one optimiser step a yield, and ending the iteration stops it. Which parameters are trained, all
 * or an adapter's, is the caller's choice. Knows no text and no method.
 */
import * as tf from '@tensorflow/tfjs';
import type { FinetuneOptions, StepReport } from '../align/language-model.ts';
import { crossEntropy } from '../engine/ops/cross-entropy.ts';
import { squaredNorm } from '../engine/ops/adamw.ts';
import { embed } from '../engine/ops/embed.ts';
import { AppError } from '../errors.ts';
import { head, hiddenStates } from '../model/decoder.ts';
import type { Decoder } from '../model/decoder.ts';
import { chunks, epochOrder, makeBatch } from './batch.ts';
import type { Batch, Row } from './batch.ts';
import { disposeAdamW, initAdamW, learningRateAt, updateAdamW } from './optimizer.ts';

/** A decoder and those of its tensors that are trained, by name. */
export type Trainee = { readonly decoder: Decoder; readonly parameters: ReadonlyMap<string, tf.Variable> };

/** Betas of the world's prototype; epsilon of PyTorch. */
export const ADAMW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };

/** A loss and its gradients, in the order of the parameters. */
export type LossAndGradients = { readonly loss: tf.Tensor; readonly gradients: tf.Tensor[] };

/** The sum of -log p over the targets of a batch, divided by `tokens`, with its gradients; the caller disposes of them. */
export function gradientsOf({ decoder, parameters }: Trainee, { B, T, ids, places, targets }: Batch, tokens: number): LossAndGradients {
  return tf.tidy(() => {
    const trained = [...parameters.values()];
    const { value, grads } = tf.variableGrads(() => {
      const x = hiddenStates(decoder, tf.tensor2d(ids, [B, T], 'int32')); // [B*T,D]
      const rows = places.length === B * T ? x : embed(tf.tensor1d(places, 'int32'), x); // [R,D]; `embed` looks up rows
      const weights = tf.tensor1d(new Float32Array(targets.length).fill(1 / tokens));
      return tf.reshape(crossEntropy(head(decoder, rows), tf.tensor1d(targets, 'int32'), weights), []);
    }, trained);
    return { loss: value, gradients: trained.map(({ name }) => grads[name] as tf.Tensor) };
  });
}

/** Adds up gradients in their order; what comes in is disposed of. */
export function addUp(parts: readonly LossAndGradients[]): LossAndGradients {
  return parts.reduce((sum, next) => {
    const total = tf.tidy(() => ({
      loss: tf.add(sum.loss, next.loss),
      gradients: sum.gradients.map((gradient, i) => tf.add(gradient, next.gradients[i] as tf.Tensor)),
    }));
    for (const { loss, gradients } of [sum, next]) tf.dispose([loss, ...gradients]);
    return total;
  });
}

/**
 * Trains in place. A step's loss is the mean over all its target tokens, so `accumulate` n x batch b is batch n*b.
 * Errors: NUM_NONFINITE before the step that would have spoilt the parameters.
 */
export async function* finetune(
  trainee: Trainee,
  rows: readonly Row[],
  options: FinetuneOptions,
): AsyncGenerator<StepReport, void, undefined> {
  const { epochs, batchSize, accumulate, weightDecay, clip } = options;
  const perEpoch = Math.ceil(rows.length / (batchSize * accumulate));
  const steps = epochs * perEpoch;
  const schedule = { steps, peak: options.learningRate, warmup: Math.round(options.warmup * steps), shape: options.schedule };
  const state = initAdamW(trainee.parameters);
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const ordered = epochOrder(rows.length, { ...options, epoch }).map((i) => rows[i] as Row);
      for (const stepRows of chunks(ordered, batchSize * accumulate)) {
        const learningRate = learningRateAt(state.step + 1, schedule);
        const { loss, gradientNorm } = await trainStep(trainee, chunks(stepRows, batchSize), (gradients, norm2) => {
          updateAdamW(trainee.parameters, gradients, norm2, state, { ...ADAMW, learningRate, weightDecay, clip });
        });
        yield { step: state.step, steps, loss, gradientNorm, learningRate };
      }
    }
  } finally {
    disposeAdamW(state);
  }
}

/** Gradients of the groups of rows added up, one readback, then `update`, unless a number is not finite. */
export async function trainStep(
  trainee: Trainee,
  groups: readonly (readonly Row[])[],
  update: (gradients: readonly tf.Tensor[], norm2: tf.Tensor) => void,
): Promise<{ loss: number; gradientNorm: number }> {
  const batches = groups.map((group) => makeBatch(group, trainee.decoder.config.pad_token_id)).filter(({ places }) => places.length > 0);
  const tokens = batches.reduce((sum, { places }) => sum + places.length, 0);
  if (tokens === 0) throw new RangeError('finetune: no row of the step has a completion');
  const { loss, gradients } = addUp(batches.map((batch) => gradientsOf(trainee, batch, tokens)));
  const norm2 = squaredNorm(gradients);
  const both = tf.tidy(() => tf.stack([loss, norm2]));
  try {
    const [lossValue, norm2Value] = (await both.data()) as Float32Array as unknown as [number, number];
    if (!Number.isFinite(lossValue) || !Number.isFinite(norm2Value)) {
      throw new AppError('NUM_NONFINITE', `loss ${lossValue}, squared gradient norm ${norm2Value}`);
    }
    update(gradients, norm2);
    return { loss: lossValue, gradientNorm: Math.sqrt(norm2Value) };
  } finally {
    tf.dispose([loss, norm2, both, ...gradients]);
  }
}
