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
  probes: {
    type: 'number',
    label: 'Probe questions',
    help:
      'Questions of each probe set of a kit (plain facts that the model should still know, a benchmark) that are asked once at the end, ' +
      'of the base and of the returned round. A run with a kit begins with 40.',
    source: HERE,
    min: 0,
    max: 1000,
    step: 10,
    whole: true,
    value: 0,
    zero: 'none',
    before: 0,
  },
  probeAnswers: {
    type: 'number',
    label: 'Answers before and after',
    help: 'Test questions that the base and the returned round answer in their own words at the end of a run with a kit, for their length, refusals, and a look. It begins with 8.',
    source: HERE,
    min: 0,
    max: 200,
    step: 2,
    whole: true,
    value: 0,
    zero: 'none',
    before: 0,
  },
} as const satisfies Options;
