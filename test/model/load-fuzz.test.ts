/**
 * Damaged files of a model: 20,000 cases for each reader, from a fixed seed. A case is accepted or refused with a code and the name of the
 * file; it never throws anything else, never takes longer than 100 ms per 100 KB, and never gives more than the file has.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { parseConfig, parameterCount, renderConfig, ropeFrequencies } from '../../src/files/config.ts';
import { INDEX, readJson } from '../../src/files/checkpoint.ts';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';
import { readIndex, shardsOf } from '../../src/files/shards.ts';
import { TINY } from '../support/tiny.ts';

const CASES = { numRuns: 20_000, seed: 20_260_101 };
const encode = (text: string) => new TextEncoder().encode(text);

/** Milliseconds that a file may take: 100 for each 100 KB, and for what the machine does besides. */
const patience = (bytes: number) => 100 * Math.ceil((bytes + 1) / 100_000);

/** What the reader gives, or null when it refuses as it should. A slow case is read again: the machine may have been busy. */
function read<T>(bytes: Uint8Array, reader: () => T, file: string): T | null {
  const attempt = (): T | null => {
    try {
      return reader();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      expect(error.code).toMatch(/^MODEL_(TRUNCATED|FORMAT|MISMATCH|UNSUPPORTED)$/);
      expect(error.detail.startsWith(`${file}: `)).toBe(true);
      expect(error.detail.length).toBeLessThan(600);
      return null;
    }
  };
  const start = performance.now();
  const result = attempt();
  if (performance.now() - start > patience(bytes.length)) {
    const again = performance.now();
    attempt();
    expect(performance.now() - again).toBeLessThan(patience(bytes.length));
  }
  return result;
}

/** Some ways to damage bytes: one changed, cut off, doubled, filled, moved. */
const damage = fc.oneof(
  fc.tuple(fc.constant('byte' as const), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)),
  fc.tuple(fc.constant('cut' as const), fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(0)),
  fc.tuple(fc.constant('insert' as const), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)),
  fc.tuple(fc.constant('remove' as const), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40)),
  fc.tuple(fc.constant('repeat' as const), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40)),
);

function damaged(bytes: Uint8Array, changes: readonly (readonly [string, number, number])[]): Uint8Array<ArrayBuffer> {
  let list = Array.from(bytes);
  for (const [kind, share, value] of changes) {
    const at = Math.floor(share * list.length);
    if (kind === 'byte') list[at] = value;
    else if (kind === 'cut') list = list.slice(0, at);
    else if (kind === 'insert') list.splice(at, 0, value);
    else if (kind === 'remove') list.splice(at, value);
    else list.splice(at, 0, ...list.slice(at, at + value));
  }
  return Uint8Array.from(list);
}

/** Values that stand where others should. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    'F32',
    'F64',
    '__proto__',
    -1,
    0,
    1,
    2,
    4,
    0.5,
    1e308,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    2 ** 60,
    [],
    {},
    [[]],
    [0, 4],
  ),
  fc.integer(),
  fc.array(fc.integer({ min: -2, max: 300 }), { maxLength: 4 }),
  fc.string({ maxLength: 8 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A JSON object with one place at any depth replaced, removed or added. */
function changed(json: unknown, path: readonly number[], value: unknown, kind: 'set' | 'remove' | 'add'): unknown {
  if (typeof json !== 'object' || json === null || path.length === 0) return value;
  const keys = Object.keys(json);
  const [step = 0, ...rest] = path;
  if (keys.length === 0 || (kind === 'add' && rest.length === 0))
    return Array.isArray(json) ? [...(json as unknown[]), value] : { ...json, added: value };
  const key = keys[step % keys.length] as string;
  const copy: Record<string, unknown> = { ...(json as Record<string, unknown>) };
  if (kind === 'remove' && rest.length === 0) delete copy[key];
  else copy[key] = changed(copy[key], rest, value, kind);
  return Array.isArray(json) ? Object.values(copy) : copy;
}
const change = fc.record({
  path: fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }),
  value: odd,
  kind: fc.constantFrom('set' as const, 'set' as const, 'remove' as const, 'add' as const),
});
const changes = fc.array(change, { minLength: 1, maxLength: 3 });

