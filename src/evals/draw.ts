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
  /** What is asked once at the end: sets of questions, of which `kind` is the name, and questions to answer freely. Absent in a world. */
  readonly probes?: { readonly sets: readonly (readonly Question[])[]; readonly open: readonly Question[] };
};

/** What a model can read: of a prompt all that is shown with it, of a held-out question its answers, of an open one the longest answer. */
type Readable = {
  readonly open: (question: Question) => boolean;
  readonly prompt: (question: Question) => boolean;
  readonly held: (question: Question) => boolean;
};

/** The questions of a run. */
export type Drawn = QuestionSets & { readonly prompts: readonly Question[] };

const ALL: Readable = { prompt: () => true, held: () => true, open: () => true };

/** How many prompts a run wants at most, how many questions of each set of probes, and how many open ones. */
type Wanted = { readonly prompts: number; readonly probes: number; readonly probeAnswers: number };

/** Draws at most as many as are wanted, and `counts` held-out questions; fewer where there are no more. */
export function draw(
  stock: Stock,
  { prompts, probes, probeAnswers }: Wanted,
  counts: Counts,
  { prompt, held, open }: Readable = ALL,
): Drawn {
  const test = stock.test.filter(held).slice(0, counts.test);
  const asked = stock.probes?.sets.flatMap((set) => set.filter(held).slice(0, probes)) ?? [];
  const free = stock.probes?.open.filter(open).slice(0, probeAnswers) ?? [];
  return {
    prompts: stock.prompts.filter(prompt).slice(0, prompts),
    validation: stock.validation.filter(held).slice(0, counts.validation),
    test,
    ...(counts.inContext < counts.test ? { inContext: test.slice(0, counts.inContext) } : {}),
    outOfDistribution: stock.outOfDistribution?.filter(held).slice(0, counts.outOfDistribution) ?? null,
    ...(asked.length + free.length > 0 ? { probes: { asked, open: free } } : {}),
  };
}
