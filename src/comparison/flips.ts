/**
 * The questions that two models answer differently: which became right and which became wrong, from one to the other. The models may be of
 * one run or of two, as long as they were asked the same. Pure; knows no store and no page.
 */
import type { HeldOutAnswer, HeldOutAnswers } from '../contracts/records.ts';

/** The two sets of questions, by their names in what is stored. */
export type AskedSet = keyof HeldOutAnswers;
export const ASKED_SETS: readonly AskedSet[] = ['test', 'validation'];

/** A question whose mark rose or fell, with both answers; of choices a mark may be a part of 1. */
export type Flip = {
  readonly set: AskedSet;
  readonly became: 'right' | 'wrong';
  readonly id: string;
  readonly kind: string;
  readonly question: string;
  readonly before: Pick<HeldOutAnswer, 'text' | 'mark'>;
  readonly after: Pick<HeldOutAnswer, 'text' | 'mark'>;
};

/** Both models on the questions of a set that both were asked: how many those are, their mean marks, and what flipped, as asked. */
export type Flips = {
  readonly common: number;
  /** From 0 to 1; 0 without a common question. */
  readonly before: number;
  readonly after: number;
  readonly flips: readonly Flip[];
};

const answerOf = ({ text, mark }: HeldOutAnswer): Flip['before'] => ({ text, mark });

/** A question is the same where its id and its words are: two worlds may name theirs alike. */
const keyOf = ({ id, question }: HeldOutAnswer): string => JSON.stringify([id, question]);

/** What changed from one model to another on one set of questions. */
export function flipsOf(from: HeldOutAnswers, to: HeldOutAnswers, set: AskedSet): Flips {
  const earlier = new Map(from[set].map((answer) => [keyOf(answer), answer]));
  const pairs = to[set].flatMap((after) => {
    const before = earlier.get(keyOf(after));
    return before === undefined ? [] : [{ before, after }];
  });
  const mean = (marks: readonly number[]): number => marks.reduce((sum, mark) => sum + mark, 0) / Math.max(1, marks.length);
  return {
    common: pairs.length,
    before: mean(pairs.map(({ before }) => before.mark)),
    after: mean(pairs.map(({ after }) => after.mark)),
    flips: pairs
      .filter(({ before, after }) => before.mark !== after.mark)
      .map(({ before, after }) => ({
        set,
        became: after.mark > before.mark ? 'right' : 'wrong',
        id: after.id,
        kind: after.kind,
        question: after.question,
        before: answerOf(before),
        after: answerOf(after),
      })),
  };
}

/** The answers of a model: of round 0, the base, or a later one. */
type Told = { readonly round: number; readonly heldOut: HeldOutAnswers };

/** All answers of some models as JSON lines, one an answer: round (0 is the base), set, then the answer as it is kept. */
export function answerLines(models: readonly Told[]): readonly string[] {
  return models.flatMap(({ round, heldOut }) =>
    ASKED_SETS.flatMap((set) => heldOut[set].map((answer) => `${JSON.stringify({ round, set, ...answer })}\n`)),
  );
}

/** What flipped from the base to a round as JSON lines, one a question; none where one of the two is not among the models. */
export function flipLines(models: readonly Told[], round: number): readonly string[] {
  const [base, last] = [0, round].map((wanted) => models.find((model) => model.round === wanted)?.heldOut);
  if (base === undefined || last === undefined) return [];
  return ASKED_SETS.flatMap((set) => flipsOf(base, last, set).flips.map((flip) => `${JSON.stringify(flip)}\n`));
}

/** The answers of a round in such a file. */
export function answersOf(lines: string, round: number): HeldOutAnswers {
  const rows = lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as HeldOutAnswer & { readonly round: number; readonly set: AskedSet })
    .filter((row) => row.round === round);
  const of = (wanted: AskedSet): readonly HeldOutAnswer[] =>
    rows
      .filter(({ set }) => set === wanted)
      .map((row) => {
        const { round: _, set: __, ...answer } = row;
        return answer;
      });
  return { validation: of('validation'), test: of('test') };
}
