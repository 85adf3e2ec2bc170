/** The link of an experiment: what is typed comes back from it, and what cannot be taken is said by its key. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOption, parseOptions } from '../../src/run/options.ts';
import { DEFAULTS, OPTION_NAMES, OPTIONS, type OptionName } from '../../src/run/config.ts';
import { presetConfig, presetOf, PRESETS } from '../../src/run/presets.ts';
import type { Option } from '../../src/settings/option.ts';
import { differenceText, draftOf, readLink, writeLink } from '../../src/ui/session/link.ts';
import { LANGUAGES } from '../../src/ui/language/list.ts';
import type { Draft } from '../../src/ui/session/link.ts';
import { CATALOGUE } from '../../src/world/catalogue.ts';
import { classNamed, HIDEABLE, HOME, isAnchor, LAST_CHAPTER, type Place, VIEWS } from '../../src/ui/session/place.ts';

/** A value that the option takes. */
function valid(name: OptionName): fc.Arbitrary<string> {
  const option: Option = OPTIONS[name];
  if (option.type === 'switch') return fc.constantFrom('true', 'false', 'on', 'off', '1', '0');
  if (option.type === 'choice') return fc.constantFrom(...option.choices.map(({ value }) => value));
  return fc.double({ min: option.min, max: option.max, noNaN: true }).map((value) => String(option.whole ? Math.round(value) : value));
}
const draftWith = (field: (name: OptionName) => fc.Arbitrary<string>): fc.Arbitrary<Draft> =>
  fc.record(Object.fromEntries(OPTION_NAMES.map((name) => [name, field(name)])) as Record<OptionName, fc.Arbitrary<string>>);
const place: fc.Arbitrary<Place> = fc
  .record({
    view: fc.constantFrom(...VIEWS),
    chapter: fc.integer({ min: 1, max: LAST_CHAPTER }),
    hide: fc.subarray([...HIDEABLE]),
    present: fc.boolean(),
    booth: fc.boolean(),
    lang: fc.constantFrom(null, ...LANGUAGES.map(({ name }) => name)),
    class: fc.constantFrom(null, '7b', 'Klasse 7 b', 'כיתה ז', 'Q1.2_Übung-3'),
    experiment: fc.constantFrom(null, '0123456789ab', 'fedcba987654-2'),
  })
  .map((any) => ({ ...any, chapter: any.view === 'learn' ? any.chapter : 1, experiment: any.view === 'compare' ? any.experiment : null }));
/** The # as the browser gives it back from an address. */
const throughAddress = (hash: string) => {
  const url = new URL('https://here.test/');
  url.hash = hash;
  return url.hash;
};

