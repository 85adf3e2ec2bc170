/** How many of the answers to a question differ: a gauge of collapse. */
import { mean } from '../../numbers.ts';
import { distinctShare } from '../sampling.ts';
import { defineMeasure } from './measure.ts';

export const distinct = defineMeasure({
  name: 'distinct',
  label: 'distinct',
  help: 'different answers among eight samples',
  unit: 'share',
  of: ({ task, sampled }) => mean(sampled.map(({ answers }) => distinctShare(answers.map(({ text }) => task.said(text).trim())))),
});
