/** What stands where in a view, drawn without a browser. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { DEFAULTS } from '../../src/run/config.ts';
import { HOME } from '../../src/ui/session/place.ts';
import type { Session } from '../../src/ui/session/session.ts';
import { EMPTY_VIEW, reduce, type RunView, viewOfStored } from '../../src/ui/session/view.ts';
import { run } from '../../src/ui/views/run.tsx';
import { simulatedRun } from '../fixtures/simulated-run.ts';

beforeAll(() => {
  vi.stubGlobal('document', parseHTML('<html><body></body></html>').document);
  for (const observer of ['ResizeObserver', 'IntersectionObserver'])
    vi.stubGlobal(
      observer,
      class {
        observe(): void {}
        disconnect(): void {}
      },
    );
});
afterAll(() => void vi.unstubAllGlobals());

const CONFIG = { ...DEFAULTS, rounds: 2, prompts: 16 };

/** The view Run over what a run shows, and its parts from the top. */
function shownRun(first: RunView) {
  const view = signal(first);
  const session = {
    view,
    plotted: view,
    runs: signal([]),
    unasked: signal(null),
    frozen: signal(false),
    stepping: signal(false),
    place: signal({ ...HOME, hide: ['settings', 'chat'] }),
    parsed: signal({ config: CONFIG, refusals: [] }),
    models: { opened: signal({ world: CONFIG.world }), plan: signal(null) },
    story: { look: () => {}, base: signal(null), after: signal(null) },
    heldOut: async () => undefined,
  } as unknown as Session;
  const place = document.createElement('div');
  const draw = (): readonly string[] => {
    render(h(run.Content, { session }), place);
    return [...place.querySelectorAll('[data-testid]')].map((part) => part.getAttribute('data-testid') ?? '');
  };
  return { view, draw, end: () => render(null, place) };
}

const before = (parts: readonly string[], one: string, other: string): boolean => {
  for (const part of [one, other]) expect(parts).toContain(part);
  return parts.indexOf(one) < parts.indexOf(other);
};

test('whoever has run nothing reads the idea before anything that only a run fills, and it stays there when the run begins', () => {
  const { view, draw, end } = shownRun(EMPTY_VIEW);
  const parts = draw();
  expect(before(parts, 'chart-alignment', 'story')).toBe(true);
  expect(before(parts, 'right-now', 'story')).toBe(true);
  expect(before(parts, 'story', 'chart-steps')).toBe(true);
  for (const [at, event] of [...simulatedRun('a', CONFIG)].entries()) view.value = reduce(view.value, event, at + 1);
  expect(view.value.status).toBe('finished');
  expect(before(draw(), 'story', 'chart-steps')).toBe(true);
  // whoever leaves and comes back comes for the results
  end();
  expect(before(draw(), 'chart-steps', 'story')).toBe(true);
  end();
});

test('below the charts of a run that is there already', () => {
  const { base, rounds, result } = [...simulatedRun('a', CONFIG)].reduce((folded, event, at) => reduce(folded, event, at), EMPTY_VIEW);
  const kept = { run: 'a', config: CONFIG, status: 'finished' as const, base, rounds, result, sessions: [], problem: null, unknown: [] };
  const { view, draw, end } = shownRun(viewOfStored(kept, [], []));
  expect(before(draw(), 'chart-steps', 'story')).toBe(true);
  view.value = EMPTY_VIEW;
  expect(before(draw(), 'story', 'chart-steps')).toBe(true);
  end();
});
