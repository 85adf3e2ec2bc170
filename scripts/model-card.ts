/** A base model's card: how it was made, from which commit and on which machine, and how it answers. Text only; measures nothing. */
import type { Measurement } from '../src/evals/generation.ts';
import { type DecoderConfig, parameterCount } from '../src/files/config.ts';
import type { PretrainOptions } from '../src/training/pretrain.ts';
import type { World } from '../src/world/world.ts';
import { percent1 } from '../src/shares.ts';
import { markdown } from './table.ts';

type CardFacts = {
  readonly world: Pick<World, 'name' | 'label' | 'card'>;
  readonly options: PretrainOptions;
  /** The step after which it stopped. */
  readonly stop: number;
  readonly config: DecoderConfig;
  readonly commit: string;
  readonly machine: string;
  /** Mean loss of the last steps; null when every step was made by an earlier session. */
  readonly loss: number | null;
  readonly seconds: number;
  readonly scores: { readonly validation: Measurement; readonly test: Measurement };
  readonly questions: { readonly validation: number; readonly test: number };
};

const percent = (share: number | undefined) => (share === undefined ? '' : percent1(share));

/** The card as Markdown, with the metadata block that model hubs read. */
export function modelCard({ world, options, stop, config, commit, machine, loss, seconds, scores, questions }: CardFacts): string {
  const tokens = stop * options.rows * options.rowTokens;
  const made = markdown({
    head: ['what', 'value'],
    rows: [
      ['parameters', parameterCount(config).toLocaleString('en')],
      [
        'shape',
        `width ${config.hidden_size}, ${config.num_hidden_layers} layers, ${config.num_attention_heads} heads, ${config.num_key_value_heads} key/value heads, inner width ${config.intermediate_size}, vocabulary ${config.vocab_size}`,
      ],
      ['tokens read', `${tokens.toLocaleString('en')} (${stop} steps of ${options.rows} rows of ${options.rowTokens})`],
      [
        'optimiser',
        `AdamW, peak learning rate ${options.learningRate}, ${options.warmup} steps of warm-up, cosine to ${percent(options.floor)}, weight decay ${options.weightDecay}, clip ${options.clip}${stop < options.steps ? `; stopped after ${stop} of ${options.steps} steps` : ''}`,
      ],
      ['seed', String(options.seed)],
      ['loss at the end', loss === null ? 'not measured in the last session' : loss.toFixed(3)],
      ['time', `${Math.round(seconds)} s`],
      ['machine', machine],
      ['commit', commit],
    ],
  });
  const shares = (name: string, { shares: { zeroShot, oneShot, fewShot } }: Measurement) => [
    name,
    percent(zeroShot),
    percent(oneShot),
    percent(fewShot),
  ];
  const results = markdown({
    head: ['questions', 'zero-shot', 'one-shot', 'few-shot (principles and four)'],
    rows: [shares(`validation (${questions.validation})`, scores.validation), shares(`test (${questions.test})`, scores.test)],
  });
  const kinds = markdown({
    head: ['kind', 'zero-shot on the test questions'],
    rows: Object.entries(scores.test.byKind).map(([kind, share]) => [kind, percent(share)]),
  });
  return `---
license: mit
language: en
library_name: transformers
pipeline_tag: text-generation
---

# The base model of the world “${world.label}”

${world.card}
It is the start of every run in that world of Step on Feet, and it is of no use outside of it.

Made by \`npm run pretrain -- --world ${world.name}\`.

## How it was made

${made}

## Scores

Share of answers that are exactly the aligned one, greedy.

${results}

${kinds}
`;
}
