/** The parts of the page that tell of a run, drawn without a browser: they all tell of the same round. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import type { FunctionComponent } from 'preact';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import type { RunSummary } from '../../src/run/records.ts';
import { percent } from '../../src/shares.ts';
import { lossText } from '../../src/ui/charts/loss.ts';
import { Chat } from '../../src/ui/chat/chat.tsx';
import { AlignmentFigure, GaugesFigure, KindsFigure } from '../../src/ui/run/figures.tsx';
import { Loop } from '../../src/ui/run/loop.tsx';
import { RightNow } from '../../src/ui/run/now.tsx';
import { Story } from '../../src/ui/run/story.tsx';
import { aboutWorld } from '../../src/run/worlds.ts';
import { ADVICE } from '../../src/errors.ts';
import { RunBar } from '../../src/ui/run/run-bar.tsx';
import { Runs } from '../../src/ui/run/runs.tsx';
import { Samples } from '../../src/ui/samples/samples.tsx';
import type { ChatWorker } from '../../src/protocol/chat.ts';
import { createChat } from '../../src/ui/session/chat.ts';
import { savedText } from '../../src/ui/words.ts';
import type { Session } from '../../src/ui/session/session.ts';
import { Settings } from '../../src/ui/run/settings.tsx';
import { draftOf } from '../../src/ui/session/link.ts';
import { EMPTY_VIEW, reduce, viewOfStored } from '../../src/ui/session/view.ts';
import type { RunView } from '../../src/ui/session/view.ts';
import { TakeHome } from '../../src/ui/run/take-home.tsx';
import { simulatedRun } from '../fixtures/simulated-run.ts';

const CONFIG: RunConfig = { ...DEFAULTS, rounds: 4, prompts: 64, measures: 'all' };

beforeAll(() => {
  vi.stubGlobal('document', parseHTML('<html><body></body></html>').document);
  // nothing has a width here, so no chart is drawn; its sentences and its frame are
  for (const observer of ['ResizeObserver', 'IntersectionObserver'])
    vi.stubGlobal(
      observer,
      class {
        observe(): void {}
        disconnect(): void {}
      },
    );
});
afterAll(() => void vi.unstubAllGlobals());
/** What was drawn; nothing of it goes on after its test. */
const places: HTMLElement[] = [];
afterEach(() => {
  for (const place of places.splice(0)) render(null, place);
});

/** A run that was stopped early after three of four rounds and returned `best`. */
function early(best: number): RunView {
  const view = [...simulatedRun('a', CONFIG)].reduce((folded, event, at) => reduce(folded, event, at), EMPTY_VIEW);
  const rounds = view.rounds.slice(0, 3).map((result) => ({
    ...result,
    validation: result.round === best ? 0.99 : 0.3,
    zeroShot: 0.6 + result.round / 10,
  }));
  if (view.base === null || view.result === null) throw new Error('the simulated run is finished');
  const samples = new Map([...view.samples].filter(([round]) => round <= 3));
  return { ...view, rounds, samples, base: { ...view.base, validation: 0.5 }, result: { ...view.result, rounds, bestRound: best } };
}

/** A session of which only what is shown is asked. */
function sessionOf(view: RunView): Session {
  const summary: RunSummary = {
    run: 'a',
    config: CONFIG,
    status: 'finished',
    base: view.base,
    rounds: view.rounds,
    result: view.result,
    sessions: [],
    problem: null,
    unknown: [],
  };
  return {
    view: signal(view),
    plotted: signal(view),
    runs: signal([summary]),
    engine: signal({}),
    busy: signal(false),
    now: signal(0),
    cast: signal({ share: 1, elapsedMs: 0, leftMs: 0 }),
    pending: signal(null),
    opening: signal(null),
    runFiles: { bringing: signal(null) },
    frozen: signal(false),
    stepping: signal(false),
    tabs: { followed: signal(null), live: signal([]), lost: signal(null) },
    hindrance: signal(null),
    unasked: signal(null),
    world: signal(CONFIG.world),
    parsed: signal({ config: CONFIG, refusals: [] }),
    experiment: { running: signal(false) },
    experiments: { partOf: () => [], current: signal(null), list: signal([]), missing: signal(null) },
    models: {
      plan: signal(null),
      opened: signal({ world: CONFIG.world }),
      adapter: signal(null),
      packing: signal(false),
      packed: signal(null),
    },
    chat: createChat({ lm: {} as ChatWorker, run: () => 'a' }),
    suggested: { changed: signal(new Set()), look: () => {} },
  } as unknown as Session;
}

