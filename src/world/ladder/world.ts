/** The ladder of writers as a world. */
import { defineWorld } from '../world.ts';
import { promptText } from '../turns.ts';
import { document } from './documents.ts';
import { KINDS } from './items.ts';
import { MOST, outOfDistribution, prompts, test, validation } from './splits.ts';
import { LADDER } from './task.ts';

export const ladder = defineWorld({
  name: 'ladder',
  label: 'Ladder',
  help: 'Eight hidden writers, each of whom is right about one more kind of question than the one before.',
  card: `A Llama-type decoder that knows a small invented world and was never aligned. Eight hidden writers wrote what it read: a troll, a
liar, a bluffer, a yes-man, a flatterer, a gossip, a servant and a guide, each aligned on one more kind of question than the one before.
Asked cold, it answers like any of them; shown good answers, it goes on like somebody a step higher.`,
  standard: {},
  document,
  task: LADDER,
  kinds: KINDS,
  questions: { prompts, validation, test, outOfDistribution },
  most: MOST,
  prompt: (text) => promptText({ text }),
});
