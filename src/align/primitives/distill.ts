/** Distillation: what a teacher says of a round's answers, and training towards it. */
import type { MethodEvent } from '../../contracts/events.ts';
import type { TaughtRow } from '../../contracts/language-model.ts';
import { AppError } from '../../errors.ts';
import { demonstrate } from '../demonstrations.ts';
import type { Round } from '../method.ts';
import type { Pair } from './keep.ts';
import { trained } from './sft.ts';

/** The teacher's likeliest tokens that count at each token of an answer (TRL's SDFT; its default). */
const TEACHER_TOKENS = 100;

/**
 * What the teacher says at each token of the pairs' answers, with principles and demonstrations in view as SOFT draws them: M_{t-1}, or the
 * base model where a run wants a frozen teacher; M_{t-1} is in the model afterwards.
 */
export async function teach(inputs: Round, pairs: readonly Pair[]): Promise<ReadonlyMap<Pair, TaughtRow>> {
  const { model, config, task, prompts, round } = inputs;
  const questions = new Map(prompts.map((question) => [question.id, question]));
  const rows = pairs.map(({ sample, completion }) => {
    const question = questions.get(sample.promptId);
    if (question === undefined) throw new AppError('INTERNAL', `the prompt ${sample.promptId} of a sample is none of the run's`);
    const { context } = demonstrate(task, { ...config, thoughts: false }, question, `round ${sample.round}`);
    return { prompt: context, completion };
  });
  const previous = round > 1 && config.answersFrom === 'base' ? await model.snapshot() : null;
  if (previous !== null) await model.restore(null);
  const said = await model.likeliest(rows, TEACHER_TOKENS);
  if (previous !== null) await model.restore(previous);
  return new Map(
    pairs.map((pair, i) => {
      const teacher = said[i];
      if (teacher === undefined) throw new AppError('INTERNAL', `the teacher said nothing of answer ${i}`);
      return [pair, { prompt: pair.prompt, completion: pair.completion, teacher }];
    }),
  );
}

/** Draws M_{t-1} at each token of the answers towards its teacher, in the given order, which holds every epoch. Returns the loss of each step. */
export function distill(round: Round, rows: readonly TaughtRow[]): AsyncGenerator<MethodEvent, readonly number[]> {
  return trained(round, (options) => round.model.distill(rows, { ...options, alpha: round.config.divergence }));
}
