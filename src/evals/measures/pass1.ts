/** The chance that one sampled answer is aligned (arXiv 2107.03374). */
import { passOf } from '../sampling.ts';
import { defineMeasure } from './measure.ts';

export const pass1 = defineMeasure({
  name: 'pass1',
  label: 'pass@1',
  help: 'one sample is aligned',
  unit: 'share',
  of: ({ sampled }) => passOf(sampled, 1),
});
