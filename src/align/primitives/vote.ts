/** Majority: which of several answers to one prompt is learned from, and how many of them say the same. Pure functions of texts. */
import type { Completion } from '../../contracts/language-model.ts';

type Answer = Pick<Completion, 'text' | 'finish'>;

/** The answer that most of them say, as it was given first, and the share of all that say it. */
export type Vote<T> = { readonly chosen: T; readonly agreement: number };

/**
 * The majority of one or more answers, in the order in which they were asked for; of equally many the one that was said first. Answers
 * that were cut off agree with nobody, for nobody knows their end (majority voting of Lee et al., arXiv 2502.01612). `said` takes the answer
 * out of a completion.
 */
export function vote<T extends Answer>(answers: readonly T[], said: (completion: string) => string): Vote<T> {
  const groups = new Map<string, readonly T[]>();
  for (const [i, answer] of answers.entries()) {
    const key = answer.finish === 'stop' ? said(answer.text).trim() : `\n${i}`;
    groups.set(key, [...(groups.get(key) ?? []), answer]);
  }
  const [most = []] = [...groups.values()].toSorted((a, b) => b.length - a.length);
  const [chosen] = most;
  if (chosen === undefined) throw new RangeError('nobody answered');
  return { chosen, agreement: most.length / answers.length };
}
