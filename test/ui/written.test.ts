/** Text of a model is shown as it was written, whole and in tokens. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { turnsOf } from '../../src/ui/samples/transcript.tsx';
import { asWritten, marked, tokensAsWritten } from '../../src/ui/samples/written.ts';

const tokens = (...texts: string[]) => texts.map((text) => ({ text, probability: 0.5 }));
const joined = (...texts: string[]) =>
  tokensAsWritten(tokens(...texts))
    .map(({ text }) => text)
    .join('');

describe('an answer', () => {
  test('keeps its line ends, empty lines, indentation and tabs', () => {
    const poem = 'Rain:\n\n  falls\n\ton roofs.\n- a\n- b';
    expect(asWritten(` ${poem}\n`)).toBe(poem);
    expect(joined(' Rain', ':', '\n', '\n', '  falls', '\n\ton', ' roofs', '.\n', '- a\n-', ' b', '\n')).toBe(poem);
    expect(joined('a', '\n\n', 'b')).toBe('a\n\nb');
    expect(joined('a\r', '\nb')).toBe('a\nb');
    expect(asWritten('a\r\nb\rc')).toBe('a\nb\nc');
  });

  test('loses only what nobody wrote on purpose: the space of its first token, empty lines around it, half a character at a cut', () => {
    expect(asWritten('\n\n The bell.\n\n')).toBe('The bell.');
    expect(asWritten('    indented')).toBe('    indented');
    expect(asWritten('good \ufffd')).toBe('good');
    expect(asWritten('a\ufffdb')).toBe('a\ufffdb');
    expect(tokensAsWritten(tokens('\n', ' ', '', '\n'))).toEqual([]);
  });

  test('reads the same whole and in tokens, wherever the tokens are cut', () => {
    const text = fc
      .array(fc.constantFrom('a', ' ', '\n', '\t', '\r', '\ufffd', 'ü', '🙂', '\u0007', '\u202e'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(40)), (whole, cuts) => {
        const at = [0, ...cuts.filter((cut) => cut <= whole.length).toSorted((a, b) => a - b), whole.length];
        expect(joined(...at.slice(1).map((to, i) => whole.slice(at[i], to)))).toBe(asWritten(whole));
      }),
    );
  });

  test('cannot turn the page around or hide signs in it', () => {
    expect(asWritten('abc\u202edef\u0000\u001b[31m')).toBe('abc\ufffddef\ufffd\ufffd[31m');
    expect(asWritten('שלום\u200f!')).toBe('שלום\u200f!');
  });

  test('has names for tokens that are hard to see', () => {
    expect([' the', '\n\n', '\t', ''].map(marked)).toEqual(['·the', '⏎⏎', '⇥', 'part of a character']);
  });
});

describe('a transcript without a chat template', () => {
  test('keeps the lines of whoever speaks', () => {
    const context = 'Rules: Be kind.\nBe brief.\n\nUser: Hi?\nBot: One:\n  two\n\nthree\n\nUser: Why?\nBot:';
    expect(turnsOf(context)).toEqual([
      { who: 'rules', text: 'Be kind.\nBe brief.' },
      { who: 'user', text: 'Hi?' },
      { who: 'bot', text: 'One:\n  two\n\nthree' },
    ]);
    expect(turnsOf('User: Hi?\nAssistant: Hello.\nUser: Why?\nAssistant:')).toEqual([
      { who: 'user', text: 'Hi?' },
      { who: 'bot', text: 'Hello.' },
    ]);
  });
});
