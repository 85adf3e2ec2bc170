/**
 * The other tabs of this browser. One tab writes a run and tells what happens; another shows the same run, and can take it over: the writer is
 * asked to save and let go, and is overtaken only when it does not answer. Who writes is what the browser's locks say, so a tab that died
 * writes no more. Knows no component and no worker.
 */
import { computed, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { RUN_LOCK } from '../../protocol/library.ts';
import type { RunEvent } from '../../run/events.ts';
import { isBusy, type RunView } from './view.ts';

/** Tabs of another version may have other views: a change of what is said here needs another name. */
const CHANNEL = 'step-on-feet/tabs-1';
/** A follower looks this often whether the writer lives; one that takes over asks as often. */
const LOOK_MS = 1000;
/** A writer that has not answered so many times is overtaken. */
const PATIENCE = 5;

type Message = { readonly run: string } & (
  | { readonly type: 'event'; readonly event: RunEvent }
  /** What does the run look like? Answered with its view, and the writer's clock. */
  | { readonly type: 'show' }
  | { readonly type: 'view'; readonly view: RunView; readonly now: number }
  /** Save and let go. Answered at once; the lock says when it is done. */
  | { readonly type: 'release' }
  | { readonly type: 'releasing' }
);

/** What of the browser is used. */
export type Between = {
  readonly locks: Pick<LockManager, 'query' | 'request'> | undefined;
  readonly channel: Pick<BroadcastChannel, 'postMessage' | 'addEventListener'> | undefined;
};

/** The run of another tab that is shown here. `taking`: this tab has asked for it. */
export type Followed = { readonly run: string; readonly answers: boolean; readonly taking: boolean };

type Host = {
  /** The run that is shown. */
  readonly shown: () => RunView;
  /** The run that this tab writes now; null where it writes none. */
  readonly writes: () => string | null;
  /** Takes what the writer has. */
  readonly show: (view: RunView) => void;
  /** Folds what happened in the tab that writes. */
  readonly fold: (event: RunEvent) => void;
  /** Ends what this tab does; what is saved stays. */
  readonly letGo: () => void;
  /** The writer is gone, and what it did last was not told: what is stored says it. */
  readonly abandoned: (run: string) => void;
  /** The runs of this browser are others than before. */
  readonly changed: () => void;
};

const isEnd = ({ type }: RunEvent): boolean => type === 'finished' || type === 'stopped' || type === 'failed';

/** What of the browser is there; nothing on a page that is not secure. */
export function between(): Between {
  const { locks } = navigator as Partial<Navigator>;
  return { locks, channel: typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(CHANNEL) };
}

/** A view by another clock, which shows `by` milliseconds more. */
export function shifted(view: RunView, by: number): RunView {
  const moved = (at: number | null): number | null => (at === null ? null : at + by);
  const { activity, startedAt, pausedAt, endedAt, savedAt } = view;
  return {
    ...view,
    activity: activity === null ? null : { ...activity, since: activity.since + by },
    startedAt: moved(startedAt),
    pausedAt: moved(pausedAt),
    endedAt: moved(endedAt),
    savedAt: moved(savedAt),
  };
}

export function createTabs(host: Host, { locks, channel }: Between) {
  const followed = signal<Followed | null>(null);
  const held = signal<readonly string[]>([]);
  /** The run that another tab has taken over from this one. */
  const lost = signal<string | null>(null);
  let timer: ReturnType<typeof setInterval> | undefined;
  let answered = false;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin alone
  const say = (message: Message): void => channel?.postMessage(message);

  /** Who writes now? */
  async function look(): Promise<void> {
    if (locks === undefined || channel === undefined) return;
    const { held: all = [] } = await locks.query().catch(() => ({ held: [] }));
    const runs = all.flatMap(({ name = '' }) => (name.startsWith(RUN_LOCK) ? [name.slice(RUN_LOCK.length)] : []));
    held.value = runs.filter((run) => run !== host.writes());
  }

  function leave(): void {
    clearInterval(timer);
    followed.value = null;
  }

  /** Nobody goes on with it, as far as this tab was told. */
  function rest(): void {
    if (isBusy(host.shown().status)) host.fold({ type: 'stopped' });
    leave();
  }

  function follow(run: string): void {
    if (followed.peek()?.run === run) return;
    leave();
    followed.value = { run, answers: false, taking: false };
    say({ type: 'show', run });
    timer = setInterval(() => void check(run), LOOK_MS);
  }

  async function check(run: string): Promise<void> {
    await look();
    const at = followed.peek();
    if (at?.run !== run || at.taking || held.peek().includes(run)) return;
    rest();
    host.abandoned(run);
  }

  function heard({ data }: MessageEvent<Message>): void {
    const { run } = data;
    const at = followed.peek();
    const mine = host.writes() === run;
    if (data.type === 'show' && mine) say({ type: 'view', run, view: host.shown(), now: performance.now() });
    else if (data.type === 'view' && at?.run === run && !at.answers) {
      followed.value = { ...at, answers: true };
      host.show(shifted(data.view, performance.now() - data.now));
    } else if (data.type === 'release' && mine) {
      say({ type: 'releasing', run });
      lost.value = run;
      host.letGo();
    } else if (data.type === 'releasing') answered = true;
    else if (data.type === 'event') happened(run, data.event);
  }

  function happened(run: string, event: RunEvent): void {
    const at = followed.peek();
    if (event.type === 'started') {
      held.value = [...held.peek().filter((other) => other !== run), run];
      if (host.writes() === run) {
        // this tab was asleep, and was overtaken
        lost.value = run;
        host.letGo();
      } else if (host.shown().run === run) follow(run);
      host.changed();
      return;
    }
    if (at?.run === run && at.answers) host.fold(event);
    if (!isEnd(event)) return;
    held.value = held.peek().filter((other) => other !== run);
    if (at?.run === run && !at.taking) {
      leave();
      if (!at.answers) return host.abandoned(run);
    }
    host.changed();
  }
  channel?.addEventListener('message', (event) => heard(event as MessageEvent<Message>));

  /** Asks the writer to let go, each second; resolves when its lock is free, or when it has not answered. */
  async function freed(run: string): Promise<'free' | 'silent'> {
    for (let silent = 0; silent < PATIENCE; silent = answered ? 0 : silent + 1) {
      answered = false;
      say({ type: 'release', run });
      for (let wait = 0; wait < LOOK_MS; wait += LOOK_MS / 10) {
        await new Promise<void>((resolve) => void setTimeout(resolve, LOOK_MS / 10));
        await look();
        if (!held.peek().includes(run)) return 'free';
      }
    }
    return 'silent';
  }

  return {
    followed: followed as ReadonlySignal<Followed | null>,
    /** Runs that other tabs write. */
    live: computed(() => held.value.filter((run) => run !== host.writes())),
    lost: lost as ReadonlySignal<string | null>,
    look,
    /** Shows a run of another tab, if one writes it; else none is followed any more. */
    suit(run: string | null): void {
      if (run !== null && held.peek().includes(run) && host.writes() !== run) follow(run);
      else leave();
    },
    /** Tells the other tabs what happened to the run that this one writes. */
    tell(run: string, event: RunEvent): void {
      if (event.type === 'started') lost.value = null;
      say({ type: 'event', run, event });
    },
    /** Gets the followed run for this tab; its name when nobody writes it any more. */
    async takeOver(): Promise<string | null> {
      const at = followed.peek();
      if (at === null || at.taking || locks === undefined) return null;
      followed.value = { ...at, taking: true };
      // whoever held it is out from here on: its ledger refuses what comes later
      if ((await freed(at.run)) === 'silent') await locks.request(`${RUN_LOCK}${at.run}`, { steal: true }, async () => {});
      if (followed.peek()?.run !== at.run) return null;
      rest();
      return at.run;
    },
  };
}

export type Tabs = ReturnType<typeof createTabs>;
