/** Drops an answer that holds the question word for word. */
import { SELF_ALIGN } from '../../settings/sources.ts';
import { normalise } from '../../similarity.ts';
import { defineFilter } from './filter.ts';

export const repeatsPrompt = defineFilter({
  name: 'repeats-prompt',
  label: 'repeats the question',
  reason: 'Dropped: it only says the question again.',
  options: {
    dropRepeatsPrompt: {
      type: 'switch',
      label: 'Drop echoes',
      help: 'Drop answers that say the question again.',
      source: SELF_ALIGN,
      value: true,
    },
  },
  drops: ({ question, completion }, { dropRepeatsPrompt }) => dropRepeatsPrompt && normalise(completion).includes(normalise(question.text)),
});
