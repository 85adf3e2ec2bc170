/** What the page says in each of its languages: every sentence that is said has a translation with the same parts, and none stands there in English alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LANGUAGES, preferred } from '../../../src/ui/language/list.ts';
import { language, say, startLanguage } from '../../../src/ui/language/language.ts';
import { namesIn, parseMessage } from '../../../src/ui/language/message.ts';
import { CONTROLS } from '../../../src/controls.ts';
import { TERMS } from '../../../src/ui/words.ts';
import { HARD_CODED, SAYINGS } from '../../support/sentences.ts';
import { TABLES } from '../../support/said-tables.ts';

const IDS = [...new Set([...SAYINGS.map(({ id }) => id), ...TABLES])];
const FOLDER = join(import.meta.dirname, '../../../src/ui/language');
const tableOf = (name: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Record<string, string>;

/** Files of src/ui with text that is not said yet. This list only shrinks. */
const UNSAID: readonly string[] = [];

describe('a sentence of the page', () => {
  test('is given every part that it names, and no other', () => {
    const wrong = SAYINGS.filter(({ id, parts }) => parts !== null && parts.join() !== namesIn(parseMessage(id)).join());
    expect(wrong).toEqual([]);
    expect(SAYINGS.length).toBeGreaterThan(0);
  });

  test('is a sentence that its tables know, where it comes out of one', () => {
    for (const id of TABLES) expect(() => parseMessage(id), id).not.toThrow();
  });

  test('stands nowhere as bare English', () => {
    const files = [...new Set(HARD_CODED.map(({ file }) => file))];
    const unexpected = HARD_CODED.filter(({ file }) => !UNSAID.includes(file));
    expect(unexpected).toEqual([]);
    expect(files).toEqual(UNSAID);
  });
});

/** How each language quotes. */
const QUOTES: Readonly<Record<string, string>> = { de: '„“', he: '”“' };

describe.each(LANGUAGES.filter(({ name }) => name !== 'en' && name !== 'en-XA'))('$label', ({ name, ...others }) => {
  const table = tableOf(name);

  test.skipIf('hidden' in others)('lacks no sentence', () => {
    expect(IDS.filter((id) => table[id] === undefined)).toEqual([]);
  });

  test('has every word that explains itself, and two names for two controls', () => {
    for (const { title, text } of Object.values(TERMS)) for (const said of [title, text]) expect(table[said], said).toBeDefined();
    const controls = Object.values(CONTROLS);
    expect(new Set(controls.map((label) => table[label])).size).toBe(new Set(controls).size);
  });

  test('quotes with its own marks', () => {
    for (const text of Object.values(table)) {
      const marks = text.replaceAll(/[^„“”]/g, '');
      expect(marks, text).toBe(QUOTES[name]?.repeat(marks.length / 2));
    }
  });

  test('has no sentence that is said nowhere', () => {
    expect(Object.keys(table).filter((id) => !IDS.includes(id))).toEqual([]);
  });

  test('has the parts of the English in every sentence, and the forms of its own grammar', () => {
    const forms = new Intl.PluralRules(name).resolvedOptions().pluralCategories;
    for (const [id, text] of Object.entries(table)) {
      expect(namesIn(parseMessage(text)), id).toEqual(namesIn(parseMessage(id)));
      for (const piece of parseMessage(text))
        if (typeof piece !== 'string' && piece.forms !== null) expect(forms, id).toEqual(expect.arrayContaining(Object.keys(piece.forms)));
    }
  });
});

test('Hebrew has one word for a run', () => {
  expect(Object.values(tableOf('he')).filter((text) => /(?<!\p{L})ה?ריצ(ה|ות)(?!\p{L})/u.test(text))).toEqual([]);
});

describe('the language of the page', () => {
  test('is offered to readers only when nothing on the page is left in English', () => {
    const offered = LANGUAGES.filter((other) => !('hidden' in other)).map(({ name }) => name);
    if (UNSAID.length > 0) expect(offered).toEqual(['en']);
    expect(offered).toContain('en');
  });

  test('is the first of the browser’s that there is', () => {
    expect(preferred(['fr-CH', 'en-GB', 'de'])).toBe('en');
    expect(preferred(['fr', 'de-AT', 'en'])).toBe('de');
    expect(preferred([])).toBe('en');
    expect(preferred(['en-XA', 'xx'])).toBe('en');
  });

  test('is English where nobody has begun to speak', () => {
    expect(typeof startLanguage).toBe('function');
    expect([language(), say('{n} of {m}', { n: 1200, m: 12_000 })]).toEqual(['en', '1200 of 12,000']);
  });
});
