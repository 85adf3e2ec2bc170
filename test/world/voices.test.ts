/** Who speaks: the writers behind a model's answers, from how often each kind is answered as it should be. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIOR, RUNGS, WRITERS } from '../../src/world/ladder/writers.ts';
import { voicesOf } from '../../src/world/voices.ts';

const rungs = Object.keys(PRIOR).length;
const kinds = Object.entries(RUNGS);
/** The shares that answers of such writers have. */
const sharesOf = (voices: readonly number[]): Readonly<Record<string, number>> =>
  Object.fromEntries(kinds.map(([kind, rung]) => [kind, voices.slice(rung).reduce((sum, voice) => sum + voice, 0)]));

describe('who speaks', () => {
  it('is found again from what writers in any proportion answer', () => {
    const proportions = fc
      .array(fc.integer({ min: 0, max: 100 }), { minLength: rungs, maxLength: rungs })
      .filter((parts) => parts.some((part) => part > 0));
    fc.assert(
      fc.property(proportions, (parts) => {
        const whole = parts.reduce((sum, part) => sum + part, 0);
        const voices = parts.map((part) => part / whole);
        const found = voicesOf(WRITERS, sharesOf(voices)) ?? [];
        for (const [rung, voice] of voices.entries()) expect(found[rung]).toBeCloseTo(voice, 9);
      }),
    );
    expect(voicesOf(WRITERS, sharesOf(WRITERS.priors))?.map((voice) => Number(voice.toFixed(3)))).toEqual(Object.values(PRIOR));
  });

  it('is a share of each, none below nothing and all of them one, whatever was measured', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: kinds.length, maxLength: kinds.length }), (shares) => {
        const found = voicesOf(WRITERS, Object.fromEntries(kinds.map(([kind], i) => [kind, shares[i] ?? 0]))) ?? [];
        expect(found).toHaveLength(rungs);
        for (const voice of found) expect(voice).toBeGreaterThanOrEqual(-1e-12);
        expect(found.reduce((sum, voice) => sum + voice, 0)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('cannot be said where a rung was not asked about', () => {
    const { harm: _, ...others } = sharesOf(WRITERS.priors);
    expect(voicesOf(WRITERS, others)).toBeNull();
  });
});
