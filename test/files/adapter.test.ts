/** Adapters as PEFT folders, and merged models. test/oracle/exports_oracle.py opens the same files with PEFT and transformers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { readAdapterFolder } from '../../src/files/in/adapter.ts';
import type { Adapter } from '../../src/files/lora.ts';
import { adapterFolder } from '../../src/files/out/adapter.ts';
import { piecesOf, type ExportFile } from '../../src/files/out/file.ts';
import type { PickedFiles } from '../../src/files/picked.ts';
import { mergeAdapter, modelFolder } from '../../src/files/out/merged.ts';
import { parseConfig } from '../../src/files/config.ts';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../../src/files/safetensors.ts';
import { mutated } from '../support/mutated.ts';
import { peftOptions } from '../support/peft.ts';

const bytesOf = (...path: string[]): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(import.meta.dirname, '..', ...path)));
const jsonOf = (...path: string[]): unknown => JSON.parse(new TextDecoder().decode(bytesOf(...path)));
const MINIATURE = '../public/models/miniature';
const config = parseConfig(jsonOf(MINIATURE, 'config.json'));
const weights = readSafetensors(bytesOf(MINIATURE, 'model.safetensors')).tensors;
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

  it.each([
    ['peft_type', 'IA3'],
    ['use_dora', true],
    ['bias', 'all'],
    ['lora_bias', true],
    ['layer_replication', [[0, 1]]],
    ['modules_to_save', ['lm_head']],
    ['target_modules', '.*proj'],
    ['target_modules', ['lm_head']],
    ['r', 0],
    ['r', 100_000],
    ['rank_pattern', { '(a+)+$': 4 }],
    ['alpha_pattern', { q_proj: 'x' }],
  ])('is refused by the name of the key: %s', (key, value) => {
    refused(pick('plain').set('adapter_config.json', encode({ ...settings, [key]: value })), key);
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

  it('takes half the room in BF16, and its config says so', () => {
    const [full, half] = [picked(modelFolder(config, merged)), picked(modelFolder(config, merged, { dtype: 'BF16' }))];
    const size = (files: PickedFiles): number => files.get('model.safetensors')?.length ?? 0;
    expect(size(half) / size(full)).toBeCloseTo(0.5, 1);
    expect(new TextDecoder().decode(half.get('config.json'))).toContain('"dtype": "bfloat16"');
  });
});
