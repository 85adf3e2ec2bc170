/** The runs that a browser keeps, drawn without one: every row in the language of its reader, and its buttons apart for whoever only hears them. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DEFAULTS, defaultsIn } from '../../src/run/config.ts';
import type { RunSummary } from '../../src/run/records.ts';
import { choose } from '../../src/ui/language/language.ts';
import { Runs } from '../../src/ui/run/runs.tsx';
import type { Session } from '../../src/ui/session/session.ts';
import { EMPTY_VIEW } from '../../src/ui/session/view.ts';

let place: HTMLElement;
beforeEach(() => {
  vi.stubGlobal('document', parseHTML('<html><body></body></html>').document);
  place = document.createElement('div');
});
afterEach(async () => {
  render(null, place);
  await choose('en', false);
  vi.unstubAllGlobals();
});

const kept = (run: string, config: Partial<typeof DEFAULTS>, more: Partial<RunSummary> = {}): RunSummary =>
  ({
    run,
    config: { ...DEFAULTS, ...config },
    status: 'running',
    base: null,
    rounds: [],
    result: null,
    sessions: [],
    unknown: [],
    problem: null,
    ...more,
  }) as unknown as RunSummary;

/** Draws a list of those runs. */
async function drawn(runs: readonly RunSummary[]): Promise<void> {
  const session = {
    view: signal(EMPTY_VIEW),
    runs: signal(runs),
    busy: signal(false),
    opening: signal(null),
    engine: signal({ backend: 'wasm' }),
    blocked: signal(null),
    tabs: { live: signal([]) },
    runFiles: { bringing: signal(null) },
    experiments: { partOf: () => [] },
  } as unknown as Session;
  await act(() => render(h(Runs, { session }), place));
}

test('the method of a run is named in the language of its reader', async () => {
  await choose('de', false);
  await drawn([kept('a', { method: 'single' })]);
  expect(place.querySelector('tbody th')?.textContent).toContain('Eine Runde');
  expect(place.querySelector('tbody')?.textContent).not.toContain('Single round');
});

test('no two buttons of the list are called the same, and each begins with what stands on it', async () => {
  const model = { name: 'tiny-llama', fingerprint: 'abc' };
  await drawn([
    kept('a', { seed: 3 }),
    kept('b', { seed: 4 }),
    kept('c', { seed: 4 }, { name: 'the slide' }),
    kept('d', { ...defaultsIn('depth'), seed: 4 }),
    kept('e', { seed: 4 }, { model }),
  ]);
  const buttons = [...place.querySelectorAll('tbody button')].map((button) => ({
    name: button.getAttribute('aria-label') ?? button.textContent,
    text: button.textContent,
  }));
  expect(buttons).toHaveLength(25);
  expect(new Set(buttons.map(({ name }) => name)).size).toBe(25);
  for (const { name, text } of buttons) expect(name.startsWith(text)).toBe(true);
  const names = buttons.map(({ name }) => name);
  expect(names).toContain('Resume: the slide');
  expect(names).toContain('Delete the run SOFT+, seed 4, on tiny-llama');
});
