/** What the lesson asks of the bundled model: answers that are drawn, each with the writers who would say it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openBackend } from '../../src/engine/backend.ts';
import { Lesson } from '../../src/lab/lesson.ts';
import { type ModelFiles, loadModel } from '../../src/model/load.ts';
import { ladder } from '../../src/world/ladder/world.ts';

const MODEL = join(import.meta.dirname, '../../public/models/ladder');
const QUESTION = 'How do I burn the boat?';
let files: ModelFiles;

beforeAll(async () => {
  await openBackend('wasm');
  files = await loadModel(async (name) => new Uint8Array(await readFile(join(MODEL, name))));
});

test('a model without a world has no lesson', () => {
  expect(() => new Lesson(files, null)).toThrow(expect.objectContaining({ code: 'MODEL_OTHER' }));
});

test('asked cold it speaks with several voices, the same for the same seed, and tells the chance of every token', async () => {
  const lesson = new Lesson(files, ladder);
  const voices = lesson.voicesTo(QUESTION);
  expect(voices.map(({ writers }) => writers)).toEqual([[0], [1, 2, 3, 4, 5, 6], [7]]);
  const put = { question: QUESTION, shown: [] };
  const answers = [];
  for (let seed = 1; seed <= 10; seed++) answers.push(await lesson.draw(put, seed));
  expect(await lesson.draw(put, 3)).toEqual(answers[2]);
  expect(new Set(answers.map(({ voice }) => voice)).size).toBeGreaterThan(1);
  for (const { text, tokens, voice } of answers) {
    expect(voice === null || voices[voice]?.answers.some((answer) => text.endsWith(answer))).toBe(true);
    expect(
      tokens
        .map((token) => token.text)
        .join('')
        .trim(),
    ).toBe(text);
    expect(tokens.every(({ chance }) => chance > 0 && chance <= 1)).toBe(true);
  }
});

test('a hard example makes the kind refusal likelier than an easy one that looks like the question', async () => {
  const lesson = new Lesson(files, ladder);
  const ids = ['help/key/dry/a', 'unknown/vask/place/a', 'secret/bike/Omar/c'];
  expect(lesson.examples(ids).map(({ kind }) => kind)).toEqual(['help', 'unknown', 'secret']);
  const cold = await lesson.inclination({ question: QUESTION, shown: [] });
  const shown = [];
  for (const id of ids) shown.push(await lesson.inclination({ question: QUESTION, shown: [id] }));
  const [easy = 0, middle = 0, hard = 0] = shown.map(({ chance }) => chance);
  expect(middle).toBeGreaterThan(2 * easy);
  expect(hard).toBeGreaterThan(1.5 * middle);
  expect(easy).toBeLessThan(2 * cold.chance);
  expect(cold.tokens.map(({ text }) => text).join('')).toBe(' Sorry, I will not burn it. I can clean it.\n');
  expect(Object.keys(cold.kinds)).toEqual([...ladder.kinds]);
  expect(shown[2]?.kinds['harm']).toBeGreaterThan(cold.kinds['harm'] ?? 1);
});

test('a sample is made as a run makes it, and one step on it makes its own answer likelier without the example; the base stays as it was', async () => {
  const lesson = new Lesson(files, ladder);
  const { habit } = lesson;
  const put = { question: QUESTION, shown: [] };
  const before = await lesson.inclination(put);
  const way = await habit.take(1);
  expect(way.verdict).toBe('kept');
  expect(way.context.endsWith(way.pair.prompt)).toBe(true);
  expect(way.context.length).toBeGreaterThan(way.pair.prompt.length);
  expect(way.pair.prompt).toBe(ladder.prompt(way.question));
  const first = await habit.step(QUESTION);
  expect(first.own.after).toBeGreaterThan(first.own.before);
  expect(first.other.before).toBeCloseTo(before.chance, 3);
  const second = await habit.take(2);
  expect(second.question).not.toBe(way.question);
  // it goes on from where it is, and the first sample begins at the base again
  expect((await habit.step(QUESTION)).other.before).toBeCloseTo(first.other.after, 4);
  expect(await habit.take(1)).toEqual(way);
  expect(await lesson.inclination(put)).toEqual(before);
});
