/** What is fine-tuned in a round, and how. Plain facts; knows nothing of how a setting is used. */
import { LABELS } from '../controls.ts';
import { SOFT, SELF_ALIGN, HERE } from './sources.ts';
import type { Options } from './option.ts';

export const TRAINING = {
  startFrom: {
    type: 'choice',
    label: 'Fine-tuning starts from',
    help: 'Which weights a round goes on from.',
    source: SOFT,
    value: 'previous',
    choices: [
      { value: 'previous', label: 'the round before', help: 'Each round adds to the last.' },
      { value: 'base', label: 'the base model', help: 'Each round starts afresh on better answers.' },
    ],
  },
  tuning: {
    type: 'choice',
    label: 'Fine-tuning',
    help: 'Which weights learn.',
    source: HERE,
    value: 'lora',
    choices: [
      { value: 'lora', label: 'LoRA adapter', help: 'Small low-rank matrices beside the frozen weights (arXiv 2106.09685).' },
      { value: 'full', label: 'All weights', help: 'Every weight of the model.' },
    ],
  },
  loraRank: {
    type: 'number',
    label: 'LoRA rank',
    help: 'Size of the adapter: more rank can learn more.',
    source: 'LoRA, arXiv 2106.09685',
    min: 1,
    max: 64,
    step: 1,
    whole: true,
    value: 8,
  },
  loraTargets: {
    type: 'choice',
    label: 'LoRA on',
    help: 'Which linear layers get an adapter.',
    source: 'LoRA, arXiv 2106.09685',
    value: 'all',
    choices: [
      { value: 'all', label: 'all linear layers', help: 'Attention and MLP.' },
      { value: 'attention', label: 'attention', help: 'Query, key, value and output.' },
      { value: 'query-value', label: 'query and value', help: 'As in the LoRA paper.' },
      { value: 'mlp', label: 'MLP', help: 'Gate, up and down.' },
    ],
  },
  learningRate: {
    type: 'number',
    label: LABELS.learningRate,
    help: 'Size of a fine-tuning step.',
    source: HERE,
    min: 0.00001,
    max: 0.1,
    step: 0.00001,
    whole: false,
    value: 0.001,
  },
  schedule: {
    type: 'choice',
    label: 'Schedule',
    help: 'How the learning rate goes on after its warm-up.',
    source: SELF_ALIGN,
    value: 'constant',
    choices: [
      { value: 'constant', label: 'constant', help: 'Hard prompts at the end of a round count as much as easy ones.' },
      { value: 'cosine', label: 'cosine', help: 'Falls to nothing at the end of each round.' },
    ],
  },
  epochs: {
    type: 'number',
    label: 'Epochs',
    help: 'How often each round goes through its answers.',
    source: HERE,
    min: 1,
    max: 10,
    step: 1,
    whole: true,
    value: 2,
  },
  batchSize: {
    type: 'number',
    label: 'Batch size',
    help: 'Answers in one fine-tuning step.',
    source: HERE,
    min: 1,
    max: 64,
    step: 1,
    whole: true,
    value: 16,
  },
} as const satisfies Options;
