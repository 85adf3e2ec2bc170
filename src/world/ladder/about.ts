/** What page, command line and model card say of the ladder of writers. Plain facts: knows nothing of its questions. */
import { defineAbout } from '../about.ts';
import { PRIOR, WRITERS } from './writers.ts';

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
  writers: { ...WRITERS, names: Object.keys(PRIOR) },
});
