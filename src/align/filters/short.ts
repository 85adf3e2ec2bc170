/**
 * Drops an answer that is shorter than others to questions of its length: whoever skips a step says less. After Lee et al. (arXiv 2502.01612),
 * whose blocks hold problems of one length; here the questions of a round with as many words are a block.
 */
import { words } from '../../similarity.ts';
import { defineFilter } from './filter.ts';

export const short = defineFilter({
  name: 'short',
  label: 'short',
  reason: 'Dropped: answers to questions of this length are longer.',
  options: {
    shortBy: {
      type: 'number',
      label: 'Drop short answers',
      help: 'Drop answers that have this many words fewer than the longest one to a question with as many words, in the same round.',
      source: 'Lee et al., arXiv 2502.01612',
      min: 0,
      max: 50,
      step: 1,
      whole: true,
      value: 0,
      before: 0,
      zero: 'off',
    },
  },
  selects: true,
  drops: ({ completion, longest }, { shortBy }) => shortBy > 0 && longest !== null && words(completion).length <= longest - shortBy,
});
