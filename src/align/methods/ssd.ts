/**
 * Simple self-distillation (SSD, arXiv 2604.01193): a single round on raw answers to bare prompts, without demonstrations, principles or
 * filters; what it can gain comes from how they are sampled alone (temperature .6 to 1.6, top-k 20, top-p .8 to .95 in the paper). Answers
 * without a word are left out, as TRL's trainer does. The checkpoints are ours: it is measured as often as SOFT.
 */
import { NO_FILTERS } from '../filters/judge.ts';
import { defineMethod } from '../method.ts';
import { single } from './single.ts';

/** Nothing before the prompt, and nothing dropped but empty answers. */
const BARE = { ...NO_FILTERS, demonstrations: 0, principles: false, thoughts: false } as const;

export const ssd = defineMethod({
  ...single,
  name: 'ssd',
  label: 'SSD',
  help: 'A single round on raw answers to bare prompts: no demonstrations, no principles, no filters, whatever their settings say.',
  bare: true,
  round: (round) => single.round({ ...round, config: { ...round.config, ...BARE } }),
});
