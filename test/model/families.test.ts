/** Tiny models of each family, made by transformers (test/oracle/families.py): what is loaded is what transformers saved. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trainTokenizer } from '../../scripts/bpe.ts';
import { FAMILIES, parameterCount, parseConfig, renderConfig, ropeFrequencies, weightShapes } from '../../src/files/config.ts';
import { loadModel } from '../../src/model/load.ts';
import { TINY } from '../support/tiny.ts';

const path = (...names: string[]) => join(import.meta.dirname, '../fixtures', ...names);
const json = (...names: string[]): unknown => JSON.parse(readFileSync(path(...names), 'utf8'));
const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A tokenizer of 259 ids without the bundled model's special tokens. */
function foreignTokenizer(): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(trainTokenizer([], 259)).replaceAll(/<\|(bos|eos|pad)\|>/g, '<|$1 of another|>'));
}

const read = (family: string) => async (name: string) => {
  if (name === 'tokenizer.json') return foreignTokenizer();
  if (name === 'tokenizer_config.json') return text({ chat_template: 'in the config', eos_token: '<|eos of another|>' });
  if (name === 'chat_template.jinja') return new TextEncoder().encode('{{ messages }}');
  return existsSync(path(family, name)) ? new Uint8Array(readFileSync(path(family, name))) : null;
};

const EXPECTED = {
  llama3: {
    model_type: 'llama',
    head_dim: 8,
    num_key_value_heads: 1,
    tie_word_embeddings: false,
    rope_theta: 100,
    rope_scaling: { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 },
    eos_token_ids: [1],
  },
  qwen2: { model_type: 'qwen2', head_dim: 4, tie_word_embeddings: true, rope_theta: 1e6, rope_scaling: null, eos_token_ids: [1, 3] },
  qwen3: { model_type: 'qwen3', head_dim: 6, num_attention_heads: 4, tie_word_embeddings: true, rope_theta: 1000, eos_token_ids: [1] },
  smollm3: { model_type: 'smollm3', head_dim: 4, tie_word_embeddings: true, rope_theta: 1000, no_rope_layers: [1, 0], eos_token_ids: [1] },
} as const;

describe.each(['llama3', 'qwen2', 'qwen3', 'smollm3'] as const)('a model of the family %s', (family) => {
  it('is loaded with every weight in its shape, and with what its other files say', async () => {
    const model = await loadModel(read(family));
    expect(model.config).toMatchObject(EXPECTED[family]);
    expect([...model.weights].map(([name, { shape }]) => [name, [...shape]]).toSorted()).toEqual(
      [...weightShapes(model.config)].toSorted(),
    );
    for (const [, { shape, data }] of model.weights) expect(data).toHaveLength(shape.reduce((a, b) => a * b, 1));
    expect(parameterCount(model.config)).toBe([...model.weights.values()].reduce((sum, { data }) => sum + data.length, 0));
    expect(model.generation).toMatchObject({ eos_token_id: family === 'qwen2' ? [1, 3] : 1 });
    expect(model.tokenizerConfig).toMatchObject({ chat_template: 'in the config' });
    expect(model.chatTemplate).toBe('{{ messages }}');
  });

  it('is written as a config.json that reads the same, and that transformers was seen to read as the same model', async () => {
    const config = parseConfig(json(family, 'config.json'));
    expect(parseConfig(JSON.parse(renderConfig(config)))).toEqual(config);
    // written where it is missing; `families.py --check` loads it with transformers
    await expect(renderConfig(config)).toMatchFileSnapshot(path(family, 'rendered-config.json'));
  });
});

