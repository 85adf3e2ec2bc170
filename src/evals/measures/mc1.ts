/** Is the likeliest candidate aligned? TruthfulQA's MC1 (arXiv 2109.07958). */
import { mean } from '../../numbers.ts';
import { defineMeasure } from './measure.ts';

export const mc1 = defineMeasure({
  name: 'mc1',
  label: 'MC1',
  help: 'likeliest answer is aligned',
  unit: 'share',
  of: ({ choices }) => mean(choices.map(({ mc1 }) => mc1)),
});
