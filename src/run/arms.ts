/** The arms that Compare offers, a line each. */
import type { Arm } from './arm.ts';

/** Methods, then the controls that each leave one thing of SOFT out or put one in. Single round, Frozen teacher and All weights have the learning rate that suits them (LOG.md). */
export const ARMS: readonly Arm[] = [
  { name: 'No training', options: { method: 'icl' } },
  { name: 'Single round', options: { method: 'single', learningRate: 0.001 } },
  { name: 'Fixed demonstrations', options: { method: 'soft', draw: 'fixed' } },
  { name: 'SOFT', options: { method: 'soft' } },
  { name: 'SOFT+', options: { method: 'soft+' } },
  { name: 'Oracle filter', options: { method: 'soft', oracle: true } },
  { name: 'Frozen teacher', options: { method: 'soft', answersFrom: 'base', learningRate: 0.001 } },
  { name: 'Same prompts', options: { method: 'soft', promptsOfRound: 'same' } },
  { name: 'Gold answers', options: { method: 'soft', answersFrom: 'gold' } },
  { name: 'All answers so far', options: { method: 'soft', learnsFrom: 'all' } },
  { name: 'From the base', options: { method: 'soft', startFrom: 'base' } },
  { name: 'Merge and restart', options: { method: 'soft', startFrom: 'merged' } },
  { name: 'Easy to hard across rounds', options: { method: 'soft+', orderScope: 'across' } },
  { name: 'Hard to easy', options: { method: 'soft', order: 'hard-to-easy' } },
  { name: 'Easy to hard across and within', options: { method: 'soft+', orderScope: 'both' } },
  {
    name: 'Within rounds, perplexity without demonstrations',
    options: { method: 'soft+', perplexityContext: 'without' },
  },
  { name: 'Internal thoughts', options: { method: 'soft', thoughts: true } },
  { name: 'SSD', options: { method: 'ssd', temperature: 1, topK: 20, topP: 0.9 } },
  { name: 'SDFT', options: { method: 'sdft' } },
  { name: 'Two rules a prompt', options: { method: 'soft', rulesShown: 2 } },
  { name: 'Own prompts', options: { method: 'soft', promptSource: 'own' } },
  { name: 'All weights', options: { method: 'soft', tuning: 'full', learningRate: 0.00005 } },
  { name: 'With early stop', options: { method: 'soft', earlyStop: true } },
];
