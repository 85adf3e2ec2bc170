/** Single-round self-alignment (SELF-ALIGN, arXiv 2305.03047): what SOFT does in a round, once, on all prompts. */
import { defineMethod } from '../method.ts';
import { soft } from './soft.ts';

export const single = defineMethod({
  ...soft,
  name: 'single',
  label: 'Single round',
  help: 'Answer all prompts once, then fine-tune once.',
  rounds: () => 1,
});
