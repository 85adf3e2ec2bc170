/** Sentences with named parts: what is put in stands where its name stood, in the form that the language has for so many. */
import { describe, expect, test } from 'vitest';
import { fill, namesIn, parseMessage, reword } from '../../../src/ui/language/message.ts';
import { pseudo } from '../../../src/ui/language/pseudo.ts';

const said = (text: string, parts: Readonly<Record<string, string | number>> = {}, language = 'en'): string =>
  fill(parseMessage(text), parts, new Intl.PluralRules(language)).join('');

describe('a sentence', () => {
  test('has its parts where their names stand, in any order', () => {
    expect(said('{done} of {total} answered', { done: 3, total: 40 })).toBe('3 of 40 answered');
    expect(said('von {total} sind {done} beantwortet', { done: 3, total: 40 })).toBe('von 40 sind 3 beantwortet');
    expect(said('{missing} is seen', {})).toBe('{missing} is seen');
  });

  test('has the form that its language has for so many', () => {
    const rounds = '{count, plural, one {# round} other {# rounds of {total}}}, done';
    expect([1, 2].map((count) => said(rounds, { count, total: 4 }))).toEqual(['1 round, done', '2 rounds of 4, done']);
    const two = '{count, plural, one {סבב אחד} two {שני סבבים} other {# סבבים}}';
    expect([1, 2, 5].map((count) => said(two, { count }, 'he'))).toEqual(['סבב אחד', 'שני סבבים', '5 סבבים']);
  });

  test('says nothing of a note to translators', () => {
    expect(said('Run {@view}')).toBe('Run');
  });

  test('names its parts, those inside of forms too', () => {
    expect(namesIn(parseMessage('{b} and {count, plural, one {one {a}} other {# {a}}}'))).toEqual(['a', 'b', 'count']);
  });

  test('is refused where its braces are not those of a message', () => {
    for (const text of ['{', '{a', '{a}}', '{n, plural, one {x}}', '{a b}']) expect(() => parseMessage(text), text).toThrow(SyntaxError);
  });
});

describe('the pseudo-locale', () => {
  test('has no plain letter, is longer by three tenths, and keeps the parts', () => {
    const text = 'A run is not finished: {done} of {count, plural, one {# round} other {# rounds}}.';
    const made = pseudo(text);
    expect(namesIn(parseMessage(made))).toEqual(namesIn(parseMessage(text)));
    const spoken = said(made, { done: 1, count: 2 });
    expect(spoken).not.toMatch(/[a-z]/i);
    expect(spoken.length).toBeGreaterThan(1.3 * said(text, { done: 1, count: 2 }).length);
    expect(reword(parseMessage(text), (plain) => plain)).toContain('{count, plural, one {{count} round}');
  });
});
