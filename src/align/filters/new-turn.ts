/** Drops an answer that goes on with the next turn of the dialogue. */
import { SELF_ALIGN } from '../../settings/sources.ts';
import { defineFilter } from './filter.ts';

export const newTurn = defineFilter({
  name: 'new-turn',
  label: 'ran on',
  reason: 'Dropped: it began to speak for the user.',
  options: {
    dropNewTurn: {
      type: 'switch',
      label: 'Drop answers that run on',
      help: 'Drop answers that begin to speak for the user.',
      source: SELF_ALIGN,
      value: true,
    },
  },
  drops: ({ completion }, { dropNewTurn }) => dropNewTurn && /(?:User|Bot|Assistant|Rules):/.test(completion),
});