describe('a preset', () => {
  const worlds = CATALOGUE.map(({ name }) => ({ standard: { world: name }, prompts: null }));

  test('has settings that are taken, and is found again by its link and by no other, whatever the seed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PRESETS), fc.constantFrom(...worlds), fc.integer({ min: 0, max: 999_999 }), (preset, ground, seed) => {
        const draft = draftOf(presetConfig(preset, ground, seed));
        expect(parseOptions(Object.entries(draft)).refusals).toEqual([]);
        const read = readLink(throughAddress(writeLink(draft)));
        expect(read.troubles).toEqual([]);
        const { config } = parseOptions(Object.entries(read.draft));
        expect(presetOf(config, ground)).toBe(preset);
        expect(presetOf({ ...config, batchSize: config.batchSize + 1 }, ground)).toBeUndefined();
      }),
    );
  });
});

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

  test('opens the view that it was taken from, as it was shown, with every setting', () => {
    fc.assert(
      fc.property(draftWith(valid), place, (draft, there) => {
        const read = readLink(throughAddress(writeLink(draft, [], there)));
        expect(read.place).toEqual(there);
        expect(parseOptions(Object.entries(read.draft)).config).toEqual(parseOptions(Object.entries(draft)).config);
        expect(read.troubles).toEqual([]);
      }),
    );
    expect(writeLink(draftOf(DEFAULTS), [], { ...HOME, view: 'compare' })).toBe('#compare');
    expect(writeLink(draftOf(DEFAULTS), [], { ...HOME, view: 'samples', present: true })).toBe('#samples?v=2&present=1');
  });

  test('of before there were views opens Run with its settings, and one to a view that is not there says so', () => {
    expect(readLink('#v=1&rounds=2&seed=9')).toMatchObject({ place: HOME, draft: { rounds: '2', seed: '9' }, troubles: [] });
    expect(readLink('#run?v=2&seed=9')).toMatchObject({ place: HOME, draft: { seed: '9' }, troubles: [] });
    expect(readLink('#desk?v=2&seed=9')).toMatchObject({
      place: HOME,
      draft: { seed: '9' },
      troubles: ['There is no view called “desk”; this is Run.'],
    });
    expect(readLink('#compare/2').troubles).toEqual(['compare/2: only the lesson has chapters, so what is behind the / is ignored.']);
    expect(readLink('#run?hide=settings,walls,chat&present=yes&booth=1')).toMatchObject({
      place: { hide: ['settings', 'chat'], present: false, booth: true },
      troubles: [expect.stringMatching(/^hide=walls: what can be hidden is settings, /), 'present=yes: it must be 1, or left out.'],
    });
    expect(readLink('#learn/2?class=7b%2F..')).toMatchObject({
      place: { class: null },
      troubles: [
        expect.stringMatching(
          /^class=7b\/\.\.: the name of a class begins with a letter or a digit and has up to 30 letters.*, underscores/,
        ),
      ],
    });
    // as classes are called in Hebrew, and as people type it
    for (const name of ['ז׳2', 'י״א1', "5'B", '7b', 'a_b-c.d'])
      expect(readLink(`#learn/2?class=${encodeURIComponent(name)}`)).toMatchObject({ place: { class: name }, troubles: [] });
    // letters of two units each, counted and cut as letters
    expect(classNamed('𐐀'.repeat(31))).toBe('𐐀'.repeat(30));
    expect(classNamed(`7${'𐐀'.repeat(31)}`)).toBe(`7${'𐐀'.repeat(29)}`);
  });

  test('opens a chapter of the lesson, the first where it names none, and says so where there is no such chapter', () => {
    expect(writeLink({ ...draftOf(DEFAULTS), seed: '9' }, [], { ...HOME, view: 'learn', chapter: 3 })).toBe(
      '#learn/3?v=2&world=ladder&seed=9',
    );
    expect(readLink('#learn/3?v=2&seed=9')).toMatchObject({ place: { view: 'learn', chapter: 3 }, draft: { seed: '9' }, troubles: [] });
    expect(readLink('#learn')).toMatchObject({ place: { view: 'learn', chapter: 1 }, troubles: [] });
    for (const part of ['9', '0', 'two', '3/4']) {
      const { place: there, troubles } = readLink(`#learn/${part}`);
      expect([there, troubles]).toEqual([{ ...HOME, view: 'learn' }, [`The lesson has no chapter “${part}”; this is the first.`]]);
    }
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
    expect(readLink('#temprature=1&autorun=yes&v=3').troubles).toEqual([
      'temprature=1: this version has no such setting, so it is ignored.',
      'autorun=yes: it must be 1 to start at once, or left out.',
      'v=3: this page reads links of version 2; some of it may be missing.',
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
    const hashes = ['#settings-title', '#run', '#samples', '#compare?v=2', '', '#', '#v=1', '#seed=3&rounds=2'];
    expect(hashes.filter(isAnchor)).toEqual(['#settings-title']);
    // one that has no such place is a view that is not there, with settings or without
    expect(['#nonsense', '#nonsense/3', '#nonsense?v=2&rounds=2'].map((hash) => readLink(hash).troubles)).toEqual([
      ['There is no view called “nonsense”; this is Run.'],
      ['There is no view called “nonsense/3”; this is Run.'],
      ['There is no view called “nonsense”; this is Run.'],
    ]);
    for (const part of ['now-title', 'lead', 'setting-rounds']) expect(readLink(`#${part}`).troubles).toEqual([]);
    expect(readLink('#settings-title')).toEqual({
      place: HOME,
      draft: draftOf(DEFAULTS),
      named: [],
      troubles: [],
      worldless: false,
      autorun: false,
    });
    expect(writeLink(draftOf(DEFAULTS))).toBe('');
    // what another model would begin with otherwise is named though it is a default
    const link = writeLink(draftOf(DEFAULTS), ['maxTokens']);
    expect(link).toBe(`#run?v=2&world=ladder&maxTokens=${DEFAULTS.maxTokens}`);
    expect(readLink(link).named).toEqual(['world', 'maxTokens']);
  });
});

test('a link in a language that the page does not speak is told of those that a reader is offered', () => {
  expect(readLink('#run?lang=xx').troubles).toEqual(['lang=xx: this page speaks en, de, he.']);
  expect(readLink('#run?lang=en-XA')).toMatchObject({ place: { lang: 'en-XA' }, troubles: [] });
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
