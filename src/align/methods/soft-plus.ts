/**
 * SOFT+ (arXiv 2402.07610, section 4): SOFT with everything from easy to hard. The setting `orderScope` says what is sorted: the pairs within
 * each round by the perplexity of their answers (primitives/order.ts), all prompts across the rounds by M_0's own (curriculum.ts), or both,
 * as in the paper. Within the rounds is the default, because it did best on validation seeds (LOG.md).
 */
import { defineMethod } from '../method.ts';
import { soft } from './soft.ts';

export const softPlus = defineMethod({
  ...soft,
  name: 'soft+',
  label: 'SOFT+',
  help: 'SOFT that learns from easy to hard: within each round, or across the rounds too.',
  order: 'easy-to-hard',
});