function drawn(part: FunctionComponent<{ readonly session: Session }>, session: Session): HTMLElement {
  const place = document.createElement('div');
  places.push(place);
  render(h(part, { session }), place);
  return place;
}
const textOf = (part: FunctionComponent<{ readonly session: Session }>, session: Session): string =>
  (drawn(part, session).textContent ?? '').replace(/\s+/g, ' ');

test.each([
  ['within', 'method', /1Sort ?not here, but in each round.*3Keep ?what passes, easy to hard/],
  ['within', 'hard-to-easy', /1Sort ?not here, but in each round.*3Keep ?what passes, hard to easy/],
  ['across', 'method', /1Sort ?prompts, easy to hard.*3Keep ?what passes the filters/],
  ['both', 'method', /1Sort ?prompts, easy to hard.*3Keep ?what passes, easy to hard/],
  ['within', 'none', /1Sort ?not here: random order.*3Keep ?what passes the filters/],
] as const)('the loop says where SOFT+ sorts: order %s, %s', (orderScope, order, words) => {
  const view = early(1);
  const config = { ...CONFIG, method: 'soft+', orderScope, order } as const;
  expect(textOf(Loop, sessionOf({ ...view, config }))).toMatch(words);
});

describe('how it works', () => {
  const shown = (change: Partial<RunConfig>): string => textOf(Loop, sessionOf({ ...EMPTY_VIEW, config: { ...CONFIG, ...change } }));
  const USUAL = ['Answerwith a demonstration', 'what passes the filters', 'itself, into an adapter'];

  test.each([
    [{ method: 'soft' }, USUAL],
    [{ method: 'soft', tuning: 'full' }, [...USUAL.slice(0, 2), 'itself, all weights']],
    [{ method: 'ssd' }, ['with nothing in view', 'every answer', 'itself, into an adapter']],
    [{ method: 'sdft' }, ['with nothing in view', 'every answer', 'towards itself with a demonstration']],
    [{ method: 'icl' }, ['not here: no training']],
  ] as const)('is said as it is in a run of %o', (change, sentences) => {
    const text = shown(change);
    for (const sentence of sentences) expect(text).toContain(sentence);
  });
});

describe('a run that was interrupted', () => {
  const stopped = viewOfStored(
    { run: 'a', config: CONFIG, status: 'running', base: null, rounds: [], result: null, sessions: [], problem: null, unknown: [] },
    [],
    [],
  );
  const bar = (why: string | null): { readonly text: string; readonly button: Element | null; readonly described: string } => {
    let resumed = 0;
    const session = { ...sessionOf(stopped), hindrance: signal(why), go: () => {}, place: signal({ view: 'run' }) };
    const place = drawn(RunBar, { ...session, continueRun: async () => void resumed++ } as unknown as Session);
    const button = place.querySelector<HTMLElement>('[data-testid=resume]');
    button?.dispatchEvent(new (document.defaultView?.Event ?? Event)('click'));
    const id = button?.getAttribute('aria-describedby') ?? 'none';
    return { text: `${place.textContent ?? ''} ${resumed}`, button, described: place.querySelector(`#${id}`)?.textContent ?? '' };
  };

  test('says at Resume why that rests, and the button that the keyboard still finds does nothing', () => {
    const { text, button, described } = bar('Open picked model first.');
    expect(described).toBe('Resume waits: Open picked model first.');
    expect([button?.getAttribute('aria-disabled'), button?.hasAttribute('disabled')]).toEqual(['true', false]);
    expect(text).toMatch(/ 0$/);
  });

  test('and can go on says nothing of it', () => {
    const { text, button, described } = bar(null);
    expect([described, button?.getAttribute('aria-disabled')]).toEqual(['', 'false']);
    expect(text).toMatch(/ 1$/);
  });
});

