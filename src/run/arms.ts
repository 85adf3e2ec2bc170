/** The arms that Compare offers, a line each. */
import type { Arm } from './arm.ts';
import { DEFAULTS, type RunConfig } from './config.ts';

/** `tuned` is what suits an arm in a world where it was tried, by the world's name: elsewhere it has what every arm has. */
type Offered = Arm & { readonly tuned?: { readonly [world in RunConfig['world']]?: Arm['options'] } };

/** Methods, then the controls that each leave one thing of SOFT out or put one in. Where a rate was tuned for an arm, it stands with its world (LOG.md). */
const OFFERED: readonly Offered[] = [
  { name: 'No training', options: { method: 'icl' } },
  { name: 'Single round', options: { method: 'single' }, tuned: { ladder: { learningRate: 0.001 } } },
  { name: 'Fixed demonstrations', options: { method: 'soft', draw: 'fixed' } },
  { name: 'SOFT', options: { method: 'soft' } },
  { name: 'SOFT+', options: { method: 'soft+' } },
  { name: 'Oracle filter', options: { method: 'soft', oracle: true } },
  { name: 'Frozen teacher', options: { method: 'soft', answersFrom: 'base' }, tuned: { ladder: { learningRate: 0.001 } } },
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
  { name: 'All weights', options: { method: 'soft', tuning: 'full' }, tuned: { ladder: { learningRate: 0.00005 } } },
  { name: 'With early stop', options: { method: 'soft', earlyStop: true } },
];

/** The arms for an open model; `standard` is what it changes of the defaults, with its world where it is in one. */
export function armsFor(standard: Partial<RunConfig>): readonly Arm[] {
  const ofKit = Object.keys(standard).length > 0 && standard.world === undefined;
  const world = standard.world ?? DEFAULTS.world;
  return OFFERED.map(({ name, options, tuned = {} }) => ({ name, options: { ...options, ...(ofKit ? {} : tuned[world]) } }));
}

/** Those for the default world. */
export const ARMS = armsFor({});
