/** Who answers, and how an answer is sampled. Plain facts; knows nothing of how a setting is used. */
import { LABELS } from '../controls.ts';
import { SOFT, SELF_ALIGN } from './sources.ts';
import type { Options } from './option.ts';

export const ANSWERING = {
  answersFrom: {
    type: 'choice',
    label: 'Answers come from',
    help: 'Which model answers in a round.',
    source: SOFT,
    value: 'previous',
    choices: [
      { value: 'previous', label: 'the round before', help: 'The bootstrapping of SOFT.' },
      { value: 'base', label: 'the base model', help: 'A frozen teacher: the control for bootstrapping.' },
      { value: 'gold', label: 'the world', help: 'The right answers themselves: what the same training could reach at most.' },
    ],
  },
  samples: {
    type: 'number',
    label: 'Answers to a prompt',
    help: 'How often each prompt is answered; the answer that most of them say is learned from, if enough agree.',
    source: 'Lee et al., arXiv 2502.01612',
    min: 1,
    max: 16,
    step: 1,
    whole: true,
    value: 1,
    before: 1,
  },
  topK: {
    type: 'number',
    label: 'Top-k',
    help: 'Sample among the k likeliest tokens; 0 means all.',
    source: '',
    min: 0,
    max: 512,
    step: 1,
    whole: true,
    value: 0,
  },
  topP: {
    type: 'number',
    label: 'Top-p',
    help: 'Sample among the likeliest tokens that together hold this share of the probability.',
    source: SELF_ALIGN,
    min: 0.05,
    max: 1,
    step: 0.05,
    whole: false,
    value: 0.95,
  },
  thinking: {
    type: 'switch',
    label: LABELS.thinking,
    help:
      'Let a model that can think before it answers do so. Thoughts are kept with the answers, cut off before training, and count as part of the longest answer. ' +
      'Models that cannot think, like the bundled ones, are as they are.',
    source: '',
    value: false,
    before: false,
  },
  maxTokens: {
    type: 'number',
    label: LABELS.maxTokens,
    help: 'Answers are cut after this many tokens; a cut answer is dropped. Models of your own begin with 256, or with what suits their answers, once the plan has sampled some.',
    source: '',
    min: 4,
    max: 512,
    step: 1,
    whole: true,
    value: 40,
  },
} as const satisfies Options;
