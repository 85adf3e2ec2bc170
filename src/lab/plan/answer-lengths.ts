/**
 * How long a model's own answers are: a few are sampled, and the cap that a run begins with leaves at most about one in ten of them unfinished.
 * Knows no store and no page.
 */
import type { GenerateOptions, GenerateRequest, LanguageModel } from '../../contracts/language-model.ts';
import type { Share } from '../../model/load.ts';
import type { AnswerLengths } from '../../protocol/models.ts';

/** Answers that are sampled, each to another prompt. */
export const SAMPLED = 12;
/** Of these so many may be longer than the cap: about one in ten. */
const CUT = 1;
/** Caps are multiples of this, so that an answer more or less does not make another setting. */
const STEP = 16;

/** The cap for answers of these lengths; an answer that did not end is longer than `most`. */
export function capOf(lengths: readonly { readonly tokens: number; readonly ended: boolean }[], most: number): number {
  const sorted = lengths.map(({ tokens, ended }) => (ended ? tokens : Infinity)).toSorted((a, b) => a - b);
  const needed = sorted[Math.max(0, sorted.length - 1 - CUT)] ?? Infinity;
  // one more than it wrote: an answer that ends with its last token is not told from one that was cut
  return Math.min(most, STEP * Math.ceil((needed + 1) / STEP));
}

/** Samples an answer to each request, and says of how many it has one. `maxTokens` of the options is the most that is looked for. */
export async function* measureAnswers(
  model: Pick<LanguageModel, 'generate'>,
  requests: readonly GenerateRequest[],
  options: GenerateOptions,
): AsyncGenerator<Share, AnswerLengths> {
  const total = requests.length;
  yield { done: 0, total };
  const lengths: { readonly tokens: number; readonly ended: boolean }[] = [];
  for await (const { pieces, finish } of model.generate(requests, options)) {
    lengths.push({ tokens: pieces.length, ended: finish === 'stop' });
    yield { done: lengths.length, total };
  }
  const cap = capOf(lengths, options.maxTokens);
  return { sampled: lengths.length, cut: lengths.filter(({ tokens, ended }) => !ended || tokens > cap).length, longest: cap };
}
