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
