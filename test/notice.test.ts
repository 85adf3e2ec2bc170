/** A click on a notice leads back to the page: to the tab that gave it, else to another one of the page, else to a new one. */
import { afterEach, expect, test, vi } from 'vitest';

const PAGE = 'https://host.test/sub/';
afterEach(() => vi.unstubAllGlobals());

/** What a click does to the notice and to the tabs of the host, in order, beside a tab at each of these addresses; the one that was used last first. */
async function clicked(data: unknown, ...addresses: readonly string[]): Promise<readonly string[]> {
  const done: string[] = [];
  let click: (event: object) => void = () => {};
  vi.stubGlobal('self', {
    __WB_MANIFEST: [],
    location: { origin: 'https://host.test' },
    registration: { scope: PAGE, active: null, waiting: null, installing: null },
    clients: {
      // a tab that was there before the service worker is one that it does not control
      matchAll: async ({ type, includeUncontrolled }: { readonly type?: string; readonly includeUncontrolled: boolean }) =>
        type === 'window' && includeUncontrolled
          ? addresses.map((url) => ({ url, focus: async () => void done.push(`focus ${url}`) }))
          : [],
      openWindow: async (url: string) => void done.push(`open ${url}`),
    },
    skipWaiting: async () => {},
    addEventListener: (type: string, listener: typeof click) => {
      if (type === 'notificationclick') click = listener;
    },
  });
  vi.stubGlobal('caches', {});
  vi.resetModules();
  await import('../workers/service.worker.ts');
  let work: Promise<unknown> = Promise.resolve();
  click({ notification: { data, close: () => done.push('close') }, waitUntil: (promise: Promise<unknown>) => (work = promise) });
  await work;
  return done;
}

test('it goes, and its tab comes to the front, whatever others are open', async () => {
  const here = `${PAGE}?backend=wasm#compare`;
  expect(await clicked(here, PAGE, `${PAGE}#run`, here)).toEqual(['close', `focus ${here}`]);
});

test('a tab that shows runs comes to the front where its own is elsewhere, or closed', async () => {
  const runs = `${PAGE}#run?v=2&rounds=2`;
  expect(await clicked(`${PAGE}#samples`, `${PAGE}#models`, runs)).toEqual(['close', `focus ${runs}`]);
  expect(await clicked(`${PAGE}#samples`, `${PAGE}#learn/2`, PAGE)).toEqual(['close', `focus ${PAGE}`]);
  const first = `${PAGE}#v=1&rounds=2`; // links of the first version have no view, and open Run
  expect(await clicked(`${PAGE}#samples`, `${PAGE}#models?v=2&seed=1`, first)).toEqual(['close', `focus ${first}`]);
  expect(await clicked(`${PAGE}#samples`, `${PAGE}#models`, `${PAGE}#learn/2`)).toEqual(['close', `focus ${PAGE}#models`]);
});

test('it is opened where no tab of the page is, as it was, and no other page of the host is taken for it', async () => {
  expect(await clicked(`${PAGE}#run?v=2&hide=chat`, 'https://host.test/other/#run')).toEqual(['close', `open ${PAGE}#run?v=2&hide=chat`]);
  for (const data of [null, 'https://elsewhere.test/', undefined]) expect(await clicked(data)).toEqual(['close', `open ${PAGE}`]);
});
