/** Everything that a run asks of a model, and the bits of what came of it: for tests of what must not change them. */
import { LINEARS } from '../../src/files/config.ts';
import type { TfLanguageModel } from '../../src/training/language-model.ts';
import { TRAINING } from './training.ts';

export const RECIPE = { ...TRAINING, batchSize: 2 };
export const LORA = { mode: 'lora', rank: 4, alpha: 8, targets: LINEARS } as const;
const GREEDY = { maxTokens: 6, temperature: 0, topK: 0, topP: 1, stop: [] };

/** Answers, log-likelihoods, losses and the hash of the adapter, with prompts of about `words` words. */
export async function everything(model: TfLanguageModel, words: number): Promise<unknown> {
  const long = (i: number): string => `User: ${'a b '.repeat(words / (i + 1))}?\nBot:`;
  const rows = [0, 1].map((i) => ({ prompt: long(i), completion: ' seven red boats on a lake' }));
  const answers: unknown[] = [];
  const answer = async (): Promise<void> => {
    const requests = [0, 1].map((i) => ({ prompt: long(i), seed: `${i}` }));
    for await (const { index, pieces, logProbs } of model.generate(requests, GREEDY)) answers.push([index, pieces, logProbs]);
  };
  await answer();
  const scores = await model.score(rows);
  const losses: number[] = [];
  for await (const { loss } of model.finetune(rows, RECIPE)) losses.push(loss);
  await answer();
  return { answers, scores, losses, hash: (await model.snapshot()).hash };
}
