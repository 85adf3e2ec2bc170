/** How often a model says the demonstration's answer, beyond how often it says another's: a gauge of collapse. */
import { copyRate as rateOf } from '../sampling.ts';
import { defineMeasure } from './measure.ts';

export const copyRate = defineMeasure({
  name: 'copyRate',
  label: 'copy rate',
  help: 'says the demonstration’s answer',
  unit: 'difference',
  of: ({ copies }) => rateOf(copies),
});
