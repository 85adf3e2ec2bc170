/** Two tabs and one run: the second shows it live, takes it over when the first has let go or is silent, and sees that the first is gone. */
import { type Signal, signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Failure } from '../../src/errors.ts';
import type { OpenedModel } from '../../src/protocol/lm.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import type { RunEvent } from '../../src/run/events.ts';
import type { RunSummary } from '../../src/run/records.ts';
import { takenOver } from '../../src/ui/session/take-over.ts';
import { type Between, createTabs, shifted } from '../../src/ui/session/tabs.ts';
import { EMPTY_VIEW, reduce, type RunView } from '../../src/ui/session/view.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const RUN = 'run-1';
const STARTED = { type: 'started', run: RUN, config: DEFAULTS, engine: { backend: 'wasm' }, resumed: false } as unknown as RunEvent;
const progress = (done: number): RunEvent => ({ type: 'progress', phase: 'answer', round: 1, done, total: 10 });
const settled = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(0));

/** A browser with locks and a channel for all its tabs. */
function createBrowser() {
  const holders = new Map<string, string>();
  const listeners: { readonly tab: string; readonly hear: (event: MessageEvent) => void }[] = [];
  const deaf = new Set<string>();
  const between = (tab: string): Between => ({
    locks: {
      query: async () => ({ held: [...holders.keys()].map((run) => ({ name: `run:${run}` })) }),
      request: async (name: string) => void holders.delete(name.replace('run:', '')),
    },
    channel: {
      postMessage: (data: unknown) => {
        for (const { tab: other, hear } of listeners)
          if (other !== tab && !deaf.has(other)) hear({ data: structuredClone(data) } as MessageEvent);
      },
      addEventListener: (_: string, hear: (event: MessageEvent) => void) => void listeners.push({ tab, hear }),
    } as unknown as Between['channel'],
  });
  return { holders, deaf, between };
}

/** A tab that shows `view` and may write the run. */
function openTab(browser: ReturnType<typeof createBrowser>, name: string) {
  const state: { view: RunView; writing: boolean; let: number; readonly abandoned: string[] } = {
    view: EMPTY_VIEW,
    writing: false,
    let: 0,
    abandoned: [],
  };
  const tabs = createTabs(
    {
      shown: () => state.view,
      writes: () => (state.writing ? state.view.run : null),
      show: (view) => void (state.view = view),
      fold: (event) => void (state.view = reduce(state.view, event, performance.now())),
      letGo: () => void state.let++,
      abandoned: (run) => void state.abandoned.push(run),
      changed: () => {},
    },
    browser.between(name),
  );
  const tab = Object.assign(state, { tabs });
  const happen = (event: RunEvent): void => {
    tab.view = reduce(tab.view, event, performance.now());
    tab.tabs.tell(RUN, event);
  };
  /** The worker of this tab writes the run. */
  const begin = (): void => {
    browser.holders.set(RUN, name);
    tab.writing = true;
    happen(STARTED);
  };
  /** The worker has saved and freed the lock. */
  const end = (event: RunEvent): void => {
    browser.holders.delete(RUN);
    happen(event);
    tab.writing = false;
  };
  return { tab, happen, begin, end };
}

async function two() {
  const browser = createBrowser();
  const [first, second] = [openTab(browser, 'first'), openTab(browser, 'second')];
  first.begin();
  first.happen(progress(3));
  second.tab.view = { ...EMPTY_VIEW, status: 'stopped', run: RUN };
  await second.tab.tabs.look();
  second.tab.tabs.suit(RUN);
  return { browser, first, second };
}

describe('a second tab', () => {
  test('shows a live run as the first one has it, and goes on with it event by event', async () => {
    const { first, second } = await two();
    expect(second.tab.tabs.followed.value).toEqual({ run: RUN, answers: true, taking: false });
    expect(second.tab.view).toMatchObject({ status: 'running', activity: { done: 3 } });
    first.happen(progress(4));
    first.happen({ type: 'paused' });
    expect(second.tab.view).toEqual(first.tab.view);
    first.end({ type: 'stopped' });
    expect(second.tab.view.status).toBe('stopped');
    expect(second.tab.tabs.followed.value).toBe(null);
    expect(second.tab.tabs.live.value).toEqual([]);
  });

  test('asks the first to let go, and has the run when the lock is free', async () => {
    const { first, second, browser } = await two();
    const taking = second.tab.tabs.takeOver();
    await settled();
    expect(first.tab.let).toBe(1);
    expect(first.tab.tabs.lost.value).toBe(RUN);
    // the first needs ten seconds for the step under way: it answers, so nobody overtakes it
    await vi.advanceTimersByTimeAsync(10_000);
    expect(browser.holders.get(RUN)).toBe('first');
    first.end({ type: 'stopped' });
    await vi.advanceTimersByTimeAsync(200);
    expect(await taking).toBe(RUN);
    expect(second.tab.view.status).toBe('stopped');

    second.begin();
    expect(first.tab.tabs.followed.value).toMatchObject({ run: RUN, answers: true });
    expect(first.tab.view.status).toBe('running');
  });

  test('overtakes a first one that does not answer, which lets go when it wakes', async () => {
    const { first, second, browser } = await two();
    browser.deaf.add('first');
    const taking = second.tab.tabs.takeOver();
    await vi.advanceTimersByTimeAsync(4000);
    expect(browser.holders.has(RUN)).toBe(true);
    await vi.advanceTimersByTimeAsync(2000);
    expect(browser.holders.has(RUN)).toBe(false);
    expect(await taking).toBe(RUN);
    browser.deaf.delete('first');
    second.begin();
    expect(first.tab.let).toBe(1);
    expect(first.tab.tabs.lost.value).toBe(RUN);
  });

  test('sees that the first one is gone, and reads what it had saved', async () => {
    const { second, browser } = await two();
    browser.holders.delete(RUN);
    await vi.advanceTimersByTimeAsync(1100);
    expect(second.tab.abandoned).toEqual([RUN]);
    expect(second.tab.tabs.followed.value).toBe(null);
    expect(second.tab.view.status).toBe('stopped');
  });

  test('follows no run that nobody writes, nor one on a page without locks', async () => {
    const browser = createBrowser();
    const { tab } = openTab(browser, 'only');
    await tab.tabs.look();
    tab.tabs.suit(RUN);
    expect(tab.tabs.followed.value).toBe(null);
    const bare = createTabs(
      {
        shown: () => EMPTY_VIEW,
        writes: () => null,
        show: () => {},
        fold: () => {},
        letGo: () => {},
        abandoned: () => {},
        changed: () => {},
      },
      { locks: undefined, channel: undefined },
    );
    await bare.look();
    bare.suit(RUN);
    expect(bare.followed.value).toBe(null);
    expect(await bare.takeOver()).toBe(null);
  });
});

