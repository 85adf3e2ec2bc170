/** Drops an answer that holds the question word for word, where the question is long enough to say something (Dromedary: 16 characters). */
import { SELF_ALIGN } from '../../settings/sources.ts';
import { normalise } from '../../similarity.ts';
import { defineFilter } from './filter.ts';

/** Shorter questions may stand in an honest answer. */
const LONG = 16;

function echoes(question: string, completion: string): boolean {
  const [asked, said] = [normalise(question), normalise(completion)];
  return asked.length > LONG && ` ${said} `.includes(` ${asked} `);
}

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
  drops: ({ question, completion }, { dropRepeatsPrompt }) => dropRepeatsPrompt && echoes(question.text, completion),
});
