/**
 * The runs of chapters 4 to 8: what they have in common, and the one thing in which each differs. Few prompts and few test questions, so that a
 * chapter takes about a minute; the seeds are typical ones among those that LOG.md names. Plain facts; knows no component.
 */
import { configOf } from '../../run/arm.ts';
import type { RunConfig } from '../../run/config.ts';
import { formatOptions } from '../../run/options.ts';
import { toSay } from '../language/language.ts';
import type { LessonArm } from '../session/lesson-runs.ts';

/** Rounds of the runs on the ladder, and how many prompts each answers. */
export const ROUNDS = 6;
export const PROMPTS = 100;

const LADDER = { world: 'ladder', method: 'soft', rounds: ROUNDS, prompts: ROUNDS * PROMPTS, questions: 100 } as const;
const LADDER_SEED = 101;

const onLadder = (name: string, options: LessonArm['options'] = {}): LessonArm => ({
  name,
  options: { ...LADDER, ...options },
  seed: LADDER_SEED,
});

/** Nothing changed: each round is answered by the model of the round before. */
export const STEPPING = onLadder(toSay('on its own feet'));
/** Its first round alone. */
export const FIRST_ROUND: LessonArm = { ...STEPPING, until: 1 };
export const FROZEN = onLadder(toSay('frozen teacher'), { answersFrom: 'base' });

/** What can be broken, a switch each. */
export const BREAKS = {
  fixed: onLadder(toSay('fixed example'), { draw: 'fixed' }),
  none: onLadder(toSay('no example'), { demonstrations: 0, principles: false }),
  same: onLadder(toSay('same prompts again'), { promptsOfRound: 'same' }),
} as const;
export type Break = keyof typeof BREAKS;

/** As it would be if somebody caught every wrong answer before it is learnt. */
export const CHECKED = onLadder(toSay('with a checker'), { oracle: true });

/** Checkers that err, by how often they are right. */
export const CHECKERS = {
  poor: onLadder(toSay('60% checker'), { oracle: true, oracleAccuracy: 0.6 }),
  fair: onLadder(toSay('75% checker'), { oracle: true, oracleAccuracy: 0.75 }),
  good: onLadder(toSay('90% checker'), { oracle: true, oracleAccuracy: 0.9 }),
} as const;

const DEPTH = { world: 'depth', questions: 100 } as const;
const DEPTH_SEED = 102;

/** The order in which the world of chains is learnt. */
export const ORDERS = {
  easy: { name: toSay('easy to hard'), options: { ...DEPTH, method: 'soft+' }, seed: DEPTH_SEED },
  off: { name: toSay('no order'), options: { ...DEPTH, method: 'soft' }, seed: DEPTH_SEED },
  hard: { name: toSay('hard to easy'), options: { ...DEPTH, method: 'soft', order: 'hard-to-easy' }, seed: DEPTH_SEED },
} as const satisfies Readonly<Record<string, LessonArm>>;
export type OrderName = keyof typeof ORDERS;

/** Which chapter asks for which runs, the earliest first. */
const OF_CHAPTERS: readonly (readonly [number, readonly LessonArm[]])[] = [
  [4, [FIRST_ROUND]],
  [5, [STEPPING, FROZEN]],
  [6, Object.values(BREAKS)],
  [7, Object.values(ORDERS)],
  [8, [CHECKED, ...Object.values(CHECKERS)]],
];

/** The chapter that a run belongs to of which so many rounds were made or begun; null where no chapter asks for such a run. */
export function chapterOf(config: RunConfig, rounds: number): number | null {
  const text = formatOptions(config);
  const asks = (arm: LessonArm): boolean => rounds <= (arm.until ?? Infinity) && formatOptions(configOf(arm, arm.seed)) === text;
  return OF_CHAPTERS.find(([, arms]) => arms.some(asks))?.[0] ?? null;
}
