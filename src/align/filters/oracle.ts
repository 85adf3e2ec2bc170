/**
 * Keeps only answers that the world grades right: the ceiling of STaR (arXiv 2203.14465) and ReST-EM (arXiv 2312.06585), not a
 * self-alignment.
 */
import { defineFilter } from './filter.ts';

export const oracle = defineFilter({
  name: 'not-aligned',
  label: 'not aligned',
  reason: 'Dropped: the oracle filter keeps only aligned answers.',
  options: {
    oracle: {
      type: 'switch',
      label: 'Oracle filter',
      help: 'Keep only answers that are really aligned. Uses what no self-alignment may know: the ceiling of STaR and ReST-EM.',
      source: 'STaR, arXiv 2203.14465; ReST-EM, arXiv 2312.06585',
      value: false,
    },
  },
  needsGrades: 'oracle',
  drops: ({ aligned }, { oracle }) => oracle && aligned !== true,
});
