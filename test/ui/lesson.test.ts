/** What the page remembers of the lesson, and how its chapters ask: ten answers that can be stopped, examples measured once, one function that steps. */
import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Answer } from '../../src/protocol/lm.ts';
import type { LessonWorker, Put, Way } from '../../src/protocol/lesson.ts';
import { advance, NO_SAMPLE, STAGES } from '../../src/ui/session/habit.ts';
import { isSeen } from '../../src/ui/lesson/making.tsx';
import type { Made } from '../../src/ui/session/lesson-runs.ts';
import { createLesson, type Lesson } from '../../src/ui/session/lesson.ts';
import type { Session } from '../../src/ui/session/session.ts';
import { measureAll, nameOf, UNSEEN } from '../../src/ui/session/one-example.ts';
import { createStepper, STAY_MS } from '../../src/ui/session/stepper.ts';
import DE from '../../src/ui/language/de.json';
import HE from '../../src/ui/language/he.json';
import { askTen, lookUp, TEN, UNASKED } from '../../src/ui/session/ten-answers.ts';
import { SAYINGS } from '../support/sentences.ts';

const ok = <T>(value: T): Promise<Answer<T>> => Promise.resolve({ ok: true, value });
const WAY: Way = {
  question: 'Where is the bell?',
  kind: 'fact',
  context: '',
  answer: { text: 'In the tower.', tokens: [], voice: null },
  verdict: 'kept',
  aligned: true,
  pair: { prompt: 'User: Where is the bell?\nBot:', completion: ' In the tower.\n' },
};
/** A worker that answers at once; the inclination grows with what is in view. */
function worker(changed: Partial<LessonWorker> = {}) {
  const asked: string[] = [];
  const lm: LessonWorker = {
    voicesTo: () => ok([{ writers: [0, 1], answers: ['No.'] }]),
    drawAnswer: (_, seed) => ok({ text: `answer ${seed}`, tokens: [], voice: 0 }),
    examples: () => ok([]),
    inclination: ({ shown }: Put) => {
      asked.push(nameOf(shown));
      return ok({ tokens: [], chance: shown.length / 10, kinds: {} });
    },
    takeSample: (at) => {
      asked.push(`sample ${at}`);
      return ok(WAY);
    },
    takeStep: () => {
      asked.push('step');
      return ok({ loss: 0.5, own: { before: 0.1, after: 0.2 }, other: { before: 0.06, after: 0.07 } });
    },
    ...changed,
  };
  return { lm, asked };
}

test('no text of a chapter is longer than ninety words, in any language', () => {
  const texts = SAYINGS.filter(({ file }) => file.startsWith('lesson/')).map(({ id }) => id);
  expect(texts.length).toBeGreaterThan(100);
  for (const table of [DE, HE] as readonly Readonly<Record<string, string>>[])
    for (const text of texts)
      expect(Math.max(...[text, table[text] ?? ''].map((said) => said.split(/\s+/).length)), text).toBeLessThanOrEqual(90);
});

