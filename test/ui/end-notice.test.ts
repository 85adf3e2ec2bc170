/** The end of a run, told by the browser to whoever asked for it: asked for by a click alone, without a sound, once a run. */
import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Session } from '../../src/ui/session/session.ts';
import type { Followed } from '../../src/ui/session/tabs.ts';
import { EMPTY_VIEW, type RunView } from '../../src/ui/session/view.ts';

type Given = { readonly title: string; readonly body: string; readonly silent: boolean; readonly data?: unknown };
let given: Given[] = [];
let asked = 0;

/** A browser that answers the question for permission so. */
async function browser(
  permission: NotificationPermission,
  answer: NotificationPermission,
  { page = true, worker = false }: { readonly page?: boolean; readonly worker?: boolean } = {},
) {
  class Notice {
    static permission = permission;
    static async requestPermission(): Promise<NotificationPermission> {
      asked++;
      return answer;
    }
    constructor(title: string, { body, silent }: { readonly body: string; readonly silent: boolean }) {
      if (!page) throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
      given.push({ title, body, silent });
    }
  }
  const showNotification = async (title: string, { body, silent, data }: Given): Promise<void> =>
    void given.push({ title, body, silent, data });
  vi.stubGlobal('navigator', {
    serviceWorker: { getRegistration: async () => (worker ? { active: {}, showNotification } : undefined) },
  });
  vi.stubGlobal('location', { href: 'https://host.test/sub/#run' });
  vi.resetModules();
  vi.stubGlobal('Notification', Notice);
  const stored = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  });
  return import('../../src/ui/page/end-notice.ts');
}

beforeEach(() => void ([given, asked] = [[], 0]));
afterEach(() => vi.unstubAllGlobals());

function run() {
  const view = signal<RunView>(EMPTY_VIEW);
  const running = signal(false);
  const chapter = signal(false);
  const followed = signal<Followed | null>(null);
  const session = { view, experiment: { running }, lessonRuns: { running: chapter }, tabs: { followed } } as unknown as Session;
  const through = async (...states: readonly RunView['status'][]): Promise<void> => {
    for (const status of states) view.value = { ...EMPTY_VIEW, status };
    // the notice is on its way
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { session, running, chapter, followed, through };
}

test('is told once a run to whoever allowed it, and to nobody who did not ask', async () => {
  const { askForNotice, willNotice, watchEnds } = await browser('default', 'granted');
  const { session, running, chapter, followed, through } = run();
  const end = watchEnds(session);
  await through('loading', 'running', 'finished');
  expect([given, asked]).toEqual([[], 0]);
  await askForNotice(true);
  expect([asked, willNotice()]).toEqual([1, true]);
  await through('running', 'paused', 'running', 'finished', 'finished');
  expect(given).toEqual([{ title: 'Step on Feet', body: expect.stringContaining('Finished'), silent: true }]);
  await through('running', 'stopped');
  expect(given).toHaveLength(1);
  await through('running', 'failed');
  expect(given).toHaveLength(2);
  // the runs of an experiment follow each other
  running.value = true;
  await through('running', 'finished');
  expect(given).toHaveLength(2);
  running.value = false;
  // and so do those of a chapter
  chapter.value = true;
  await through('running', 'finished');
  expect(given).toHaveLength(2);
  chapter.value = false;
  // another tab makes it, perhaps as one of many
  followed.value = { run: 'a', answers: true, taking: false };
  await through('running', 'finished');
  expect(given).toHaveLength(2);
  followed.value = null;
  await through('running', 'finished');
  expect(given).toHaveLength(3);
  await askForNotice(false);
  await through('running', 'finished');
  expect(given).toHaveLength(3);
  end();
});

test('is not on offer where it was forbidden, and stays off when it is refused', async () => {
  const refused = await browser('default', 'denied');
  expect(refused.canNotice()).toBe(true);
  await refused.askForNotice(true);
  expect([refused.canNotice(), refused.willNotice()]).toEqual([false, false]);
  const forbidden = await browser('denied', 'denied');
  expect(forbidden.canNotice()).toBe(false);
});

test('a visitor of a stand asks for the visit alone', async () => {
  const { askForNotice, noticeAgain, willNotice } = await browser('granted', 'granted');
  await askForNotice(true, false);
  expect(willNotice()).toBe(true);
  noticeAgain();
  expect(willNotice()).toBe(false);
  await askForNotice(true);
  noticeAgain();
  expect(willNotice()).toBe(true);
});

describe('on a phone, where a page itself may give no notice', () => {
  test('it comes from the service worker', async () => {
    const { askForNotice, noticeFailed, watchEnds } = await browser('granted', 'granted', { page: false, worker: true });
    const { session, through } = run();
    const end = watchEnds(session);
    await askForNotice(true);
    await through('running', 'finished');
    expect([given.length, noticeFailed()]).toEqual([1, false]);
    // a click leads back here
    expect(given[0]?.data).toBe('https://host.test/sub/#run');
    end();
  });

  test('it is said that none came where there is no service worker, and the box is off until it is ticked again', async () => {
    const { askForNotice, noticeFailed, willNotice, watchEnds } = await browser('granted', 'granted', { page: false });
    const { session, through } = run();
    const end = watchEnds(session);
    await askForNotice(true);
    expect([willNotice(), noticeFailed()]).toEqual([true, false]);
    await through('running', 'finished');
    expect([given.length, willNotice(), noticeFailed()]).toEqual([0, false, true]);
    await askForNotice(true);
    expect([willNotice(), noticeFailed()]).toEqual([true, false]);
    end();
  });
});
