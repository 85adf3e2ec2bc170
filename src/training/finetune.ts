/**
 * Training as async generators: one optimiser step a yield, and ending the iteration stops it. Which parameters are trained, all
 * or an adapter's, is the caller's choice. Knows no text and no method.
 */
import * as tf from '@tensorflow/tfjs';
import type { FinetuneOptions, StepReport } from '../contracts/language-model.ts';
import { squaredNorm } from '../engine/ops/adamw.ts';
import { crossEntropy } from '../engine/ops/cross-entropy.ts';
import { divergence } from '../engine/ops/divergence.ts';
import { embed } from '../engine/ops/embed.ts';
import { linear, linearGradWeight, linearGradX } from '../engine/ops/linear.ts';
import { rmsNorm, rmsNormGradGain, rmsNormGradX } from '../engine/ops/rms-norm.ts';
import { drive, type Gate, tidy, turn, type Work } from '../engine/work.ts';
import { AppError } from '../errors.ts';
import { addGradient, backward, forwardTraced, type Gradients } from '../model/backward.ts';
import { type Decoder, headWeight, weightOf } from '../model/decoder.ts';
import type { Lora } from '../model/lora.ts';
import { LOGITS, trainedAtOnce } from '../model/cost.ts';
import { chunks, makeBatch } from './batch.ts';
import type { Batch, Row } from './batch.ts';
import { disposeAdamW, initAdamW, learningRateAt, updateAdamW } from './optimizer.ts';

/** A decoder and those of its tensors that are trained, by name: the adapter's arena, or the weights. */
export type Trainee = { readonly decoder: Decoder; readonly parameters: ReadonlyMap<string, tf.Variable> };

/** Betas of the world's prototype; epsilon of PyTorch. */
export const ADAMW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };

/** A loss and its gradients, in the order of the parameters. */
type LossAndGradients = { readonly loss: tf.Tensor; readonly gradients: tf.Tensor[] };

/** Ranges of `rows` rows, no more than `LOGITS` logits each; one without rows where there are none. */
export function logitRanges(rows: number, vocabulary: number): readonly { readonly from: number; readonly count: number }[] {
  const most = Math.max(1, Math.floor(LOGITS / vocabulary));
  const parts = Math.max(1, Math.ceil(rows / most));
  return Array.from({ length: parts }, (_, i) => ({ from: i * most, count: Math.min(most, rows - i * most) }));
}

/** Runs `part` on ranges of `rows` rows, no more than `LOGITS` logits each. */
export function* byLogits<T>(rows: number, vocabulary: number, part: (from: number, count: number) => Work<T>): Work<T[]> {
  const parts: T[] = [];
  for (const { from, count } of logitRanges(rows, vocabulary)) parts.push(yield* part(from, count));
  return parts;
}

/** The loss of `count` rows of a batch from `from` on, each [count], and the gradient of their sum in `logits` [count,V], which it may lie over. */
type Loss = (logits: tf.Tensor, from: number, count: number) => Work<[losses: tf.Tensor, dLogits: tf.Tensor]>;

/** The sum over the targets of a batch of -log p, or of the divergence from the teacher where there is one, by the targets `of` a whole step. */
function lossOf({ targets, teacher }: Batch, of: number): Loss {
  const weight = 1 / of;
  if (teacher === undefined)
    return (logits, from, count) => crossEntropy(logits, tf.tensor1d(targets.slice(from, from + count), 'int32'), weight);
  const { k, alpha, ids, logProbs } = teacher;
  return (logits, from, count) => {
    const said = tf.tensor2d(ids.slice(from * k, (from + count) * k), [count, k], 'int32');
    return divergence(logits, said, tf.tensor2d(logProbs.slice(from * k, (from + count) * k), [count, k]), { alpha, weight });
  };
}

