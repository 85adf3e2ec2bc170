/** Supervised fine-tuning on a round's pairs. */
import type { MethodEvent } from '../../contracts/events.ts';
import type { FinetuneOptions } from '../../contracts/language-model.ts';
import { WARMUP } from '../../settings/recipe.ts';
import type { Round } from '../method.ts';
import type { Pair } from './keep.ts';

/**
 * Fine-tunes M_{t-1} into M_t on (bare prompt, answer) pairs in the given order, which holds every epoch; loss on answer tokens only. Starts
 * from the base model, or with a fresh adapter on M_{t-1}, where a run wants that of each round. Returns the loss of each step.
 */
export async function* sft({ config, model, round }: Round, pairs: readonly Pair[]): AsyncGenerator<MethodEvent, readonly number[]> {
  if (round > 1 && config.startFrom === 'base') await model.restore(null);
  if (round > 1 && config.startFrom === 'merged') await model.restart();
  const rows = pairs.map(({ prompt, completion }) => ({ prompt, completion }));
  const options: FinetuneOptions = {
    batchSize: config.batchSize,
    learningRate: config.learningRate,
    warmup: WARMUP,
    schedule: config.schedule,
    weightDecay: 0,
    clip: 1,
  };
  const losses: number[] = [];
  for await (const report of model.finetune(rows, options)) {
    losses.push(report.loss);
    yield { type: 'step', round, ...report };
    yield { type: 'progress', phase: 'train', round, done: report.step, total: report.steps };
  }
  return losses;
}
