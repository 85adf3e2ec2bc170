/** Supervised fine-tuning on a round's pairs, and what every way of training has in common with it. */
import type { MethodEvent } from '../../contracts/events.ts';
import type { FinetuneOptions, StepReport } from '../../contracts/language-model.ts';
import { WARMUP } from '../../settings/recipe.ts';
import type { Round } from '../method.ts';
import type { Pair } from './keep.ts';

/**
 * Turns M_{t-1} into M_t by `steps`. Starts from the base model, or with a fresh adapter on M_{t-1}, where a run wants that of each round.
 * Returns the loss of each step.
 */
export async function* trained(
  { config, model, round }: Round,
  steps: (options: FinetuneOptions) => AsyncIterable<StepReport>,
): AsyncGenerator<MethodEvent, readonly number[]> {
  if (round > 1 && config.startFrom === 'base') await model.restore(null);
  if (round > 1 && config.startFrom === 'merged') await model.restart();
  const options: FinetuneOptions = {
    batchSize: config.batchSize,
    learningRate: config.learningRate,
    warmup: WARMUP,
    schedule: config.schedule,
    weightDecay: 0,
    clip: 1,
  };
  const losses: number[] = [];
  for await (const report of steps(options)) {
    losses.push(report.loss);
    yield { type: 'step', round, ...report };
    yield { type: 'progress', phase: 'train', round, done: report.step, total: report.steps };
  }
  return losses;
}

/** Fine-tunes on (bare prompt, answer) pairs in the given order, which holds every epoch; loss on answer tokens only. */
export function sft(round: Round, pairs: readonly Pair[]): AsyncGenerator<MethodEvent, readonly number[]> {
  const rows = pairs.map(({ prompt, completion }) => ({ prompt, completion }));
  return trained(round, (options) => round.model.finetune(rows, options));
}
