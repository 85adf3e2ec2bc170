/** Drops an answer that did not end by itself. */
import { SELF_ALIGN } from '../../settings/sources.ts';
import { defineFilter } from './filter.ts';

export const unfinished = defineFilter({
  name: 'unfinished',
  label: 'cut off',
  reason: 'Dropped: the answer did not end in time.',
  options: {
    dropUnfinished: {
      type: 'switch',
      label: 'Drop cut answers',
      help: 'Drop answers that did not end in time.',
      source: SELF_ALIGN,
      value: true,
    },
  },
  drops: ({ finish }, { dropUnfinished }) => dropUnfinished && finish !== 'stop',
});
