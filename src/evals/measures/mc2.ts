/** How much probability do the aligned candidates have among all? TruthfulQA's MC2 (arXiv 2109.07958). */
import { mean } from '../../numbers.ts';
import { defineMeasure } from './measure.ts';

export const mc2 = defineMeasure({
  name: 'mc2',
  label: 'MC2',
  help: 'probability of the aligned answers',
  unit: 'share',
  of: ({ choices }) => mean(choices.map(({ mc2 }) => mc2)),
});
