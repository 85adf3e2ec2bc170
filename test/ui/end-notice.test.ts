/** The end of a run, told by the browser to whoever asked for it: asked for by a click alone, without a sound, once a run. */
import { signal } from '@preact/signals';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Session } from '../../src/ui/session/session.ts';
import { EMPTY_VIEW, type RunView } from '../../src/ui/session/view.ts';

type Given = { readonly title: string; readonly body: string; readonly silent: boolean };
let given: Given[] = [];
let asked = 0;

/** A browser that answers the question for permission so. */
async function browser(permission: NotificationPermission, answer: NotificationPermission) {
  class Notice {
    static permission = permission;
    static async requestPermission(): Promise<NotificationPermission> {
      asked++;
      return answer;
    }
    constructor(title: string, { body, silent }: { readonly body: string; readonly silent: boolean }) {
      given.push({ title, body, silent });
    }
  }
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
  const session = { view, experiment: { running } } as unknown as Session;
  const through = (...states: readonly RunView['status'][]): void => states.forEach((status) => (view.value = { ...EMPTY_VIEW, status }));
  return { session, running, through };
}

test('is told once a run to whoever allowed it, and to nobody who did not ask', async () => {
  const { askForNotice, willNotice, watchEnds } = await browser('default', 'granted');
  const { session, running, through } = run();
  const end = watchEnds(session);
  through('loading', 'running', 'finished');
  expect([given, asked]).toEqual([[], 0]);
  await askForNotice(true);
  expect([asked, willNotice()]).toEqual([1, true]);
  through('running', 'paused', 'running', 'finished', 'finished');
  expect(given).toEqual([{ title: 'Step on Feet', body: expect.stringContaining('Finished'), silent: true }]);
  through('running', 'stopped');
  expect(given).toHaveLength(1);
  through('running', 'failed');
  expect(given).toHaveLength(2);
  // the runs of an experiment follow each other
  running.value = true;
  through('running', 'finished');
  expect(given).toHaveLength(2);
  running.value = false;
  await askForNotice(false);
  through('running', 'finished');
  expect(given).toHaveLength(2);
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
