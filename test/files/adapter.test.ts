/** Adapters as PEFT folders, and merged models. test/oracle/exports_oracle.py opens the same files with PEFT and transformers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { readAdapterConfig } from '../../src/files/in/adapter-config.ts';
import { readAdapterFolder } from '../../src/files/in/adapter.ts';
import type { Adapter } from '../../src/files/lora.ts';
import { adapterFolder } from '../../src/files/out/adapter.ts';
import { piecesOf, type ExportFile } from '../../src/files/out/file.ts';
import type { PickedFiles } from '../../src/files/picked.ts';
import { mergeAdapter, modelFolder } from '../../src/files/out/merged.ts';
import { parseConfig, renderConfig } from '../../src/files/config.ts';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../../src/files/safetensors.ts';
import { readPickedAdapter } from '../../src/lab/picked-adapter.ts';
import type { PickedEntry } from '../../src/protocol/lm.ts';
import { loadedText } from '../../src/ui/run/take-home.tsx';
import { mutated } from '../support/mutated.ts';
import { peftOptions } from '../support/peft.ts';

const bytesOf = (...path: string[]): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(import.meta.dirname, '..', ...path)));
const jsonOf = (...path: string[]): unknown => JSON.parse(new TextDecoder().decode(bytesOf(...path)));
const LADDER = '../public/models/ladder';
const config = parseConfig(jsonOf(LADDER, 'config.json'));
const weights = readSafetensors(bytesOf(LADDER, 'model.safetensors')).tensors;
const pick = (name: string): Map<string, Uint8Array> =>
  new Map(readdirSync(join(import.meta.dirname, '../fixtures/peft', name)).map((file) => [file, bytesOf('fixtures/peft', name, file)]));
const picked = (files: readonly ExportFile[]): PickedFiles =>
  new Map(files.map((file) => [file.name, new Uint8Array(Buffer.concat([...piecesOf(file)]))]));
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const settings = jsonOf('fixtures/peft/plain/adapter_config.json') as Record<string, unknown>;
const tensors = readSafetensors(bytesOf('fixtures/peft/plain/adapter_model.safetensors')).tensors;
const withTensors = (change: (tensors: Map<string, StoredTensor>) => void): PickedFiles => {
  const copy = new Map(tensors);
  change(copy);
  return pick('plain').set('adapter_model.safetensors', writeSafetensors(copy));
};
const Q = 'base_model.model.model.layers.0.self_attn.q_proj';

describe('an adapter that PEFT saved', () => {
  const merged = jsonOf('fixtures/peft/merged.json') as Record<string, Record<string, number>>;

  it.each(Object.keys(merged))('changes each weight as PEFT changes it: %s', (name) => {
    const after = mergeAdapter(config, weights, readAdapterFolder(pick(name), config));
    const seen: Record<string, number> = {};
    for (const [key, tensor] of after) {
      if (tensor === weights.get(key)) continue;
      const [{ shape, data }, before] = [tensor, weights.get(key)?.data ?? new Float32Array()];
      // layers without a pair have one of zeros here
      if (data.every((number, i) => number === before[i])) continue;
      let sum = 0;
      const columns = shape[1] ?? 1;
      for (let i = 0; i < data.length; i++)
        sum += Math.cos(Math.floor(i / columns)) * ((data[i] as number) - (before[i] as number)) * Math.sin(i % columns);
      seen[key] = sum;
    }
    const expected = Object.entries(merged[name] ?? {}).filter(([key]) => key !== 'lm_head.weight');
    expect(Object.keys(seen).sort()).toEqual(expected.map(([key]) => key).sort());
    for (const [key, sum] of expected) expect(seen[key]).toBeCloseTo(sum, 4);
  });

  it('comes out as the same numbers again, in the same bytes each time', () => {
    const adapter = readAdapterFolder(pick('plain'), config);
    const files = adapterFolder(adapter, { base: 'some/base', about: 'Seed 7.' });
    expect(files.map(({ name }) => name)).toEqual(['adapter_config.json', 'adapter_model.safetensors', 'README.md']);
    const again = readAdapterFolder(picked(files), config, 'some/base');
    expect(again).toEqual({ ...adapter, base: 'some/base' });
    expect(adapterFolder(again, { base: 'some/base', about: 'Seed 7.' })).toEqual(files);
    expect(peftOptions(JSON.parse((files[0] as { text: string }).text), config)).toEqual({
      rank: 4,
      alpha: 8,
      targets: ['q_proj', 'v_proj'],
    });
  });
});

describe('an adapter that does not fit', () => {
  const refused = (files: PickedFiles, detail: string, base: string | null = null): void => {
    expect(() => readAdapterFolder(files, config, base)).toThrow(expect.objectContaining({ detail: expect.stringContaining(detail) }));
  };

  it('is refused when a file or half of a pair is missing', () => {
    refused(new Map([['adapter_config.json', encode(settings)]]), 'adapter_model.safetensors is missing');
    refused(new Map(), 'adapter_config.json is missing');
    refused(
      withTensors((map) => map.delete(`${Q}.lora_B.weight`)),
      `${Q}.lora_B.weight is missing`,
    );
    refused(
      pick('plain').set('adapter_config.json', encode({ ...settings, target_modules: ['q_proj', 'v_proj', 'k_proj'] })),
      'k_proj.lora_A.weight is missing',
    );
    refused(pick('plain').set('adapter_config.json', encode({ ...settings, target_modules: ['q_proj'] })), 'belongs to no target');
    // what PEFT saves beside an adapter of this very base says nothing of another one
    const embedding = 'base_model.model.model.embed_tokens.weight';
    const besides = withTensors((map) => map.set(embedding, { shape: [1], data: Float32Array.of(1) }));
    expect(() => readAdapterFolder(besides, config)).toThrow(
      expect.objectContaining({ detail: expect.stringMatching(/embed_tokens.weight belongs to no target of this model$/) as string }),
    );
  });

  it('is named when it is one of MLX', () => {
    for (const mlx of [{ fine_tune_type: 'lora', num_layers: 16 }, { lora_parameters: { rank: 8, scale: 20, dropout: 0 } }])
      refused(new Map([['adapter_config.json', encode(mlx)]]), 'is of MLX, whose adapters are not read; merge it there with mlx_lm.fuse');
  });

  it('is refused when it was made for another base', () => {
    refused(
      withTensors((map) => map.set(`${Q}.lora_A.weight`, { shape: [4, 32], data: new Float32Array(128) })),
      'made for another base',
    );
    refused(
      pick('plain').set('adapter_config.json', encode({ ...settings, base_model_name_or_path: 'a/b' })),
      'base_model_name_or_path',
      'c/d',
    );
  });

  it('is refused for numbers that are not finite and for a header that is too long', () => {
    const data = new Float32Array(256).fill(Number.NaN);
    refused(
      withTensors((map) => map.set(`${Q}.lora_A.weight`, { shape: [4, 64], data })),
      'not finite',
    );
    const long = new Uint8Array(16);
    new DataView(long.buffer).setBigUint64(0, 50_000_000n, true);
    refused(pick('plain').set('adapter_model.safetensors', long), 'header has 50000000');
  });

  it('is refused when its weights are cut off before their header, or are those of a base model alone', () => {
    refused(pick('plain').set('adapter_model.safetensors', new Uint8Array(5)), '5 bytes, a header needs at least 8');
    refused(
      withTensors((map) => {
        map.clear();
        map.set('base_model.model.lm_head.base_layer.weight', { shape: [1], data: new Float32Array(1) });
      }),
      'has no weights of an adapter',
    );
  });

  it('is refused when its settings are too large, no text or no JSON', () => {
    refused(pick('plain').set('adapter_config.json', new Uint8Array(2_000_000)), 'adapter_config.json has 2000000 bytes');
    refused(pick('plain').set('adapter_config.json', Uint8Array.of(0xff, 0xfe)), 'adapter_config.json is not UTF-8');
    refused(pick('plain').set('adapter_config.json', new TextEncoder().encode('{"r": ')), 'adapter_config.json is not JSON: ');
  });

  it.each([
    ['peft_type', 'IA3'],
    ['use_dora', true],
    ['bias', 'all'],
    ['lora_bias', true],
    ['layer_replication', [[0, 1]]],
    ['modules_to_save', ['lm_head']],
    ['target_modules', '.*norm'],
    ['target_modules', '(q_proj'],
    ['target_modules', ['lm_head']],
    ['target_modules', ['q_proj', 7]],
    ['target_modules', []],
    ['target_modules', null],
    ['exclude_modules', ['q_proj', 'v_proj']],
    ['exclude_modules', '(?=q)'],
    ['exclude_modules', 7],
    ['layers_to_transform', [9]],
    ['layers_to_transform', 'all'],
    ['layers_pattern', 'layers'],
    ['init_lora_weights', 'pissa'],
    ['target_parameters', ['q_proj.weight']],
    ['trainable_token_indices', [1]],
    ['arrow_config', {}],
    ['r', 0],
    ['r', 100_000],
    ['r', null],
    ['lora_alpha', null],
    ['rank_pattern', { '(?P=a)': 4 }],
    ['rank_pattern', { q_proj: 0 }],
    ['alpha_pattern', { q_proj: 'x' }],
  ])('is refused by the name of the key: %s', (key, value) => {
    refused(pick('plain').set('adapter_config.json', encode({ ...settings, [key]: value })), key);
  });

  it.each([
    ['layers_to_transform', { layers_to_transform: [0] }],
    ['layers_pattern', { layers_pattern: 'h' }],
  ])('is refused where a text names its layers and %s too', (key, more) => {
    const text = { ...settings, target_modules: 'all-linear', ...more };
    refused(pick('plain').set('adapter_config.json', encode(text)), key);
  });

  it('is refused where its list of layers is one that these models do not have', () => {
    for (const layers_pattern of ['h', ['blocks']])
      refused(
        pick('plain').set('adapter_config.json', encode({ ...settings, layers_to_transform: [0], layers_pattern })),
        'layers_pattern',
      );
  });

  it('has the pairs that PEFT finds, whatever form the names have', () => {
    const found = (more: Record<string, unknown>): string[] => [...readAdapterConfig({ ...settings, ...more }, config).pairs.keys()];
    const all = found({ target_modules: ['q_proj'] });
    expect(found({ target_modules: ['self_attn.q_proj'] })).toEqual(all);
    expect(found({ target_modules: '.*q_proj' })).toEqual(all);
    expect(found({ target_modules: ['q_proj'], exclude_modules: '', layers_to_transform: [], layers_pattern: [] })).toEqual(all);
    expect(found({ target_modules: ['q_proj'], layers_to_transform: 1, layers_pattern: ['h', 'layers'] })).toEqual([
      'model.layers.1.self_attn.q_proj',
    ]);
    expect(found({ target_modules: ['q_proj'], layers_to_transform: [1], layers_pattern: '' })).toEqual([
      'model.layers.1.self_attn.q_proj',
    ]);
    expect(found({ target_modules: ['model.layers.0.mlp.up_proj', 'q_proj'], layers_to_transform: [1] })).toEqual([
      'model.layers.0.mlp.up_proj',
      'model.layers.1.self_attn.q_proj',
    ]);
    expect(found({ target_modules: 'All-Linear' }).length).toBe(7 * config.num_hidden_layers);
    expect(found({ target_modules: ['q_proj', 'v_proj'], exclude_modules: ['v_proj', 7] })).toEqual(all);
  });

  it('that names only its kind and its layers has the rank and scale that PEFT has by default', () => {
    const bare = readAdapterConfig({ peft_type: 'LORA', target_modules: ['q_proj'], base_model_name_or_path: null }, config);
    expect(bare).toMatchObject({ base: '', targets: ['q_proj'] });
    expect(new Set([...bare.pairs.values()].map(({ rank, scale }) => `${rank} ${scale}`))).toEqual(new Set(['8 1']));
  });

  it('may hold base weights, which are skipped and said', () => {
    const files = withTensors((map) => map.set('base_model.model.lm_head.base_layer.weight', { shape: [1], data: new Float32Array(1) }));
    expect(readAdapterFolder(files, config).notes).toEqual([expect.stringContaining('lm_head.base_layer.weight')]);
  });

  it('is read or refused with a typed error, 20,000 mutations of its settings', () => {
    const counts = { read: 0, refused: 0 };
    const files = pick('plain');
    const base = { ...settings, rank_pattern: { 'layers.0.self_attn.q_proj': 4 }, alpha_pattern: { v_proj: 2 } };
    fc.assert(
      fc.property(mutated(base), (json) => {
        try {
          readAdapterFolder(files.set('adapter_config.json', encode(json ?? null)), config);
          counts.read += 1;
        } catch (error) {
          if (!(error instanceof AppError) || error.code !== 'MODEL_MISMATCH') throw error;
          counts.refused += 1;
        }
      }),
      { numRuns: 20_000, seed: 1 },
    );
    expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(1000);
  });
});

describe('a merged model', () => {
  const adapter: Adapter = readAdapterFolder(pick('plain'), config);
  const merged = mergeAdapter(config, weights, adapter);

  it('is a folder with the same config, the sums, the tokenizer and what belongs to it', () => {
    const copied: ExportFile[] = [
      { name: 'tokenizer.json', text: '{}' },
      { name: 'passwords.txt', text: '' },
    ];
    const files = picked(modelFolder(config, merged, { copied }));
    expect([...files.keys()].sort()).toEqual(['README.md', 'config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json']);
    expect(parseConfig(JSON.parse(new TextDecoder().decode(files.get('config.json'))))).toEqual(config);
    expect(readSafetensors(files.get('model.safetensors') as Uint8Array).tensors).toEqual(merged);
  });

  it('has the generation settings that came with the base, or the tokens of its config', () => {
    const own: ExportFile = { name: 'generation_config.json', text: '{"temperature": 0.6}\n' };
    expect(picked(modelFolder(config, merged, { copied: [own] })).get('generation_config.json')).toEqual(
      new TextEncoder().encode(own.text),
    );
    const settings = (eos_token_ids: readonly number[]): unknown =>
      JSON.parse(new TextDecoder().decode(picked(modelFolder({ ...config, eos_token_ids }, merged)).get('generation_config.json')));
    expect(settings([1])).toEqual({ bos_token_id: 0, eos_token_id: 1, pad_token_id: 2 });
    expect(settings([1, 2])).toEqual({ bos_token_id: 0, eos_token_id: [1, 2], pad_token_id: 2 });
  });

  it('has the ends of the run where its config names none, and no tokens that the base does not have', () => {
    const { bos_token_id: _, eos_token_id: __, pad_token_id: ___, ...bare } = JSON.parse(renderConfig(config)) as Record<string, unknown>;
    for (const source of [
      { ...bare, model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'] },
      { ...bare, model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'], bos_token_id: 5, pad_token_id: -1 },
    ]) {
      const read = parseConfig(source);
      const files = picked(modelFolder(read, merged, { ends: [7, 9], source }));
      const json = (name: string): Record<string, unknown> =>
        JSON.parse(new TextDecoder().decode(files.get(name))) as Record<string, unknown>;
      const first = 'bos_token_id' in source ? { bos_token_id: 5 } : {};
      const written = 'bos_token_id' in source ? { ...first, pad_token_id: null } : {};
      expect(json('generation_config.json')).toEqual({ ...first, eos_token_id: [7, 9] });
      expect(json('config.json')).toMatchObject(written);
      expect(Object.keys(json('config.json')).filter((name) => /^(bos|pad)_/.test(name))).toEqual(Object.keys(written));
      expect(parseConfig(json('config.json'))).toEqual(read);
    }
  });

  it('says of a token that there is none where its base says so, so that transformers does not have that of the family', () => {
    const none = { bos_token_id: null, eos_token_id: null, pad_token_id: null };
    for (const family of [
      { model_type: 'llama', architectures: ['LlamaForCausalLM'] },
      { model_type: 'smollm3', architectures: ['SmolLM3ForCausalLM'] },
    ]) {
      const source = { ...(JSON.parse(renderConfig(config)) as object), ...family, ...none };
      const read = parseConfig(source);
      const files = picked(modelFolder(read, merged, { ends: [7], source }));
      const json = (name: string): unknown => JSON.parse(new TextDecoder().decode(files.get(name)));
      expect(json('config.json')).toMatchObject(none);
      expect(json('generation_config.json')).toEqual({ eos_token_id: 7 });
      expect(parseConfig(json('config.json'))).toEqual(read);
    }
  });

  it('is refused where a pair has no weight', () => {
    const without = new Map(weights);
    without.delete('model.layers.0.self_attn.q_proj.weight');
    expect(() => mergeAdapter(config, without, adapter)).toThrow(
      expect.objectContaining({ code: 'MODEL_MISMATCH', detail: 'model.layers.0.self_attn.q_proj lacks its weight or its pair' }),
    );
  });

  it('takes half the room in BF16, and its config says so', () => {
    const [full, half] = [picked(modelFolder(config, merged)), picked(modelFolder(config, merged, { dtype: 'BF16' }))];
    const size = (files: PickedFiles): number => files.get('model.safetensors')?.length ?? 0;
    expect(size(half) / size(full)).toBeCloseTo(0.5, 1);
    expect(new TextDecoder().decode(half.get('config.json'))).toContain('"dtype": "bfloat16"');
  });
});

describe('an adapter that somebody picks', () => {
  const entries = (files: ReadonlyMap<string, Uint8Array>, folder = 'mine'): PickedEntry[] =>
    [...files].map(([name, bytes]) => ({ path: `${folder}/${name}`, file: new File([Uint8Array.from(bytes)], name) }));

  it('is called like its folder, with its rank and its targets', async () => {
    const { shown } = await readPickedAdapter(entries(pick('plain')), config);
    expect(shown).toMatchObject({ name: 'mine', rank: 4, lowestRank: 4 });
    expect(loadedText(shown)).toBe(`“mine” is loaded: rank 4, on ${shown.targets.join(', ')}.`);
  });

  it('is told with its lowest and its highest rank where its layers have several', async () => {
    const { shown } = await readPickedAdapter(entries(pick('patterns')), config);
    expect(loadedText(shown)).toBe(`“mine” is loaded: rank 2 to 6, on ${shown.targets.join(', ')}.`);
  });

  it('and was cut off is refused by the name of its file', async () => {
    const whole = pick('plain').get('adapter_model.safetensors') as Uint8Array;
    const cut = pick('plain').set('adapter_model.safetensors', whole.subarray(0, whole.length - 100));
    await expect(readPickedAdapter(entries(cut), config)).rejects.toMatchObject({
      code: 'MODEL_TRUNCATED',
      detail: `adapter_model.safetensors: the tensors end at byte ${whole.length}, the file at ${whole.length - 100}`,
    });
  });

  it.each<[why: string, files: ReadonlyMap<string, Uint8Array>, model: typeof config, part: string]>([
    ['was made for another base', pick('plain'), { ...config, num_hidden_layers: 1 }, 'layers.1'],
    ['is of a wider base', pick('plain'), { ...config, hidden_size: 512 }, 'another base'],
    ['needs what is not done here', pick('plain').set('adapter_config.json', encode({ ...settings, use_dora: true })), config, 'use_dora'],
    ['is of another kind', pick('plain').set('adapter_config.json', encode({ ...settings, peft_type: 'IA3' })), config, 'peft_type'],
    ['names other layers', pick('plain').set('adapter_config.json', encode({ ...settings, target_modules: ['c_attn'] })), config, 'c_attn'],
    [
      'is of a base with fewer layers',
      pick('plain').set('adapter_config.json', encode({ ...settings, base_model_name_or_path: 'owner/small' })),
      { ...config, num_hidden_layers: 9 },
      'is missing: it is an adapter made for another base model, "owner/small"',
    ],
    ['has no weights', new Map([['adapter_config.json', encode(settings)]]), config, 'adapter_model.safetensors is missing'],
    [
      'has lost a half',
      pick('plain').set(
        'adapter_model.safetensors',
        writeSafetensors(
          new Map(
            [...readSafetensors(pick('plain').get('adapter_model.safetensors') as Uint8Array).tensors].filter(
              ([name]) => !name.endsWith('layers.0.self_attn.q_proj.lora_A.weight'),
            ),
          ),
        ),
      ),
      config,
      'layers.0.self_attn.q_proj.lora_A.weight is missing',
    ],
  ])('that %s is told as an adapter, not as files of a model', async (_, files, model, part) => {
    await expect(readPickedAdapter(entries(files), model)).rejects.toMatchObject({
      code: 'ADAPTER_UNFIT',
      detail: expect.stringContaining(part) as string,
    });
  });
});
