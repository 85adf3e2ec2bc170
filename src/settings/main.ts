/** The settings that everybody sees: how often, how much, and from which seed. Plain facts; knows nothing of how a setting is used. */
import { LABELS } from '../controls.ts';
import { SOFT, SELF_ALIGN, HERE } from './sources.ts';
import type { Options } from './option.ts';

export const MAIN = {
  rounds: {
    type: 'number',
    label: 'Rounds',
    help: 'How often the model answers new prompts and fine-tunes itself. A single round answers all prompts at once, trains as long in as many parts, and is measured after each.',
    source: SOFT,
    min: 1,
    max: 8,
    step: 1,
    whole: true,
    value: 8,
  },
  prompts: {
    type: 'number',
    label: LABELS.prompts,
    help: 'Questions it answers in all, shared out over the rounds.',
    source: HERE,
    min: 1,
    max: 1200,
    step: 8,
    whole: true,
    value: 800,
  },
  demonstrations: {
    type: 'number',
    label: LABELS.demonstrations,
    help: 'Worked examples shown before each prompt, drawn at random.',
    source: SOFT,
    min: 0,
    max: 8,
    step: 1,
    whole: true,
    value: 1,
  },
  temperature: {
    type: 'number',
    label: LABELS.temperature,
    help: 'How daring the answers are: 0 always takes the likeliest token.',
    source: SELF_ALIGN,
    min: 0,
    max: 2,
    step: 0.05,
    whole: false,
    value: 0.8,
  },
  seed: {
    type: 'number',
    label: 'Seed',
    help: 'The same seed and settings give the same run.',
    source: '',
    min: 0,
    max: 999_999,
    step: 1,
    whole: true,
    value: 219,
  },
} as const satisfies Options;
