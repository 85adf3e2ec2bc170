/** The link of an experiment: what is typed comes back from it, and what cannot be taken is said by its key. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOption, parseOptions } from '../../src/run/options.ts';
import { DEFAULTS, OPTION_NAMES, OPTIONS, type OptionName } from '../../src/run/config.ts';
import type { Option } from '../../src/settings/option.ts';
import { differenceText, draftOf, isAnchor, readLink, writeLink } from '../../src/ui/session/link.ts';
import type { Draft } from '../../src/ui/session/link.ts';

/** A value that the option takes. */
function valid(name: OptionName): fc.Arbitrary<string> {
  const option: Option = OPTIONS[name];
  if (option.type === 'switch') return fc.constantFrom('true', 'false', 'on', 'off', '1', '0');
  if (option.type === 'choice') return fc.constantFrom(...option.choices.map(({ value }) => value));
  return fc.double({ min: option.min, max: option.max, noNaN: true }).map((value) => String(option.whole ? Math.round(value) : value));
}
const draftWith = (field: (name: OptionName) => fc.Arbitrary<string>): fc.Arbitrary<Draft> =>
  fc.record(Object.fromEntries(OPTION_NAMES.map((name) => [name, field(name)])) as Record<OptionName, fc.Arbitrary<string>>);
/** The # as the browser gives it back from an address. */
const throughAddress = (hash: string) => {
  const url = new URL('https://here.test/');
  url.hash = hash;
  return url.hash;
};

describe('a link', () => {
  test('brings every valid setting to whoever opens it', () => {
    fc.assert(
      fc.property(draftWith(valid), (draft) => {
        const { draft: read, troubles, autorun } = readLink(throughAddress(writeLink(draft)));
        expect(parseOptions(Object.entries(read)).config).toEqual(parseOptions(Object.entries(draft)).config);
        expect([troubles, autorun]).toEqual([[], false]);
      }),
    );
  });

  test('keeps text that no setting takes as it was typed, and says so by its key', () => {
    const anything = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(
        draftWith(() => anything),
        (draft) => {
          const { draft: read, troubles } = readLink(throughAddress(writeLink(draft)));
          for (const name of OPTION_NAMES) {
            const parsed = parseOption(name, draft[name]);
            if ('refusal' in parsed) {
              expect(read[name]).toBe(draft[name]);
              expect(troubles.some((trouble) => trouble.startsWith(`${name}=`))).toBe(true);
            } else expect(parseOption(name, read[name])).toEqual(parsed);
          }
        },
      ),
    );
  });

  test('says which keys it does not know, and never fails, whatever stands behind the #', () => {
    expect(readLink('#temprature=1&autorun=yes&v=2').troubles).toEqual([
      'temprature=1: this version has no such setting, so it is ignored.',
      'autorun=yes: it must be 1 to start at once, or left out.',
      'v=2: this page reads links of version 1; some of it may be missing.',
    ]);
    expect(readLink('#__proto__=1').troubles).toHaveLength(1);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readLink(`#${text}`)));
  });

  test('that names settings and no world is of today’s, and says that it was made before there was a choice', () => {
    const read = (hash: string) => readLink(hash).worldless;
    expect(['#seed=3', '#v=1&rounds=2&autorun=1'].map(read)).toEqual([true, true]);
    expect(['', '#run', '#v=1', '#autorun=1', '#nothing=1', '#world=ladder', '#v=1&world=ladder&seed=3'].map(read)).toEqual(
      Array(7).fill(false),
    );
    expect(readLink('#seed=3').draft.world).toBe(DEFAULTS.world);
    expect(readLink('#world=nowhere&seed=3')).toMatchObject({
      worldless: false,
      troubles: [expect.stringContaining('World must be one of')],
    });
  });

  test('is none where the # names a place on the page', () => {
    expect(['#run', '#settings-title', '', '#', '#v=1', '#seed=3&rounds=2'].map(isAnchor)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(readLink('#run')).toEqual({ draft: draftOf(DEFAULTS), named: [], troubles: [], worldless: false, autorun: false });
    expect(writeLink(draftOf(DEFAULTS))).toBe('');
    // what another model would begin with otherwise is named though it is a default
    const link = writeLink(draftOf(DEFAULTS), ['maxTokens']);
    expect(link).toBe(`#v=1&world=ladder&maxTokens=${DEFAULTS.maxTokens}`);
    expect(readLink(link).named).toEqual(['world', 'maxTokens']);
  });
});

test('how one configuration differs from another is said with the words of the fields', () => {
  expect(differenceText(DEFAULTS, DEFAULTS)).toBe('');
  expect(differenceText({ ...DEFAULTS, rounds: 2, earlyStop: true, method: 'soft' }, DEFAULTS)).toBe(
    'Method SOFT, not SOFT+; Rounds 2, not 8; Early stop on, not off',
  );
  expect(differenceText({ ...DEFAULTS, questions: 20 }, DEFAULTS)).toBe('Test questions 20, not automatic');
  const many = { ...DEFAULTS, rounds: 2, prompts: 8, seed: 1, epochs: 1, topK: 5, demonstrations: 3 };
  expect(differenceText(many, DEFAULTS)).toMatch(/; and 2 more$/);
});
