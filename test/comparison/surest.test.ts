/** Where a run would have stopped by the sureness of its answers alone. */
import { describe, expect, it } from 'vitest';
import { surestRound } from '../../src/comparison/surest.ts';
import type { RoundResult } from '../../src/contracts/records.ts';
import { DEFAULTS, type RunConfig } from '../../src/run/config.ts';

const SOFT: RunConfig = { ...DEFAULTS, method: 'soft', rounds: 5 };

const rounds = (...surprises: readonly (number | undefined)[]): readonly RoundResult[] =>
  surprises.map((surprise, i) => ({
    round: i + 1,
    prompts: 8,
    kept: 8,
    labelQuality: null,
    zeroShot: 0,
    oneShot: null,
    fewShot: null,
    validation: 0,
    byKind: {},
    outOfDistribution: null,
    extras: null,
    trainLoss: [],
    ...(surprise === undefined ? {} : { surprise }),
  }));

describe('a run that stops by sureness alone', () => {
  it('keeps the model whose answers were the first to be less sure: those of round t are by the model of the round before', () => {
    expect(surestRound(SOFT, rounds(0.13, 0.09, 0.07, 0.08, 0.05))).toBe(3);
    expect(surestRound(SOFT, rounds(0.13, 0.14, 0.07))).toBe(1);
  });

  it('keeps the last of all where they never were', () => {
    expect(surestRound(SOFT, rounds(0.13, 0.09, 0.09))).toBe(3);
  });

  it('cannot be told of one round, of runs stored before it was taken, and where the prompts or who answers are not alike', () => {
    expect(surestRound(SOFT, rounds(0.13))).toBeNull();
    expect(surestRound(SOFT, rounds(0.13, undefined, 0.2))).toBeNull();
    const rising = rounds(0.1, 0.2, 0.3);
    for (const config of [
      { answersFrom: 'base' },
      { method: 'soft+', orderScope: 'both' },
      { method: 'single' },
      { promptsOfRound: 'same' },
    ] as const)
      expect(surestRound({ ...SOFT, ...config }, rising)).toBeNull();
    expect(surestRound({ ...SOFT, method: 'soft+', orderScope: 'within' }, rising)).toBe(1);
  });
});
