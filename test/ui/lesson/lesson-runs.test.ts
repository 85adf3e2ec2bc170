/** The runs of chapters: one that a chapter ended after its round, and that the next goes on with, is as far as it is. */
import { signal } from '@preact/signals';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/run/events.ts';
import type { RunSummary } from '../../../src/run/records.ts';
import { FIRST_ROUND, FROZEN, STEPPING } from '../../../src/ui/lesson/lesson-arms.ts';
import { forecast } from '../../../src/ui/session/forecast.ts';
import { createLessonRuns } from '../../../src/ui/session/lesson-runs.ts';
import { EMPTY_VIEW, reduce } from '../../../src/ui/session/view.ts';
import { simulatedRun } from '../../fixtures/simulated-run.ts';

/** Chapters over one run, whose every event takes 10 ms and comes when `play` asks for it. */
function chapters() {
  const [view, now, runs] = [signal(EMPTY_VIEW), signal(0), signal<readonly RunSummary[]>([])];
  let end = (): void => {};
  let rest: RunEvent[] = [];
  const lessonRuns = createLessonRuns({
    view,
    now,
    runs,
    refresh: async () => {},
    follow: (config, stored) => {
      const events = [...simulatedRun('a', config)];
      const made = events.findIndex((event) => event.type === 'round') + 1;
      const again = events.slice(0, 1).map((event) => (event.type === 'started' ? { ...event, resumed: true } : event));
      rest = stored === null ? events : [...again, ...events.slice(made)];
      return new Promise<void>((resolve) => (end = resolve));
    },
    stop: async () => {
      // as a worker does, later
      await Promise.resolve();
      if (view.value.status !== 'running') return;
      tell({ type: 'stopped' });
      const { config, base, rounds } = view.value;
      if (config !== null)
        runs.value = [{ run: 'a', config, status: 'running', base, rounds, result: null, sessions: [], problem: null, unknown: [] }];
      end();
    },
    samples: async () => [],
  });
  function tell(event: RunEvent): void {
    now.value += 10;
    view.value = reduce(view.value, event, now.value);
  }
  const play = (until: () => boolean): void => {
    while (!until()) {
      const event = rest.shift();
      if (event === undefined) throw new Error('the run ended before that');
      tell(event);
    }
  };
  return { lessonRuns, view, now, play };
}

test('a chapter that goes on with the run of the one before begins its bar where the longer run is, and promises what it takes', async () => {
  const { lessonRuns, view, now, play } = chapters();
  const first = lessonRuns.start([FIRST_ROUND]);
  await Promise.resolve();
  play(() => view.value.activity?.phase === 'validate');
  expect(lessonRuns.outlook.value.share).toBeGreaterThan(0.8);
  play(() => view.value.rounds.length === 1);
  await first;
  const both = lessonRuns.start([STEPPING, FROZEN]);
  await Promise.resolve();
  play(() => view.value.activity?.phase === 'answer' && view.value.activity.done > 20);
  // a sixth of one of two runs, and some answers of the next round
  expect(lessonRuns.outlook.value.share).toBeLessThan(0.2);
  // what is left of it, and as much and a fifth more for the other one, of which nothing is done
  const own = forecast(view.value, now.value).leftMs ?? Infinity;
  expect((lessonRuns.outlook.value.leftMs ?? Infinity) / own).toBeGreaterThan(2);
  expect((lessonRuns.outlook.value.leftMs ?? Infinity) / own).toBeLessThan(2.5);
  await lessonRuns.stop();
  await both;
});
