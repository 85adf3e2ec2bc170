/**
 * Short runs that ask for every kernel that the program compiles: answers, scores, steps of training and a snapshot, of the bundled model
 * and of larger ones. Knows no kernel and no device.
 */
import { prepare, prepared } from '../../src/engine/backend.ts';
import { type DecoderConfig, LINEARS, parseConfig, weightShapes } from '../../src/files/config.ts';
import type { ModelFiles } from '../../src/model/load.ts';
import { prepareFor } from '../../src/model/prepare.ts';
import { TfLanguageModel, type Tuning } from '../../src/training/language-model.ts';
import { tinyModel } from './tiny.ts';

/** Widths, heads and family of public models; depth and vocabulary are cut, because no kernel's text depends on them. */
const LARGER = {
  'SmolLM2-135M': {
    model_type: 'llama',
    hidden_size: 576,
    intermediate_size: 1536,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    vocab_size: 32_000,
  },
  'Qwen2.5-0.5B': {
    model_type: 'qwen2',
    hidden_size: 896,
    intermediate_size: 4864,
    num_attention_heads: 14,
    num_key_value_heads: 2,
    vocab_size: 20_000,
  },
  'Qwen3-0.6B': {
    model_type: 'qwen3',
    hidden_size: 1024,
    intermediate_size: 3072,
    num_attention_heads: 16,
    num_key_value_heads: 8,
    head_dim: 128,
    vocab_size: 20_000,
  },
};
const SHARED = {
  num_hidden_layers: 1,
  rms_norm_eps: 1e-6,
  max_position_embeddings: 2048,
  tie_word_embeddings: true,
  bos_token_id: 0,
  eos_token_id: 1,
};

/** A model, and what is trained of it. */
export type Run = { readonly name: string; readonly config: DecoderConfig; readonly tuning: Tuning };

const ADAPTER: Tuning = { mode: 'lora', rank: 8, alpha: 16, targets: LINEARS };

/** The bundled model, trained both ways; `json` is its config.json. */
export function bundledRuns(json: unknown): readonly Run[] {
  const config = parseConfig(json);
  return [ADAPTER, { mode: 'full' } as const].map((tuning) => ({ name: `bundled, ${tuning.mode}`, config, tuning }));
}

/** Adapters of larger models. */
export const LARGER_RUNS: readonly Run[] = Object.entries(LARGER).map(([name, shape]) => ({
  name,
  config: parseConfig({ ...SHARED, ...shape }),
  tuning: ADAPTER,
}));

/** A model of this shape with weights of zero. */
function zeros(config: DecoderConfig): ModelFiles {
  const shapes = [...weightShapes(config)].map(([name, shape]) => ({ name, shape, size: shape.reduce((product, n) => product * n, 1) }));
  const nothing = new Float32Array(Math.max(...shapes.map(({ size }) => size)));
  const weights = new Map(shapes.map(({ name, shape, size }) => [name, { shape, data: nothing.subarray(0, size) }]));
  return { config, tokenizer: tinyModel().tokenizer, weights };
}

async function exhaust(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source);
}

/** Answers, scores, trains, saves and goes back, with few rows and with many, on the backend that is open. */
export async function exercise({ config, tuning }: Run): Promise<void> {
  prepareFor(config);
  await prepared('everything');
  // nothing is read four at a time where the sides are odd
  prepare({ width: 65, inner: 65, headWidth: 2, vocabulary: 65, merged: true, step: null });
  await prepared('everything');
  using model = new TfLanguageModel(zeros(config), tuning, { seed: 1 });
  for (const count of [1, 6, 40]) {
    const rows = Array.from({ length: count }, (_, i) => ({
      prompt: `${'User: a question? '.repeat(3)}${i}.`,
      completion: 'b'.repeat(i + 4),
    }));
    const requests = rows.map(({ prompt }, i) => ({ prompt, seed: `${i}` }));
    await exhaust(model.generate(requests, { maxTokens: 3, temperature: 1, topK: 40, topP: 0.9, stop: [] }));
    await exhaust(model.generate(requests, { maxTokens: 3, temperature: 0, topK: 0, topP: 1, stop: [] }));
    await model.score(rows);
    const options = {
      batchSize: Math.ceil(count / 2),
      learningRate: 1e-3,
      warmup: 0,
      schedule: 'constant',
      weightDecay: 0,
      clip: 1,
    } as const;
    await exhaust(model.finetune(rows, options));
    const said = await model.likeliest(rows, 20);
    const taught = rows.flatMap((row, i) => said.slice(i, i + 1).map((teacher) => ({ ...row, teacher })));
    await exhaust(model.distill(taught, { ...options, alpha: 0.5 }));
  }
  await model.restore(await model.snapshot());
}
