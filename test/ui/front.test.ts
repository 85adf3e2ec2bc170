/** Models that this browser keeps, as a page has them: what another tab deleted is promised no more once the page comes to the front. */
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { signal } from '@preact/signals';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Keep } from '../../src/ui/models/from-files.tsx';
import { atFront } from '../../src/ui/page/front.ts';
import type { Models } from '../../src/ui/session/models.ts';

let visible: boolean;
let view: EventTarget;
let place: HTMLElement;
beforeEach(() => {
  const { document } = parseHTML('<html><body></body></html>');
  [visible, view] = [true, new EventTarget()];
  Object.defineProperty(document, 'visibilityState', { get: () => (visible ? 'visible' : 'hidden') });
  vi.stubGlobal('document', document);
  vi.stubGlobal('window', view);
  place = document.createElement('div');
});
afterEach(() => {
  render(null, place);
  vi.unstubAllGlobals();
});

test.each(['its tab is chosen again', 'its window is, which was never hidden'])(
  'a copy that is gone is not promised when %s',
  async (how) => {
    const copy = { fingerprint: 'abc', folder: 'f', id: 'tiny', complete: true, kit: false };
    let disk: readonly (typeof copy)[] = [copy];
    const stored = signal(disk);
    const models = {
      stored,
      opened: signal({ name: 'tiny', fingerprint: 'abc' }),
      fetching: signal(null),
      noDisk: signal(null),
      remembered: signal([]),
      bringsKit: signal(false),
      pickedBytes: signal(4096),
    } as unknown as Models;
    const end = atFront(() => void (stored.value = disk));
    await act(() => render(h(Keep, { models }), place));
    expect(place.textContent).toContain('A copy of this model is kept in this browser');
    disk = [];
    await act(() => {
      if (how.startsWith('its window')) return void view.dispatchEvent(new Event('focus'));
      for (visible of [false, true]) document.dispatchEvent(new (document.defaultView?.Event ?? Event)('visibilitychange'));
    });
    expect(place.textContent).not.toContain('A copy of this model is kept');
    expect(place.querySelector('[data-testid="keep-model"]')).not.toBeNull();
    end();
    disk = [copy];
    view.dispatchEvent(new Event('focus'));
    expect(stored.value).toEqual([]);
  },
);
