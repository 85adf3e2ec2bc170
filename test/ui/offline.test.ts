/** The page without a network, and its newer versions: nothing is loaded again under a run, in this tab or in another. */
import { describe, expect, it } from 'vitest';
import { createOffline, type OfflineHost } from '../../src/ui/session/offline.ts';

class FakeWorker extends EventTarget {
  state = 'installing';
  readonly heard: unknown[] = [];
  /** Says that no tab asks for anything; null while it would say so at once. */
  rest: (() => void)[] | null = null;
  /** One of a version that knows nothing of that question. */
  isOld = false;
  postMessage(data: unknown, ports: readonly MessagePort[] = []): void {
    this.heard.push(data);
    const say = (): void => ports[0]?.postMessage(true);
    if (data === 'keep' || (data === 'quiet' && this.rest === null && !this.isOld)) say();
    else if (data === 'quiet') this.rest?.push(say);
  }
  become(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

class FakeRegistration extends EventTarget {
  active: FakeWorker | null = null;
  waiting: FakeWorker | null = null;
  installing: FakeWorker | null = null;
  find(worker: FakeWorker): void {
    this.installing = worker;
    this.dispatchEvent(new Event('updatefound'));
  }
}

function tab() {
  const registration = new FakeRegistration();
  registration.active = new FakeWorker();
  const network = new EventTarget();
  const tab = { busy: false, held: [] as string[], reloads: 0, seconds: [] as (() => void)[], minutes: [] as (() => void)[] };
  const host: OfflineHost = {
    workers: {
      register: async () => registration,
      ready: Promise.resolve(registration),
    } as unknown as NonNullable<OfflineHost['workers']>,
    script: '',
    locks: { query: async () => ({ held: tab.held.map((name) => ({ name })), pending: [] }) },
    network,
    online: true,
    busy: () => tab.busy,
    reload: () => tab.reloads++,
    // an hour does not pass here
    wait: (ms) =>
      new Promise((resolve) => void (ms <= 1000 ? tab.seconds.push(resolve) : ms < 3_600_000 ? tab.minutes.push(resolve) : null)),
  };
  return { registration, network, tab, offline: createOffline(host) };
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('the network', () => {
  it('is a state that comes and goes', () => {
    const { network, offline } = tab();
    expect(offline.online.value).toBe(true);
    network.dispatchEvent(new Event('offline'));
    expect(offline.online.value).toBe(false);
    network.dispatchEvent(new Event('online'));
    expect(offline.online.value).toBe(true);
  });

  it('is not needed any more once the files are kept; without service workers it is', async () => {
    const { offline } = tab();
    await offline.start();
    expect(offline.works.value).toBe(true);
    const none = createOffline({
      workers: undefined,
      script: '',
      locks: undefined,
      network: new EventTarget(),
      online: true,
      busy: () => false,
      reload: () => {},
      wait: async () => {},
    });
    await none.start();
    expect(none.works.value).toBe(false);
  });
});

describe('a newer version', () => {
  it('is offered, and loaded after a click', async () => {
    const { registration, tab: here, offline } = tab();
    await offline.start();
    const newer = new FakeWorker();
    registration.find(newer);
    expect(offline.update.value).toBe('none');
    newer.become('installed');
    expect(offline.update.value).toBe('ready');
    await offline.take();
    expect(newer.heard).toEqual(['take-over']);
    newer.become('activated');
    expect(here.reloads).toBe(1);
  });

  it('that waited for this visit is offered too; the first of all is none', async () => {
    const { registration, offline } = tab();
    registration.waiting = new FakeWorker();
    await offline.start();
    expect(offline.update.value).toBe('ready');
    const first = tab();
    first.registration.active = null;
    await first.offline.start();
    const worker = new FakeWorker();
    first.registration.find(worker);
    worker.become('installed');
    expect(first.offline.update.value).toBe('none');
  });

  it.each(['here', 'in another tab'])('waits for a run that is on its way %s', async (where) => {
    const { registration, tab: at, offline } = tab();
    const newer = new FakeWorker();
    registration.waiting = newer;
    await offline.start();
    if (where === 'here') at.busy = true;
    else at.held = ['run:run-7'];
    const taken = offline.take();
    await soon();
    expect([offline.update.value, newer.heard]).toEqual(['wanted', []]);
    [at.busy, at.held] = [false, ['model:kept']];
    at.seconds.shift()?.();
    await taken;
    expect(newer.heard).toEqual(['take-over']);
  });

  it('waits until no tab asks the earlier one for anything, and for a run that begins meanwhile', async () => {
    const { registration, tab: at, offline } = tab();
    const newer = new FakeWorker();
    registration.waiting = newer;
    await offline.start();
    const earlier = registration.active;
    if (earlier === null) throw new Error('there is an earlier one');
    earlier.rest = [];
    const taken = offline.take();
    await soon();
    expect([earlier.heard, newer.heard]).toEqual([['keep', 'quiet'], []]);
    at.busy = true;
    earlier.rest.shift()?.();
    await soon();
    expect(newer.heard).toEqual([]);
    at.busy = false;
    at.seconds.shift()?.();
    await soon();
    earlier.rest.shift()?.();
    await taken;
    expect(newer.heard).toEqual(['take-over']);
  });

  it('is not kept waiting by an earlier one that does not know the question, and does not ask it twice', async () => {
    const { registration, tab: at, offline } = tab();
    const newer = new FakeWorker();
    registration.waiting = newer;
    await offline.start();
    const earlier = registration.active;
    if (earlier === null) throw new Error('there is an earlier one');
    earlier.isOld = true;
    const taken = offline.take();
    await soon();
    at.busy = true;
    at.minutes.shift()?.();
    await soon();
    expect(newer.heard).toEqual([]);
    at.busy = false;
    at.seconds.shift()?.();
    await taken;
    expect([earlier.heard, newer.heard]).toEqual([['keep', 'quiet'], ['take-over']]);
  });

  it('that another tab has loaded leaves this one as it is, until it is loaded again after its run', async () => {
    const { registration, tab: at, offline } = tab();
    const newer = new FakeWorker();
    registration.waiting = newer;
    await offline.start();
    newer.become('activated');
    expect([offline.update.value, at.reloads]).toEqual(['elsewhere', 0]);
    at.busy = true;
    await offline.take();
    expect(at.reloads).toBe(0);
    at.busy = false;
    await offline.take();
    expect(at.reloads).toBe(1);
  });
});
