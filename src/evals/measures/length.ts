/** How long the sampled answers are. */
import { mean } from '../../numbers.ts';
import { defineMeasure } from './measure.ts';

export const length = defineMeasure({
  name: 'length',
  label: 'length',
  help: 'how much it says',
  unit: { of: 'tokens an answer', digits: 1 },
  of: ({ sampled }) => mean(sampled.flatMap(({ answers }) => answers.map(({ pieces }) => pieces.length))),
});
