/**
 * Our decoder at work on random weights, through what the program itself calls: the language model. It learns, reads or answers. Knows no
 * clock.
 */
import type { FinetuneOptions, GenerateRequest, TrainingRow } from '../../contracts/language-model.ts';
import { gauges, takePeak } from '../../engine/backend.ts';
import type { Tokenizer } from '../../text/tokenizer/tokenizer.ts';
import { TfLanguageModel, type Tuning } from '../../training/language-model.ts';
import type { Batch, Generator, LlamaShape, Trainer, Usage, Weights } from './parts.ts';
import { LORA } from './shapes.ts';
import { configOf } from './weights.ts';

/** Text is the ids in decimal, so that a prompt is exactly as long as it is asked for. */
const NUMBERS = {
  encode: (text: string): number[] => (text === '' ? [] : text.split(' ').map(Number)),
  pieces: (ids: readonly number[]): string[] => ids.map((id) => `${id} `),
  stopsAt: () => () => false,
} as unknown as Tokenizer;

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

/** A language model of a shape, of which every weight is trained, or an adapter on all linear layers. Texts are ids in decimal. */
export function decoderOf(shape: LlamaShape, weights: Weights, mode: 'all' | 'lora'): TfLanguageModel {
  const tuning: Tuning = mode === 'all' ? { mode: 'full' } : { mode: 'lora', ...LORA };
  return new TfLanguageModel({ config: configOf(shape), tokenizer: NUMBERS, weights }, tuning, { seed: 1 });
}

/** A batch as rows of text: the first id is the begin of text, which the model adds itself. */
export function rowsOf({ B, T, targets }: Batch): TrainingRow[] {
  return Array.from({ length: B }, (_, b) => ({ prompt: '', completion: targets.subarray(b * T, (b + 1) * T).join(' ') }));
}

/** Trains every weight, or an adapter on all linear layers. */
export function trainer(shape: LlamaShape, weights: Weights, batch: Batch, mode: 'all' | 'lora'): Promise<Trainer> {
  const model = decoderOf(shape, weights, mode);
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

/** Reads a batch; the loss is always the same. */
export function scorer(shape: LlamaShape, weights: Weights, batch: Batch): Promise<Trainer> {
  const model = decoderOf(shape, weights, 'all');
  const rows = rowsOf(batch);
  return Promise.resolve({
    step: async () => (await model.score(rows)).reduce((sum, { nll }) => sum + nll, 0) / (batch.B * batch.T),
    dispose: () => model.dispose(),
  });
}

/** Prompts of ids as texts, each with a random stream of its own; the model adds the first id itself. */
export function requestsOf(prompts: readonly (readonly number[])[]): GenerateRequest[] {
  return prompts.map((ids, i) => ({ prompt: ids.slice(1).join(' '), seed: `${i}` }));
}

/** Answers by sampling at temperature 0.8. */
export function generator(shape: LlamaShape, weights: Weights): Promise<Generator> {
  const model = decoderOf(shape, weights, 'all');
  return Promise.resolve({
    generate: async ({ prompts, tokens }) => {
      const options = { maxTokens: tokens, temperature: 0.8, topK: 0, topP: 1, stop: [] };
      for await (const { pieces } of model.generate(requestsOf(prompts), options)) {
        if (pieces.length !== tokens) throw new Error(`${pieces.length} tokens instead of ${tokens}`);
      }
    },
    dispose: () => model.dispose(),
  });
}

/** What a call dispatches, and the most that the engine holds during it beyond what it held before. */
export async function usage(call: () => Promise<unknown>): Promise<Usage> {
  takePeak();
  const before = gauges();
  await call();
  const dispatches = gauges()['engine/dispatches'] - before['engine/dispatches'];
  return { dispatches, bytes: takePeak() - before['engine/bytes'] };
}
