/** The four questions: what is written stays on the device, can be taken away as a table that no program runs, and can be forgotten. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answered,
  CODES,
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

const texts = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom('=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', 'a "b", c', 'two\r\nlines', 'ja,\nnein'),
);
const answers = fc
  .array(fc.tuple(fc.constantFrom(...WHEN), fc.constantFrom(...QUESTIONS), texts), { maxLength: 8 })
  .map((all) => all.reduce((before, [when, { id }, text]) => answered(before, when, id, text), NO_ANSWERS));

describe('the table of answers', () => {
  test('has a row for each question before and after, and an empty column whose head names the codes', () => {
    const [head, ...rows] = rowsOf(csvOf(answered(NO_ANSWERS, 'after', 'example', 'It picks who speaks.')));
    expect(head?.at(-1)).toBe(`code (${CODES.join(' / ')})`);
    expect(rows).toHaveLength(2 * QUESTIONS.length);
    expect(rows.every((row) => row.length === head?.length && row.at(-1) === '')).toBe(true);
    expect(rows.find(([when, id]) => when === 'after' && id === 'example')?.[3]).toBe('It picks who speaks.');
  });

  test('gives back every answer to the letter, but for the sign that keeps a formula from being one', () => {
    fc.assert(
      fc.property(answers, (given) => {
        for (const [when, id, , text = ''] of rowsOf(csvOf(given)).slice(1)) {
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
