/** What the ideal observer of a run's world expects of it, by its settings. */
import { describe, expect, it } from 'vitest';
import { DEFAULTS, type RunConfig } from '../../src/run/config.ts';
import { expectedOf } from '../../src/run/expected.ts';

const SOFT: RunConfig = { ...DEFAULTS, world: 'ladder', method: 'soft', rounds: 4, demonstrations: 1 };
const GRADED = { sampled: 0.3 };
const end = (change: Partial<RunConfig>): number => expectedOf({ ...SOFT, ...change }, GRADED)?.at(-1)?.zeroShot ?? Number.NaN;

describe('an exact reader of the ladder', () => {
  it('expects of SOFT that it climbs, and of a frozen teacher, a single round and SSD that they stop below', () => {
    const expected = expectedOf(SOFT, GRADED) ?? [];
    expect(expected.map(({ round }) => round)).toEqual([0, 1, 2, 3, 4]);
    expect(expectedOf(SOFT, GRADED)).toBe(expected); // asked again and again by charts
    for (const [i, { zeroShot }] of expected.entries()) expect(zeroShot).toBeGreaterThan(expected[i - 1]?.zeroShot ?? 0);
    const single = end({ method: 'single' });
    expect(end({ answersFrom: 'base' })).toBeCloseTo(single, 12);
    expect(end({}) - single).toBeGreaterThan(0.1);
    expect(end({ method: 'ssd', temperature: 1 })).toBeCloseTo(expected[0]?.zeroShot ?? Number.NaN, 12);
    expect(end({ answersFrom: 'gold' })).toBeGreaterThan(end({}));
    expect(end({ startFrom: 'base' })).toBeLessThan(end({}));
    expect(end({ startFrom: 'merged' })).toBe(end({}));
    expect(end({ learnsFrom: 'all' })).toBeLessThan(end({}));
    expect(end({ demonstrations: 4 })).toBeGreaterThan(end({}));
    expect(expectedOf({ ...SOFT, method: 'icl' }, GRADED)).toHaveLength(1);
    expect(expectedOf({ ...SOFT, method: 'soft+', orderScope: 'within' }, GRADED)).toEqual(expected);
    const sorted = expected.map((round) => ({ ...round, labelQuality: null }));
    expect(expectedOf({ ...SOFT, method: 'soft+', orderScope: 'across' }, GRADED)).toEqual(sorted);
  });

  it('says nothing of kits, of runs before it was sampled, of a world without writers, and of what it does not know', () => {
    expect(expectedOf(SOFT, {})).toBeNull();
    expect(expectedOf(SOFT, { sampled: null })).toBeNull();
    expect(expectedOf({ ...SOFT, world: 'earlier' }, GRADED)).toBeNull();
    for (const change of [
      { draw: 'nearest' },
      { thoughts: true },
      { rulesShown: 1 },
      { promptSource: 'own' },
      { oracle: true },
      { samples: 5 },
      { method: 'sdft' },
    ] as const)
      expect(expectedOf({ ...SOFT, ...change }, GRADED)).toBeNull();
  });
});
