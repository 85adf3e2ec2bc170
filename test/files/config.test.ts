/** What a config.json may say, and what is refused by its name. */
import { describe, expect, it } from 'vitest';
import { isTurned, parseConfig, parameterCount, renderConfig, ropeFrequencies, weightShapes } from '../../src/files/config.ts';
import { readJson, readText } from '../../src/files/checkpoint.ts';
import { CHECKPOINT_FILES } from '../../src/files/checkpoint-files.ts';

/** The sizes of a small model; everything else is as the family has it. */
const SIZES = {
  vocab_size: 100,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
};
const llama3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 512 };
const qwen = { bos_token_id: 1, eos_token_id: 2 };

describe('a config that says only its sizes', () => {
  it('is a Llama, with what transformers puts where the file says nothing', () => {
    expect(parseConfig(SIZES)).toEqual({
      ...SIZES,
      model_type: 'llama',
      head_dim: 8,
      rms_norm_eps: 1e-6,
      rope_theta: 10_000,
      rope_scaling: null,
      max_position_embeddings: 2048,
      tie_word_embeddings: false,
      bos_token_id: 1,
      eos_token_id: 2,
      eos_token_ids: [2],
      pad_token_id: 2,
    });
    expect(parseConfig({ ...SIZES, num_key_value_heads: null }).num_key_value_heads).toBe(4);
  });

  it.each([
    ['llama', 2048],
    ['qwen2', 32_768],
    ['qwen3', 32_768],
    ['smollm3', 32_768],
  ])('of a %s reads as many tokens as transformers takes it to read', (model_type, context) => {
    expect(parseConfig({ ...SIZES, ...qwen, model_type }).max_position_embeddings).toBe(context);
    expect(parseConfig({ ...SIZES, ...qwen, model_type, max_position_embeddings: 640 }).max_position_embeddings).toBe(640);
  });

  it('comes back the same from what is written of it, for every family, and has as many weights as their shapes hold', () => {
    for (const change of [
      {},
      { rope_scaling: llama3, tie_word_embeddings: true, eos_token_id: [2, 3] },
      { ...qwen, model_type: 'qwen2' },
      { ...qwen, model_type: 'qwen3', head_dim: 16 },
      { ...qwen, model_type: 'smollm3', no_rope_layers: [0, 1] },
    ]) {
      const config = parseConfig({ ...SIZES, ...change });
      expect(parseConfig(JSON.parse(renderConfig(config)))).toEqual(config);
      const sizes = [...weightShapes(config).values()].map((shape) => shape.reduce((product, n) => product * n, 1));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(parameterCount(config));
    }
  });

  it('must not ask for code of its own', () => {
    expect(() => parseConfig({ ...SIZES, auto_map: {} })).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED', detail: expect.stringContaining('only null') }),
    );
  });

  it('is a SmolLM3 where it says so: every fourth layer without positions, or those that it names, and what transformers puts there', () => {
    const { num_key_value_heads: _, ...sizes } = SIZES;
    const smollm3 = { ...sizes, ...qwen, model_type: 'smollm3', num_hidden_layers: 5 };
    const config = parseConfig(smollm3);
    expect(config).toMatchObject({
      no_rope_layers: [1, 1, 1, 0, 1],
      rope_theta: 2_000_000,
      tie_word_embeddings: true,
      num_key_value_heads: 4,
    });
    expect([2, 3, 4].map((layer) => isTurned(config, layer))).toEqual([true, false, true]);
    expect(isTurned(parseConfig(SIZES), 3)).toBe(true);
    expect(parseConfig({ ...smollm3, no_rope_layer_interval: 2 }).no_rope_layers).toEqual([1, 0, 1, 0, 1]);
    expect(parseConfig({ ...smollm3, no_rope_layers: [0, 1, 0, 1, 1, 0], num_key_value_heads: 2 })).toMatchObject({
      no_rope_layers: [0, 1, 0, 1, 1],
    });
    for (const no_rope_layers of [[1], [1, 1, 1, 1, 2], 'none'])
      expect(() => parseConfig({ ...smollm3, no_rope_layers })).toThrow(
        expect.objectContaining({ code: 'MODEL_MISMATCH', detail: expect.stringContaining('no_rope_layers') }),
      );
  });

  it('may spell the same rotary positions in both places where they are written', () => {
    const { rope_type: type, ...rest } = llama3;
    const parameters = { rope_scaling: { type, ...rest }, rope_parameters: { ...llama3, rope_theta: 10_000 } };
    expect(parseConfig({ ...SIZES, ...parameters }).rope_scaling).toEqual(rest);
    expect(parseConfig({ ...SIZES, rope_parameters: { rope_type: 'default', rope_theta: 500 } })).toMatchObject({
      rope_theta: 500,
      rope_scaling: null,
    });
  });

  it('turns each pair of dimensions by its own frequency, and slow ones slower where Llama 3 stretches them', () => {
    const plain = ropeFrequencies(parseConfig(SIZES));
    expect(plain).toEqual([1, 0.1, 0.01, 0.001].map((n) => expect.closeTo(n, 12) as number));
    const stretched = ropeFrequencies(parseConfig({ ...SIZES, rope_scaling: llama3 }));
    // 512 positions are 81, 8, 0.8 and 0.08 turns: often as before, seldom eight times as slow
    expect(stretched).toEqual([1, 0.1, 0.01 / 8, 0.001 / 8].map((n) => expect.closeTo(n, 12) as number));
  });

  it('may say -1 for no padding, and a pad token of its own', () => {
    expect(parseConfig({ ...SIZES, pad_token_id: -1 }).pad_token_id).toBe(2);
    expect(parseConfig({ ...SIZES, pad_token_id: 7 }).pad_token_id).toBe(7);
    expect(parseConfig({ ...SIZES, ...qwen, bos_token_id: null, model_type: 'qwen2' }).bos_token_id).toBe(2);
  });

  it('may leave the tokens that end an answer to the other files, where transformers has none of its own for the family', () => {
    for (const more of [{}, { eos_token_id: null }, { bos_token_id: 5 }, { pad_token_id: 7 }]) {
      const read = parseConfig({ ...SIZES, model_type: 'qwen2', ...more });
      expect(read.eos_token_ids).toEqual([]);
      expect(JSON.parse(renderConfig(read))).toMatchObject({ eos_token_id: null });
      expect(parseConfig(JSON.parse(renderConfig(read)))).toEqual(read);
    }
    expect(parseConfig({ ...SIZES, vocab_size: 128_256, model_type: 'smollm3' })).toMatchObject({
      bos_token_id: 128_001,
      eos_token_ids: [128_001],
    });
    // what ends a text begins one where no first token is named, as it did for models that earlier runs know by it
    const smollm3 = { ...SIZES, vocab_size: 128_256, model_type: 'smollm3', eos_token_id: 128_012, bos_token_id: null };
    expect(parseConfig(smollm3).bos_token_id).toBe(128_012);
    expect(() => parseConfig({ ...SIZES, model_type: 'qwen2', eos_token_id: [] })).toThrow(
      expect.objectContaining({ code: 'MODEL_MISMATCH' }),
    );
  });

  it('has no token that ends an answer where it says null, whatever transformers has for a family that says nothing', () => {
    const sizes = { ...SIZES, bos_token_id: 5 };
    for (const model_type of ['llama', 'qwen2', 'qwen3', 'smollm3']) {
      const read = parseConfig({ ...sizes, model_type, eos_token_id: null });
      expect(read).toMatchObject({ eos_token_id: 5, eos_token_ids: [] });
      expect(parseConfig(JSON.parse(renderConfig(read)))).toEqual(read);
    }
    expect(parseConfig(sizes).eos_token_ids).toEqual([2]);
  });

  it('has heads of 128 where it is a Qwen3 that does not say how wide they are', () => {
    expect(parseConfig({ ...SIZES, ...qwen, model_type: 'qwen3' }).head_dim).toBe(128);
    expect(parseConfig({ ...SIZES, head_dim: null }).head_dim).toBe(8);
  });

  it('may have windows that are off', () => {
    const types = { layer_types: ['full_attention', 'full_attention'] };
    expect(
      parseConfig({ ...SIZES, ...qwen, ...types, model_type: 'qwen3', sliding_window: 4096, use_sliding_window: false }),
    ).toMatchObject({
      model_type: 'qwen3',
    });
  });
});

