/** A stored run and the open model, without a browser: what the run waits for, and the button that brings just that. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { computed, type Signal, signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Failure } from '../../src/errors.ts';
import { configOf } from '../../src/run/arm.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import type { OpenedModel } from '../../src/protocol/lm.ts';
import type { OpenedEngine, RunModel, RunSummary } from '../../src/run/records.ts';
import { CHECKED } from '../../src/ui/lesson/lesson-arms.ts';
import { BringKit, BringModel } from '../../src/ui/models/bring.tsx';
import { CHOOSE_KIT } from '../../src/ui/models/kit.tsx';
import { OfOther, OtherModel } from '../../src/ui/run/other-model.tsx';
import { createBelonging } from '../../src/ui/session/belonging.ts';
import { PAGE_KIT } from '../../src/ui/session/kit.ts';
import { HOME, type Place } from '../../src/ui/session/place.ts';
import type { Session } from '../../src/ui/session/session.ts';
import { EMPTY_VIEW } from '../../src/ui/session/view.ts';

const OWN = { name: 'mine.csv (prompts)', hash: 'own' };
const PAGE = { name: PAGE_KIT, hash: 'page' };
const LADDER = { name: 'Ladder', fingerprint: 'ladder', world: DEFAULTS.world };

/** What the run of a picked model says that it waits for, beside an open model, in a browser that can open the models that it `knows`. */
function waiting(open: object, kit: RunModel['kit'], knows: (model: RunModel) => boolean = () => false, looked = {}) {
  const model: RunModel = { name: 'tiny', fingerprint: 'abc', ...looked, ...(kit === undefined ? {} : { kit }) };
  const summary = { run: 'a', model, config: DEFAULTS, status: 'running', sessions: [], problem: null } as unknown as RunSummary;
  const { hindrance, needs, unasked } = createBelonging({
    view: signal({ ...EMPTY_VIEW, run: 'a' }),
    runs: signal([summary]),
    engine: signal<OpenedEngine | null>(null),
    models: { opened: signal(open as OpenedModel), canBring: knows },
  });
  return { model, hindrance, needs, unasked };
}
const picked = (kit: RunModel['kit']): object => ({ name: 'tiny', fingerprint: 'abc', world: null, kit });

describe('a run of a picked model', () => {
  test('names its model and a kit of one’s own at once', () => {
    const { hindrance, needs } = waiting(LADDER, OWN);
    expect([needs.value, hindrance.value]).toEqual(['model', 'Open tiny first, and take its kit: mine.csv (prompts).']);
  });

  test('names the model alone where its kit is the one of the page', () => {
    expect(waiting(LADDER, PAGE).hindrance.value).toBe('Open tiny first.');
    const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../public/kits/english/kit.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: PAGE_KIT });
  });

  test('waits for its kit alone once the model is open, to go on and to be asked', () => {
    const { hindrance, needs, unasked } = waiting(picked(PAGE), OWN);
    expect(needs.value).toBe('kit');
    expect([hindrance.value, unasked.value]).toEqual(Array(2).fill('Take its kit first, under Kit: mine.csv (prompts).'));
  });

  test('waits for its model too where the open one has other weights in between', () => {
    const open = { ...picked(PAGE), weights: 'others' };
    const { hindrance, needs } = waiting(open, OWN, () => false, { weights: 'own' });
    expect([needs.value, hindrance.value]).toEqual(['model', 'Open tiny first, and take its kit: mine.csv (prompts).']);
  });

  test('waits for nothing where this browser finds both, or has them open', () => {
    expect(waiting(LADDER, OWN, ({ kit }) => kit?.hash === 'own').needs.value).toBe(null);
    expect(waiting(picked(OWN), OWN).hindrance.value).toBe(null);
  });
});

