/** What every world promises, whatever is in it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { Random } from '../../src/random.ts';
import { words } from '../../src/similarity.ts';
import { WORLDS, worldOf } from '../../src/world/list.ts';
import type { World } from '../../src/world/world.ts';

const isExhausted = (error: unknown) => error instanceof AppError && error.code === 'WORLD_EXHAUSTED';

it('is found by a name of its own', () => {
  expect(new Set(WORLDS.map(({ name }) => name)).size).toBe(WORLDS.length);
  for (const world of WORLDS) expect(worldOf(world.name)).toBe(world);
  expect(worldOf('nowhere')).toBeUndefined();
});

describe.each<World>(WORLDS)(
  'the world $name',
  ({ name, document, task, kinds, kindWords, writers, questions, most, prompt, words: known }) => {
    const held = {
      validation: questions.validation(most.validation),
      test: questions.test(most.test),
      outOfDistribution: questions.outOfDistribution(most.outOfDistribution),
    };

    it('brings a base model', () => {
      for (const file of ['config.json', 'tokenizer.json', 'model.safetensors', 'README.md'])
        expect(existsSync(join(import.meta.dirname, '../../public/models', name, file))).toBe(true);
    });

    it('has pages that are the same for the same stream, and end with a line break', () => {
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const page = document(Random.of(seed));
          expect(page).toBe(document(Random.of(seed)));
          expect(page.endsWith('\n')).toBe(true);
        }),
      );
      expect(new Set(Array.from({ length: 100 }, (_, i) => document(Random.of('pages', i)))).size).toBeGreaterThan(90);
    });

    it('has as many questions of each set as it says, of its own kinds alone, and refuses to give more than there are', () => {
      expect(questions.prompts(1, most.prompts)).toHaveLength(most.prompts);
      for (const [set, asked] of Object.entries(held)) {
        expect(asked).toHaveLength(most[set as keyof typeof held]);
        for (const { kind } of asked) expect(kinds).toContain(kind);
      }
      const { validation, test, outOfDistribution, prompts } = questions;
      for (const ask of [validation, test, outOfDistribution, (n: number) => prompts(1, n)])
        expect(() => ask(100_000)).toThrow(expect.toSatisfy(isExhausted));
    });

    it('says of each of its kinds and writers what it is, and of a kind one of its questions', () => {
      expect(Object.keys(kindWords).toSorted()).toEqual([...kinds].toSorted());
      for (const [kind, { text, example }] of Object.entries(kindWords)) {
        expect(text).toContain('Aligned is ');
        // one that is held out may not be told by whoever asks for it
        expect(task.own?.(example)?.kind ?? kind).toBe(kind);
      }
      expect(Object.keys(writers?.words ?? {})).toEqual(writers?.names ?? []);
    });

    it('shares no question between its sets, whatever the seed', () => {
      const pool = new Set(task.pool.map(({ question }) => question));
      const taken = new Map(Object.values(held).flatMap((set) => set.map(({ id, text }) => [text, id] as const)));
      expect(taken.size).toBe(Object.values(held).reduce((sum, set) => sum + set.length, 0));
      for (const text of pool) expect(taken.has(text)).toBe(false);
      fc.assert(
        fc.property(fc.integer(), fc.integer({ min: 1, max: most.prompts }), (seed, n) => {
          const asked = questions.prompts(seed, n);
          expect(new Set(asked.map(({ id }) => id)).size).toBe(n);
          for (const { text } of asked) expect(taken.has(text) || pool.has(text)).toBe(false);
        }),
        { numRuns: 10 },
      );
    });

    it('knows the right answer to each of its questions, with a thought before it too, and takes no other', () => {
      for (const asked of [...questions.prompts(1, 200), ...held.test]) {
        const gold = task.gold(asked) ?? '';
        expect(gold).toBe(` ${asked.answer}${task.stop}`);
        expect(task.aligned(asked, gold)).toBe(true);
        expect(task.aligned(asked, ` (Hm.)${gold}`)).toBe(true);
        expect(task.aligned(asked, '')).toBe(false);
        expect(task.aligned(asked, `${gold} More.`)).toBe(false);
        for (const { text, aligned } of task.candidates(asked)) expect(task.aligned(asked, text)).toBe(aligned);
        expect(task.candidates(asked).filter(({ aligned }) => aligned)).toHaveLength(1);
        expect(prompt(asked.text)).toBe(asked.prompt);
      }
    });

    it('says every word that its questions have, so that what is outside of it can be told', () => {
      const asked = [...questions.prompts(1, most.prompts), ...Object.values(held).flat()].flatMap(({ text }) => words(text));
      expect(asked.filter((word) => !known.includes(word))).toEqual([]);
      expect(new Set(known).size).toBe(known.length);
    });

    it('lets the model learn from a question of its own only where it is no held-out one', () => {
      for (const asked of questions.prompts(3, 100)) expect(task.own(asked.text)).toMatchObject({ id: asked.id });
      for (const { text } of Object.values(held).flat()) expect(task.own(text)).toBeNull();
      for (const { question } of task.pool) expect(task.own(question)).toBeNull();
    });
  },
);
