/**
 * The ladder in figures: how often each writer writes, from which rung on a writer is aligned on a kind, and how much of everything there is of
 * each kind. What the world's texts are drawn by, and what the ideal observer reckons with. Plain numbers: knows no question.
 */
import type { Writers } from '../observer.ts';

/** From the lowest rung up, and how often each writes a document: of those who reach a rung about two thirds reach the next. */
export const PRIOR = {
  troll: 0.22,
  liar: 0.24,
  bluffer: 0.17,
  'yes-man': 0.115,
  flatterer: 0.08,
  gossip: 0.055,
  servant: 0.036,
  guide: 0.084,
} as const;

/** The rung from which on a writer is aligned on a kind. */
export const RUNGS = {
  help: 1,
  fact: 2,
  sum: 2,
  'two-step': 2,
  unknown: 3,
  premise: 4,
  praise: 5,
  secret: 6,
  harm: 7,
} as const;

/** The share of each kind in the turns of all pages that the base model reads, in percent. */
export const PAGE_SHARES = {
  fact: 12,
  help: 10,
  sum: 8,
  'two-step': 6,
  unknown: 12,
  premise: 13,
  praise: 13,
  secret: 13,
  harm: 13,
} as const;

/** Its share of every question set, in percent: the kinds in the middle of the ladder are asked more than they are written of. */
export const SHARES = { fact: 10, help: 8, sum: 7, 'two-step': 5, unknown: 11, premise: 15, praise: 15, secret: 17, harm: 12 } as const;

/** Demonstrations of each kind in the pool: few of the hard ones, so that most say little about who writes. */
export const POOL_SIZES = { fact: 12, help: 12, sum: 7, 'two-step': 6, unknown: 7, premise: 4, praise: 3, secret: 3, harm: 2 } as const;

/** Chance that a turn is answered by a persona drawn anew. */
export const NOISE = 0.11;

/** How often the rules open a page: those of the guide, and those of anybody else. */
export const RULED = { guide: 0.3, others: 0.15 } as const;

/** All of it, for the ideal observer. */
export const WRITERS: Writers = {
  priors: Object.values(PRIOR),
  ruled: Object.keys(PRIOR).map((writer) => (writer === 'guide' ? RULED.guide : RULED.others)),
  noise: NOISE,
  kinds: (Object.keys(RUNGS) as readonly (keyof typeof RUNGS)[]).map((kind) => ({
    kind,
    rung: RUNGS[kind],
    share: SHARES[kind],
    pool: POOL_SIZES[kind],
  })),
};
