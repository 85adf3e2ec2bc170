/** Buttons of rows are told apart by whoever hears them: what a run is called there says where it ran and how it differs. */
import { expect, test } from 'vitest';
import { ARMS } from '../../src/run/arms.ts';
import { configOf } from '../../src/run/arm.ts';
import type { RunSummary } from '../../src/run/records.ts';
import { runText } from '../../src/ui/run/run-name.tsx';

const summaryOf = (arm: (typeof ARMS)[number], more: Partial<RunSummary> = {}): RunSummary =>
  ({ config: configOf(arm, 3), ...more }) as RunSummary;

test('no two arms of an experiment have one text, though most have one method and one seed', () => {
  const texts = ARMS.map((arm) => runText(summaryOf(arm)));
  expect(new Set(texts).size).toBe(ARMS.length);
  expect(texts).toContain('the run SOFT+, seed 3, in Ladder');
});

test('a run that its owner has named is called so', () => {
  const [arm] = ARMS;
  if (arm === undefined) throw new Error('no arm');
  expect(runText(summaryOf(arm, { name: 'mine' }))).toBe('mine');
});
