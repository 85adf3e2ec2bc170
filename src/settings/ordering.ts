/** In which order the model learns, and what counts as hard. Plain facts; knows nothing of how a setting is used. */
import { SOFT, HERE } from './sources.ts';
import type { Options } from './option.ts';

export const ORDERING = {
  order: {
    type: 'choice',
    label: 'Order',
    help: 'In which order the model learns.',
    source: SOFT,
    value: 'method',
    choices: [
      { value: 'method', label: 'as the method says', help: 'SOFT+ goes from easy to hard, the others in random order.' },
      { value: 'none', label: 'random', help: 'No order.' },
      { value: 'easy-to-hard', label: 'easy to hard', help: 'What the model is sure of comes first.' },
      { value: 'hard-to-easy', label: 'hard to easy', help: 'The control for the order.' },
    ],
  },
  orderScope: {
    type: 'choice',
    label: 'Order applies',
    help: 'Where the order counts.',
    source: HERE,
    value: 'within',
    choices: [
      { value: 'across', label: 'across the rounds', help: 'Easy prompts in early rounds, random within a round.' },
      { value: 'within', label: 'within each round', help: 'Random prompts in every round, ordered pairs inside it.' },
      { value: 'both', label: 'to both', help: 'Across the rounds and inside each.' },
    ],
  },
  difficulty: {
    type: 'choice',
    label: 'Hard is',
    help: 'By what the prompts are sorted.',
    source: SOFT,
    value: 'perplexity',
    before: 'perplexity',
    choices: [
      { value: 'perplexity', label: 'what it is unsure of', help: 'The perplexity of the base model’s answer.' },
      {
        value: 'agreement',
        label: 'what it answers in several ways',
        help: 'The base model answers each prompt five times, or more often if the run does; the fewer say the same, the harder.',
      },
      { value: 'length', label: 'a long question', help: 'The number of words of the question; no model is asked.' },
    ],
  },
  gate: {
    type: 'number',
    label: 'Mastery gate',
    help:
      'Stay with easy prompts until this share of validation questions as easy is answered right, for as many rounds as “Rounds at a gate” says; ' +
      '0 goes on with every round. It counts where prompts are ordered across the rounds, and nowhere else.',
    source: 'Lee et al., arXiv 2502.01612',
    min: 0,
    max: 1,
    step: 0.05,
    whole: false,
    value: 0,
    before: 0,
    zero: 'off',
  },
  gateRounds: {
    type: 'number',
    label: 'Rounds at a gate',
    help: 'How many rounds the prompts of one gate are enough for; then it is passed as it is.',
    source: HERE,
    min: 1,
    max: 4,
    step: 1,
    whole: true,
    value: 2,
    before: 2,
  },
  perplexityContext: {
    type: 'choice',
    label: 'Perplexity taken',
    help: 'What stands before an answer while its perplexity is measured.',
    source: HERE,
    value: 'with',
    choices: [
      { value: 'with', label: 'with demonstrations', help: 'As the answer was made.' },
      { value: 'without', label: 'without demonstrations', help: 'As the pair is trained.' },
    ],
  },
  perplexityModel: {
    type: 'choice',
    label: 'Perplexity by',
    help: 'Whose perplexity orders the pairs within a round; across rounds it is always that of the base model.',
    source: SOFT,
    value: 'previous',
    choices: [
      { value: 'previous', label: 'the round before', help: 'The model that answered.' },
      { value: 'base', label: 'the base model', help: 'One scale for all rounds.' },
    ],
  },
} as const satisfies Options;