/** Final norm, head and loss of the rows x [R,D] in one go: the sum of the losses, and its gradient in x. */
function* headLoss(
  decoder: Decoder,
  gradients: Gradients,
  x: tf.Tensor,
  loss: Loss,
): Work<{ readonly loss: tf.Tensor; readonly dx: tf.Tensor }> {
  const { rms_norm_eps: epsilon, vocab_size: V, tie_word_embeddings: tied } = decoder.config;
  const [gain, W] = [weightOf(decoder, 'model.norm.weight'), headWeight(decoder)];
  const [R, D] = x.shape as [number, number];
  const normed = yield* rmsNorm(x, gain, epsilon); // [R,D]
  const parts = yield* byLogits(R, V, function* (from, count) {
    const rows = count === R ? normed : tf.slice(normed, [from, 0], [count, D]);
    const logits = yield* linear(rows, W); // [count,V]
    const [losses, dLogits] = yield* loss(logits, from, count); // [count], [count,V]
    if ('weights' in gradients)
      addGradient(gradients.weights, tied ? 'model.embed_tokens.weight' : 'lm_head.weight', yield* linearGradWeight(dLogits, rows));
    const dRows = yield* linearGradX(dLogits, W); // [count,D]
    tf.dispose([logits, dLogits]);
    return { losses, dRows };
  });
  normed.dispose();
  const dNormed = parts.length === 1 ? (parts[0]?.dRows as tf.Tensor) : tf.concat(parts.map(({ dRows }) => dRows)); // [R,D]
  const losses = parts.length === 1 ? (parts[0]?.losses as tf.Tensor) : tf.concat(parts.map((part): tf.Tensor => part.losses)); // [R]
  if ('weights' in gradients) addGradient(gradients.weights, 'model.norm.weight', yield* rmsNormGradGain(x, dNormed, epsilon));
  const result = { loss: tf.sum(losses), dx: yield* rmsNormGradX(x, gain, dNormed, epsilon) };
  tf.dispose([dNormed, losses]);
  return result;
}

/** The mean loss over the targets of a batch, or its share in a step with more, with its gradients; the caller disposes of them. */
export function* gradientsOf({ decoder, parameters }: Trainee, batch: Batch, of = batch.places.length): Work<LossAndGradients> {
  const { B, T, ids, places } = batch;
  const arena = decoder.lora === null ? null : tf.tidy(() => tf.variable(tf.zeros((decoder.lora as Lora).arena.shape), false));
  const gradients: Gradients = arena === null ? { weights: new Map() } : { arena };
  try {
    return yield* tidy(function* () {
      const trace = yield* forwardTraced(decoder, tf.tensor1d(ids, 'int32'), B, T);
      const every = places.length === B * T;
      const rows = every ? trace.x : yield* embed(tf.tensor1d(places, 'int32'), trace.x); // [R,D]; `embed` looks up rows
      const { loss, dx: dRows } = yield* headLoss(decoder, gradients, rows, lossOf(batch, of));
      // Back to all places; those that predict nothing get a row of zeros.
      const dx = every ? dRows : yield* embed(tf.tensor1d(inverse(places, B * T), 'int32'), dRows); // [M,D]
      if (!every) tf.dispose([rows, dRows]);
      yield* backward(decoder, gradients, trace, dx);
      if ('arena' in gradients) return { loss, gradients: [gradients.arena] };
      return { loss, gradients: [...parameters.keys()].map((name) => gradients.weights.get(name) as tf.Tensor) };
    });
  } catch (error) {
    arena?.dispose(); // no scope frees a variable
    throw error;
  }
}

/** For each of `size` places its index in `places`, or -1. */
function inverse(places: Int32Array, size: number): Int32Array {
  const indices = new Int32Array(size).fill(-1);
  for (const [i, place] of places.entries()) indices[place] = i;
  return indices;
}

/** What a step computed, not yet read back. */
type Pending = LossAndGradients & { readonly norm2: tf.Tensor };

/**
 * The rows of a step in parts of at most `most` tokens, padding and all, one row at least: as they are where they fit, else the longest first,
 * so that little is padded and what does not fit is found out at once.
 */
export function partsOf(rows: readonly Row[], most: number): readonly (readonly Row[])[] {
  const read = ({ ids }: Row): number => Math.max(1, ids.length - 1);
  if (rows.length * Math.max(...rows.map(read)) <= most) return [rows];
  const parts: Row[][] = [];
  for (const row of rows.toSorted((a, b) => read(b) - read(a))) {
    const part = parts.at(-1);
    if (part?.[0] !== undefined && (part.length + 1) * read(part[0]) <= most) part.push(row);
    else parts.push([row]);
  }
  return parts;
}

/** Both together, in the place of both. */
function added(a: LossAndGradients, b: LossAndGradients): LossAndGradients {
  const sum = {
    loss: tf.add(a.loss, b.loss),
    gradients: a.gradients.map((gradient, i): tf.Tensor => tf.add(gradient, b.gradients[i] as tf.Tensor)),
  };
  tf.dispose([a.loss, b.loss, ...a.gradients, ...b.gradients]);
  return sum;
}

