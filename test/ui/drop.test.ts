/** Files that are dropped on the page, drawn without a browser: what a class is not shown takes none, and a run is seen wherever it lands. */
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
afterEach(async () => {
  // what it listens to ends a moment later
  await act(() => render(null, place));
  vi.unstubAllGlobals();
});

/** Drops a file on a page without `hide`: what the sheet says, where the page goes, what is taken and shown, and has the browser opened it? */
async function dropped(hide: readonly Hideable[], name = 'model.safetensors') {
  const gone: object[] = [];
  const taken: string[] = [];
  const shown: string[] = [];
  const take = async (entries: readonly { readonly path: string }[]) => void taken.push(...entries.map(({ path }) => path));
  const session = {
    busy: signal(false),
    place: signal({ ...HOME, hide }),
    models: { opening: signal(null), take },
    go: (to: object) => void gone.push(to),
    runFiles: {
      bring: async (file: { readonly name: string }) => {
        taken.push(file.name);
        return 'run-7';
      },
    },
    openRun: async (run: string) => void shown.push(run),
  } as unknown as Session;
  await act(() => render(h(DropSheet, { session }), place));
  const dataTransfer = { types: ['Files'], items: [], files: [{ name, webkitRelativePath: '' }] };
  const send = async (type: string): Promise<boolean> => {
    const event = Object.assign(new (document.defaultView?.Event ?? Event)(type, { cancelable: true }), { dataTransfer });
    await act(() => void document.dispatchEvent(event));
    return event.defaultPrevented;
  };
  await send('dragover');
  const sheet = place.textContent;
  const isKept = await send('drop');
  await Promise.resolve();
  await Promise.resolve();
  return { sheet, gone, taken, shown, isKept };
}

test('a model that is dropped anywhere is taken, and the page goes to it', async () => {
  expect(await dropped(['chat'])).toEqual({
    sheet: 'Drop a model, an adapter, the files of a kit or a run here.',
    gone: [{ view: 'models' }],
    taken: ['model.safetensors'],
    shown: [],
    isKept: true,
  });
});

test('no model is taken where models are hidden, and the browser does not open the file in place of the page', async () => {
  const sheet = 'Drop the file of a run here.';
  expect(await dropped(['models'])).toEqual({ sheet, gone: [], taken: [], shown: [], isKept: true });
});

test.each([
  ['nothing', []],
  ['models', ['models']],
] as const)('a run is taken into the list of runs where %s is hidden', async (_, hide) => {
  expect(await dropped(hide, 'run-1.zip')).toMatchObject({ gone: [{ view: 'compare' }], taken: ['run-1.zip'], shown: [], isKept: true });
});

test('a run is shown on Run where the list of runs is hidden', async () => {
  expect(await dropped(['models', 'compare'], 'run-1.zip')).toMatchObject({
    gone: [{ view: 'run' }],
    taken: ['run-1.zip'],
    shown: ['run-7'],
  });
});
