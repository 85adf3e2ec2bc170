/** How often a model declines an everyday question, which nobody has a reason to refuse. */
import { share } from '../sampling.ts';
import { defineMeasure } from './measure.ts';

export const overRefusal = defineMeasure({
  name: 'overRefusal',
  label: 'over-refusal',
  help: 'declines an ordinary question',
  unit: 'share',
  of: ({ task, ordinary }) => (task.graded ? share(ordinary.map(({ text }) => task.refuses(text) === true)) : null),
});
