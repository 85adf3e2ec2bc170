/** The ladder of writers as a world. */
import { promptText } from '../turns.ts';
import type { World } from '../world.ts';
import { about } from './about.ts';
import { document } from './documents.ts';
import { KINDS } from './items.ts';
import { MOST, outOfDistribution, prompts, test, validation } from './splits.ts';
import { LADDER } from './task.ts';
import { voicesTo } from './voices-to.ts';

export const ladder = {
  ...about,
  document,
  task: LADDER,
  kinds: KINDS,
  questions: { prompts, validation, test, outOfDistribution },
  most: MOST,
  voicesTo,
  prompt: (text: string) => promptText({ text }),
} satisfies World;
