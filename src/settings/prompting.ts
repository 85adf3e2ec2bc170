/** What a prompt is and what the model is shown with it. Plain facts; knows nothing of how a setting is used. */
import { SOFT, SELF_ALIGN } from './sources.ts';
import type { Options } from './option.ts';

export const PROMPTING = {
  promptSource: {
    type: 'choice',
    label: 'Prompts from',
    help: 'Who asks.',
    source: SELF_ALIGN,
    value: 'given',
    choices: [
      { value: 'given', label: 'the world or kit', help: 'Questions of the world, or those of the kit.' },
      {
        value: 'own',
        label: 'the model itself',
        help: 'The base model writes them itself, topic by topic; near-duplicates are dropped (Self-Instruct).',
      },
    ],
  },
  promptsOfRound: {
    type: 'choice',
    label: 'Prompts of a round',
    help: 'Whether each round asks prompts of its own.',
    source: SOFT,
    value: 'new',
    before: 'new',
    choices: [
      { value: 'new', label: 'new ones', help: 'Every prompt is asked once, in one of the rounds.' },
      { value: 'same', label: 'the same', help: 'Every round asks the prompts of the first again: the control for new prompts.' },
    ],
  },
  principles: {
    type: 'switch',
    label: 'Principles',
    help: 'Show a short text of rules before the demonstrations.',
    source: SELF_ALIGN,
    value: true,
  },
  rulesShown: {
    type: 'number',
    label: 'Rules shown',
    help: 'How many rules of the principles a prompt is shown, drawn at random for each prompt; 0 shows all of them.',
    source: 'SALMON, arXiv 2310.05910',
    min: 0,
    max: 20,
    step: 1,
    whole: true,
    value: 0,
    before: 0,
    zero: 'all',
  },
  thoughts: {
    type: 'switch',
    label: 'Internal thoughts',
    help: 'The demonstrations and the model think in brackets before they answer; the thought is cut off before training.',
    source: SELF_ALIGN,
    value: false,
  },
  draw: {
    type: 'choice',
    label: 'Demonstrations drawn',
    help: 'Which demonstrations a prompt gets.',
    source: SOFT,
    value: 'prompt',
    choices: [
      { value: 'prompt', label: 'anew for each prompt', help: 'A random draw for every prompt.' },
      { value: 'round', label: 'anew for each round', help: 'All prompts of a round see the same random draw.' },
      { value: 'fixed', label: 'once, fixed', help: 'The same demonstrations throughout, as in SELF-ALIGN.' },
      { value: 'nearest', label: 'nearest to the prompt', help: 'Those that share most words with the prompt.' },
    ],
  },
  poolSize: {
    type: 'number',
    label: 'Pool',
    help: 'How many demonstrations there are to draw from.',
    source: SOFT,
    min: 1,
    max: 56,
    step: 1,
    whole: true,
    value: 56,
  },
} as const satisfies Options;
