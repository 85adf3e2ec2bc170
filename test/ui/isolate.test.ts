/** However a browser treats the service worker, the page starts, is loaded again once at most, and says how it stands. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isolate, type Isolation, type Tab } from '../../src/ui/session/isolate.ts';

const SCRIPT = 'https://host.test/sub/service.worker.js';

/** What a browser and a host do. */
type World = {
  /** The host sends the headers itself. */
  readonly sent: boolean;
  readonly secure: boolean;
  readonly framed: boolean;
  readonly off: boolean;
  readonly workers: 'none' | 'refused' | 'silent' | 'at work';
  /** The service worker's headers isolate the page. */
  readonly obeyed: boolean;
  /** Another app's service worker serves this page too, from a folder above. */
  readonly foreign: boolean;
  /** The visitor comes by loading again what was open. */
  readonly again: boolean;
  /** Ours is there from an earlier visit. */
  readonly earlier: boolean;
};
const USUAL: World = {
  sent: false,
  secure: true,
  framed: false,
  off: false,
  workers: 'at work',
  obeyed: true,
  foreign: false,
  again: false,
  earlier: false,
};

/** A visit: how the page was told that it stands, and how often it was loaded. */
type Visit = { readonly isolation: Isolation; readonly loads: number };

/** Has the last page let go of the files that it had kept? */
let released = false;

/** Visits to a page of `world`, one after the other. */
async function visits(world: World, count = 1): Promise<readonly Visit[]> {
  let registered = world.earlier && world.workers === 'at work';

  /** One load; null where the page loads itself again. */
  async function load(reloaded: boolean): Promise<Isolation | null> {
    const serves = registered && world.secure;
    const controller = serves ? { scriptURL: SCRIPT } : world.foreign && world.secure ? { scriptURL: 'https://host.test/theirs.js' } : null;
    let reloads = (): void => {};
    const again = new Promise<null>((resolve) => (reloads = () => resolve(null)));
    const container = {
      controller,
      register: async () => {
        if (world.workers === 'refused') throw new DOMException('no', 'SecurityError');
        if (world.workers === 'silent') return new Promise(() => {});
        registered = true;
        return {};
      },
      ready: world.workers === 'at work' ? Promise.resolve({}) : new Promise(() => {}),
      getRegistration: async () => {
        if (world.workers === 'refused') throw new DOMException('no', 'SecurityError');
        const unregister = async (): Promise<boolean> => {
          registered = false;
          return true;
        };
        return registered ? { active: { scriptURL: SCRIPT }, unregister } : undefined;
      },
    } as unknown as NonNullable<Tab['workers']>;
    const tab: Tab = {
      isolated: world.secure && (world.sent || (serves && world.obeyed && !world.framed)),
      secure: world.secure,
      framed: world.framed,
      off: world.off,
      script: SCRIPT,
      workers: world.secure && world.workers !== 'none' ? container : undefined,
      letGo: async () => (released = true),
      reloaded,
      reload: () => reloads(),
      // patience ends after everything that happens at once
      wait: () => new Promise((resolve) => setTimeout(resolve, 0)),
    };
    return Promise.race([again, isolate(tab)]);
  }

  const all: Visit[] = [];
  for (let visit = 0; visit < count; visit++) {
    let loads = 0;
    let isolation: Isolation | null = null;
    while (isolation === null && loads < 10) {
      isolation = await load(world.again || loads > 0);
      loads++;
    }
    if (isolation === null) throw new Error('the page is loaded without end');
    all.push({ isolation, loads });
  }
  return all;
}

describe('a page', () => {
  it('is loaded a second time on the first visit and isolated then; later visits are from the start', async () => {
    expect(await visits(USUAL, 3)).toEqual([
      { isolation: 'isolated', loads: 2 },
      { isolation: 'isolated', loads: 1 },
      { isolation: 'isolated', loads: 1 },
    ]);
  });

  it.each<readonly [string, Partial<World>, Isolation]>([
    ['the host sends the headers', { sent: true }, 'isolated'],
    ['it came over plain http', { secure: false, workers: 'none' }, 'insecure'],
    ['it stands inside of another page', { framed: true }, 'framed'],
    ['the browser has no service workers', { workers: 'none' }, 'refused'],
    ['the browser refuses service workers', { workers: 'refused' }, 'refused'],
    ['the service worker does not start', { workers: 'silent' }, 'refused'],
    ['the visitor loads it again while the service worker is new', { again: true }, 'refused'],
    ['the address asks for no isolation', { off: true }, 'off'],
  ])('where %s starts at once', async (_, change, isolation) => {
    expect(await visits({ ...USUAL, ...change })).toEqual([{ isolation, loads: 1 }]);
  });

  it('whose browser is not moved by the headers is loaded a second time on the first visit alone', async () => {
    expect(await visits({ ...USUAL, obeyed: false }, 2)).toEqual([
      { isolation: 'refused', loads: 2 },
      { isolation: 'refused', loads: 1 },
    ]);
  });

  it('that another app’s service worker serves as well gets its own', async () => {
    expect(await visits({ ...USUAL, foreign: true }, 2)).toEqual([
      { isolation: 'isolated', loads: 2 },
      { isolation: 'isolated', loads: 1 },
    ]);
  });

  it('takes its service worker and what it kept away when the address asks for that', async () => {
    released = false;
    expect(await visits({ ...USUAL, earlier: true, off: true }, 2)).toEqual([
      { isolation: 'off', loads: 2 },
      { isolation: 'off', loads: 1 },
    ]);
    expect(released).toBe(true);
  });

  it('whatever host and browser do, is never loaded more than twice a visit', async () => {
    const worlds = fc.record({
      sent: fc.boolean(),
      secure: fc.boolean(),
      framed: fc.boolean(),
      off: fc.boolean(),
      workers: fc.constantFrom('none', 'refused', 'silent', 'at work'),
      obeyed: fc.boolean(),
      foreign: fc.boolean(),
      again: fc.boolean(),
      earlier: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const all = await visits(world, 3);
        for (const { loads } of all) expect(loads).toBeLessThanOrEqual(2);
        // the second visit has learnt what there was to learn
        expect(all[2]?.loads).toBe(1);
      }),
      { numRuns: 100 },
    );
  });
});