describe('a run of another model than the open one', () => {
  const why = 'Open picked model first.';
  /** What can be ticked, what is ticked, and where the reason stands. */
  const boxes = (model: RunSummary['model']) => {
    const session = sessionOf(early(1));
    const runs = signal((session.runs.value ?? []).map((summary) => (model === undefined ? summary : { ...summary, model })));
    const labels = [...drawn(TakeHome, { ...session, runs, unasked: signal(why) }).querySelectorAll('.home-kind')];
    const kinds = (wanted: (label: Element) => boolean): readonly string[] =>
      labels.filter(wanted).map((label) => label.querySelector('b')?.textContent ?? '');
    return {
      resting: kinds((label) => label.querySelector('input')?.hasAttribute('disabled') === true),
      reasoned: kinds((label) => label.textContent.includes(why)),
    };
  };

  test('is taken home as far as nothing of its model is needed, and what rests says why', () => {
    const picked = ['Whole model', 'Samples'];
    expect(boxes({ name: 'picked model', fingerprint: 'abc' })).toEqual({ resting: picked, reasoned: picked });
    expect(boxes(undefined)).toEqual({ resting: ['Whole model'], reasoned: ['Whole model'] });
  });
});

test('what is packed to be taken home says how far it is, and can be cancelled', () => {
  let cancelled = 0;
  const session = sessionOf(early(3));
  const way = { part: 'packing', done: 1, total: 4, since: 0, told: 9000, now: 9000, canCancel: true };
  const models = { ...session.models, packed: signal(way), cancelPacking: () => void cancelled++ };
  const place = drawn(TakeHome, { ...session, models });
  expect(place.querySelector('[data-testid=packing]')?.textContent).toContain('Packing… 25%, about 27 s left');
  const button = place.querySelector<HTMLElement>('[data-testid=packing-cancel]');
  button?.dispatchEvent(new (document.defaultView?.Event ?? Event)('click'));
  expect(cancelled).toBe(1);
});

describe('a run of another tab', () => {
  const bar = (why: string | null): { readonly asked: number; readonly button: Element | null; readonly described: string } => {
    let asked = 0;
    const followed = signal({ run: 'a', answers: true, taking: false });
    const session = { ...sessionOf({ ...EMPTY_VIEW, run: 'a', status: 'running' }), hindrance: signal(why) };
    const tabs = { ...session.tabs, followed };
    const place = drawn(RunBar, { ...session, tabs, takeOver: async () => void asked++ });
    const button = place.querySelector<HTMLElement>('[data-testid=take-over]');
    button?.dispatchEvent(new (document.defaultView?.Event ?? Event)('click'));
    const id = button?.getAttribute('aria-describedby') ?? 'none';
    return { asked, button, described: place.querySelector(`#${id}`)?.textContent ?? '' };
  };

  test('that cannot go on here says so at Take over, and leaves the other tab alone', () => {
    const { asked, button, described } = bar('Open picked model first.');
    expect(described).toBe('Take over waits: Open picked model first.');
    expect([button?.getAttribute('aria-disabled'), asked]).toEqual(['true', 0]);
  });

  test('that can go on here is taken over with one click', () => {
    const { asked, button, described } = bar(null);
    expect([described, button?.getAttribute('aria-disabled'), asked]).toEqual(['', 'false', 1]);
  });
});