describe('the names of weights', () => {
  const names = (model_type: string) => [...weightShapes(parseConfig({ ...TINY, model_type })).keys()];

  it('have biases for q, k and v in Qwen 2, norms for q and k in Qwen 3, and neither in Llama and SmolLM3', () => {
    const attention = (model_type: string) =>
      names(model_type)
        .filter((name) => /layers\.1\.self_attn/.test(name) && !/proj\.weight/.test(name))
        .map((name) => name.replace('model.layers.1.self_attn.', ''));
    expect(attention('llama')).toEqual([]);
    expect(attention('qwen2')).toEqual(['q_proj.bias', 'k_proj.bias', 'v_proj.bias']);
    expect(attention('qwen3')).toEqual(['q_norm.weight', 'k_norm.weight']);
    expect(attention('smollm3')).toEqual([]);
    expect(FAMILIES).toHaveLength(4);
  });
});

describe('the rotary frequencies of Llama 3', () => {
  // Llama 3.2 1B, as transformers 5.24 computes them in float32
  const config = parseConfig({
    ...TINY,
    head_dim: 64,
    rope_theta: 500_000,
    rope_scaling: { factor: 32, high_freq_factor: 4, low_freq_factor: 1, original_max_position_embeddings: 8192, rope_type: 'llama3' },
  });
  const plain = ropeFrequencies({ ...config, rope_scaling: null });
  const scaled = ropeFrequencies(config);

  it('stay where a pair turns often, are divided by the factor where it turns seldom, and lie between in between', () => {
    expect(scaled[0]).toBe(1);
    expect(scaled[31]).toBeCloseTo((plain[31] ?? 0) / 32, 15);
    const between = scaled.filter((f, i) => f < (plain[i] ?? 0) * 0.999 && f > ((plain[i] ?? 0) / 32) * 1.001);
    expect(between.length).toBeGreaterThan(0);
  });

  it('are those of transformers', () => {
    const expected = json('llama32-frequencies.json') as number[];
    expect(scaled).toHaveLength(expected.length);
    for (const [i, value] of expected.entries()) expect(Math.abs((scaled[i] ?? 0) / value - 1)).toBeLessThan(1e-6);
  });
});

const QWEN = { ...TINY, model_type: 'qwen2', eos_token_id: 1 };
describe('a model whose config.json names no end of an answer', () => {
  const asked: string[] = [];
  const without = (more: Readonly<Record<string, unknown>>) => {
    const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
    const bare = { ...(json('qwen3', 'config.json') as object), eos_token_id: null };
    return loadModel((name) => {
      asked.push(name);
      return name === 'config.json'
        ? Promise.resolve(encode(bare))
        : name in more
          ? Promise.resolve(encode(more[name]))
          : read('qwen3')(name);
    });
  };
  const none = { 'generation_config.json': {}, 'tokenizer_config.json': { tokenizer_class: 'PreTrainedTokenizerFast' } };

  it('has that of another file', async () => {
    expect((await without({})).generation).toMatchObject({ eos_token_id: 1 });
    expect((await without({ 'generation_config.json': {} })).config.eos_token_ids).toEqual([]);
  });

  const tokens = JSON.parse(new TextDecoder().decode(foreignTokenizer())) as { readonly added_tokens: readonly object[] };
  const above = { ...tokens, added_tokens: [...tokens.added_tokens, { id: 5000, content: '<end>', special: true }] };
  it.each([
    ['names one', none],
    ['names more than none', { ...none, 'generation_config.json': { eos_token_id: [] } }],
    ['names one that the model has', { ...none, 'tokenizer_config.json': { eos_token: '<end>' }, 'tokenizer.json': above }],
  ])('is refused where no other file %s, before its weights are read', async (_, more) => {
    asked.length = 0;
    await expect(without(more)).rejects.toEqual(
      expect.objectContaining({ code: 'MODEL_MISMATCH', detail: expect.stringContaining('no file names the token that ends') as string }),
    );
    expect(asked).toContain('generation_config.json');
    expect(asked).not.toContain('model.safetensors');
  });

  it.each([[5000], [[1, 5000]]])(
    'is refused where generation_config.json names %j, which the model has no row for',
    async (eos_token_id) => {
      asked.length = 0;
      const { vocab_size } = json('qwen3', 'config.json') as { readonly vocab_size: number };
      const detail = `generation_config.json: eos_token_id 5000 is outside the vocabulary of ${vocab_size}`;
      const refused = expect.objectContaining({ code: 'MODEL_MISMATCH', detail });
      await expect(without({ 'generation_config.json': { eos_token_id } })).rejects.toEqual(refused);
      expect(asked).not.toContain('model.safetensors');
      const last = { eos_token_id: [1, vocab_size - 1] };
      expect((await without({ 'generation_config.json': last })).generation).toEqual(last);
    },
  );
});

