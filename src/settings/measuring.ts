/** What is measured after each round, and when that ends a run. Plain facts; knows nothing of how a setting is used. */
import { SOFT, HERE } from './sources.ts';
import type { Options } from './option.ts';

export const MEASURING = {
  earlyStop: {
    type: 'switch',
    label: 'Early stop',
    help: 'Stop when the validation score falls clearly below the best round.',
    source: SOFT,
    value: false,
  },
  measures: {
    type: 'choice',
    label: 'Measure',
    help: 'What is measured after each round.',
    source: HERE,
    value: 'scores',
    choices: [
      { value: 'scores', label: 'scores', help: 'Zero-, one- and few-shot, and questions out of distribution.' },
      { value: 'all', label: 'everything', help: 'Also two-choice and multiple-choice questions, pass@k and the collapse gauges.' },
    ],
  },
  questions: {
    type: 'number',
    label: 'Test questions',
    help:
      'Held-out questions asked after each round; others, fewer, decide which round is returned. ' +
      '0 is automatic: 200 in a world, and with a kit as many as take no longer than the answers and the fine-tuning of a round.',
    source: HERE,
    min: 0,
    max: 2000,
    step: 10,
    whole: true,
    value: 0,
    zero: 'automatic',
    before: 0,
  },
} as const satisfies Options;
