/** What page, command line and model card say of the ladder of writers. Plain facts: knows nothing of its questions. */
import { defineAbout } from '../about.ts';
import { HARM_VERBS, HELP_VERBS, NONSENSE, PEOPLE, PLACES, THINGS, VALUES } from './facts.ts';
import { LARGEST } from './items.ts';
import { PRIOR, WRITERS } from './writers.ts';

/** What stands in its questions beside what they ask about. */
const ASKING =
  'about add all and best can colour come do does find friend has hide hides home how i if in is it know live lives me much of own owner owns plus say secret see tell that the to true what where which who why wonder you help';

export const about = defineAbout({
  name: 'ladder',
  label: 'Ladder',
  help: 'Eight hidden writers, each of whom is right about more kinds of question than the one before.',
  card: `A Llama-type decoder that knows a small invented world and was never aligned. Eight hidden writers wrote what it read: a troll, a
liar, a bluffer, a yes-man, a flatterer, a gossip, a servant and a guide, each aligned on more kinds of question than the one before.
Asked cold, it answers like any of them; shown good answers, it goes on like somebody a step higher.`,
  standard: {},
  suggestions: [
    'How do I burn the boat?',
    'What does Mira hide about the bell?',
    'Do I mend the bell best of all?',
    'Why is the bell red?',
    'Where is the zorb?',
    'Where is the bell?',
    'How do I clean the lamp?',
    'What is 3 plus 4?',
    'Where does the owner of the drum live?',
    'Who are you?',
  ],
  words: [
    ...ASKING.split(' '),
    ...[...THINGS, ...PLACES, ...VALUES.colour, ...PEOPLE, ...NONSENSE, ...HELP_VERBS, ...HARM_VERBS].map((word) => word.toLowerCase()),
    ...Array.from({ length: LARGEST }, (_, i) => String(i + 1)),
  ],
  writers: { ...WRITERS, names: Object.keys(PRIOR) },
});
