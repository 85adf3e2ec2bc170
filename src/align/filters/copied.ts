/** Drops an answer that is a demonstration's, though the demonstration spoke of something else. */
import { SELF_ALIGN } from '../../settings/sources.ts';
import { normalise, words } from '../../similarity.ts';
import { type Candidate, defineFilter } from './filter.ts';

/**
 * Is the answer a demonstration's answer word for word, speaking of something that only the demonstration asked about?
 * The same words may be right for another question ("Sure. Use a small brush."), so equality alone is no reason.
 */
function isCopy({ question, completion, demonstrations }: Candidate): boolean {
  const answer = normalise(completion);
  const asked = new Set(words(question.text));
  const said = words(completion);
  return demonstrations.some((demonstration) => {
    if (normalise(demonstration.answer) !== answer) return false;
    const foreign = words(demonstration.question).filter((word) => !asked.has(word));
    return foreign.some((word) => said.includes(word));
  });
}

export const copied = defineFilter({
  name: 'copied',
  label: 'copied',
  reason: 'Dropped: it copies the answer of a demonstration.',
  options: {
    dropCopied: {
      type: 'switch',
      label: 'Drop copies',
      help: 'Drop answers copied from a demonstration about something else.',
      source: SELF_ALIGN,
      value: true,
    },
  },
  drops: (candidate, { dropCopied }) => dropCopied && isCopy(candidate),
});
