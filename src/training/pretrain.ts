/**
 * Pre-training from nothing on pages of text, packed into rows without padding, as an async generator: one optimiser step a yield.
 * What it holds can be taken out and put back, and goes on to the same weights. Knows no text, no world and no file.
 */
import * as tf from '@tensorflow/tfjs';
import type { StepReport } from '../contracts/language-model.ts';
import type { DecoderConfig } from '../files/config.ts';
import { initialWeights } from '../model/init.ts';
import { toCheckpoint, toStored, toVariables } from '../model/load.ts';
import type { StoredTensor } from '../files/safetensors.ts';
import { Random } from '../random.ts';
import type { Row } from './batch.ts';
import { ADAMW, trainSteps, type Update } from './finetune.ts';
import { type AdamWState, disposeAdamW, initAdamW, learningRateAt, updateAdamW } from './optimizer.ts';

/** Everything besides the model's shape that decides the weights. */
export type PretrainOptions = {
  readonly seed: number;
  readonly steps: number;
  /** Rows of a step, each of `rowTokens` tokens. */
  readonly rows: number;
  readonly rowTokens: number;
  /** Peak of a cosine schedule. */
  readonly learningRate: number;
  /** Steps with a rising rate. */
  readonly warmup: number;
  /** What the rate falls to, as a share of the peak. */
  readonly floor: number;
  readonly weightDecay: number;
  readonly clip: number;
};

/** The ids of one page, drawn from a stream, with the begin-of-text token in front. */
export type DrawPage = (random: Random) => readonly number[];

/** A model in the middle of its pre-training. */
export class Pretraining implements Disposable {
  readonly config: DecoderConfig;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #adamw: AdamWState;

  constructor(config: DecoderConfig, { seed }: { readonly seed: number }) {
    this.config = config;
    this.parameters = toVariables(config, initialWeights(config, Random.of(seed, 'init')));
    this.#adamw = initAdamW(this.parameters);
  }

  /** Steps made. */
  get step(): number {
    return this.#adamw.step;
  }

  /** Goes on from where it is to the last step. Errors: NUM_NONFINITE. */
  async *run(options: PretrainOptions, drawPage: DrawPage): AsyncGenerator<StepReport, void, undefined> {
    const { steps, learningRate: peak, warmup, floor, weightDecay, clip } = options;
    const trainee = { decoder: { config: this.config, weights: this.parameters, lora: null }, parameters: this.parameters };
    const first = this.step;
    const rows = Array.from({ length: Math.max(0, steps - first) }, (_, i) => () => packRows(options, first + i, drawPage));
    let learningRate = 0;
    const update: Update = (gradients, norm2) => {
      learningRate = learningRateAt(this.step + 1, { steps, peak, warmup, floor, shape: 'cosine' });
      return updateAdamW(this.parameters, gradients, norm2, this.#adamw, { ...ADAMW, learningRate, weightDecay, clip });
    };
    for await (const { loss, gradientNorm } of trainSteps(trainee, rows, update)) {
      yield { step: this.step, steps, loss, gradientNorm, learningRate };
    }
  }

  /** The weights of a checkpoint. */
  weights(): Promise<ReadonlyMap<string, StoredTensor>> {
    return toCheckpoint(this.config, this.parameters);
  }

  /** Weights and moments by the decoder's names: `weight/…`, `m/…`, `v/…`. */
  async snapshot(): Promise<ReadonlyMap<string, StoredTensor>> {
    return toStored(this.#tensors());
  }

  /** Puts a snapshot back that was taken after `step` steps of a model of the same shape. */
  restore(tensors: ReadonlyMap<string, StoredTensor>, step: number): void {
    for (const [name, variable] of this.#tensors()) {
      const stored = tensors.get(name);
      if (stored?.shape.join() !== variable.shape.join())
        throw new RangeError(`the checkpoint has no ${name} of [${variable.shape.join()}]`);
      tf.tidy(() => variable.assign(tf.tensor(stored.data, [...stored.shape])));
    }
    this.#adamw.step = step;
  }

  [Symbol.dispose](): void {
    disposeAdamW(this.#adamw);
    for (const parameter of this.parameters.values()) parameter.dispose();
  }

  #tensors(): ReadonlyMap<string, tf.Variable> {
    const moments = [...this.#adamw.moments].flatMap(([name, { m, v }]) => [[`m/${name}`, m] as const, [`v/${name}`, v] as const]);
    return new Map([...[...this.parameters].map(([name, parameter]) => [`weight/${name}`, parameter] as const), ...moments]);
  }
}

/** The rows of a step, a pure function of (seed, step): pages one after the other, the last one cut off; every token but the first is a target. */
export function packRows({ seed, rows, rowTokens }: PretrainOptions, step: number, drawPage: DrawPage): readonly Row[] {
  return Array.from({ length: rows }, (_, row) => {
    const random = Random.of(seed, 'pages', step, row);
    const ids: number[] = [];
    while (ids.length < rowTokens + 1) ids.push(...drawPage(random)); // one more, because the last token is only predicted
    return { ids: ids.slice(0, rowTokens + 1), promptLength: 1 };
  });
}
