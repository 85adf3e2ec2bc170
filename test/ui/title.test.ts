/** What a tab, a history and a bookmark call the page: two places have two names, in the language of the page. */
import { signal } from '@preact/signals';
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/run/config.ts';
import { choose } from '../../src/ui/language/language.ts';
import { pageTitle } from '../../src/ui/page/title.ts';
import { forecast } from '../../src/ui/session/forecast.ts';
import { HOME, LAST_CHAPTER, VIEWS } from '../../src/ui/session/place.ts';
import { EMPTY_VIEW, reduce, type RunView } from '../../src/ui/session/view.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';

const titleOf = (place: Partial<typeof HOME>, view: RunView = EMPTY_VIEW): string =>
  pageTitle({ place: signal({ ...HOME, ...place }), view: signal(view), cast: signal(forecast(view, 0)) });

/** A run in the middle of its events. */
function half(): RunView {
  const events = [...simulatedRun('a', { ...DEFAULTS, rounds: 4, prompts: 64 })];
  return events.slice(0, events.length / 2).reduce((folded, event, at) => reduce(folded, event, at), EMPTY_VIEW);
}

describe('the title of the page', () => {
  afterEach(() => choose('en'));

  test('names the view, and the chapter of the lesson', async () => {
    expect(titleOf({})).toBe('Run · Step on Feet');
    expect(titleOf({ view: 'learn', chapter: 6 })).toBe('6. Break it · Learn · Step on Feet');
    await choose('de');
    expect(titleOf({ view: 'compare' })).toBe('Vergleichen · Step on Feet');
  });

  test.each(['en', 'de', 'he'] as const)('is another at every place, in %s', async (name) => {
    await choose(name);
    const places = [
      ...VIEWS.map((view) => ({ view })),
      ...Array.from({ length: LAST_CHAPTER - 1 }, (_, index) => ({ view: 'learn' as const, chapter: index + 2 })),
    ];
    expect(new Set(places.map((place) => titleOf(place))).size).toBe(places.length);
  });

  test('says how far a run is wherever one is, and whether it is paused', () => {
    const view = half();
    expect(view.status).toBe('running');
    expect(titleOf({ view: 'learn' }, view)).toMatch(/^\d+% · 1\. \S.* · Learn · Step on Feet$/);
    expect(titleOf({}, { ...view, status: 'paused' })).toMatch(/^\d+%, paused · Run · Step on Feet$/);
    expect(titleOf({}, { ...view, status: 'finished' })).toBe('Run · Step on Feet');
  });
});
