/** A stand that begins again by itself, as its link says, and a screen that stays on while there is something to be watched. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import type { FunctionComponent } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ADVICE, type Failure } from '../../src/errors.ts';
import { Alerts } from '../../src/ui/page/alerts.tsx';
import { Showing } from '../../src/ui/page/showing.tsx';
import { createBooth, REST_MS } from '../../src/ui/session/booth.ts';
import { HOME } from '../../src/ui/session/place.ts';
import type { Session } from '../../src/ui/session/session.ts';
import { EMPTY_VIEW, type RunStatus } from '../../src/ui/session/view.ts';
import { createWakeLock } from '../../src/ui/session/wake-lock.ts';

describe('a stand', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('begins again after two minutes in which nobody touched it and nothing moved, and again after the next two', () => {
    const page = new EventTarget();
    let [on, moving, begun] = [true, false, 0];
    const end = createBooth({ on: () => on, moving: () => moving, begin: () => begun++ }, page);
    vi.advanceTimersByTime(REST_MS - 1000);
    expect(begun).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(begun).toBe(1);
    vi.advanceTimersByTime(REST_MS);
    expect(begun).toBe(2);
    for (const name of ['pointerdown', 'keydown', 'wheel']) {
      vi.advanceTimersByTime(REST_MS - 1000);
      page.dispatchEvent(new Event(name));
    }
    expect(begun).toBe(2);
    moving = true;
    vi.advanceTimersByTime(3 * REST_MS);
    [moving, on] = [false, false];
    vi.advanceTimersByTime(3 * REST_MS);
    expect(begun).toBe(2);
    on = true;
    vi.advanceTimersByTime(REST_MS);
    expect(begun).toBe(3);
    end();
    vi.advanceTimersByTime(3 * REST_MS);
    expect(begun).toBe(3);
  });

  test('knows of a hand that came after it began again', () => {
    const page = new EventTarget();
    let told: (() => boolean) | null = null;
    const end = createBooth({ on: () => true, moving: () => false, begin: (untouched) => (told ??= untouched) }, page);
    page.dispatchEvent(new Event('wheel'));
    vi.advanceTimersByTime(REST_MS);
    const untouched = told as (() => boolean) | null;
    expect(untouched?.()).toBe(true);
    page.dispatchEvent(new Event('pointerdown'));
    expect(untouched?.()).toBe(false);
    end();
  });
});

describe('the next visitor of a stand', () => {
  const kept = new Map<string, string>();
  const root: Record<string, string> = {};
  let open: string[] = [];
  const lying = (selector: string): readonly object[] =>
    open.filter((one) => one === selector).map((one) => ({ close: () => (open = open.filter((other) => other !== one)) }));
  beforeEach(() => {
    vi.resetModules();
    kept.clear();
    open = ['dialog[open]'];
    delete root['theme'];
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    });
    vi.stubGlobal('navigator', { languages: ['en-GB'] });
    vi.stubGlobal('window', { scrollTo: () => {} });
    vi.stubGlobal('document', { documentElement: { dataset: root }, querySelectorAll: lying });
  });
  afterEach(() => vi.unstubAllGlobals());

  /** A stand whose run is in that state; it says what is asked of it, in order. */
  function standWith(status: RunStatus, place = { ...HOME, booth: true }, comesBack = true) {
    const asked: string[] = [];
    const busy = signal(status === 'running' || status === 'paused');
    const session = {
      view: signal({ ...EMPTY_VIEW, status }),
      busy,
      place: signal(place),
      hidden: signal(false),
      frozen: signal(true),
      experiment: { running: signal(false) },
      lessonRuns: { running: signal(false) },
      stop: async () => {
        asked.push('stop');
        await Promise.resolve();
        busy.value = false;
      },
      beginAnew: () => void asked.push(`begin anew, ${busy.value ? 'busy' : 'at rest'}`),
      start: async () => void asked.push('start'),
      models: {
        opening: signal<string | null>(null),
        comeBack: async () => {
          asked.push('come back');
          return comesBack;
        },
      },
    } as unknown as Session;
    return { session, asked };
  }

  test('does not wait for what the one before has paused: it is stopped first, then a run begins', async () => {
    const { beginAgain, moves } = await import('../../src/ui/page/stand.ts');
    const { session, asked } = standWith('paused');
    expect([moves(session), moves(standWith('running').session), moves(standWith('idle').session)]).toEqual([false, true, false]);
    await beginAgain(session, () => true);
    expect([asked, session.frozen.value]).toEqual([['stop', 'begin anew, at rest', 'come back', 'start'], false]);
  });

  test('begins in the view of the link, and outside of Run no run begins', async () => {
    const { beginAgain } = await import('../../src/ui/page/stand.ts');
    const { session, asked } = standWith('finished', { ...HOME, view: 'learn', booth: true });
    await beginAgain(session, () => true);
    expect(asked).toEqual(['begin anew, at rest', 'come back']);
  });

  test('waits for the model of the stand, and no run begins on another', async () => {
    const { beginAgain, moves } = await import('../../src/ui/page/stand.ts');
    const { session, asked } = standWith('finished', { ...HOME, booth: true }, false);
    await beginAgain(session, () => true);
    expect(asked).toEqual(['begin anew, at rest', 'come back']);
    // nor under the hands of somebody who came while it was being opened
    const touched = standWith('finished');
    await beginAgain(touched.session, () => false);
    expect(touched.asked).toEqual(['begin anew, at rest', 'come back']);
    Object.assign(session.models, { opening: signal('a large one') });
    expect(moves(session)).toBe(true);
  });

  test('finds the language, the colours and the keys of the stand, and no dialog of the one before', async () => {
    kept.set('theme', 'dark');
    const { beginAgain } = await import('../../src/ui/page/stand.ts');
    const { choose, language } = await import('../../src/ui/language/language.ts');
    const { characterKeys } = await import('../../src/ui/page/keys.ts');
    const { nextTheme, theme } = await import('../../src/ui/page/theme.ts');
    await choose('he', false);
    nextTheme(false);
    characterKeys.set(false, false);
    expect([language(), theme(), characterKeys.on.value, open]).toEqual(['he', 'system', false, ['dialog[open]']]);
    await beginAgain(standWith('finished').session, () => true);
    expect([language(), theme(), root['theme'], characterKeys.on.value, open]).toEqual(['en', 'dark', 'dark', true, []]);
    expect([...kept]).toEqual([['theme', 'dark']]);
    await choose('he', false);
    await beginAgain(standWith('finished', { ...HOME, booth: true, lang: 'de' }).session, () => true);
    expect(language()).toBe('de');
  });

  test('finds the screen on, whether a run moves or not', async () => {
    const { staysOn } = await import('../../src/ui/page/stand.ts');
    const on = (status: RunStatus, booth: boolean): boolean => staysOn(standWith(status, { ...HOME, booth }).session);
    expect([on('finished', true), on('paused', true), on('running', false), on('finished', false)]).toEqual([true, true, true, false]);
  });
});