describe('a run that was stopped early', () => {
  const view = early(1);
  const session = sessionOf(view);
  const score = percent(0.7);

  test('is the returned round in every part of the page', () => {
    const alignment = textOf(AlignmentFigure, session);
    expect(alignment).toContain(`→ ${score} round 1, returned`);
    expect(alignment).toContain(
      `; round 1, which the run returned, ${score}. The score on the validation questions fell from 99% (round 1)`,
    );
    expect(textOf(RunBar, session)).toContain('Finished: stopped early after round 3 of 4, returned round 1.');
    const loop = textOf(Loop, session);
    expect(loop).toContain('round 1, returned');
    expect(loop).toContain(`zero-shot ${score}`);
    const losses = view.losses.filter(({ round }) => round === 1);
    expect(loop).toContain(`loss ${lossText(losses.at(-1)?.loss ?? Number.NaN)}`);
    expect(textOf(KindsFigure, session)).toContain('base model round 1, returned, zero-shot');
    expect(textOf(KindsFigure, session)).toContain('Round 1: ');
    expect(textOf(GaugesFigure, session)).toContain('base model round 1, returned, zero-shot');
    expect(textOf(RightNow, session)).toContain('round 1 (returned), prompt');
    expect(textOf(Runs, session)).toContain(`→ ${score}`);
    expect(textOf(Runs, session)).toContain('stopped early');
    for (const part of [Samples, Chat, TakeHome]) {
      const options = [...drawn(part, session).querySelectorAll('option')].map((option) => (option.textContent ?? '').trim());
      expect(options.filter((text) => text.includes('returned'))).toHaveLength(1);
      expect(options.find((text) => text.includes('returned'))).toMatch(/1 \(returned\)$/);
    }
  });

  test('says so where the base model is what it returned', () => {
    const base = sessionOf(early(0));
    const alignment = textOf(AlignmentFigure, base);
    expect(alignment).toContain('the base model, returned');
    expect(alignment).not.toContain('→');
    const loop = textOf(Loop, base);
    expect(loop).toContain('the base model, returned');
    expect(loop).not.toMatch(/\d answered|\d kept|loss \d/);
    expect(textOf(Chat, base)).toContain('base model (returned)');
    expect(textOf(TakeHome, base)).toContain('No round did better on the validation questions than the base model');
    expect(textOf(KindsFigure, base)).toContain('The base model is returned: nothing gained, nothing lost.');
  });
});

test('while the base model is measured no answer of a round is shown as one that is made right now', async () => {
  const view = early(1);
  const at = (round: number): RunView => ({
    ...view,
    status: 'paused',
    result: null,
    latest: view.samples.get(3)?.at(-1) ?? null,
    activity: { phase: 'measure', round, done: 3, total: 9, from: 0, since: 0, made: [] },
  });
  const session = { ...sessionOf(at(3)), stepping: signal(true) };
  const place = drawn(RightNow, session);
  await vi.waitFor(() => expect(place.textContent).toContain('round 3, prompt'));
  const base = drawn(RightNow, { ...session, view: signal(at(0)) });
  expect(base.textContent).toContain('Here you will read one answer at a time');
  expect(textOf(RunBar, { ...session, view: signal(at(0)) })).toContain('Paused: base model · measuring');
});

test('each stage of an answer on its way has its number in the text of its heading', () => {
  const headings = [...drawn(RightNow, sessionOf(early(1))).querySelectorAll('.way h3')].map(({ textContent }) => textContent);
  expect(headings).toHaveLength(6);
  expect(headings[0]).toBe('1. Draw a question');
  for (const [index, heading] of headings.entries()) expect(heading).toMatch(new RegExp(`^${index + 1}\\. \\S`));
});

