/**
 * What a run costs the page itself, counted in the built app: elements, and how often it draws. A slow machine draws less, so the bounds hold
 * on any.
 */
import { expect, test } from 'vitest';
import { openSite } from '../support/site.ts';

const app = openSite({ height: 900 });

/** When any chart was drawn, in milliseconds, and which, by their test ids; of any other picture each change. */
type Count = { elements: number; charts: { readonly at: number; readonly names: readonly string[] }[]; all: number; since: number };
type Counted = typeof globalThis & { readonly drawn: Count };

/** The page has at most so many elements while a run is watched. */
const MOST_ELEMENTS = 2000;
/** Draws a second: charts follow once, texts and counts four times each; what a round or the end changes comes beside. */
const [CHARTS, TEXTS, BESIDE] = [1, 8, 8];

test('a run that is watched draws its charts at most once a second, and the page does not grow with it', async () => {
  const { visitor } = app;
  await visitor.visit('rounds=2&prompts=128&earlyStop=false', 'backend=wasm');
  await visitor.part('run').waitFor();
  await visitor.page.evaluate(() => {
    const drawn: Count = { elements: 0, charts: [], all: 0, since: performance.now() };
    Object.assign(globalThis, { drawn });
    const chartOf = ({ target }: MutationRecord): Element | null => (target instanceof Element ? target.closest('figure, svg') : null);
    // all that one task changes is drawn at once
    new MutationObserver((changes) => {
      drawn.all++;
      const charts = changes.filter(({ type }) => type === 'childList').flatMap((change) => chartOf(change) ?? []);
      const names = [...new Set(charts)].map((chart) => chart.getAttribute('data-testid') ?? chart.outerHTML.slice(0, 60));
      if (names.length > 0) drawn.charts.push({ at: Math.round(performance.now() - drawn.since), names });
      drawn.elements = Math.max(drawn.elements, document.querySelectorAll('*').length);
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await visitor.part('run').click();
  await visitor.untilState('finished');
  const { elements, charts, all, seconds } = await visitor.page.evaluate(() => {
    const { drawn } = globalThis as Counted;
    return { ...drawn, seconds: (performance.now() - drawn.since) / 1000 };
  });
  const told = charts.map(({ at, names }) => `${at} ${names.join(', ')}`).join('\n');
  expect(charts.length).toBeGreaterThan(2);
  expect(charts.length, told).toBeLessThanOrEqual(CHARTS * seconds + BESIDE);
  expect(all).toBeLessThanOrEqual(TEXTS * seconds + BESIDE);
  expect(elements).toBeLessThanOrEqual(MOST_ELEMENTS);
});