/** Loss and gradients of one step, in parts of at most `most` tokens: the same step as in one, up to the order of sums. */
export function* stepGradients(trainee: Trainee, rows: readonly Row[], most: number): Work<LossAndGradients> {
  const all = partsOf(rows, most).map((part) => makeBatch(part, trainee.decoder.config.pad_token_id));
  const [first, ...others] = all.filter(({ places }) => places.length > 0);
  if (first === undefined) throw new RangeError('finetune: no row of the step has a completion');
  const of = all.reduce((sum, { places }) => sum + places.length, 0);
  let sum = yield* gradientsOf(trainee, first, of);
  try {
    for (const batch of others) sum = added(sum, yield* gradientsOf(trainee, batch, of));
    return sum;
  } catch (error) {
    tf.dispose([sum.loss, ...sum.gradients]);
    throw error;
  }
}

/** A step, with what tells whether its gradients are finite. */
function* pend(trainee: Trainee, rows: readonly Row[]): Work<Pending> {
  const { loss, gradients } = yield* stepGradients(trainee, rows, trainedAtOnce(trainee.decoder.config));
  return { loss, gradients, norm2: yield* squaredNorm(gradients) };
}

const free = ({ loss, gradients, norm2 }: Pending): void => tf.dispose([loss, norm2, ...gradients]);

/** Applies the gradients of a step; must leave the parameters alone where `norm2` is not finite. */
export type Update = (gradients: readonly tf.Tensor[], norm2: tf.Tensor) => Work<void>;

/**
 * One training step for each entry of `steps`, which gives its rows. On a graphics card the gradients of the next
 * step are recorded before the numbers of the last one are read, so that it never waits; they are applied only when the next step is
 * asked for. `gate` is asked between the parts of a step, and may end it before any parameter has changed.
 * Errors: NUM_NONFINITE, before any parameter has changed; those of `gate`.
 */
export async function* trainSteps(
  trainee: Trainee,
  steps: Iterable<() => readonly Row[]>,
  update: Update,
  gate: Gate = turn,
): AsyncGenerator<{ readonly loss: number; readonly gradientNorm: number }, void, undefined> {
  const source = steps[Symbol.iterator]();
  const ahead = tf.getBackend() === 'webgpu';
  const record = async (): Promise<Pending | null> => {
    const next = source.next();
    return next.done === true ? null : drive(pend(trainee, next.value()), gate);
  };
  let pending = await record();
  let both: tf.Tensor | null = null;
  try {
    while (pending !== null) {
      await drive(update(pending.gradients, pending.norm2)); // not to be ended half-way
      both = tf.stack([pending.loss, pending.norm2]);
      free(pending);
      pending = null;
      const reading = both.data();
      if (ahead) pending = await record();
      const [loss, norm2] = (await reading) as Float32Array as unknown as [number, number];
      both.dispose();
      both = null;
      if (!Number.isFinite(loss) || !Number.isFinite(norm2))
        throw new AppError('NUM_NONFINITE', `loss ${loss}, squared gradient norm ${norm2}`);
      yield { loss, gradientNorm: Math.sqrt(norm2) };
      if (!ahead) pending = await record();
    }
  } finally {
    if (pending !== null) free(pending);
    both?.dispose();
  }
}

/**
 * Trains in place, on the rows as they come. A step's loss is the mean over all its target tokens.
 * Errors: NUM_NONFINITE before the step that would have spoilt the parameters.
 */
export async function* finetune(
  trainee: Trainee,
  rows: readonly Row[],
  options: FinetuneOptions,
  gate: Gate = turn,
): AsyncGenerator<StepReport, void, undefined> {
  const { batchSize, weightDecay, clip } = options;
  const steps = Math.ceil(rows.length / batchSize);
  const schedule = { steps, peak: options.learningRate, warmup: Math.round(options.warmup * steps), shape: options.schedule };
  const state = initAdamW(trainee.parameters);
  let learningRate = 0;
  const update: Update = (gradients, norm2) => {
    learningRate = learningRateAt(state.step + 1, schedule);
    return updateAdamW(trainee.parameters, gradients, norm2, state, { ...ADAMW, learningRate, weightDecay, clip });
  };
  try {
    const batches = chunks(rows, batchSize).map((batch) => () => batch);
    for await (const { loss, gradientNorm } of trainSteps(trainee, batches, update, gate)) {
      yield { step: state.step, steps, loss, gradientNorm, learningRate };
    }
  } finally {
    disposeAdamW(state);
  }
}
