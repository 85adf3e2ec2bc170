/** What follows from the settings of a run, and from its sessions, without a run. */
import { describe, expect, it } from 'vitest';
import { type Method, type RunConfig, DEFAULTS, defaultsIn } from '../../src/run/config.ts';
import { draftsPrompts, partsOf, roundsOf, sortsPrompts, takesRounds, writerOf, writesPrompts } from '../../src/run/recipe.ts';
import type { RunSession } from '../../src/run/records.ts';
import { isMadeBy, madeBy, secondsOf } from '../../src/run/sessions.ts';
import { verdictOf } from '../../src/run/verdicts.ts';
import { hasWorld, worldText } from '../../src/run/worlds.ts';

const of = (change: Partial<RunConfig>): RunConfig => ({ ...DEFAULTS, ...change });

describe('a world', () => {
  it('begins its runs with settings of its own, over the usual ones; one that is gone has the usual ones', () => {
    expect(defaultsIn('ladder')).toEqual(DEFAULTS);
    const deep = defaultsIn('depth');
    expect(deep).not.toEqual({ ...DEFAULTS, world: 'depth' });
    expect(deep.world).toBe('depth');
    expect(defaultsIn('earlier')).toEqual(DEFAULTS);
  });

  it('has a name that a person reads, also when it is gone', () => {
    expect(['ladder', 'depth', 'earlier'].map(worldText)).toEqual(['Ladder', 'Depth', 'an earlier world']);
    expect(['ladder', 'depth', 'earlier'].map(hasWorld)).toEqual([true, true, false]);
  });
});

describe('a method', () => {
  it('drafts answers where the order asks how hard a prompt is and the question alone does not tell, but not without rounds', () => {
    const across = { method: 'soft+', orderScope: 'both' } as const;
    const runs = [across, { ...across, difficulty: 'length' }, { ...across, method: 'icl' }, { method: 'soft' }] as const;
    expect(runs.map((run) => draftsPrompts(of(run)))).toEqual([true, false, false, false]);
  });

  it('learns from what the model itself, the base model or the world has written; a teacher who shows what he would say writes nothing', () => {
    const writers = (method: Method) => (['previous', 'base', 'gold'] as const).map((answersFrom) => writerOf({ method, answersFrom }));
    expect(writers('soft')).toEqual(['previous', 'base', 'gold']);
    expect(writers('sdft')).toEqual(['previous', 'previous', 'gold']);
  });

  it('makes the rounds that the setting says, a single round as many checkpoints, and none trains nothing', () => {
    const all = ['icl', 'single', 'soft', 'soft+'] as const;
    expect(all.map((method) => roundsOf(of({ method, rounds: 5 })))).toEqual([0, 5, 5, 5]);
    expect(all.map((method) => roundsOf(of({ method, rounds: 5, checkpoints: 2 })))).toEqual([0, 2, 5, 5]);
    expect(all.map((method) => takesRounds(of({ method })))).toEqual([false, true, true, true]);
    expect(all.map((method) => takesRounds(of({ method, checkpoints: 1 })))).toEqual([false, false, true, true]);
  });

  it('deals the prompts into as many parts as it has rounds, and all at once for a single one', () => {
    const all = ['icl', 'single', 'soft'] as const;
    expect(all.map((method) => partsOf(of({ method, rounds: 5 })))).toEqual([1, 1, 5]);
  });

  it('that nobody knows is a mistake of the program, since a stored one is checked before', () => {
    expect(() => roundsOf(of({ method: 'dpo' as Method }))).toThrow('there is no method dpo');
  });

  it('drafts answers first where it orders prompts across rounds, and writes prompts first where it is to, but not without rounds', () => {
    expect(
      [of({ method: 'soft+', orderScope: 'both' }), of({ method: 'soft' }), of({ method: 'icl', order: 'easy-to-hard' })].map(sortsPrompts),
    ).toEqual([true, false, false]);
    const own = { promptSource: 'own' } as const;
    expect([of({ ...own, method: 'soft' }), of({ method: 'soft' }), of({ ...own, method: 'icl' })].map(writesPrompts)).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('the sessions of a run', () => {
  const wasm: RunSession = { backend: 'wasm', device: 'CPU', commit: 'a', workers: 1, seconds: 2 };

  it('say what made it where all of them agree and each is known', () => {
    expect(madeBy([wasm, { ...wasm, seconds: 3 }])).toEqual({ backend: 'wasm', commit: 'a' });
    expect([[], [{ ...wasm, backend: null }], [{ ...wasm, commit: null }], [wasm, { ...wasm, commit: 'b' }]].map(madeBy)).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(madeBy([wasm, { ...wasm, backend: 'webgpu' }])).toBeNull();
    expect(secondsOf([wasm, { ...wasm, seconds: 3 }])).toBe(5);
  });

  it('let anybody go on before the first, and later only the engine that made them', () => {
    const engine = { backend: 'wasm', commit: 'a' } as const;
    expect(
      [[], [wasm], [{ ...wasm, commit: 'b' }], [{ ...wasm, backend: 'webgpu' as const }], [{ ...wasm, backend: null }]].map((made) =>
        isMadeBy(made, engine),
      ),
    ).toEqual([true, true, false, false, false]);
  });
});

describe('a verdict', () => {
  it('is said in two words and a sentence, also one of a filter that is no longer there', () => {
    expect(verdictOf('kept')).toEqual({ label: 'kept', reason: 'It will be trained on.' });
    expect(verdictOf('unfinished').label).toBe('cut off');
    expect(verdictOf('boring')).toEqual({ label: 'boring', reason: expect.stringContaining('this version does not have') as string });
  });
});
