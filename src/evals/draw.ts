/**
 * The questions of a run, out of all that may be asked: the first of each set that the model can read. Knows no tokenizer and no task.
 */
import type { Counts } from '../settings/counts.ts';
import type { QuestionSets } from './assess.ts';
import type { Question } from '../contracts/task.ts';

/** What may be asked, each set in the order in which it is drawn. */
export type Stock = {
  readonly prompts: readonly Question[];
  readonly validation: readonly Question[];
  readonly test: readonly Question[];
  /** Null where nothing was held out so. */
  readonly outOfDistribution: readonly Question[] | null;
};

/** What a model can read: of a prompt all that is shown with it, of a held-out question its answers. */
type Readable = {
  readonly prompt: (question: Question) => boolean;
  readonly held: (question: Question) => boolean;
};

/** The questions of a run. */
export type Drawn = QuestionSets & { readonly prompts: readonly Question[] };

const ALL: Readable = { prompt: () => true, held: () => true };

/** Draws at most `prompts` prompts and `counts` held-out questions; fewer where there are no more. */
export function draw(stock: Stock, prompts: number, counts: Counts, { prompt, held }: Readable = ALL): Drawn {
  const test = stock.test.filter(held).slice(0, counts.test);
  return {
    prompts: stock.prompts.filter(prompt).slice(0, prompts),
    validation: stock.validation.filter(held).slice(0, counts.validation),
    test,
    ...(counts.inContext < counts.test ? { inContext: test.slice(0, counts.inContext) } : {}),
    outOfDistribution: stock.outOfDistribution?.filter(held).slice(0, counts.outOfDistribution) ?? null,
  };
}
