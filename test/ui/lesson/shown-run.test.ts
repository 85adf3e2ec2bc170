/** A run that the lesson made, where runs are: said to be the lesson's, and never called broken. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import type { FunctionComponent } from 'preact';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { configOf } from '../../../src/run/arm.ts';
import { type RunConfig, DEFAULTS } from '../../../src/run/config.ts';
import { roundsOf } from '../../../src/run/recipe.ts';
import type { RunSummary } from '../../../src/run/records.ts';
import * as lessonArms from '../../../src/ui/lesson/lesson-arms.ts';
import { chapterOf } from '../../../src/ui/lesson/lesson-arms.ts';
import { Alerts } from '../../../src/ui/page/alerts.tsx';
import { RunBar } from '../../../src/ui/run/run-bar.tsx';
import type { LessonArm } from '../../../src/ui/session/lesson-runs.ts';
import { HOME, type ViewName } from '../../../src/ui/session/place.ts';
import type { Session } from '../../../src/ui/session/session.ts';
import { EMPTY_VIEW, reduce, viewOfStored } from '../../../src/ui/session/view.ts';
import { simulatedRun } from '../../fixtures/simulated-run.ts';

beforeAll(() => void vi.stubGlobal('document', parseHTML('<html><body></body></html>').document));
afterAll(() => void vi.unstubAllGlobals());

const { FIRST_ROUND, STEPPING } = lessonArms;
const configFrom = (arm: LessonArm): RunConfig => configOf(arm, arm.seed);

/** Run after a reload, the newest stored run being one of `config` with so many rounds. */
function reloaded(config: RunConfig, rounds: number, view: ViewName = 'run', made: Partial<RunSummary> = {}, answered = rounds): Session {
  const whole = [...simulatedRun('a', config)].reduce((folded, event, at) => reduce(folded, event, at), EMPTY_VIEW);
  const summary: RunSummary = {
    run: 'a',
    config,
    status: 'running',
    base: whole.base,
    rounds: whole.rounds.slice(0, rounds),
    result: null,
    sessions: [],
    problem: null,
    unknown: [],
    ...made,
  };
  const answers = Array.from({ length: answered }, (_, index) => whole.samples.get(index + 1) ?? []);
  return {
    view: signal(viewOfStored(summary, [], answers)),
    runs: signal([summary]),
    engine: signal({}),
    busy: signal(false),
    now: signal(0),
    cast: signal({ share: 0, elapsedMs: 0, leftMs: null }),
    pending: signal(null),
    frozen: signal(false),
    failure: signal(null),
    blocked: signal(null),
    refused: signal(null),
    troubles: signal([]),
    worldless: signal(false),
    broughtUp: signal(true),
    hindrance: signal(null),
    needs: signal(null),
    unasked: signal(null),
    tabs: { followed: signal(null), live: signal([]), lost: signal(null) },
    place: signal({ ...HOME, view }),
    linkTo: () => '',
    parsed: signal({ config: DEFAULTS, refusals: [] }),
    models: { loading: signal(null), opening: signal(null), opened: signal(null), plan: signal(null), astray: signal(null) },
  } as unknown as Session;
}

function drawn(part: FunctionComponent<{ readonly session: Session }>, session: Session): HTMLElement {
  const place = document.createElement('div');
  render(h(part, { session }), place);
  return place;
}
const notices = (session: Session): readonly (string | null)[] =>
  [...drawn(Alerts, session).querySelectorAll('.notice')].map((notice) => notice.getAttribute('data-testid'));
const buttons = (session: Session): readonly (string | undefined)[] =>
  [...drawn(RunBar, session).querySelectorAll('.buttons button')].map((button) => button.textContent?.trim());

test('that it stopped after its round is said to be of the lesson, and Run offers a run', () => {
  const session = reloaded(configFrom(FIRST_ROUND), 1);
  expect(notices(session)).toEqual(['of-lesson']);
  const said = drawn(Alerts, session).textContent ?? '';
  expect(said).toContain('What is shown is a run of the lesson, from chapter 4.');
  expect(said).toContain('it had');
  expect(buttons(session)).toEqual(['Run']);
  expect(drawn(RunBar, session).textContent).toContain('A run of the lesson, made as far as round 1 of 6.');
});

test('that was stopped in the round after it leads to the chapter that goes on with it', () => {
  const said = drawn(Alerts, reloaded(configFrom(FIRST_ROUND), 1, 'run', {}, 2)).textContent ?? '';
  expect(said).toContain('What is shown is a run of the lesson, from chapter 5.');
  expect(said).toContain('To chapter 5');
  // nothing of it is answered yet
  expect(drawn(Alerts, reloaded(configFrom(FIRST_ROUND), 0, 'run', {}, 0)).textContent).toContain('To chapter 4');
});

test('that was finished is said to be of the lesson too, once', () => {
  expect(notices(reloaded(configFrom(STEPPING), 6, 'run', { status: 'finished' }))).toEqual(['of-lesson']);
});

test('is no matter of the lesson itself, nor is any other run', () => {
  for (const config of [configFrom(FIRST_ROUND), DEFAULTS]) expect(notices(reloaded(config, 1, 'learn'))).toEqual([]);
});

test('that somebody else made is called interrupted as before, also with the settings of a chapter on a model of their own', () => {
  const model = { name: 'mine', fingerprint: 'f' } as RunSummary['model'] & object;
  for (const session of [reloaded(DEFAULTS, 1), reloaded(configFrom(FIRST_ROUND), 1, 'run', { model })]) {
    expect(notices(session)).toEqual(['interrupted']);
    expect(buttons(session)).toEqual(['Resume', 'New run']);
  }
});

test('is known by its settings, whichever chapter asked for it', () => {
  const isArm = (value: unknown): value is LessonArm => typeof value === 'object' && value !== null && 'seed' in value;
  const arms = Object.values(lessonArms).flatMap((value) =>
    typeof value !== 'object' ? [] : isArm(value) ? [value] : Object.values(value),
  );
  expect(arms.filter(isArm).length).toBeGreaterThan(10);
  for (const arm of arms.filter(isArm))
    expect([arm.name, chapterOf(configFrom(arm), arm.until ?? roundsOf(configFrom(arm)))]).not.toContain(null);
  expect([chapterOf(configFrom(STEPPING), 1), chapterOf(configFrom(STEPPING), 2), chapterOf(DEFAULTS, 1)]).toEqual([4, 5, null]);
});
