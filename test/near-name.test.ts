/** Whoever writes a name wrong is told the right one, and nobody is told a name that was not meant. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nearName } from '../src/near-name.ts';
import { OPTION_NAMES } from '../src/run/config.ts';

it.each([
  ['option', ['name', 'options'], 'options'],
  ['referense', ['arms', 'seeds', 'reference'], 'reference'],
  ['SEEDS', ['arms', 'seeds'], 'seeds'],
  ['roudns', OPTION_NAMES, 'rounds'],
  ['learning-rate', OPTION_NAMES, 'learningRate'],
  ['colour', OPTION_NAMES, null],
  ['', OPTION_NAMES, null],
  ['rounds', [], null],
])('“%s”', (word, names, meant) => {
  expect(nearName(word, names)).toBe(meant);
});

it('is found behind any one slip', () => {
  const slip = fc.record({ name: fc.constantFrom(...OPTION_NAMES), at: fc.nat(20), letter: fc.constantFrom('a', 'e', 'i', 'o', 'x', 'y') });
  fc.assert(
    fc.property(slip, fc.constantFrom('more', 'less', 'other'), ({ name, at, letter }, kind) => {
      const place = at % name.length;
      const after = name.slice(place + (kind === 'more' ? 0 : 1));
      const word = name.slice(0, place) + (kind === 'less' ? '' : letter) + after;
      expect(nearName(word, [name, 'something else'])).toBe(name);
    }),
  );
});
