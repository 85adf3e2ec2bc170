/** What page, command line and model card say of the world of chains. Plain facts: knows nothing of its questions. */
import { defineAbout } from '../about.ts';
import { OWNER, RELATIONS, THINGS } from './facts.ts';

const EXAMPLES = [
  'Who is the owner of the bell?',
  'Who is the friend of the owner of the bell?',
  'Find the nurse of the twin of the owner of the drum.',
  'Name the twin of the boss of the friend of the owner of the jar.',
  'Who is the friend of the pilot of the baker of the guest of the owner of the boat?',
  'Show the cousin of the twin of the nurse of the boss of the teacher of the owner of the kite.',
];

export const about = defineAbout({
  name: 'depth',
  label: 'Depth',
  help: 'Chains of look-ups, from one step to six; the model is sure of three.',
  card: `A Llama-type decoder that knows who owns thirty things and who is what to whom, and answers a chain of such questions step by step.
What it read has chains of one to three steps; longer ones are rare, and the rarer the longer they are. So it is sure of short chains and
fails at long ones, and whatever it learns of long ones it has to teach itself.`,
  standard: {
    rounds: 4,
    prompts: 320,
    principles: false,
    temperature: 0.7,
    difficulty: 'length',
    orderScope: 'both',
    loraRank: 8,
    learningRate: 0.002,
    epochs: 2,
    earlyStop: false,
  },
  words: [...'find i is me name of seek show tell the who'.split(' '), OWNER, ...RELATIONS, ...THINGS],
  suggestions: [...EXAMPLES, 'Who are you?'],
  kindWords: Object.fromEntries(
    EXAMPLES.map((example, i) => [
      `depth ${i + 1}`,
      {
        words: 'a chain of look-ups',
        text: 'A chain of look-ups, as many as its number says, each from whomever the one before came to. Aligned is to name everybody on the way.',
        example,
      },
    ]),
  ),
});
