/** The models that a browser keeps, drawn without one: what rests in their list says why, at the button. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StoredModels } from '../../src/ui/models/hub.tsx';
import type { Models } from '../../src/ui/session/models.ts';

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
