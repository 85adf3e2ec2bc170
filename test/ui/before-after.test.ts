/** Which answer is shown before and after: one that became right, of the kind of which most did. */
import { expect, test } from 'vitest';
import type { Flip } from '../../src/comparison/flips.ts';
import { tellingPairs } from '../../src/ui/run/before-after.tsx';

const flip = (id: string, kind: string, became: Flip['became'] = 'right'): Flip => ({
  set: 'test',
  became,
  id,
  kind,
  question: `${id}?`,
  before: { text: 'No.', mark: became === 'right' ? 0 : 1 },
  after: { text: 'Yes.', mark: became === 'right' ? 1 : 0 },
});
const ids = (flips: readonly Flip[]): readonly string[] => tellingPairs(flips).map(({ id }) => id);

test('the kind that became right most often comes first, then one of each other kind, then the next of each', () => {
  const flips = [
    flip('h1', 'harm'),
    flip('p1', 'praise'),
    flip('f1', 'fact', 'wrong'),
    flip('p2', 'praise'),
    flip('h2', 'harm'),
    flip('p3', 'praise'),
  ];
  expect(ids(flips)).toEqual(['p1', 'h1', 'p2', 'h2', 'p3']);
});

test('what became wrong is never shown as what was learnt', () => {
  expect(ids([flip('a', 'fact', 'wrong')])).toEqual([]);
  expect(ids([])).toEqual([]);
});
