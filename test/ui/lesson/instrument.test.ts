/** The four questions: what is written stays on the device, can be taken away as a table that no program runs, and can be forgotten. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { choose } from '../../../src/ui/language/language.ts';
import { saveTable } from '../../../src/ui/page/save.ts';
import {
  answered,
  CODES,
  csvName,
  csvOf,
  isEmpty,
  LONGEST,
  NO_ANSWERS,
  parseAnswers,
  QUESTIONS,
  WHEN,
} from '../../../src/ui/session/four-questions.ts';
import { createInstrument } from '../../../src/ui/session/instrument.ts';

/** Reads a table as RFC 4180 says, written without a look at the writer. */
function rowsOf(csv: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < csv.length; i++) {
    const letter = csv[i] ?? '';
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (csv[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === ',' || letter === '\r') {
      rows.at(-1)?.push(cell);
      cell = '';
      if (letter === '\r') {
        i++;
        rows.push([]);
      }
    } else cell += letter;
  }
  return rows.slice(0, -1);
}

/** A day in March, where the test runs. */
const SAVED = new Date(2026, 2, 9, 23, 30);

const texts = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom('=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', 'a "b", c', 'two\r\nlines', 'ja,\nnein'),
);
const answers = fc
  .array(fc.tuple(fc.constantFrom(...WHEN), fc.constantFrom(...QUESTIONS), texts), { maxLength: 8 })
  .map((all) => all.reduce((before, [when, { id }, text]) => answered(before, when, id, text), NO_ANSWERS));

describe('the table of answers', () => {
  test('has a row for each question before and after, and an empty column whose head names the codes', () => {
    const [head, ...rows] = rowsOf(csvOf(answered(NO_ANSWERS, 'after', 'example', 'It picks who speaks.'), SAVED, '7b'));
    expect(head?.at(-1)).toBe(`code (${CODES.join(' / ')})`);
    expect(rows).toHaveLength(2 * QUESTIONS.length);
    expect(rows.every((row) => row.length === head?.length && row.at(-1) === '')).toBe(true);
    expect(rows.find(([, , , when, id]) => when === 'after' && id === 'example')?.[6]).toBe('It picks who speaks.');
  });

  test('names the class of the link in each row and in its file, so that a teacher can put many together', () => {
    const [head, ...rows] = rowsOf(csvOf(NO_ANSWERS, SAVED, 'Klasse 7 b'));
    expect(rows.map((row) => row[head?.indexOf('class') ?? -1])).toEqual(rows.map(() => 'Klasse 7 b'));
    expect([csvName(SAVED, 'Klasse 7 b'), csvName(SAVED, null)]).toEqual([
      'lesson-answers-Klasse-7-b-2026-03-09.csv',
      'lesson-answers-2026-03-09.csv',
    ]);
  });

  test('says when it was saved and in which language, with the words that were read beside a name that is the same in all', async () => {
    const rowIn = async (name: 'en' | 'de' | 'he') => {
      await choose(name);
      return rowsOf(csvOf(answered(NO_ANSWERS, 'before', 'why-better', 'Übung?'), SAVED, null))[1];
    };
    const [english, german, hebrew] = [await rowIn('en'), await rowIn('de'), await rowIn('he')];
    await choose('en');
    expect(english).toEqual(['2026-03-09', 'en', '', 'before', 'why-better', 'Why can round 2 beat round 1?', 'Übung?', '']);
    for (const [name, row] of [
      ['de', german],
      ['he', hebrew],
    ] as const) {
      expect([row?.[0], row?.[1], row?.[3], row?.[4], row?.[6]]).toEqual(['2026-03-09', name, 'before', 'why-better', 'Übung?']);
      expect(row?.[5]).not.toBe(english?.[5]);
    }
  });

  test('is a file with its day in the name, and a mark at its beginning by which a spreadsheet knows umlauts and Hebrew', async () => {
    let blob: Blob | null = null;
    const link = { href: '', download: '', click: () => {} };
    vi.stubGlobal('document', { createElement: () => link });
    vi.stubGlobal('URL', { createObjectURL: (made: Blob) => ((blob = made), 'blob:'), revokeObjectURL: () => {} });
    saveTable(csvName(SAVED, null), 'Übung,תרגול\r\n');
    vi.unstubAllGlobals();
    expect(link.download).toBe('lesson-answers-2026-03-09.csv');
    const bytes = new Uint8Array(await (blob as unknown as Blob).arrayBuffer());
    expect([bytes[0], bytes[1], bytes[2]]).toEqual([0xef, 0xbb, 0xbf]);
    expect(new TextDecoder('utf-8').decode(bytes)).toBe('Übung,תרגול\r\n');
  });

  test('gives back every answer to the letter, but for the sign that keeps a formula from being one', () => {
    fc.assert(
      fc.property(answers, (given) => {
        for (const [, , , when, id, , text = ''] of rowsOf(csvOf(given, SAVED, null)).slice(1)) {
          const written = given[when as 'before']?.[id as 'example'] ?? '';
          expect(text === written || text === `'${written}`).toBe(true);
          expect(/^\s*[=+\-@]/.test(text)).toBe(false);
        }
      }),
    );
  });
});

describe('what is kept', () => {
  test('is what was written, also after the page was closed, and nothing once it is forgotten', () => {
    const kept = new Map<string, string>();
    const store = () => ({
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    });
    createInstrument(store).write('before', 'why-better', 'More practice?');
    const later = createInstrument(store);
    expect(later.answers.value.before['why-better']).toBe('More practice?');
    later.forget();
    expect([kept.size, isEmpty(later.answers.value)]).toEqual([0, true]);
  });

  test('is read again as it was, and nothing else is taken for an answer', () => {
    fc.assert(
      fc.property(answers, (given) => {
        expect(parseAnswers(JSON.stringify(given))).toEqual(given);
      }),
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(isEmpty(parseAnswers(text))).toBe(true);
      }),
    );
    expect(parseAnswers('{')).toEqual(NO_ANSWERS);
    expect(parseAnswers(JSON.stringify({ before: { example: 'x'.repeat(9999), other: 'y' } })).before).toEqual({
      example: 'x'.repeat(LONGEST),
    });
  });

  test('is said to be gone at the end of the visit where the browser keeps nothing', () => {
    const instrument = createInstrument(() => {
      throw new Error('SecurityError');
    });
    instrument.write('before', 'example', 'Nothing.');
    expect([instrument.kept.value, instrument.answers.value.before.example]).toEqual([false, 'Nothing.']);
  });
});
