/** The button for the next pupil at a computer: asks before answers are lost, and leaves nothing of the one before. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { LessonWorker } from '../../../src/protocol/lesson.ts';
import { NewPupil } from '../../../src/ui/lesson/new-pupil.tsx';
import { isEmpty } from '../../../src/ui/session/four-questions.ts';
import { createInstrument } from '../../../src/ui/session/instrument.ts';
import { createLesson } from '../../../src/ui/session/lesson.ts';
import type { Session } from '../../../src/ui/session/session.ts';

beforeAll(() => void vi.stubGlobal('document', parseHTML('<html><body></body></html>').document));
afterAll(() => void vi.unstubAllGlobals());

/** A lesson whose reader has guessed and drawn in chapter 4, and written so much. */
function readBy(written: string) {
  const kept = new Map<string, string>();
  const store = () => ({
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  const [lesson, instrument] = [createLesson({} as LessonWorker, store), createInstrument(store)];
  lesson.guessed(4).value = { guess: 'unknown', shown: true };
  lesson.keep(4, 'drawing', 0.5).value = 0.9;
  lesson.finish(4);
  if (written !== '') instrument.write('before', 'example', written);
  const asked: unknown[] = [];
  const lessonRuns = { running: signal(true), stop: async () => void asked.push('stop') };
  const session = { lesson, instrument, lessonRuns, go: (to: unknown) => void asked.push(to) } as unknown as Session;
  const title = document.createElement('h2');
  title.id = 'chapter-title';
  title.focus = () => void asked.push('title');
  title.scrollIntoView = () => {};
  document.body.replaceChildren(title);
  const place = document.createElement('div');
  render(h(NewPupil, { session }), place);
  const press = (id: string): Promise<void> => act(() => place.querySelector<HTMLElement>(`[data-testid="${id}"]`)?.click());
  const left = () => [
    lesson.guessed(4).value.guess,
    lesson.keep(4, 'drawing', 0.5).value,
    lesson.done.value.size,
    isEmpty(instrument.answers.value),
    kept.size,
  ];
  return { asked, place, press, left };
}
const NOTHING = [null, 0.5, 0, true, 0];
const FIRST = ['stop', { view: 'learn', chapter: 1 }, 'title'];

test('forgets at once where no answer would be lost, ends what is made for the one before, and begins at the title of the first chapter', async () => {
  const { asked, press, left } = readBy('');
  await press('new-pupil');
  expect([left(), asked]).toEqual([NOTHING, FIRST]);
});

test('asks first where answers would be lost', async () => {
  const { asked, place, press, left } = readBy('It picks who speaks.');
  await press('new-pupil');
  expect([left()[0], asked]).toEqual(['unknown', []]);
  expect(place.textContent).toContain('would be lost');
  await press('new-pupil-sure');
  expect([left(), asked]).toEqual([NOTHING, FIRST]);
});
