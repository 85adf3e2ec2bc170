/**
 * Has the page isolated before it starts, because threads share memory on isolated pages alone: where the host does not send the headers, the
 * service worker beside the page adds them from the next load on, so the page is loaded once more. Once, and before anything is on it. Whatever
 * stands in the way, the page goes on as it is. Knows no model and nothing of the headers (src/isolation.ts).
 */

import { storeOf } from '../../kept-files.ts';

/**
 * Whether several threads may share memory here, or why not: `insecure` is plain http by address, where browsers offer neither isolation nor
 * service workers; `framed` a page inside of another, which alone could say so; `off` what the address asks for; `refused` everything else, such
 * as a private window or a browser that knows no service workers.
 */
export type Isolation = 'isolated' | 'insecure' | 'framed' | 'off' | 'refused';

/** What is asked of a browser and its tab. */
export type Tab = {
  readonly isolated: boolean;
  readonly secure: boolean;
  readonly framed: boolean;
  /** Does the address ask to have the service worker taken away? */
  readonly off: boolean;
  /** Where the service worker lies; its folder is what it serves. */
  readonly script: string;
  /** The service workers of the browser; undefined where it has none, or none for this page. */
  readonly workers: Pick<ServiceWorkerContainer, 'controller' | 'register' | 'getRegistration' | 'ready'> | undefined;
  /** Lets go of the files that it has kept. */
  readonly letGo: () => Promise<unknown>;
  /** Was this page loaded in place of itself, by us or by the visitor? */
  readonly reloaded: boolean;
  readonly reload: () => void;
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
};

/** The file of the service worker, in the folder that it serves. */
export const SCRIPT = 'service.worker.js';

/** A visitor waits no longer for a service worker to start, nor for the page to be left; in milliseconds. */
const PATIENCE = 3000;

/**
 * Loads the page again; what is behind the # stays, and so a run that it asks for. Never twice: how a page was loaded is what the browser knows,
 * while what a page left in sessionStorage is not always what the same page finds when isolation has put it into another process.
 */
async function reloadOnce({ reloaded, reload, wait }: Tab): Promise<void> {
  if (reloaded) return;
  reload();
  await wait(PATIENCE);
}

/** Takes our service worker away, if there is one. Pages that it serves keep what they were loaded with. */
async function takeAway(tab: Tab): Promise<void> {
  const found = await tab.workers?.getRegistration();
  const gone = found?.active?.scriptURL === tab.script && (await found.unregister());
  if (gone) await tab.letGo();
  if (gone && tab.isolated) await reloadOnce(tab);
}

/** Starts the service worker, and loads the page again once it is there. */
async function start(tab: Tab): Promise<void> {
  const { workers, script, wait } = tab;
  // Ours has served this page, and the browser did not isolate it: it would not the next time either.
  if (workers === undefined || workers.controller?.scriptURL === script) return;
  const active = workers.register(script, { updateViaCache: 'none' }).then(() => workers.ready);
  const there = await Promise.race([active.then(() => true), wait(PATIENCE).then(() => false)]);
  if (there) await reloadOnce(tab);
}

/** Isolates the page where that is possible, and says how it stands. Does not return where the page is being loaded again. */
export async function isolate(tab: Tab): Promise<Isolation> {
  try {
    if (tab.off) await takeAway(tab);
    else if (!tab.isolated && tab.secure && !tab.framed) await start(tab);
  } catch {
    // A browser that refuses any of it is no reason to alarm anyone: the bar says how many cores work.
  }
  if (tab.isolated) return 'isolated';
  if (tab.off) return 'off';
  if (!tab.secure) return 'insecure';
  return tab.framed ? 'framed' : 'refused';
}

/** A page without an origin, as in a frame that gives it none, may not even ask. */
export function serviceWorkers(): Tab['workers'] {
  try {
    return 'serviceWorker' in navigator ? navigator.serviceWorker : undefined;
  } catch {
    return undefined;
  }
}

/** This tab. `?isolate=off` in the address takes the service worker away. */
export function thisTab(): Tab {
  const [loaded] = performance.getEntriesByType('navigation');
  return {
    isolated: window.crossOriginIsolated,
    secure: window.isSecureContext,
    framed: window.self !== window.top,
    off: new URLSearchParams(location.search).get('isolate') === 'off',
    script: new URL(SCRIPT, document.baseURI).href,
    workers: serviceWorkers(),
    letGo: () => caches.delete(storeOf(new URL('.', document.baseURI).href)),
    // where nobody says, it could be without end
    reloaded: !(loaded instanceof PerformanceNavigationTiming) || loaded.type === 'reload',
    reload: () => location.reload(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}
