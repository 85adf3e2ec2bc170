/** The world of chains: what is asked, what is right, and what its pages show. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/random.ts';
import {
  answerText,
  CHAINS,
  chainKey,
  DEEPEST,
  drawChain,
  FORMS,
  HELD_OUT_FORMS,
  kindOf,
  KINDS,
  parseQuestion,
  peopleOf,
  question,
} from '../../src/world/depth/chains.ts';
import { about } from '../../src/world/depth/about.ts';
import { DEPTH_WEIGHTS, document, PRINCIPLES } from '../../src/world/depth/documents.ts';
import { lookUp, OWNER, PEOPLE, RELATIONS, statement, THINGS } from '../../src/world/depth/facts.ts';
import { isFree, outOfDistribution, POOL, prompts, SHARES, test, validation } from '../../src/world/depth/splits.ts';
import { CHAINS_TASK } from '../../src/world/depth/task.ts';
import { grade } from '../../src/world/turns.ts';

const pages = (n: number) => Array.from({ length: n }, (_, i) => document(Random.of('pages', i)));
const anyChain = fc.tuple(fc.integer(), fc.integer({ min: 1, max: DEEPEST })).map(([seed, depth]) => drawChain(Random.of(seed), depth));
const anyQuestion = fc.tuple(anyChain, fc.constantFrom(...FORMS, ...HELD_OUT_FORMS)).map(([chain, form]) => question(chain, form));

describe('a relation', () => {
  it.each(RELATIONS)('%s has one other person for everybody, and everybody for one', (relation) => {
    const others = PEOPLE.map((person) => lookUp(person, relation));
    expect(others.toSorted()).toEqual(PEOPLE.toSorted());
    for (const [i, other] of others.entries()) expect(other).not.toBe(PEOPLE[i]);
  });

  it('is between people; a thing has an owner alone', () => {
    for (const thing of THINGS) expect(PEOPLE).toContain(lookUp(thing, OWNER));
    expect(() => lookUp('bell', 'friend')).toThrow(RangeError);
    expect(() => lookUp('Mira', OWNER)).toThrow(RangeError);
    expect(() => lookUp('Mira', 'enemy')).toThrow(RangeError);
  });
});

describe('a chain', () => {
  it('is answered look-up by look-up, each from where the last one came to', () => {
    fc.assert(
      fc.property(anyChain, (chain) => {
        const people = peopleOf(chain);
        expect(people).toHaveLength(chain.path.length);
        for (const [i, person] of people.entries()) expect(person).toBe(lookUp(people[i - 1] ?? chain.thing, chain.path[i] ?? ''));
        expect(question(chain, 'Who is').answer).toBe(`${chain.path.map((relation, i) => `${relation} ${people[i]}`).join(', ')}.`);
      }),
    );
  });

  it('is asked in one short sentence, from which it can be told again', () => {
    fc.assert(
      fc.property(anyChain, fc.constantFrom(...FORMS, ...HELD_OUT_FORMS), (chain, form) => {
        const { text, kind, answer } = question(chain, form);
        expect(text).toMatch(/^[A-Z][A-Za-z]*( [a-z]+)? the ([a-z]+ of the )*owner of the [a-z]+[.?]$/);
        expect(answer).toMatch(/^owner [A-Z][a-z]+(, [a-z]+ [A-Z][a-z]+)*\.$/);
        expect(parseQuestion(text)).toEqual(question(chain, form));
        expect(kind).toBe(`depth ${chain.path.length}`);
      }),
    );
    for (const text of [
      'Where is the bell?',
      'Start at the moon: owner.',
      'Start at the bell: friend.',
      'Start at the bell: owner, friend, friend.',
    ])
      expect(parseQuestion(text)).toBeNull();
  });

  it('takes as many steps as its kind says, and there are enough of every depth', () => {
    for (const [i, kind] of KINDS.entries()) {
      const chains = CHAINS.get(kind) ?? [];
      expect(new Set(chains.map(chainKey)).size).toBe(chains.length);
      for (const chain of chains) expect([chain.path.length, kindOf(chain)]).toEqual([i + 1, kind]);
      expect(chains.length).toBeGreaterThanOrEqual(i === 0 ? THINGS.length : 250);
    }
  });
});

describe('grading', () => {
  it('takes the right chain, and none with another person, a step too few or one too many', () => {
    fc.assert(
      fc.property(anyQuestion, fc.nat(), fc.constantFrom(...PEOPLE), (asked, at, other) => {
        expect(grade(asked, ` ${asked.answer}\n`)).toBe(true);
        const people = peopleOf(asked.chain);
        const slipped = people.with(at % people.length, other);
        expect(grade(asked, ` ${answerText(asked.chain, slipped)}\n`)).toBe(slipped.join() === people.join());
        if (people.length > 1) expect(grade(asked, ` ${answerText(asked.chain, people.slice(0, -1))}\n`)).toBe(false);
        expect(grade(asked, ` ${asked.answer.slice(0, -1)}, friend ${other}.\n`)).toBe(false);
      }),
    );
  });
});

describe('the sets', () => {
  const key = ({ chain }: { readonly chain: Parameters<typeof chainKey>[0] }) => chainKey(chain);

  it('share no chain, whatever the wording and the seed', () => {
    const held = [POOL, validation(200), test(450)].map((set) => new Set(set.map(key)));
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const sets = [...held, new Set(prompts(seed, 1200).map(key))];
        expect(new Set(sets.flatMap((set) => [...set])).size).toBe(sets.reduce((sum, { size }) => sum + size, 0));
      }),
      { numRuns: 5 },
    );
  });

  it('ask out of distribution in wordings, or about things, that no other set has', () => {
    const others = [...POOL, ...validation(200), ...test(450), ...prompts(1, 1200)];
    const things = new Set(others.map(({ chain }) => chain.thing));
    const tested = new Set(test(450).map(key));
    for (const asked of outOfDistribution(200)) {
      const worded = HELD_OUT_FORMS.some((form) => asked.text.startsWith(`${form} `));
      expect(worded).not.toBe(!things.has(asked.chain.thing));
      if (!worded) expect(tested.has(key(asked))).toBe(false);
    }
    for (const { text } of others) expect(HELD_OUT_FORMS.some((form) => text.startsWith(`${form} `))).toBe(false);
  });

  it('have the depths in the world’s shares, and the pool has shallow ones alone', () => {
    const total = Object.values(SHARES).reduce((sum, share) => sum + share, 0);
    for (const set of [validation(100), test(200), prompts(7, 480)])
      for (const kind of KINDS) {
        const share = set.filter((asked) => asked.kind === kind).length / set.length;
        expect(Math.abs(share - SHARES[kind] / total)).toBeLessThan(0.02);
      }
    expect(new Set(POOL.map(({ kind }) => kind))).toEqual(new Set(['depth 1', 'depth 2', 'depth 3']));
  });

  it('leave to the prompts what is in no other', () => {
    for (const { chain } of prompts(3, 300)) expect(isFree(chain)).toBe(true);
    for (const { chain } of [...POOL, ...validation(200), ...test(200), ...outOfDistribution(200)]) expect(isFree(chain)).toBe(false);
  });
});

describe('the pages', () => {
  const all = pages(6000);
  const depths = all.flatMap((page) =>
    [...page.matchAll(/User: .+? (the .+)[.?]\n/g)].map(([, list = '']) => list.split(' of ').length - 1),
  );

  it('show every fact, alone and in chains', () => {
    const text = all.join('');
    for (const thing of THINGS) expect(text).toContain(statement(thing, OWNER));
    for (const person of PEOPLE) for (const relation of RELATIONS) expect(text).toContain(statement(person, relation));
  });

  it('hold right answers alone, in every wording, some of them under the rule', () => {
    for (const page of all.slice(0, 500)) {
      const lines = page.trimEnd().split('\n');
      if (!(lines[0] ?? '').startsWith('The ')) {
        if (`${lines[0]}\n` === PRINCIPLES) lines.shift();
        for (let i = 0; i < lines.length; i += 2) {
          const asked = parseQuestion((lines[i] ?? '').replace('User: ', ''));
          expect(asked).not.toBeNull();
          expect(lines[i + 1]).toBe(`Bot: ${asked?.answer}`);
        }
      }
    }
    for (const form of [...FORMS, ...HELD_OUT_FORMS]) expect(all.join('')).toContain(`User: ${form} the `);
    expect(all.filter((page) => page.startsWith(PRINCIPLES)).length / all.length).toBeGreaterThan(0.1);
  });

  it('have deep chains the more rarely the deeper they are', () => {
    const total = DEPTH_WEIGHTS.reduce<number>((sum, weight) => sum + weight, 0);
    for (const [i, weight] of DEPTH_WEIGHTS.entries()) {
      const share = depths.filter((d) => d === i + 1).length / depths.length;
      expect(Math.abs(share - weight / total)).toBeLessThan(0.02);
      if (i >= 3) expect(weight).toBeLessThan(DEPTH_WEIGHTS[i - 1] ?? 0);
    }
  });
});

describe('wrong answers to choose from', () => {
  it('slip at one look-up or stop one early', () => {
    fc.assert(
      fc.property(anyQuestion, (asked) => {
        const wrong = CHAINS_TASK.candidates(asked).filter(({ aligned }) => !aligned);
        expect(wrong.length).toBeGreaterThan(0);
        for (const { text } of wrong) expect(grade(asked, text)).toBe(false);
      }),
    );
  });
});

it('is told with a question of each depth', () => {
  for (const [kind, { example }] of Object.entries(about.kindWords)) expect(parseQuestion(example)?.kind, example).toBe(kind);
});