describe('a config is refused by the name of its field', () => {
  it.each([
    ...['rms_norm_eps', 'max_position_embeddings', 'tie_word_embeddings', 'hidden_act', 'rope_theta'].map((field) => ['llama', field]),
    ...['attention_bias', 'mlp_bias', 'model_type'].map((field) => ['llama', field]),
    ...['head_dim', 'use_sliding_window', 'rms_norm_eps', 'rope_theta'].map((field) => ['qwen2', field]),
    ...['head_dim', 'use_sliding_window', 'attention_bias'].map((field) => ['qwen3', field]),
    ...['head_dim', 'attention_bias', 'mlp_bias', 'no_rope_layer_interval', 'rope_theta'].map((field) => ['smollm3', field]),
  ] as [string, string][])('where it says null to a %s and transformers takes none: %s', (model_type, field) => {
    const refusal = { code: 'MODEL_MISMATCH', detail: `config.json: ${field} must not be null` };
    expect(() => parseConfig({ ...SIZES, ...qwen, model_type, [field]: null })).toThrow(expect.objectContaining(refusal));
  });

  it('as missing, or as null, where it has no default', () => {
    const detail = (value?: null): unknown =>
      expect.objectContaining({
        detail: `config.json: hidden_size ${value === null ? 'must be a whole number from 1 to 1000000, not null' : 'is missing; it must be a whole number from 1 to 1000000'}`,
      });
    const { hidden_size: _, ...bare } = SIZES;
    expect(() => parseConfig(bare)).toThrow(detail());
    expect(() => parseConfig({ ...bare, hidden_size: null })).toThrow(detail(null));
    expect(() => parseConfig({ ...SIZES, rope_scaling: { rope_type: 'llama3' } })).toThrow(
      expect.objectContaining({ detail: 'config.json: rope_scaling.factor is missing; it must be a positive number' }),
    );
  });

  it('where null stands for the base or the kind of its rotary positions, but not where the other place has the base', () => {
    const refused = (change: object, detail: string): void =>
      expect(() => parseConfig({ ...SIZES, ...change })).toThrow(
        expect.objectContaining({ code: 'MODEL_MISMATCH', detail: `config.json: ${detail}` }),
      );
    refused(
      { rope_parameters: { rope_theta: null, rope_type: 'default' } },
      'rope_parameters.rope_theta must be a positive number, not null',
    );
    refused({ rope_theta: null, rope_parameters: { rope_type: 'default' } }, 'rope_theta must not be null');
    refused({ rope_parameters: { rope_theta: 500, rope_type: null } }, 'rope_parameters.rope_type must not be null');
    expect(parseConfig({ ...SIZES, rope_theta: null, rope_parameters: { rope_theta: 500, rope_type: 'default' } }).rope_theta).toBe(500);
  });

  let deep: unknown = 0;
  for (let i = 0; i < 20_000; i++) deep = [deep];
  it.each([
    ['MODEL_UNSUPPORTED', 'model_type is "gpt2"', { model_type: 'gpt2' }],
    ['MODEL_UNSUPPORTED', 'architectures is ["LlamaForReward"]', { architectures: ['LlamaForReward'] }],
    ['MODEL_UNSUPPORTED', 'hidden_act is "gelu"; only "silu"', { hidden_act: 'gelu' }],
    ['FILE_QUANTISED', 'quantization_config: a method that it does not name, 4 bits', { quantization_config: { bits: 4 } }],
    ['MODEL_MISMATCH', 'max_position_embeddings must be a whole number from 1 to 16777216', { max_position_embeddings: 1e9 }],
    ['MODEL_UNSUPPORTED', 'sliding_window', { sliding_window: 4096 }],
    ['MODEL_UNSUPPORTED', 'layer_types has "sliding_attention"', { layer_types: ['sliding_attention', 'full_attention'] }],
    ['MODEL_UNSUPPORTED', 'rope_scaling.partial_rotary_factor is 0.5; only 1', { rope_scaling: { partial_rotary_factor: 0.5 } }],
    ['MODEL_UNSUPPORTED', 'rope_scaling.type is "yarn"', { rope_scaling: { type: 'yarn' } }],
    ['MODEL_MISMATCH', 'rope_scaling.factor must be at least 1', { rope_scaling: { ...llama3, factor: 0.5 } }],
    ['MODEL_MISMATCH', 'high_freq_factor must be above', { rope_scaling: { ...llama3, high_freq_factor: 1 } }],
    ['MODEL_MISMATCH', 'do not say the same', { rope_scaling: llama3, rope_parameters: { rope_type: 'default' } }],
    ['MODEL_MISMATCH', 'rope_theta must be a positive number, not 0', { rope_theta: 0 }],
    ['MODEL_MISMATCH', 'rms_norm_eps must be a positive number, not "1e-6"', { rms_norm_eps: '1e-6' }],
    ['MODEL_MISMATCH', 'layer_types has 1 layers', { layer_types: ['full_attention'] }],
    ['MODEL_MISMATCH', 'vocab_size must be a whole number', { vocab_size: 0 }],
    ['MODEL_MISMATCH', 'no multiple', { num_key_value_heads: 3 }],
    ['MODEL_MISMATCH', 'is odd', { head_dim: 7 }],
    ['MODEL_MISMATCH', 'weights, more than', { vocab_size: 1_000_000, hidden_size: 100_000, head_dim: 8 }],
    ['MODEL_MISMATCH', 'eos_token_id 100 is outside', { eos_token_id: 100 }],
    ['MODEL_MISMATCH', 'eos_token_id is empty', { eos_token_id: [] }],
    ['MODEL_MISMATCH', 'eos_token_id has 65 tokens', { eos_token_id: Array.from({ length: 65 }, (_, i) => i) }],
    ['MODEL_MISMATCH', 'bos_token_id must be a token id', { bos_token_id: 'one' }],
    ['MODEL_MISMATCH', 'pad_token_id must be a token id', { model_type: 'qwen2', pad_token_id: 'one' }],
    ['MODEL_MISMATCH', 'pad_token_id must be a token id', { model_type: 'qwen2', pad_token_id: -2 }],
    ['MODEL_MISMATCH', 'RangeError', { vocab_size: deep }],
  ])('%s: %s', (code, detail, change) => {
    expect(() => parseConfig({ ...SIZES, ...change })).toThrow(
      expect.objectContaining({ code, detail: expect.stringContaining(detail) as string }),
    );
  });
});