describe('a run on a model of one’s own', () => {
  const model = { name: 'picked model', fingerprint: 'abc', rendering: 'chat', kit: { name: 'mine.csv (prompts)', hash: 'own' } };
  type Page = { readonly hindrance: Signal<string | null>; readonly opened: Signal<OpenedModel | null> };
  /** Opens what is the model of the run but for `change`. */
  const opens =
    (change: object) =>
    ({ opened }: Page): null => {
      opened.value = { ...model, world: null, ...change } as unknown as OpenedModel;
      return null;
    };
  /** Presses Take over in the second tab, where `bring` opens the model of the run, or leaves why it cannot go on. */
  async function pressed(bring: (page: Page) => Failure | null, hindrance = signal<string | null>(null)) {
    const { first, second } = await two();
    const failures: Failure[] = [];
    const opened = signal({ name: 'Ladder', fingerprint: 'ladder', world: 'ladder' } as unknown as OpenedModel);
    const taking = takenOver({
      tabs: second.tab.tabs,
      models: { opened, problem: signal(null), bring: async () => bring({ hindrance, opened }) },
      runs: signal([{ run: RUN, model } as unknown as RunSummary]),
      hindrance,
      failed: (failure) => void failures.push(failure),
    });
    await vi.advanceTimersByTimeAsync(200);
    return { first, second, taking, failures };
  }

  test('is left to the first tab where its model or its kit is not to be had, or opens with an error', async () => {
    const missing = { code: 'MODEL_MISSING', message: '', detail: '' } as const;
    const ways = [
      await pressed(opens({}), signal('Open picked model first.')),
      await pressed((page) => {
        page.hindrance.value = 'Take its kit first.';
        return opens({})(page);
      }),
      await pressed(() => missing),
      await pressed(() => ({ ...missing, code: 'STOPPED' })),
      // a folder that may not be read, or has moved
      await pressed(() => null),
      await pressed(opens({ rendering: 'plain' })),
      await pressed(opens({ kit: { name: 'other.csv (prompts)', hash: 'other' } })),
    ];
    for (const { first, second, taking } of ways) {
      expect(await taking).toBe(null);
      expect([first.tab.let, first.tab.view.status, second.tab.view.status]).toEqual([0, 'running', 'running']);
    }
    const other = (detail: string) => [expect.objectContaining({ code: 'MODEL_OTHER', detail })];
    expect(ways.map(({ failures }) => failures)).toEqual([
      [],
      [],
      [missing],
      [],
      other('the run belongs to picked model (abc), open is Ladder (ladder)'),
      other('the run belongs to picked model (abc), open is picked model (abc), which writes its prompts otherwise'),
      [
        expect.objectContaining({
          code: 'KIT_OTHER',
          detail: 'the run belongs to the kit mine.csv (prompts), open is other.csv (prompts)',
        }),
      ],
    ]);
  });

  test('is asked for once its model is open', async () => {
    const { first, taking, failures } = await pressed(opens({}));
    expect(failures).toEqual([]);
    expect(first.tab.let).toBe(1);
    first.end({ type: 'stopped' });
    await vi.advanceTimersByTimeAsync(200);
    expect(await taking).toBe(RUN);
  });
});

test('a view by another clock has all its times moved', () => {
  const running = reduce(reduce({ ...EMPTY_VIEW, savedAt: 40 }, STARTED, 100), progress(1), 150);
  const moved = shifted(running, 1000);
  expect(moved).toMatchObject({ startedAt: 1100, pausedAt: null, activity: { since: 1150, done: 1 } });
  expect(shifted(moved, -1000)).toEqual(running);
});