describe('a damaged safetensors file', () => {
  const tensors = new Map([
    ['model.norm.weight', { shape: [4], data: Float32Array.of(1, 2, 3, 4) }],
    ['model.layers.0.mlp.up_proj.weight', { shape: [2, 3], data: new Float32Array(6).fill(0.5) }],
    ['empty', { shape: [0, 7], data: new Float32Array() }],
  ]);
  // without the checksum, which would catch nearly everything before the reader has to
  const plain = (dtype: 'F32' | 'BF16'): { readonly header: unknown; readonly data: Uint8Array } => {
    const file = writeSafetensors(tensors, { dtype });
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as { __metadata__: Record<string, string> };
    delete header.__metadata__['crc32'];
    return { header, data: file.subarray(8 + length) };
  };
  const sources = [plain('F32'), plain('BF16')];
  const assemble = (header: Uint8Array, data: Uint8Array, length = header.length): Uint8Array<ArrayBuffer> => {
    const file = new Uint8Array(8 + header.length + data.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
    file.set(header, 8);
    file.set(data, 8 + header.length);
    return file;
  };
  const source = fc.constantFrom(...sources);
  const file = fc.oneof(
    // bytes anywhere
    fc
      .tuple(source, fc.array(damage, { minLength: 1, maxLength: 4 }))
      .map(([{ header, data }, list]) => damaged(assemble(encode(JSON.stringify(header)), data), list)),
    // bytes of the header, whose length is right again
    fc
      .tuple(source, fc.array(damage, { minLength: 1, maxLength: 3 }))
      .map(([{ header, data }, list]) => assemble(damaged(encode(JSON.stringify(header)), list), data)),
    // values of the header: dtypes, shapes, offsets, names
    fc.tuple(source, changes).map(([{ header, data }, list]) => {
      const json = list.reduce<unknown>((json, { path, value, kind }) => changed(json, path, value, kind), header);
      return assemble(encode(JSON.stringify(json)), data);
    }),
    // the length of the header, the length of the data
    fc
      .tuple(source, fc.oneof(fc.nat(400), fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER)), fc.nat(60))
      .map(([{ header, data }, length, cut]) => assemble(encode(JSON.stringify(header)), data.subarray(0, data.length - cut), length)),
  );

  it('is refused with its name, or gives tensors that lie in it, in 20,000 cases', () => {
    let accepted = 0;
    fc.assert(
      fc.property(file, (bytes) => {
        const result = read(bytes, () => readSafetensors(bytes, 'model.safetensors'), 'model.safetensors');
        if (result === null) return;
        accepted++;
        let numbers = 0;
        for (const { shape, data } of result.tensors.values()) {
          expect(data.length).toBe(shape.reduce((product, n) => product * n, 1));
          numbers += data.length;
        }
        expect(numbers * 2).toBeLessThanOrEqual(bytes.length);
      }),
      CASES,
    );
    expect(accepted).toBeGreaterThan(200); // the cases are near enough to good files
    expect(accepted).toBeLessThan(15_000);
  });

  it('with a hostile header of megabytes is refused in time', () => {
    const nothing = new Uint8Array();
    const names = JSON.stringify(
      Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`t${i}`, { dtype: 'F32', shape: [0], data_offsets: [0, 0] }])),
    );
    const headers = [
      `{"${'a'.repeat(2_000_000)}`,
      `{"${'\\'.repeat(2_000_000)}"`,
      `{"a":"${'\\"'.repeat(1_000_000)}"}`,
      '['.repeat(2_000_000),
      `{"a":${'['.repeat(2_000_000)}`,
      `{${' '.repeat(2_000_000)}x`,
      `{"a":{"dtype":"F32","shape":[${'1,'.repeat(1_000_000)}1],"data_offsets":[0,4]}}`,
      `{"a":{"dtype":"F32","shape":[${'9'.repeat(1_000_000)}],"data_offsets":[0,4]}}`,
      `{"a":{"dtype":"F32","shape":[${'9007199254740991,'.repeat(1000)}0],"data_offsets":[0,4]}}`,
      `{${'"x":{},'.repeat(300_000)}"y":{}}`,
      names,
    ];
    for (const header of headers) {
      const bytes = assemble(encode(header), nothing);
      read(bytes, () => readSafetensors(bytes, 'model.safetensors'), 'model.safetensors');
    }
  });
});

