/** Files that are dropped on the page, drawn without a browser: what a class is not shown takes none. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DropSheet } from '../../src/ui/models/drop.tsx';
import { HOME, type Hideable } from '../../src/ui/session/place.ts';
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

/** Drops the weights of a model on a page without `hide`: what the sheet says, where the page goes, what is taken, and has the browser opened it? */
async function dropped(hide: readonly Hideable[]) {
  const gone: object[] = [];
  const taken: string[] = [];
  const take = async (entries: readonly { readonly path: string }[]) => void taken.push(...entries.map(({ path }) => path));
  const session = {
    busy: signal(false),
    place: signal({ ...HOME, hide }),
    models: { opening: signal(null), take },
    go: (to: object) => void gone.push(to),
  } as unknown as Session;
  await act(() => render(h(DropSheet, { session }), place));
  const dataTransfer = { types: ['Files'], items: [], files: [{ name: 'model.safetensors', webkitRelativePath: '' }] };
  const send = async (type: string): Promise<boolean> => {
    const event = Object.assign(new (document.defaultView?.Event ?? Event)(type, { cancelable: true }), { dataTransfer });
    await act(() => void document.dispatchEvent(event));
    return event.defaultPrevented;
  };
  await send('dragover');
  const sheet = place.textContent;
  const isKept = await send('drop');
  await Promise.resolve();
  return { sheet, gone, taken, isKept };
}

test('a model that is dropped anywhere is taken, and the page goes to it', async () => {
  expect(await dropped(['chat'])).toEqual({
    sheet: 'Drop a model, an adapter, the files of a kit or a run here.',
    gone: [{ view: 'models' }],
    taken: ['model.safetensors'],
    isKept: true,
  });
});

test('nothing is taken where models are hidden, and the browser does not open the file in place of the page', async () => {
  expect(await dropped(['models'])).toEqual({ sheet: '', gone: [], taken: [], isKept: true });
});