describe('a text file of a model', () => {
  const code = (code: string, detail: string) => expect.objectContaining({ code, detail: expect.stringContaining(detail) as string });

  it('is refused with its name when it is too large, no text or no JSON', () => {
    expect(() => readText(new Uint8Array(2 ** 20 + 1), 'config.json', 'MODEL_MISMATCH')).toThrow(
      code('MODEL_MISMATCH', 'config.json: 1048577 bytes, at most 1048576'),
    );
    expect(readText(new Uint8Array(2 ** 20 + 1).fill(0x20), 'tokenizer.json', 'TOKENIZER_FORMAT')).toHaveLength(2 ** 20 + 1);
    expect(() => readText(Uint8Array.of(0xff), 'config.json', 'MODEL_MISMATCH')).toThrow(
      code('MODEL_MISMATCH', 'config.json: is not UTF-8'),
    );
    expect(() => readJson(new TextEncoder().encode('{'), 'config.json', 'MODEL_MISMATCH')).toThrow(code('MODEL_MISMATCH', 'config.json: '));
  });

  it('tells before the weights are fetched when the model cannot be used: the config alone', () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ model_type: 'gpt2' }));
    expect(() => CHECKPOINT_FILES.check('config.json', bytes)).toThrow(code('MODEL_UNSUPPORTED', 'gpt2'));
    expect(() => CHECKPOINT_FILES.check('generation_config.json', bytes)).not.toThrow();
    const index = new TextEncoder().encode(JSON.stringify({ weight_map: { b: 'b.safetensors', a: 'a.safetensors' } }));
    expect(CHECKPOINT_FILES.partsOf(index)).toEqual(['a.safetensors', 'b.safetensors']);
  });
});
