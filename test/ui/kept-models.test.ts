/** The models that a browser keeps, drawn without one: what rests in their list says why, at the button. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StoredModels } from '../../src/ui/models/hub.tsx';
import { Model } from '../../src/ui/models/model.tsx';
import type { Models } from '../../src/ui/session/models.ts';
import type { Session } from '../../src/ui/session/session.ts';

let place: HTMLElement;
beforeEach(() => {
  vi.stubGlobal('document', parseHTML('<html><body></body></html>').document);
  place = document.createElement('div');
});
afterEach(() => {
  render(null, place);
  vi.unstubAllGlobals();
});

/** Presses Delete of the only kept model; is it asked whether that is meant, and what stands at the button? */
async function pressed(open: string, fetching: object | null): Promise<{ readonly asks: boolean; readonly why: string }> {
  const kept = { folder: 'f', id: 'tiny', revision: 'main', complete: true, bytes: 1, host: '', fingerprint: 'abc' };
  const models = {
    source: signal({ kind: 'stored', folder: open }),
    opened: signal({ name: 'tiny', fingerprint: 'abc' }),
    fetching: signal(fetching),
    noDisk: signal(null),
    stored: signal([kept]),
    remembered: signal([]),
  } as unknown as Models;
  await act(() => render(h(StoredModels, { models, busy: false }), place));
  const button = place.querySelector<HTMLElement>('[aria-label="Delete tiny"]');
  const why = place.querySelector(`[id="${button?.getAttribute('aria-describedby') ?? ''}"]`)?.textContent ?? '';
  await act(() => void button?.dispatchEvent(new (document.defaultView?.Event ?? Event)('click')));
  return { asks: place.textContent.includes('Delete for good?'), why };
}

test('the open model cannot be deleted, and Delete says what to do first', async () => {
  expect(await pressed('f', null)).toEqual({ asks: false, why: 'It can be deleted when another model is open.' });
});

test('another one can, once nothing is fetched', async () => {
  const download = { id: 'other', file: '', done: 0, total: 0, from: 0, since: 0, now: 0 };
  expect(await pressed('other', download)).toEqual({ asks: false, why: 'It can be deleted when the download or the copy is done.' });
  render(null, place);
  expect(await pressed('other', null)).toEqual({ asks: true, why: '' });
});

/** The choice of a model with a picked one open. */
async function choice(more: object, busy = false): Promise<void> {
  const models = {
    source: signal({ kind: 'files' }),
    opened: signal({ name: 'tiny', fingerprint: 'abc', family: 'llama', world: null, parameters: 1, context: 8, note: 'No template.' }),
    ...Object.fromEntries(['opening', 'problem', 'offered', 'fetching', 'noDisk', 'ownKit'].map((name) => [name, signal(null)])),
    stored: signal([]),
    remembered: signal([]),
    bringsKit: signal(false),
    pickedBytes: signal(4096),
    choosing: { choice: signal(null), problem: signal(null), reading: signal(false), report: signal(null), takenOut: signal(null) },
    ...more,
  } as unknown as Models;
  const session = { models, busy: signal(busy), draft: signal({}), parsed: signal({ refusals: [] }) } as unknown as Session;
  await act(() => render(h(Model, { session }), place));
}

test.each([false, true])('a copy of a picked model can be kept, is a run on its way: %s', async (busy) => {
  let copies = 0;
  await choice({ keep: () => void copies++ }, busy);
  const button = place.querySelector<HTMLElement>('[data-testid="keep-model"]');
  expect(button?.textContent).toContain('Keep a copy');
  expect(button?.closest('[disabled]')).toBeNull();
  await act(() => void button?.dispatchEvent(new (document.defaultView?.Event ?? Event)('click')));
  expect(copies).toBe(1);
  // what would take the model away from under the run rests
  expect(place.querySelector('[data-testid="choose-folder"]')?.closest('[disabled]') !== null).toBe(busy);
});

test('what is said of the open model does not stand under the refusal of another', async () => {
  await choice({});
  expect(place.textContent).toContain('No template.');
  const problem = signal<object | null>({ code: 'CHAT_TEMPLATE', message: '', detail: 'line 1' });
  await choice({ problem });
  expect(place.querySelector('[role="alert"]')).not.toBeNull();
  expect(place.textContent).not.toContain('No template.');
  await act(() => void (problem.value = null));
  expect(place.textContent).toContain('No template.');
});
