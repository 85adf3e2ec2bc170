/** Python's regular expressions on names of layers, as PEFT's settings have them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matcher } from '../../src/files/in/name-patterns.ts';

const Q = 'model.layers.12.self_attn.q_proj';

describe('a pattern on the names of layers', () => {
  it.each([
    [String.raw`.*\.q_proj`, true],
    ['q_proj', false],
    [String.raw`(.*\.)?(^q_proj)$`, false],
    [String.raw`^model\.layers\.\d+\..*$`, true],
    [String.raw`model\.layers\.(1|12)\.(?:self_attn|mlp)\.[kq]_proj`, true],
    [String.raw`model\.layers\.[^0-9]+.*`, false],
    [String.raw`model\.layers\.\d{3,}.*`, false],
    [String.raw`model\.layers\.\d{1,2}\D.*`, true],
    [String.raw`model\.layers\.\d{2}\W.+?`, true],
    [String.raw`.*(?P<which>[a-q])_proj`, true],
    [String.raw`.*\b12\b.*`, true],
    [String.raw`.*\bself\b.*`, false],
    [String.raw`\w+\.\w+\S*`, true],
    [String.raw`\w+\s?.*[\w\d-]_proj`, true],
    [String.raw`.*[]q]_proj`, true],
    [String.raw`.{,40}`, true],
    [String.raw`.{0,3}`, false],
    ['(a*)*b?.*', true],
    ['model.*x?', true],
    ['model*.*', true],
    [String.raw`.*\_proj`, true],
    ['', false],
    ['a{x}', false],
  ])('%s', (pattern, holds) => {
    expect(matcher(pattern)(Q)).toBe(holds);
  });

  it('agrees with the engine’s own expressions where both know them', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      '.',
      String.raw`\.`,
      String.raw`\d`,
      '[ab]',
      '[^a]',
      '(a|b)',
      '(?:ab)?',
      'a*',
      'b+',
      '.*',
      '(a.)*',
      'a{1,2}',
      '^',
      '$',
    );
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '1'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), name, (parts, text) => {
        const pattern = parts.join('');
        expect(matcher(pattern)(text)).toBe(new RegExp(`^(?:${pattern})$`).test(text));
      }),
    );
  });

  it('takes no longer for one that is made to search for ever', () => {
    expect(matcher(`${'(a+)+'.repeat(10)}$`)(`${'a'.repeat(60)}b`)).toBe(false);
  });

  it.each([
    ['(', 'a bracket is not closed'],
    ['a)', 'a bracket is not opened'],
    ['*a', 'nothing to repeat'],
    ['a**', 'a repetition of a repetition'],
    ['a*+', 'a possessive repetition'],
    ['a{101}', 'the repetition {101}'],
    ['a{3,2}', 'the repetition {3,2}'],
    ['(?=a)', 'this kind of group'],
    ['(?i)a', 'this kind of group'],
    [String.raw`\1`, String.raw`\1`],
    [String.raw`\Z`, String.raw`\Z`],
    ['[z-a]', 'this range of characters'],
    [String.raw`[a-\d]`, 'this range of characters'],
    ['[a', 'it ends too early'],
    ['a\\', 'it ends too early'],
    ['('.repeat(30), 'its brackets are too deep'],
    ['a'.repeat(3000), 'it has 3000 characters'],
  ])('%s is refused by what it has', (pattern, what) => {
    expect(() => matcher(pattern)).toThrow(what);
  });
});
