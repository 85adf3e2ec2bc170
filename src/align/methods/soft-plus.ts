/**
 * SOFT+ (arXiv 2402.07610, section 4): SOFT with everything from easy to hard. All prompts are sorted once by M_0's own perplexity, so that
 * easy ones come in early rounds (curriculum.ts), and the pairs within a round likewise (primitives/order.ts).
 */
import { defineMethod } from '../method.ts';
import { soft } from './soft.ts';

export const softPlus = defineMethod({
  ...soft,
  name: 'soft+',
  label: 'SOFT+',
  help: 'SOFT with the prompts sorted from easy to hard.',
  order: 'easy-to-hard',
});
