/** The chance that one of four sampled answers is aligned (arXiv 2107.03374). */
import { passOf } from '../sampling.ts';
import { defineMeasure } from './measure.ts';

export const pass4 = defineMeasure({
  name: 'pass4',
  label: 'pass@4',
  help: 'one of four samples is aligned',
  unit: 'share',
  of: ({ sampled }) => passOf(sampled, 4),
});
