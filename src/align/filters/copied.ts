/** Drops an answer that is a demonstration's, though the demonstration spoke of something else. */
import { SELF_ALIGN } from '../../settings/sources.ts';
import { normalise, words } from '../../similarity.ts';
import { type Candidate, defineFilter } from './filter.ts';

/** Words that are in any text, and so say nothing of what it speaks of. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a about all also am an and any are as at be been but by can could did do does for from get give had has have he her him his how i if in is it ' +
    'its just like made make may me more most must my no not of on one only or other our out over say should so some such take tell than that the ' +
    'their them then there these they this those to too up us use very was way we well were what when where which who why will with would you your'
  ).split(' '),
);

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
    const foreign = words(demonstration.question).filter((word) => !asked.has(word) && !STOP_WORDS.has(word));
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
