/** The arms of an experiment: what is offered is valid, what comes from a file is checked and refused with a sentence. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARMS, armsFor } from '../../src/run/arms.ts';
import { configOf } from '../../src/run/arm.ts';
import { parseExperiment, readExperiment } from '../../src/run/experiment-file.ts';
import { AppError } from '../../src/errors.ts';
import { parseOption } from '../../src/run/options.ts';
import { DEFAULTS, OPTION_NAMES, type RunConfig } from '../../src/run/config.ts';

const refusal = (json: unknown): string => {
  try {
    parseExperiment(json);
  } catch (error) {
    if (error instanceof AppError && error.code === 'OPTION_RANGE') return error.detail;
    throw error;
  }
  return '';
};
const withOptions = (options: unknown) => ({ arms: [{ name: 'mine', options }], seeds: [1] });

describe('the arms on offer', () => {
  it.each(ARMS.map((arm) => [arm.name, arm] as const))('%s has valid options', (_, arm) => {
    const config = configOf(arm, 3);
    for (const name of OPTION_NAMES) expect(parseOption(name, String(config[name]))).toEqual({ value: config[name] });
  });

  it('have names and runs of their own, and can be read from a file', () => {
    expect(new Set(ARMS.map(({ name }) => name)).size).toBe(ARMS.length);
    expect(new Set(ARMS.map((arm) => JSON.stringify(configOf(arm, 3)))).size).toBe(ARMS.length);
    const experiment = { arms: ARMS, seeds: [7, 8] };
    expect(parseExperiment(JSON.parse(JSON.stringify(experiment)))).toEqual(experiment);
  });
});

describe('a rate that was tuned for an arm', () => {
  const rateOf = (standard: Partial<RunConfig>, name: string) => {
    const arm = armsFor(standard).find((found) => found.name === name);
    return arm === undefined ? null : configOf(arm, 3, standard).learningRate;
  };

  it('is that of the world it was tuned in; elsewhere the arm has what SOFT has', () => {
    for (const name of ['Single round', 'Frozen teacher', 'All weights']) {
      expect(rateOf({}, name)).not.toBe(DEFAULTS.learningRate);
      expect(rateOf({ world: 'ladder' }, name)).toBe(rateOf({}, name));
      expect(rateOf({ world: 'depth' }, name)).toBe(rateOf({ world: 'depth' }, 'SOFT'));
      expect(rateOf({ learningRate: 0.0003 }, name)).toBe(0.0003);
    }
  });
});

describe('the run of an arm', () => {
  it('is its options over the defaults, with the seed', () => {
    expect(configOf({ name: 'a', options: { rounds: 2 } }, 9)).toEqual({ ...DEFAULTS, rounds: 2, seed: 9 });
  });
});

describe('an experiment from a file', () => {
  it('keeps the default where an arm says nothing', () => {
    expect(parseExperiment({ arms: [{ name: ' plain ' }], seeds: [0] })).toEqual({ arms: [{ name: 'plain', options: {} }], seeds: [0] });
  });

  it('is read from its file with a byte order mark, as editors on Windows write it, and without', () => {
    const text = JSON.stringify({ arms: [{ name: '私のアーム' }, { name: '👩‍🏫' }], seeds: [1], reference: '私のアーム' });
    expect(readExperiment(`\ufeff${text}`)).toEqual(readExperiment(text));
    expect(readExperiment(text)).toMatchObject({ reference: '私のアーム', seeds: [1] });
    for (const broken of ['', '\ufeff', '\ufeff\ufeff{}', '{"arms"', 'arms: []', 'ÿþ{\u0000}\u0000'])
      expect(() => readExperiment(broken)).toThrow(expect.objectContaining({ detail: 'The file is not JSON.' }));
  });

  it('takes values as they stand in a link', () => {
    expect(parseExperiment(withOptions({ rounds: '2', oracle: 'on' })).arms[0]?.options).toEqual({ rounds: 2, oracle: true });
  });

  it.each([
    [null, 'An experiment is an object with “arms” and “seeds”.'],
    [[], 'An experiment is an object with “arms” and “seeds”.'],
    [{ seeds: [1] }, '“arms” must be a list with at least one arm.'],
    [{ arms: [], seeds: [1] }, '“arms” must be a list with at least one arm.'],
    [{ arms: [{ name: 'a' }], seeds: [] }, '“seeds” must be a list with at least one seed.'],
    [{ arms: ['a'], seeds: [1] }, 'Arm 1 needs a name.'],
    [{ arms: [{ name: 'a' }], seeds: [1], referense: 'a' }, '“referense” is not a part of an experiment; “reference” is.'],
    [{ arms: [{ name: 'a' }], seeds: [1], note: 'x' }, '“note” is not a part of an experiment; “arms”, “seeds” and “reference” are.'],
    [{ arm: [{ name: 'a' }], seeds: [1] }, '“arm” is not a part of an experiment; “arms” is.'],
    [{ arms: [{ name: 'a', option: { rounds: 1 } }], seeds: [1] }, '“option” is not a part of arm “a”; “options” is.'],
    [{ arms: [{ name: 'a', Options: {} }], seeds: [1] }, '“Options” is not a part of arm “a”; “options” is.'],
    [{ arms: [{ name: 'a', rounds: 1 }], seeds: [1] }, '“rounds” is not a part of arm “a”; “name” and “options” are.'],
    [withOptions({ round: 2 }), 'Arm “mine”: there is no setting called “round”; “rounds” is one.'],
    [withOptions({ learningrate: 1 }), 'Arm “mine”: there is no setting called “learningrate”; “learningRate” is one.'],
    [{ arms: [{ name: 'a' }], seeds: [1], reference: 'b' }, 'The reference must be the name of an arm: a; "b" is not.'],
    [{ arms: [{ name: 'a' }], seeds: [1], reference: null }, 'The reference must be the name of an arm: a; null is not.'],
    [{ arms: [{ name: 'red\u001b[31m' }], seeds: [1] }, 'The name of arm 1 has a character in it that cannot be seen; leave it out.'],
    [{ arms: [{ name: 'a\u202eb' }], seeds: [1] }, 'The name of arm 1 has a character in it that cannot be seen; leave it out.'],
    [{ arms: [{ name: 'two\nlines' }], seeds: [1] }, 'The name of arm 1 has a character in it that cannot be seen; leave it out.'],
    [{ arms: [{ name: ' ' }], seeds: [1] }, 'Arm 1 needs a name.'],
    [{ arms: [{ name: 'a' }, { name: 'a ' }], seeds: [1] }, 'Two arms are called “a”; give each its own name.'],
    [
      {
        arms: [{ name: 'a' }, { name: 'b', options: { world: 'ladder' } }, { name: 'c', options: { world: 'depth' } }],
        seeds: [1],
      },
      'Arms “b” and “c” are in two worlds, whose scores say nothing of each other; write a file for each.',
    ],
    [{ arms: [{ name: 'a' }], seeds: [1, 2, 1] }, 'Seed 1 is given twice; name each seed once.'],
    [{ arms: [{ name: 'a' }], seeds: [1.5] }, '“seeds”: Seed must be a whole number from 0 to 999999; “1.5” is not.'],
    [{ arms: [{ name: 'a' }], seeds: ['1'] }, '“seeds”: Seed must be a whole number from 0 to 999999; “"1"” is not.'],
    [withOptions([]), 'Arm “mine”: “options” must be an object of settings.'],
    [withOptions({ colour: 'red' }), 'Arm “mine”: there is no setting called “colour”.'],
    [JSON.parse('{"arms":[{"name":"mine","options":{"__proto__":1}}],"seeds":[1]}'), 'Arm “mine”: there is no setting called “__proto__”.'],
    [withOptions({ seed: 3 }), 'Arm “mine”: the seed belongs into “seeds”, so that every arm gets the same ones.'],
    [withOptions({ rounds: 99 }), 'Arm “mine”, “rounds”: Rounds must be a whole number from 1 to 8; “99” is not.'],
    [withOptions({ rounds: null }), 'Arm “mine”, “rounds”: Rounds must be a whole number from 1 to 8; “null” is not.'],
    [withOptions({ oracle: { on: true } }), 'Arm “mine”, “oracle”: Oracle filter must be on or off; “{"on":true}” is not.'],
  ])('%j is refused', (json, sentence) => {
    expect(refusal(json)).toBe(sentence);
  });

  it('that is made by a program may hold what no file can, and is refused with a sentence too', () => {
    for (const experiment of [
      { arms: [{ name: 'a', options: { rounds: undefined } }], seeds: [1] },
      { arms: [{ name: 'a' }], seeds: [undefined] },
    ])
      expect(() => parseExperiment(experiment)).toThrow(expect.objectContaining({ code: 'OPTION_RANGE' }));
  });

  it('is refused with a sentence or valid, whatever it is', () => {
    const arm = fc.record({ name: fc.string(), options: fc.dictionary(fc.constantFrom(...OPTION_NAMES), fc.jsonValue()) });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ arms: fc.array(arm), seeds: fc.array(fc.jsonValue()) })), (json) => {
        const sentence = refusal(json);
        if (sentence === '') expect(parseExperiment(json).arms.length).toBeGreaterThan(0);
        else expect(sentence).toMatch(/\.$|is not\.$/);
      }),
    );
  });
});
