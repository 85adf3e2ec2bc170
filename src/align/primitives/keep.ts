/** Keeping: the answers that no filter dropped, and the pairs that are made of them to train on. */
import type { Sample } from '../../contracts/records.ts';
import { AppError } from '../../errors.ts';
import { Random } from '../../random.ts';
import { isSelection } from '../filters/judge.ts';
import type { Round } from '../method.ts';

/**
 * Below this share of kept answers a round would train on a tiny, biased remainder (our bound, not the paper's). What a filter drops that is
 * there to select, such as answers without a majority, does not count: few of many is what it is for, and none leaves the model as it is.
 */
const KEEP_FLOOR = 0.3;

/** The kept answers. Throws KEPT_TOO_FEW. */
export function keep({ round }: Round, answers: readonly Sample[]): readonly Sample[] {
  const kept = answers.filter((sample) => sample.verdict === 'kept');
  const counted = answers.filter(({ verdict }) => !isSelection(verdict)).length;
  if (kept.length < KEEP_FLOOR * counted) {
    throw new AppError('KEPT_TOO_FEW', `round ${round} kept ${kept.length} of ${answers.length} answers`);
  }
  return kept;
}

/** A training pair and the sample that it comes from. */
export type Pair = { readonly sample: Sample; readonly prompt: string; readonly completion: string };

/** The pairs (x, y): the bare prompt, and the answer without the thought before it. */
export function engrave({ task, prompts }: Round, kept: readonly Sample[]): readonly Pair[] {
  const bare = new Map(prompts.map((question) => [question.id, question.prompt]));
  return kept.map((sample) => {
    const prompt = bare.get(sample.promptId);
    if (prompt === undefined) throw new AppError('INTERNAL', `the prompt ${sample.promptId} of a sample is none of the run's`);
    return { sample, prompt, completion: task.withoutThought(sample.completion) };
  });
}

/** What a round is fine-tuned on: its own pairs, or as many out of those of all rounds so far, drawn anew each round. */
export async function gather(round: Round, own: readonly Pair[]): Promise<readonly Pair[]> {
  if (round.config.learnsFrom === 'round') return own;
  const earlier = await Promise.all(Array.from({ length: round.round - 1 }, (_, i) => round.ledger.answers(i + 1)));
  const all = [...earlier.flatMap((answers) => engrave(round, keep(round, answers))), ...own];
  return Random.of(round.config.seed, 'gather', round.round).sample(all, own.length);
}