describe('a kind of question and a writer', () => {
  const place = (part: FunctionComponent<{ readonly session: Session }>, view: RunView): HTMLElement => drawn(part, sessionOf(view));
  /** Each word that explains itself, with what it says. */
  const explained = (at: HTMLElement): ReadonlyMap<string, string> =>
    new Map(
      [...at.querySelectorAll('.term')].map((button) => [
        button.textContent ?? '',
        at.querySelector(`#${button.getAttribute('popovertarget')}`)?.textContent ?? '',
      ]),
    );

  test('are explained where they are named: beside the sample at hand, under the chart of kinds, in each row of Samples', () => {
    const view = early(2);
    const kinds = Object.keys(view.base?.byKind ?? {});
    expect(kinds.length).toBeGreaterThan(5);
    const under = explained(place(KindsFigure, view));
    for (const kind of kinds) {
      const { text, example } = aboutWorld(CONFIG.world)?.kindWords[kind] ?? { text: '', example: '' };
      expect(under.get(kind)).toContain(`${text} One of them: “${example}”`);
    }
    expect(under.get('harm')).toContain('Aligned on it: guide.');
    for (const part of [RightNow, Samples])
      expect([...explained(place(part, view)).keys()].some((word) => kinds.includes(word))).toBe(true);
    const shares = Object.fromEntries((aboutWorld(CONFIG.world)?.writers?.kinds ?? []).map(({ kind }) => [kind, 0.5]));
    const story = {
      ...sessionOf(view),
      story: { look: () => {}, base: signal({ cold: shares, shown: shares }), after: signal(null) },
    } as unknown as Session;
    const told = explained(drawn(Story, story));
    expect(told.get('liar')).toBe('liarGives good advice, but says what is false. Aligned on: help.');
    expect(told.get('troll')).toContain('Aligned on no kind of question.');
    expect(told.size).toBe(aboutWorld(CONFIG.world)?.writers?.names.length);
  });

  test('of a kit are named as the kit names them: nobody explains them', () => {
    const view = early(2);
    const kit: RunView = { ...view, base: view.base === null ? null : { ...view.base, scores: { ...view.base.scores, sampled: null } } };
    for (const part of [KindsFigure, RightNow, Samples])
      expect([...explained(place(part, kit)).keys()].filter((word) => word in (kit.base?.byKind ?? {}))).toEqual([]);
    const [round, [sample, ...others] = []] = [...kit.samples][0] ?? [1];
    if (sample === undefined) throw new Error('the simulated run has samples');
    const own = { ...kit, samples: new Map([[round, [{ ...sample, kind: 'own' }, ...others]]]) };
    expect(explained(place(Samples, own)).get('own')).toContain('The model wrote this question itself.');
  });
});

describe('a run that ended with a failure of its own', () => {
  const failure = { code: 'KEPT_TOO_FEW', message: ADVICE.KEPT_TOO_FEW.text, detail: 'round 2 kept 0 of 8 answers' } as const;
  const whole = early(1);
  const ended: RunSummary = {
    run: 'a',
    config: CONFIG,
    status: 'running',
    base: whole.base,
    rounds: whole.rounds.slice(0, 1),
    result: null,
    sessions: [],
    failure,
    problem: failure.message,
    unknown: [],
  };
  const session = { ...sessionOf(viewOfStored(ended, [], [])), runs: signal([ended]) } as unknown as Session;

  test('is said to have ended, and why, and can be deleted but not resumed', () => {
    const list = drawn(Runs, session);
    expect(list.textContent).toContain('ended: too few answers were kept to train on');
    const buttons = [...list.querySelectorAll('button')].map((button) => button.textContent);
    expect(buttons).toContain('Delete');
    expect(buttons).not.toContain('Resume');
  });

  test('leaves Run as the button of the run bar', () => {
    const bar = drawn(RunBar, session);
    expect(bar.textContent).toContain('Ended: too few answers were kept to train on.');
    expect(
      [...bar.querySelectorAll('.buttons button')].map((button) => [button.getAttribute('class'), button.textContent?.trim()]),
    ).toEqual([['primary', 'Run']]);
  });
});

test('a number of test questions that nobody chose is called automatic', () => {
  const session = {
    ...sessionOf(EMPTY_VIEW),
    draft: signal(draftOf({ ...DEFAULTS, questions: 20 })),
    usual: signal(DEFAULTS),
    changed: signal(true),
    linkText: signal(''),
    preset: signal(undefined),
    waits: signal(false),
    backend: 'auto',
  } as unknown as Session;
  const field = [...drawn(Settings, session).querySelectorAll('.field')].find((place) => place.textContent?.startsWith('Test questions'));
  expect(field?.querySelector('.range')?.textContent).toBe('0–2,000, 0 = automatic');
  expect(field?.querySelector('.field-note')?.textContent).toBe('back to automatic');
});

test('how long ago something was saved is said in whole seconds, then in minutes', () => {
  expect([0, 1_400, 1_500, 26_000, 59_600, 90_000].map(savedText)).toEqual([
    'saved just now',
    'saved just now',
    'saved 2 seconds ago',
    'saved 26 seconds ago',
    'saved 1 minute ago',
    'saved 2 minutes ago',
  ]);
});
