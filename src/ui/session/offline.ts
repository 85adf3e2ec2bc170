/**
 * The page without a network, and its newer versions: has the files of the page kept once it is at rest, says whether they are, and lets a newer
 * version take over when somebody asks for it and no tab has a run on its way. Knows no component and no file.
 */
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { RUN_LOCK } from '../../protocol/library.ts';
import { serviceWorkers, SCRIPT } from './isolate.ts';

/**
 * How it stands with a newer version: `ready` to take over, `wanted` as soon as no run is on its way, or `elsewhere`, where another tab let it
 * take over and this one goes on as it was loaded.
 */
export type Update = 'none' | 'ready' | 'wanted' | 'elsewhere';

/** What is asked of a browser and its tab. */
export type OfflineHost = {
  /** The service workers of the browser; undefined where there are none for this page. */
  readonly workers: Pick<ServiceWorkerContainer, 'register' | 'ready'> | undefined;
  /** Where the service worker lies. */
  readonly script: string;
  readonly locks: Pick<LockManager, 'query'> | undefined;
  /** Hears `online` and `offline`. */
  readonly network: Pick<EventTarget, 'addEventListener'>;
  /** Is there a network when the page begins? */
  readonly online: boolean;
  readonly busy: () => boolean;
  readonly reload: () => void;
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
};

const SECOND = 1000;
/** How often a page that is never left looks for a newer version, as at a stand; in milliseconds. */
const LOOK_MS = 3600 * SECOND;

/** A service worker of an earlier version answers nothing that only later ones know: it is asked once, and waited for so many milliseconds. */
const PATIENCE_MS = 10 * SECOND;

/** Asks a service worker to keep the files of the page, or whether no tab asks it for any now; true once it is so. */
function ask(worker: ServiceWorker, what: 'keep' | 'quiet'): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.addEventListener('message', ({ data }) => {
      port1.close();
      resolve(data === true);
    });
    port1.start();
    worker.postMessage(what, [port2]);
  });
}

export function createOffline(host: OfflineHost) {
  const online = signal(host.online);
  const works = signal(false);
  const update = signal<Update>('none');
  let waiting: ServiceWorker | null = null;
  let registered: ServiceWorkerRegistration | null = null;
  let silent: ServiceWorker | null = null;
  for (const name of ['online', 'offline']) host.network.addEventListener(name, () => (online.value = name === 'online'));

  /** Does another tab, or this one, have a run on its way? */
  async function running(): Promise<boolean> {
    if (host.busy()) return true;
    const held = (await host.locks?.query().catch(() => undefined))?.held ?? [];
    return held.some(({ name }) => name?.startsWith(RUN_LOCK) === true);
  }

  /**
   * Chrome gives a newer version up for half a minute and more where a tab asks the earlier one for a file just while that one ends, as a tab
   * does that still opens its model.
   */
  async function quiet(): Promise<void> {
    const active = registered?.active ?? null;
    if (active === null || active === silent) return;
    const answered = await Promise.race([ask(active, 'quiet'), host.wait(PATIENCE_MS)]);
    if (answered !== true) silent = active;
  }

  function offer(worker: ServiceWorker): void {
    waiting = worker;
    if (update.value === 'none') update.value = 'ready';
    worker.addEventListener('statechange', () => {
      if (worker.state !== 'activated') return;
      if (update.value === 'wanted') host.reload();
      else update.value = 'elsewhere';
    });
  }

  function watch(registration: ServiceWorkerRegistration): void {
    registered = registration;
    if (registration.waiting !== null) offer(registration.waiting);
    registration.addEventListener('updatefound', () => {
      const worker = registration.installing;
      worker?.addEventListener('statechange', () => {
        // the first one of all is no update
        if (worker.state === 'installed' && registration.active !== null) offer(worker);
      });
    });
    const look = async (): Promise<void> => {
      await host.wait(LOOK_MS);
      await registration.update().catch(() => {}); // without a network there is none
      await look();
    };
    void look();
  }

  return {
    online: online as ReadonlySignal<boolean>,
    /** Are all files of the page kept, so that it starts without a network? */
    works: works as ReadonlySignal<boolean>,
    update: update as ReadonlySignal<Update>,
    /** Has the files kept, where the browser lets a page do that. */
    async start(): Promise<void> {
      if (host.workers === undefined) return;
      try {
        watch(await host.workers.register(host.script, { updateViaCache: 'none' }));
        const { active } = await host.workers.ready;
        if (active !== null) works.value = await ask(active, 'keep');
      } catch {
        // the page works as long as there is a network, which is what it did before
      }
    },
    /** Lets the newer version take over as soon as no run is on its way. */
    async take(): Promise<void> {
      if (update.value === 'elsewhere' && !host.busy()) return host.reload();
      if (update.value !== 'ready') return;
      update.value = 'wanted';
      await quiet();
      while (await running()) {
        await host.wait(SECOND);
        await quiet();
      }
      waiting?.postMessage('take-over', []);
    },
  };
}

export type Offline = ReturnType<typeof createOffline>;

/** This tab. */
export function thisNetwork(): Omit<OfflineHost, 'busy'> {
  return {
    workers: serviceWorkers(),
    script: new URL(SCRIPT, document.baseURI).href,
    locks: (navigator as Partial<Navigator>).locks,
    network: window,
    online: navigator.onLine,
    reload: () => location.reload(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}