/** What a device keeps of the page between visits. */
function device() {
  const kept = new Map<string, string>();
  return () => ({
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
}

test('what a chapter remembers stays until it is begun again, and only of that chapter', () => {
  const lesson = createLesson(worker().lm, device());
  lesson.guessed(1).value = { guess: 'a', shown: true };
  lesson.guessed(2).value = { guess: 'b', shown: false };
  lesson.finish(1);
  lesson.finish(2);
  expect(lesson.guessed(1).value.guess).toBe('a');
  lesson.again(1);
  expect([lesson.guessed(1).value, lesson.guessed(2).value.guess]).toEqual([{ guess: null, shown: false }, 'b']);
  expect([[...lesson.done.value], lesson.times(1), lesson.times(2)]).toEqual([[2], 1, 0]);
});

test('the next visitor of a stand finds no guess of the one before, and begins with the first chapter', () => {
  const lesson = createLesson(worker().lm, device());
  for (const chapter of [1, 5]) {
    lesson.guessed(chapter).value = { guess: 'the guide', shown: true };
    lesson.finish(chapter);
  }
  lesson.last.value = 5;
  lesson.forget();
  for (const chapter of [1, 5]) expect([lesson.guessed(chapter).value.guess, lesson.times(chapter)]).toEqual([null, 1]);
  expect([lesson.done.value.size, lesson.last.value]).toEqual([0, 1]);
});

describe('what happened in a chapter whose runs are stored', () => {
  const made = [{ arm: 'on its own feet', state: 'made' } as Made];
  const seen = (lesson: Lesson, chapter: number): boolean => isSeen({ lesson } as Session, chapter, lesson.guessed(chapter), made);

  test('is shown after the guess, and at once to the same reader on a later visit', () => {
    const store = device();
    const first = createLesson(worker().lm, store);
    expect(seen(first, 5)).toBe(false);
    first.guessed(5).value = { guess: '2', shown: true };
    first.finish(5);
    expect(seen(first, 5)).toBe(true);
    const later = createLesson(worker().lm, store);
    expect([seen(later, 5), seen(later, 6), [...later.done.value]]).toEqual([true, false, [5]]);
    later.again(5);
    expect(seen(later, 5)).toBe(false);
    expect(seen(createLesson(worker().lm, store), 5)).toBe(false);
  });

  test('is not shown to the next pupil before a guess, not on a later visit either', () => {
    const store = device();
    createLesson(worker().lm, store).finish(5);
    const lesson = createLesson(worker().lm, store);
    lesson.forget();
    expect([seen(lesson, 5), lesson.done.value.size]).toEqual([false, 0]);
    const later = createLesson(worker().lm, store);
    expect([seen(later, 5), later.done.value.size]).toEqual([false, 0]);
  });

  test('is shown by the guess alone where the browser keeps nothing', () => {
    const lesson = createLesson(worker().lm, () => {
      throw new Error('SecurityError');
    });
    lesson.guessed(5).value = { guess: '2', shown: true };
    lesson.finish(5);
    expect([seen(lesson, 5), lesson.done.value.has(5)]).toEqual([true, true]);
    lesson.forget();
    expect(seen(lesson, 5)).toBe(false);
  });
});

describe('ten answers', () => {
  test('come one by one, each from a seed of its own, and a stop keeps those that came', async () => {
    const ten = signal(UNASKED);
    const { lm } = worker({
      drawAnswer: (_, seed) => {
        if (seed === 4) ten.value = { ...ten.value, asking: false };
        return ok({ text: `answer ${seed}`, tokens: [], voice: 0 });
      },
    });
    await lookUp(lm, ten, 'Why?');
    expect(ten.value).toMatchObject({ question: 'Why?', voices: [{ writers: [0, 1] }], answers: [] });
    await askTen(lm, ten, () => true);
    expect([ten.value.answers.length, ten.value.asking]).toEqual([4, false]);
    await askTen(lm, ten, () => true);
    expect(ten.value.answers.map(({ text }) => text)).toEqual(Array.from({ length: TEN }, (_, i) => `answer ${i + 1}`));
  });

  test('that fail say so and can go on', async () => {
    const ten = signal({ ...UNASKED, question: 'Why?' });
    const { lm } = worker({ drawAnswer: () => Promise.reject(new Error('gone')) });
    await askTen(lm, ten, () => true);
    expect([ten.value.failure?.code, ten.value.asking, ten.value.answers]).toEqual(['INTERNAL', false, []]);
    await askTen(worker().lm, ten, () => true);
    expect([ten.value.failure, ten.value.answers.length]).toEqual([null, TEN]);
  });
});

test('examples are measured once for each choice, and what changes on the way is measured last', async () => {
  const state = signal(UNSEEN);
  const { lm, asked } = worker();
  const measuring = measureAll(lm, state, 'Why?', ['a', 'b']);
  state.value = { ...state.value, shown: ['b', 'a'] };
  await measuring;
  expect([asked, state.value.asking]).toEqual([['', 'a', 'b', 'b a'], false]);
  state.value = { ...state.value, shown: ['a'] };
  await measureAll(lm, state, 'Why?', ['a', 'b']);
  expect(asked).toHaveLength(4);
});

test('a sample goes stage by stage, its step is taken once, and the next sample follows', async () => {
  const state = signal(NO_SAMPLE);
  const { lm, asked } = worker();
  for (let stage = 1; stage <= STAGES.length; stage++) {
    expect(await advance(lm, state, 'Why?')).toBe(true);
    expect(state.value.stages).toBe(stage);
  }
  expect([asked, state.value.watched, state.value.step?.loss]).toEqual([['sample 1', 'step'], [0.06, 0.07], 0.5]);
  await advance(lm, state, 'Why?');
  expect(state.value).toMatchObject({ sample: 2, stages: 1, step: null, watched: [0.06, 0.07] });
  // nothing is learned from what a filter dropped, and a failure stays where it is
  const dropped = signal({ ...NO_SAMPLE, sample: 1, stages: 5, way: { ...WAY, verdict: 'unfinished' as const } });
  await advance(lm, dropped, 'Why?');
  expect([dropped.value.stages, dropped.value.step]).toEqual([6, null]);
  const failing = signal(NO_SAMPLE);
  expect(await advance(worker({ takeSample: () => Promise.reject(new Error('gone')) }).lm, failing, 'Why?')).toBe(false);
  expect([failing.value.failure?.code, failing.value.sample]).toEqual(['INTERNAL', 0]);
});

describe('step, play and pause', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('are one function: pressed once, or by itself until it is paused or at its end', async () => {
    let [count, goesOn] = [0, true];
    const stepper = createStepper(async () => {
      count++;
      return goesOn;
    });
    await stepper.step();
    await vi.advanceTimersByTimeAsync(10 * STAY_MS);
    expect(count).toBe(1);
    stepper.play();
    await vi.advanceTimersByTimeAsync(2 * STAY_MS);
    expect([count, stepper.playing.value]).toEqual([4, true]);
    stepper.pause();
    await vi.advanceTimersByTimeAsync(10 * STAY_MS);
    expect([count, stepper.playing.value]).toEqual([4, false]);
    goesOn = false;
    stepper.play();
    await vi.advanceTimersByTimeAsync(10 * STAY_MS);
    expect([count, stepper.playing.value]).toEqual([5, false]);
  });
});
