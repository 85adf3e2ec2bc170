/** One visit to the page without a browser: a refusal is about the model that is open, and leads to its setting. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Failure } from '../../src/errors.ts';
import type { ModelSource } from '../../src/protocol/lm.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { folderStore, type FolderHandle } from '../../src/ui/session/folders.ts';
import { fieldId } from '../../src/ui/session/link.ts';
import { HOME } from '../../src/ui/session/place.ts';
import { RunBar } from '../../src/ui/run/run-bar.tsx';
import { createSession } from '../../src/ui/session/session.ts';
import type { Session } from '../../src/ui/session/session.ts';
import type { Workers } from '../../src/ui/session/workers.ts';
import { EMPTY_VIEW } from '../../src/ui/session/view.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', parseHTML('<html><body></body></html>').document);
  vi.stubGlobal('window', { addEventListener: () => {} });
  vi.stubGlobal('history', { state: null, replaceState: () => {} });
  vi.stubGlobal('location', { hash: '', pathname: '/', search: '' });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** With what a model of one's own begins. */
const OWN = { prompts: 340, maxTokens: 256, batchSize: 12 };

const REFUSED: Failure = { code: 'FOLDER_REFUSED', message: '', detail: 'my models' };

/** A worker whose bundled model reads `reads[0]` tokens, and whose kept one the next number; a run takes 300. The library also answers `kept`. */
function workersOf(reads: readonly [number, number], kept: object): Workers {
  let context = reads[0];
  const lm = {
    open: async ({ model }: { readonly model: ModelSource }) => {
      context = reads[model.kind === 'bundled' ? 0 : 1];
      const world = model.kind === 'bundled' ? model.world : null;
      const opened = {
        name: 'm',
        fingerprint: `${context}`,
        world,
        context,
        prompts: null,
        standard: model.kind === 'bundled' ? {} : OWN,
        note: null,
      };
      const engine = { backend: 'wasm', device: 'CPU', software: true, workers: 1, commit: 'abc' };
      return new ReadableStream({
        start(controller) {
          controller.enqueue({ type: 'made', made: { ...engine, model: opened } });
          controller.close();
        },
      });
    },
    plan: async () => ({
      ok: true,
      value: { tooMuch: context < 300 ? [{ what: 'context', needs: 300, has: context }] : [], nearest: null },
    }),
  };
  const none = async () => ({ ok: true, value: [] });
  const library = { runs: none, stored: none, experiments: none, ...kept };
  return { lm, library, blocked: () => null, onDeath: () => {} } as unknown as Workers;
}

const visit = async (reads: readonly [number, number], kept: object = {}): Promise<Session> => {
  const session = createSession(workersOf(reads, kept), {
    backend: 'auto',
    models: '',
    kit: '',
    isolation: 'isolated',
    network: {
      workers: undefined,
      script: '',
      locks: undefined,
      network: new EventTarget(),
      online: true,
      reload: () => {},
      wait: async () => {},
    },
    between: { locks: undefined, channel: undefined },
  });
  await session.open();
  return session;
};

describe('settings that nobody changed', () => {
  test('are called so with a model of one’s own too, and go back to what suits it', async () => {
    const session = await visit([4096, 4096]);
    expect([session.changed.value, session.draft.value.prompts]).toEqual([false, String(DEFAULTS.prompts)]);
    await session.models.open({ kind: 'stored', folder: 'large' });
    expect([session.changed.value, session.draft.value.prompts, session.usual.value.prompts]).toEqual([false, '340', 340]);
    session.edit('prompts', '16');
    expect(session.changed.value).toBe(true);
    session.resetSettings();
    expect([session.changed.value, session.draft.value.prompts, session.draft.value.maxTokens]).toEqual([false, '340', '256']);
  });
});

test('the next visitor of a stand is not told what went wrong for the one before', async () => {
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {}, removeItem: () => {} });
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => {}, removeItem: () => {} });
  const session = await visit([4096, 4096], { deleteRun: async () => ({ ok: false, failure: REFUSED }) });
  await session.deleteRun('a');
  expect(session.failure.value).toEqual(REFUSED);
  session.beginAnew();
  expect(session.failure.value).toBeNull();
});

test('Resume of a run whose folder may not be read says so once, at the run', async () => {
  // events of this document and of Node do not mix
  vi.spyOn(document, 'dispatchEvent').mockReturnValue(true);
  const handle = { name: 'my models', queryPermission: async () => 'denied', requestPermission: async () => 'denied' };
  vi.spyOn(folderStore, 'all').mockResolvedValue([
    { fingerprint: 'mine', name: 'mine', folder: '', handle: handle as unknown as FolderHandle },
  ]);
  const run = {
    run: 'a',
    config: DEFAULTS,
    status: 'running',
    base: null,
    rounds: [],
    result: null,
    sessions: [],
    unknown: [],
    problem: null,
  };
  const model = { name: 'mine', fingerprint: 'mine' };
  const ok = (value: unknown) => async () => ({ ok: true, value });
  const session = await visit([4096, 4096], { runs: ok([{ ...run, model }]), losses: ok([]), samples: ok([]) });
  await session.models.lookForKept();
  await session.continueRun('a');
  expect([session.view.value.status, session.view.value.failure]).toMatchObject([
    'failed',
    { code: 'FOLDER_REFUSED', detail: 'my models' },
  ]);
  expect(session.models.problem.value).toBeNull();
});

describe('a run that the open model cannot make', () => {
  test('is refused until another model is opened', async () => {
    const session = await visit([256, 4096]);
    await session.start();
    expect(session.refused.value).toContain('the model reads 256');
    await session.models.open({ kind: 'stored', folder: 'large' });
    expect(session.refused.value).toBe(null);
  });

  test('is not refused by what the model before said, where another is opened meanwhile', async () => {
    const session = await visit([256, 4096]);
    const pressed = session.start();
    await Promise.all([session.models.open({ kind: 'stored', folder: 'large' }), pressed]);
    expect(session.refused.value).toBe(null);
  });
});

test.each([
  ['leads to its setting once the settings are awake', false],
  ['leaves the focus where somebody has put it meanwhile', true],
])('a Run that is refused while the model is loaded %s', async (_, elsewhere) => {
  const field = document.createElement('input');
  field.id = fieldId('topK');
  document.body.append(field);
  const focus = vi.fn<() => void>();
  field.focus = focus;
  const busy = signal(true);
  const session = {
    view: signal({ ...EMPTY_VIEW, status: 'loading' }),
    runs: signal(null),
    engine: signal(null),
    busy,
    cast: signal({ share: 0, elapsedMs: 0, leftMs: null }),
    pending: signal(null),
    frozen: signal(false),
    tabs: { followed: signal(null) },
    hindrance: signal(null),
    place: signal(HOME),
    go: () => {},
    parsed: signal({ refusals: [{ name: 'topK' }] }),
    experiment: { running: signal(false) },
    models: { plan: signal(null), opened: signal(null) },
    start: async () => {},
  } as unknown as Session;
  const place = document.createElement('div');
  document.body.append(place);
  await act(() => render(h(RunBar, { session }), place));
  await act(() => {
    place.querySelector<HTMLElement>('[data-testid=run]')?.click();
  });
  expect(focus).not.toHaveBeenCalled();
  Object.defineProperty(document, 'activeElement', { value: elsewhere ? field : document.body });
  await act(() => void (busy.value = false));
  expect(focus).toHaveBeenCalledTimes(elsewhere ? 0 : 1);
  render(null, place);
});