/** Damaged JSON as bytes: values changed, then perhaps the text too. */
const damagedJson = (sources: readonly unknown[]) =>
  fc
    .tuple(fc.constantFrom(...sources), fc.array(change, { maxLength: 3 }), fc.array(damage, { maxLength: 2 }))
    .map(([json, list, bytes]) => {
      const value = list.reduce<unknown>((json, { path, value, kind }) => changed(json, path, value, kind), json);
      const text = encode(JSON.stringify(value));
      return list.length > 0 && bytes.length > 1 ? text : damaged(text, bytes);
    });

describe('a damaged config.json', () => {
  const scaling = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 };
  const sources = [
    JSON.parse(renderConfig(TINY)),
    { ...TINY, rope_scaling: { ...scaling, rope_type: 'llama3' } },
    {
      ...TINY,
      model_type: 'qwen2',
      rope_parameters: { rope_type: 'default', rope_theta: 1e6 },
      layer_types: ['full_attention', 'full_attention'],
    },
    { ...TINY, model_type: 'qwen3', eos_token_id: [1, 2], use_sliding_window: false, sliding_window: null },
  ] as readonly unknown[];

  it('is refused with the name of the file, or is a model of finite size, in 20,000 cases', () => {
    let accepted = 0;
    fc.assert(
      fc.property(damagedJson(sources), (bytes) => {
        const config = read(bytes, () => parseConfig(readJson(bytes, 'config.json', 'MODEL_MISMATCH')), 'config.json');
        if (config === null) return;
        accepted++;
        expect(parameterCount(config)).toBeLessThanOrEqual(2 ** 32);
        expect(parseConfig(JSON.parse(renderConfig(config)))).toEqual(config);
        if (config.head_dim < 1000) for (const f of ropeFrequencies(config)) expect(f).toBeGreaterThanOrEqual(0);
      }),
      CASES,
    );
    expect(accepted).toBeGreaterThan(500);
    expect(accepted).toBeLessThan(15_000);
  });

  it('that is nested deeply, or huge, is refused in time', () => {
    const deep = `${'['.repeat(400_000)}${']'.repeat(400_000)}`;
    const fields = [
      'hidden_size',
      'model_type',
      'rope_scaling',
      'architectures',
      'eos_token_id',
      'hidden_act',
      'layer_types',
      'rope_theta',
    ];
    const texts = [
      ...fields.map((field) => `{"model_type":"llama","${field}":${deep}}`),
      ...fields.map((field) => `{"model_type":"qwen3","${field}":{"rope_type":${deep}}}`),
      `{"vocab_size":"${'9'.repeat(900_000)}"}`,
      `{"vocab_size":${'9'.repeat(900_000)}}`,
      `{"eos_token_id":[${'1,'.repeat(400_000)}1],"vocab_size":9,"hidden_size":8,"num_attention_heads":2,"num_hidden_layers":1,"intermediate_size":3}`,
      `{"a":"${'x'.repeat(2_000_000)}"}`,
    ];
    for (const text of texts) {
      const bytes = encode(text);
      expect(read(bytes, () => parseConfig(readJson(bytes, 'config.json', 'MODEL_MISMATCH')), 'config.json')).toBeNull();
    }
  });
});

describe('a damaged index of shards', () => {
  const map = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`model.layers.${i}.weight`, `model-0000${1 + (i % 3)}-of-00003.safetensors`]),
  );
  const sources = [{ metadata: { total_size: 100 }, weight_map: map }, { weight_map: map }];

  it('is refused with the name of the file, or names plain files, in 20,000 cases', () => {
    let accepted = 0;
    fc.assert(
      fc.property(damagedJson(sources), (bytes) => {
        const shards = read(bytes, () => shardsOf(readIndex(readJson(bytes, INDEX, 'MODEL_FORMAT'))), INDEX);
        if (shards === null) return;
        accepted++;
        for (const name of shards) expect(name).toMatch(/^[\w.-]+\.safetensors$/);
      }),
      CASES,
    );
    expect(accepted).toBeGreaterThan(500);
    expect(accepted).toBeLessThan(15_000);
  });
});
