/** A random part of the principles for each prompt. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demonstrate } from '../../src/align/demonstrations.ts';
import { rulesIn, someRules } from '../../src/align/principles.ts';
import { Random } from '../../src/random.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { question, task } from '../support/scripted.ts';

const KIT = readFileSync(new URL('../../public/kits/english/principles.md', import.meta.url), 'utf8');
const WORLD = 'Rules: Be kind. Be honest. Do no harm.\n';

describe('the rules of a text', () => {
  it.each([
    [WORLD, 3],
    [KIT, 15],
    ['Be kind.\nBe brief.\nBe right.', 3],
    ['Always:\n- be kind\n- be brief\n', 2],
    ['Be kind', 1],
    ['', 0],
  ])('are the lines of its list, its lines or its sentences: %j has %i', (text, count) => {
    expect(rulesIn(text)).toBe(count);
  });

  it('are shown in part, in their order, with all that is no rule', () => {
    const shown = new Set(Array.from({ length: 40 }, (_, i) => someRules(WORLD, 2, Random.of(i))));
    expect([...shown].toSorted()).toEqual([
      'Rules: Be honest. Do no harm.\n',
      'Rules: Be kind. Be honest.\n',
      'Rules: Be kind. Do no harm.\n',
    ]);
    const some = someRules(KIT, 3, Random.of(1));
    expect(rulesIn(some)).toBe(3);
    expect(some.endsWith(KIT.slice(KIT.indexOf('\n\n')))).toBe(true);
    expect(some.split('\n').every((line) => KIT.includes(line))).toBe(true);
  });

  it('are all shown where there are no more than wanted, and whatever the text, as many as wanted otherwise', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'B', '.', ' ', '\n', '1', ')', ':', '-', '?') }),
        fc.nat(5),
        fc.nat(),
        (text, count, seed) => {
          const some = someRules(text, count, Random.of(seed));
          if (rulesIn(text) <= count) expect(some).toBe(text);
          else expect(some.length).toBeLessThan(text.length);
        },
      ),
    );
  });
});

describe('a prompt', () => {
  const three = { ...task, principles: WORLD };
  const shownTo = (config: Partial<typeof DEFAULTS>, n: number, round = 1, seed = 7): string =>
    demonstrate(three, { ...DEFAULTS, demonstrations: 0, seed, ...config }, question(n, 'x'), `round ${round}`).context.split('User:')[0] ??
    '';

  it('sees all of them, unless it is to see a part, which is its own in every round and the same again', () => {
    expect(shownTo({}, 1)).toBe(WORLD);
    expect(shownTo({ rulesShown: 3 }, 1)).toBe(WORLD);
    expect(shownTo({ rulesShown: 2, principles: false }, 1)).toBe('');
    const many = Array.from({ length: 30 }, (_, n) => shownTo({ rulesShown: 1 }, n));
    expect(new Set(many)).toEqual(new Set(['Rules: Be kind.\n', 'Rules: Be honest.\n', 'Rules: Do no harm.\n']));
    expect(Array.from({ length: 30 }, (_, n) => shownTo({ rulesShown: 1 }, n))).toEqual(many);
    expect(Array.from({ length: 30 }, (_, n) => shownTo({ rulesShown: 1 }, n, 2))).not.toEqual(many);
    expect(Array.from({ length: 30 }, (_, n) => shownTo({ rulesShown: 1 }, n, 1, 8))).not.toEqual(many);
  });
});
