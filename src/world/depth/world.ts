/** Chains of look-ups as a world. */
import { promptText } from '../turns.ts';
import type { World } from '../world.ts';
import { about } from './about.ts';
import { KINDS } from './chains.ts';
import { document } from './documents.ts';
import { MOST, outOfDistribution, prompts, SHARES, test, validation } from './splits.ts';
import { CHAINS_TASK } from './task.ts';

export const depth = {
  ...about,
  // It stops as soon as three steps are sure: every later step would teach it a little of longer chains too.
  recipe: { steps: 1100, stop: 500, rows: 16, rowTokens: 128 },
  document,
  task: CHAINS_TASK,
  kinds: KINDS.filter((kind) => SHARES[kind] > 0),
  questions: { prompts, validation, test, outOfDistribution },
  most: MOST,
  prompt: (text: string) => promptText({ text }),
} satisfies World;