describe('the button beside it', () => {
  let place: HTMLElement;
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('document', parseHTML('<html><body></body></html>').document);
    place = document.createElement('div');
  });
  afterEach(() => {
    render(null, place);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const labels = (): readonly string[] => [...place.querySelectorAll('button')].map((button) => button.textContent);

  test('opens the model where this browser has it without the kit, else offers its folder and its files', () => {
    for (const [known, wanted] of [
      [true, ['Open tiny']],
      [false, ['Choose the folder of tiny', 'Choose its files']],
    ] as const) {
      const canBring = ({ kit }: RunModel): boolean => known && kit === undefined;
      const { model, needs } = waiting(LADDER, OWN, canBring);
      const session = { busy: signal(false), needs: computed(() => needs.value), models: { canBring } } as unknown as Session;
      render(h(BringModel, { session, run: 'a', model }), place);
      expect(labels()).toEqual(wanted);
    }
  });

  /** Presses the first button, where `tried` is what opening or taking the model gives; what is open and shown after it, and what went on. */
  async function pressed(known: boolean, tried: (opened: Signal<OpenedModel>) => Failure | null) {
    const canBring = (): boolean => known;
    const { model, needs, hindrance } = waiting(LADDER, undefined);
    const opened = signal(LADDER as unknown as OpenedModel);
    const gone: string[] = [];
    const problem = signal<Failure | null>(null);
    const attempt = async () => (problem.value = tried(opened));
    const failure = signal<Failure | null>({ code: 'MODEL_OTHER', message: '', detail: 'before' });
    vi.stubGlobal('window', { showDirectoryPicker: async () => ({ name: 'tiny', entries: async function* () {} }) });
    const session = {
      busy: signal(false),
      needs: computed(() => needs.value),
      hindrance: computed(() => (opened.value.fingerprint === 'abc' ? null : hindrance.value)),
      failure,
      models: { canBring, opened, problem, bring: attempt, take: attempt },
      continueRun: async (run: string) => void gone.push(run),
    } as unknown as Session;
    render(h(BringModel, { session, run: 'a', model }), place);
    place.querySelector('button')?.dispatchEvent(new (document.defaultView?.Event ?? Event)('click'));
    await vi.runAllTimersAsync();
    return { shown: failure.value?.detail ?? null, twice: problem.value, gone };
  }

  test.each([
    ['from where this browser has it', true, []],
    ['out of a folder', false, ['a']],
  ])('says why the model could not be opened %s, and nothing where somebody stopped it', async (_, known, goesOn) => {
    const failed = { code: 'MODEL_FORMAT', message: '', detail: 'damaged' } as const;
    expect(await pressed(known, () => failed)).toEqual({ shown: 'damaged', twice: null, gone: [] });
    expect(await pressed(known, () => null)).toEqual({
      shown: 'the run belongs to tiny (abc), open is Ladder (ladder)',
      twice: null,
      gone: [],
    });
    expect(await pressed(known, () => ({ ...failed, code: 'STOPPED' }))).toMatchObject({ shown: 'before', gone: [] });
    const opens = (opened: Signal<OpenedModel>): null => {
      opened.value = picked(undefined) as OpenedModel;
      return null;
    };
    expect(await pressed(known, opens)).toEqual({ shown: null, twice: null, gone: goesOn });
  });

  test('leads to the kit where only that is missing', () => {
    const gone: object[] = [];
    const where = signal<Place>(HOME);
    const session = { busy: signal(false), place: where, go: (to: object) => void gone.push(to) } as unknown as Session;
    render(h(BringKit, { session }), place);
    const target = document.createElement('button');
    target.id = CHOOSE_KIT;
    const focus = vi.fn<() => void>();
    target.focus = focus;
    document.body.append(target);
    place.querySelector('button')?.dispatchEvent(new (document.defaultView?.Event ?? Event)('click'));
    vi.runAllTimers();
    expect(focus).toHaveBeenCalledOnce();
    expect([labels(), gone]).toEqual([['Choose files for a kit'], [{ view: 'models' }]]);
    // a class that is not shown the models is not led there
    where.value = { ...HOME, hide: ['models'] };
    render(h(BringKit, { session }), place);
    expect(labels()).toEqual([]);
  });
});

describe('a run that is shown beside something else', () => {
  let place: HTMLElement;
  beforeEach(() => {
    vi.stubGlobal('document', parseHTML('<html><body></body></html>').document);
    place = document.createElement('div');
  });
  afterEach(() => {
    render(null, place);
    vi.unstubAllGlobals();
  });

  /** What the notice and the headline of a finished run say, of this model and with these settings, beside an open model. */
  const said = (open: object, model: RunModel | undefined, config = DEFAULTS): readonly (string | null)[] => {
    const summary = { run: 'a', config, status: 'finished', sessions: [], problem: null, ...(model === undefined ? {} : { model }) };
    const view = signal({ ...EMPTY_VIEW, run: 'a', status: 'finished' as const, config });
    const runs = signal([summary as unknown as RunSummary]);
    const models = { opened: signal(open as OpenedModel), canBring: () => false };
    const belonging = createBelonging({ view, runs, engine: signal<OpenedEngine | null>(null), models });
    const tabs = { followed: signal(null) };
    const session = { view, runs, models, tabs, place: signal({ view: 'run' }), ...belonging } as unknown as Session;
    return [OtherModel, OfOther].map((part) => {
      render(h(part, { session }), place);
      return place.querySelector('strong, .headline-round')?.textContent ?? null;
    });
  };

  test('says whose it is by what differs, also where both have one name', () => {
    const tiny = (change: object): RunModel => ({ name: 'tiny', fingerprint: 'abc', ...change });
    expect(said(LADDER, tiny({ kit: OWN }))).toEqual(['The run that is shown is of tiny, and Ladder is open.', ' of tiny']);
    expect(said(picked(PAGE), tiny({ kit: OWN }))).toEqual([
      `The run that is shown is of the kit mine.csv (prompts), and the kit ${PAGE_KIT} is open.`,
      ' of mine.csv (prompts)',
    ]);
    expect(said(picked({ ...OWN, hash: 'edited' }), tiny({ kit: OWN }))).toEqual([
      'The run that is shown is of another kit than the open one; both are called mine.csv (prompts).',
      ' of another kit',
    ]);
    expect(said(picked(PAGE), tiny({ fingerprint: 'other', kit: PAGE }))).toEqual([
      'The run that is shown is of another model than the open one; both are called tiny.',
      ' of another model',
    ]);
    expect(said(picked(OWN), tiny({ kit: OWN }))).toEqual([null, null]);
  });

  test('says nothing above the page where it is one of the lesson, which says so itself', () => {
    const config = configOf(CHECKED, CHECKED.seed);
    expect(said(picked(PAGE), undefined, config)[0]).toBe(null);
    expect(said(picked(PAGE), undefined, { ...config, seed: 987 })[0]).toContain('and tiny is open.');
  });
});