describe('the page of a stand', () => {
  let page: HTMLElement;
  beforeEach(() => {
    vi.stubGlobal('document', parseHTML('<html><body></body></html>').document);
    page = document.createElement('div');
  });
  afterEach(() => {
    render(null, page);
    vi.unstubAllGlobals();
  });
  const draw = (part: FunctionComponent<{ readonly session: Session }>, session: object): Promise<void> =>
    act(() => render(h(part, { session: session as Session }), page));

  test('becomes one below everything that it then comes back to', async () => {
    await draw(Showing, { place: signal(HOME), linkText: signal(''), address: () => '', go: () => {} });
    const controls = [...page.querySelectorAll('input')].map((input) => input.getAttribute('data-testid'));
    expect(controls.slice(0, -1)).toEqual(expect.arrayContaining(['present', 'hide-chat', 'class-name']));
    expect(controls.at(-1)).toBe('booth');
  });

  test('says in whatever view why its own model is not open, until that is closed', async () => {
    vi.stubGlobal('navigator', { userAgent: '' });
    const failure: Failure = { code: 'FOLDER_GONE', message: ADVICE.FOLDER_GONE.text, detail: 'my models' };
    const astray = signal<Failure | null>(failure);
    await draw(Alerts, {
      view: signal(EMPTY_VIEW),
      place: signal({ ...HOME, view: 'samples', hide: ['models'], booth: true }),
      runs: signal([]),
      failure: signal(null),
      blocked: signal(null),
      refused: signal(null),
      troubles: signal([]),
      worldless: signal(false),
      unasked: signal(null),
      broughtUp: signal(false),
      busy: signal(false),
      engine: signal(null),
      needs: signal(null),
      tabs: { followed: signal(null), lost: signal(null) },
      models: { astray, loading: signal(null), opening: signal(null), opened: signal(null), problem: signal(null) },
    });
    const alerts = [...page.querySelectorAll('[role=alert]')].map((alert) => alert.textContent);
    expect(alerts).toEqual([expect.stringMatching(/^The stand could not open its own model again\. .*my models/)]);
    await act(() => [...page.querySelectorAll<HTMLElement>('button')].find((button) => button.textContent === 'close')?.click());
    expect([page.querySelector('[role=alert]'), astray.value]).toEqual([null, null]);
  });
});

describe('the screen', () => {
  test('is kept on while that is wanted, asked for again, and let go', async () => {
    const calls: string[] = [];
    let refuse = false;
    const keep = createWakeLock({
      request: async () => {
        calls.push('asked');
        if (refuse) throw new DOMException('hidden', 'NotAllowedError');
        return { release: async () => void calls.push('released') };
      },
    });
    await keep(false);
    expect(calls).toEqual([]);
    await keep(true);
    await keep(true);
    expect(calls).toEqual(['asked']);
    await keep(false);
    expect(calls).toEqual(['asked', 'released']);
    refuse = true;
    await keep(true);
    await keep(false);
    refuse = false;
    await keep(true);
    expect(calls).toEqual(['asked', 'released', 'asked', 'asked']);
  });

  test('is left alone by a browser that cannot', async () => {
    await expect(createWakeLock(undefined)(true)).resolves.toBeUndefined();
  });
});
