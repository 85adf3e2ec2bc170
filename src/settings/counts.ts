/**
 * How many held-out questions are asked after each round: one rule for worlds and for kits. Knows no question.
 */

export type Counts = { readonly validation: number; readonly test: number; readonly inContext: number; readonly outOfDistribution: number };

/** Test questions where a run names no number: answers of the world are short; a kit's questions are long, and offer several. */
const USUAL = { graded: 200, chosen: 100 } as const;

/**
 * The sets for the setting `questions`, Q: Q for testing, and half as many out of distribution. Validation decides which round is returned,
 * so it shrinks less: 20 and four tenths of Q, never more than Q. With demonstrations in view three tenths are asked: there is much to read
 * before each answer. Q of 0 is the usual number: 200 where the model answers (`graded`), 100 where it chooses among given answers.
 */
export function countsOf(questions: number, graded: boolean): Counts {
  const test = questions > 0 ? questions : graded ? USUAL.graded : USUAL.chosen;
  return {
    validation: Math.min(test, 20 + Math.round(0.4 * test)),
    test,
    inContext: Math.ceil(0.3 * test),
    outOfDistribution: Math.ceil(test / 2),
  };
}

/** The standard error of a share of so many questions, at most: that of one half, 0 to 1. */
export function certainty(questions: number): number {
  return Math.sqrt(0.25 / Math.max(1, questions));
}