describe('fields that real models have', () => {
  it.each([
    ['the width of a window that is off', { ...QWEN, use_sliding_window: false, sliding_window: 32_768, max_window_layers: 21 }],
    ['layers of full attention', { ...QWEN, layer_types: ['full_attention', 'full_attention'] }],
    ['no window', { ...TINY, sliding_window: null }],
    ['no scaling', { ...TINY, rope_scaling: null }],
    ['scaling of the default kind', { ...TINY, rope_scaling: { type: 'default' } }],
    ['a padding token of -1', { ...TINY, pad_token_id: -1 }],
    ['unknown notes', { ...TINY, 'transformers.js_config': { dtype: 'q4' }, is_llama_config: true, rope_interleaved: false }],
    ['a bias that Qwen 2 has anyway', { ...QWEN, attention_bias: true }],
  ])('are accepted: %s', (_, fields) => {
    expect(parseConfig(fields)).toMatchObject({ hidden_size: TINY.hidden_size });
  });

  it('give every stop token of a list, and the first as the end of a text', () => {
    expect(parseConfig({ ...TINY, eos_token_id: [5, 1, 5] })).toMatchObject({ eos_token_id: 5, eos_token_ids: [5, 1] });
  });

  it.each([
    ['use_sliding_window', { ...QWEN, use_sliding_window: true, sliding_window: 4096 }],
    ['sliding_window', { ...TINY, sliding_window: 4096 }],
    ['layer_types', { ...QWEN, layer_types: ['full_attention', 'sliding_attention'] }],
    ['attention_bias', { ...TINY, attention_bias: true }],
    ['mlp_bias', { ...TINY, mlp_bias: true }],
    ['rope_scaling.rope_type', { ...TINY, rope_scaling: { rope_type: 'yarn', factor: 4 } }],
    ['rope_scaling.type', { ...TINY, rope_scaling: { type: 'dynamic', factor: 4 } }],
    ['rope_parameters.partial_rotary_factor', { ...TINY, rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.5 } }],
    ['auto_map', { ...TINY, auto_map: { AutoModelForCausalLM: 'modeling_own.Own' } }],
    ['hidden_act', { ...TINY, hidden_act: 'gelu_pytorch_tanh' }],
    ['model_type', { ...TINY, model_type: 'mixtral' }],
    ['architectures', { ...TINY, architectures: ['LlamaForSequenceClassification'] }],
  ])('are refused by name when the program does not do what they ask for: %s', (field, fields) => {
    expect(() => parseConfig(fields)).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED', detail: expect.stringContaining(`config.json: ${field}`) }),
    );
  });

  it.each([
    ['num_hidden_layers', { ...TINY, num_hidden_layers: 100_000 }],
    ['weights', { ...TINY, vocab_size: 1_000_000, hidden_size: 100_000 }],
    ['rope_scaling.low_freq_factor', { ...TINY, rope_scaling: { rope_type: 'llama3', factor: 8 } }],
    ['rope_scaling and rope_parameters', { ...TINY, rope_scaling: { rope_theta: 5 }, rope_parameters: { rope_theta: 6 } }],
    ['layer_types', { ...QWEN, layer_types: ['full_attention'] }],
    ['eos_token_id', { ...QWEN, eos_token_id: [1, 259] }],
    ['must be an object', [TINY]],
  ])('are refused when they cannot be: %s', (detail, fields) => {
    expect(() => parseConfig(fields)).toThrow(expect.objectContaining({ code: 'MODEL_MISMATCH', detail: expect.stringContaining(detail) }));
  });
});
