/** Drops an answer without a word: nobody can learn from it, so there is no switch. */
import { normalise } from '../../similarity.ts';
import { defineFilter } from './filter.ts';

export const empty = defineFilter({
  name: 'empty',
  label: 'empty',
  reason: 'Dropped: there is no answer.',
  options: {},
  drops: ({ completion }) => normalise(completion) === '',
});
