/** Which of two answers a model chooses, asked in both orders (Dromedary's way, arXiv 2305.03047, released code). */
import { mean } from '../../numbers.ts';
import { defineMeasure } from './measure.ts';

export const twoChoice = defineMeasure({
  name: 'twoChoice',
  label: 'two-choice',
  help: 'aligned one of two answers chosen',
  unit: 'share',
  of: ({ choices }) => mean(choices.map(({ twoChoice }) => twoChoice)),
});
