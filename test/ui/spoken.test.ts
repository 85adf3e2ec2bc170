/** What is read out while nobody looks: the state of a run at once, a score after each round, and the explanation of a chapter. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LessonWorker } from '../../src/protocol/lesson.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { Explain, Heard } from '../../src/ui/lesson/steps.tsx';
import { SPEAK_MS, Speaker } from '../../src/ui/run/speaker.tsx';
import { createLesson } from '../../src/ui/session/lesson.ts';
import type { Session } from '../../src/ui/session/session.ts';
import { EMPTY_VIEW, reduce, type RunView } from '../../src/ui/session/view.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';

let place: HTMLElement;
beforeAll(() => void vi.stubGlobal('document', parseHTML('<html><body></body></html>').document));
beforeEach(() => {
  vi.useFakeTimers();
  place = document.createElement('div');
});
afterEach(() => {
  render(null, place);
  vi.useRealTimers();
});
afterAll(() => void vi.unstubAllGlobals());

const region = (): HTMLElement => {
  const found = place.querySelector<HTMLElement>('[role=status]');
  if (found === null) throw new Error('there is a live region');
  return found;
};
const heard = (): string => region().textContent ?? '';

describe('a run', () => {
  test('of an earlier visit is not read out when the page brings it up', async () => {
    const view = signal<RunView>({ ...EMPTY_VIEW, status: 'loading' });
    const session = { view, runs: signal([]), tabs: { followed: signal(null) } } as unknown as Session;
    await act(() => render(h(Speaker, { session }), place));
    for (const status of ['idle', 'finished', 'stopped'] as const) {
      await act(() => void (view.value = { ...EMPTY_VIEW, status, run: status === 'idle' ? null : 'a' }));
      expect(heard()).toBe('');
    }
  });

  test('is silent before it begins, tells its state at once, each score within ten seconds, and nothing sooner', async () => {
    const view = signal<RunView>({ ...EMPTY_VIEW, status: 'loading' });
    const session = { view, runs: signal([]), tabs: { followed: signal(null) } } as unknown as Session;
    await act(() => render(h(Speaker, { session }), place));
    expect(heard()).toBe('');
    const there = region();
    const said: string[] = [];
    for (const [at, event] of [...simulatedRun('a', { ...DEFAULTS, rounds: 3, prompts: 16 })].entries()) {
      const before = heard();
      await act(() => void (view.value = reduce(view.value, event, at)));
      if (event.type === 'started' || event.type === 'finished') expect(heard()).not.toBe(before);
      else expect(heard()).toBe(before);
      if (event.type !== 'round') continue;
      await act(() => void vi.advanceTimersByTime(SPEAK_MS));
      said.push(heard());
      await act(() => void vi.advanceTimersByTime(SPEAK_MS));
      expect(heard()).not.toContain('asked cold');
    }
    expect(said.map((text) => /^After round (\d), asked cold, \d+% are right\. round/.exec(text)?.[1])).toEqual(['1', '2', '3']);
    expect(heard()).toMatch(/^Finished: .*Asked cold, \d+% are right\.$/);
    expect(region()).toBe(there);
  });
});

test('the explanation of a chapter is heard from a place that was there before it, and is gone with it', async () => {
  const session = { lesson: createLesson({} as LessonWorker, () => localStorage) } as unknown as Session;
  const why = (shown: boolean) => [
    h(Heard, { session }),
    shown ? h(Explain, { session, chapter: 1, children: 'A majority decides.' }) : null,
  ];
  await act(() => render(h('div', {}, why(false)), place));
  const there = region();
  expect(heard()).toBe('');
  await act(() => render(h('div', {}, why(true)), place));
  expect([heard(), region() === there]).toEqual(['A majority decides.', true]);
  expect(place.querySelectorAll('[role=status]')).toHaveLength(1);
  await act(() => render(h('div', {}, why(false)), place));
  expect(heard()).toBe('');
});
