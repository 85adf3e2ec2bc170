/** A model from a GGUF file is the model of its folder, to the bit and to the token; what is not read is refused by its name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  allFinite,
  beginningOf,
  below,
  encodedPieces,
  isQuantised,
  nameOfType as typeOfTensor,
  piecesOf,
  type StoredTensor,
} from '../../src/files/floats.ts';
import { BLOCKS, nameOfType, type BlockType } from '../../src/files/in/gguf/blocks.ts';
import { ggufFolder, nameInGguf, readGguf } from '../../src/files/in/gguf/gguf.ts';
import { isGguf, readGgufHeader } from '../../src/files/in/gguf/header.ts';
import { loadModel, packedForm } from '../../src/model/load.ts';
import { advice } from '../../src/errors.ts';
import { noteOn } from '../../src/lab/noted.ts';
import { formatOf } from '../../src/lab/sources.ts';
import { floats, ggufOf, writeGguf, type Parts, type Tensor, type Value } from '../support/gguf.ts';
import { randomModel } from '../support/random-model.ts';

const FAMILIES = ['llama', 'qwen2', 'qwen3'] as const;
const TEXTS = ['Where is the hat?', 'Äpfel, 12 345 🙂\n\n\tx', ' <s> is no token here', "we'LL see"];
const FIXTURE = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/gguf-blocks.json'), 'utf8')) as Readonly<
  Record<string, { readonly bytes: string; readonly floats: string }>
>;
const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(base64, 'base64'));
const typeOf = (name: string): readonly [number, BlockType] =>
  [...BLOCKS].find(([, type]) => type.name === name) ?? [-1, undefined as never];

/** The blocks of the fixture as one row of a file's tensor, and their numbers. */
function quantised(name: string): { readonly tensor: Tensor; readonly numbers: Float32Array } {
  const { bytes, floats } = FIXTURE[name] as (typeof FIXTURE)[string];
  const numbers = new Float32Array(bytesOf(floats).buffer);
  return { tensor: { shape: [1, numbers.length], type: typeOf(name)[0], bytes: bytesOf(bytes) }, numbers };
}

const bits = (data: Float32Array): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);
const files = (family: (typeof FAMILIES)[number]) => randomModel(family);
const fromFolder = (family: (typeof FAMILIES)[number]) => loadModel((name) => Promise.resolve(files(family).get(name) ?? null));
const open = (parts: Parts) => loadModel(ggufFolder(writeGguf(parts), 'my.gguf'));
const LLAMA = ggufOf(files('llama'));
const withFields = (fields: Readonly<Record<string, Value | null>>, parts: Parts = LLAMA): Parts => ({
  ...parts,
  fields: Object.fromEntries(Object.entries({ ...parts.fields, ...fields }).filter((entry): entry is [string, Value] => entry[1] !== null)),
});

describe('a GGUF file', () => {
  it.each(FAMILIES)('of %s opens as the folder that it was made of', async (family) => {
    const [gguf, folder] = await Promise.all([open(ggufOf(files(family))), fromFolder(family)]);
    expect(gguf.config).toEqual(folder.config);
    expect([...gguf.weights.keys()].toSorted()).toEqual([...folder.weights.keys()].toSorted());
    for (const [name, { shape, data }] of folder.weights) expect({ name, ...gguf.weights.get(name) }).toEqual({ name, shape, data });
    for (const [name, tensor] of folder.weights)
      expect(beginningOf(gguf.weights.get(name) as StoredTensor, 70), name).toEqual(beginningOf(tensor, 70));
    for (const text of TEXTS) expect(gguf.tokenizer.encode(text)).toEqual(folder.tokenizer.encode(text));
    expect(gguf.tokenizer.encodeTemplate('<s>a<|im_end|>')).toEqual(folder.tokenizer.encodeTemplate('<s>a<|im_end|>'));
    expect(gguf.generation).toMatchObject({ eos_token_id: [1] });
    expect(gguf.tokenizerConfig).toMatchObject(folder.tokenizerConfig as object);
  });

  it('of Qwen joins accents with their letters before it cuts', async () => {
    const { tokenizer } = await open(ggufOf(files('qwen2'), { pre: 'qwen2' }));
    expect(tokenizer.encode('e\u0301')).toEqual(tokenizer.encode('\u00e9'));
    expect((await open(ggufOf(files('qwen2')))).tokenizer.encode('e\u0301')).not.toEqual(tokenizer.encode('\u00e9'));
  });

  it('says its name', () => {
    expect(nameInGguf(writeGguf(LLAMA))).toBe('Tiny');
    for (const fields of [{}, { 'general.name': ' ' }, { 'general.name': 3 }])
      expect(nameInGguf(writeGguf({ fields, tensors: {} }))).toBeNull();
    expect([isGguf(writeGguf(LLAMA)), isGguf(new Uint8Array(3)), isGguf(new Uint8Array(9))]).toEqual([true, false, false]);
  });

  it('is read in version 2, at any alignment, and with values of every type', () => {
    const value = (type: number, ...bytes: number[]): Value => ({ type, bytes });
    const fields: Record<string, Value> = {
      'general.alignment': 64,
      a: value(0, 200),
      b: value(1, 200),
      c: value(2, 1, 2),
      d: value(3, 255, 255),
      e: value(4, 255, 255, 255, 255),
      f: -7,
      g: 0.5,
      h: true,
      i: 'text',
      j: value(10, 5, 0, 0, 0, 0, 0, 0, 0),
      k: value(11, ...Array.from({ length: 8 }, () => 255)),
      l: value(12, ...new Uint8Array(Float64Array.of(0.1).buffer)),
      m: ['x', 'y'],
      n: [1, 2],
    };
    const tensors = {
      x: floats({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }),
      y: floats({ shape: [1], data: Float32Array.of(7) }),
    };
    const file = writeGguf({ fields, tensors }, { version: 2, alignment: 64 });
    const header = readGgufHeader(file);
    expect(Object.fromEntries(header.metadata)).toEqual({
      'general.alignment': 64,
      a: 200,
      b: -56,
      c: 513,
      d: -1,
      e: 2 ** 32 - 1,
      f: -7,
      g: 0.5,
      h: true,
      i: 'text',
      j: 5,
      k: -1,
      l: 0.1,
      m: ['x', 'y'],
      n: [1, 2],
    });
    const { begin = 0, end = 0, shape } = header.tensors.get('x') ?? {};
    expect([begin % 64, end - begin, shape, header.tensors.get('y')?.begin]).toEqual([0, 24, [2, 3], begin + 64]);
  });

  it('is read as far as its header goes, and a tensor when it is asked for', async () => {
    const bytes = writeGguf(LLAMA);
    const asked: number[] = [];
    const file = {
      length: bytes.length,
      subarray: (from: number, to: number) => {
        asked.push(to - from);
        return bytes.slice(from, to);
      },
    };
    const { weights } = await loadModel(ggufFolder(file, 'my.gguf'));
    asked.length = 0;
    const { data, shape } = weights.get('model.layers.1.self_attn.k_proj.weight') as StoredTensor;
    expect([data.length, asked]).toEqual([shape.reduce((a, b) => a * b, 1), [4 * data.length]]);
    asked.length = 0;
    const table = weights.get('model.embed_tokens.weight') as StoredTensor;
    const first = beginningOf(table, 3);
    expect(asked).toEqual([12]);
    expect(first).toEqual(table.data.slice(0, 3));
  });

  /** Fields of 2^24 letters, and one after them. */
  const broad = (fields: number): Uint8Array => {
    const names = ['a', 'b', 'c', 'd'].slice(0, fields);
    const small = writeGguf({ fields: { ...Object.fromEntries(names.map((name) => [name, ''])), z: 7 }, tensors: {} });
    const size = 2 ** 24;
    const file = new Uint8Array(24 + fields * (21 + size) + 17);
    file.set(small.subarray(0, 24));
    for (let i = 0; i < fields; i++) {
      file.set(small.subarray(24 + i * 21, 24 + i * 21 + 13), 24 + i * (21 + size));
      new DataView(file.buffer).setUint32(24 + i * (21 + size) + 13, size, true);
    }
    file.set(small.subarray(24 + fields * 21, 24 + fields * 21 + 17), 24 + fields * (21 + size));
    return file;
  };

  it('may have a header of many megabytes, and not of any number', () => {
    expect(readGgufHeader(broad(1)).metadata.get('z')).toBe(7);
    expect(() => readGgufHeader(broad(4))).toThrow(
      expect.objectContaining({ code: 'MODEL_FORMAT', detail: expect.stringContaining('the header has more than') }),
    );
  });

  it('may say what changes nothing, and leave out what has a usual value', async () => {
    const said = {
      'llama.expert_count': 0,
      'llama.use_parallel_residual': false,
      'llama.rope.scaling.type': 'linear',
      'llama.rope.scaling.factor': 1,
    };
    const left = {
      'llama.rope.freq_base': null,
      'llama.attention.head_count_kv': null,
      'llama.attention.key_length': null,
      'llama.attention.value_length': null,
    };
    const all = ggufOf(randomModel('llama', { template: null }));
    const [k, v] = ['attn_k', 'attn_v'].map((name) => [0, 1].map((layer) => `blk.${layer}.${name}.weight`));
    const q = LLAMA.tensors['blk.0.attn_q.weight'] as Tensor;
    const wide = Object.fromEntries([...(k ?? []), ...(v ?? [])].map((name) => [name, q]));
    const { config, tokenizerConfig } = await open(withFields({ ...said, ...left }, { ...all, tensors: { ...all.tensors, ...wide } }));
    expect(config).toMatchObject({ rope_theta: 10_000, num_key_value_heads: 4, head_dim: 8, rope_scaling: null });
    expect(tokenizerConfig).not.toHaveProperty('chat_template');
  });

  it('whose chat templates all have names is none without one: the default counts, and without it none does', async () => {
    const format = async (fields: Readonly<Record<string, Value | null>>) =>
      formatOf(await open(withFields({ 'tokenizer.chat_template': null, ...fields })));
    const rag = { 'tokenizer.chat_templates': ['rag'], 'tokenizer.chat_template.rag': 'no' };
    const detail = 'tokenizer.chat_template has several templates and none of them is called "default": "rag"';
    await expect(format(rag)).rejects.toMatchObject({ code: 'GGUF_TEMPLATE', detail });
    expect((await format({ ...rag, 'tokenizer.chat_template.default': 'yes' })).render([])).toBe('yes');
    expect((await format({ ...rag, 'tokenizer.chat_template': 'own' })).render([])).toBe('own');
  });

  it('whose chat template cannot be used is not told of the files of a folder', async () => {
    const model = async (template: string) => {
      const files = await open(withFields({ 'tokenizer.chat_template': template }));
      return { tokenizer: files.tokenizer, format: formatOf(files) };
    };
    const detail = (what: string) => expect.stringMatching(new RegExp(`^tokenizer\\.chat_template: .*${what}`)) as string;
    await expect(model('{% if %}')).rejects.toMatchObject({ code: 'GGUF_TEMPLATE', detail: detail('') });
    const refusing = await model("{{ raise_exception('only with tools') }}");
    expect(() => refusing.format.render([])).toThrow(expect.objectContaining({ code: 'GGUF_TEMPLATE', detail: detail('only with tools') }));
    const loud = '{{ messages[0].content }}:{% if not add_generation_prompt %}{{ messages[1].content | upper }}{% endif %}';
    const apart = await model(loud);
    expect(() => noteOn(apart)).toThrow(expect.objectContaining({ code: 'GGUF_TEMPLATE' }));
    expect(advice('GGUF_TEMPLATE')).not.toMatch(/json|jinja/);
  });

  it('has no token for what only fills its list up', async () => {
    const tokens = LLAMA.fields['tokenizer.ggml.tokens'] as readonly string[];
    const kinds = LLAMA.fields['tokenizer.ggml.token_type'] as readonly number[];
    const fields = {
      'tokenizer.ggml.tokens': tokens.with(1023, '[PAD1023]'),
      'tokenizer.ggml.token_type': kinds.with(1023, 5),
      'tokenizer.ggml.merges': [] as string[],
    };
    const { tokenizer } = await open(withFields(fields));
    expect([tokenizer.size, tokenizer.decode([1023])]).toEqual([tokens.length - 1, '']);
  });

  it('that fails to be read says so as it is', () => {
    const broken = {
      length: 100,
      subarray: (): Uint8Array => {
        throw new RangeError('the disk is gone');
      },
    };
    expect(() => readGguf(broken, 'my.gguf')).toThrow(RangeError);
  });

  it('begins texts with its end token where it names no first one, and with its first where Llama 3 does', async () => {
    const without = await open(withFields({ 'tokenizer.ggml.bos_token_id': null }));
    expect(without.config.bos_token_id).toBe(without.config.eos_token_id);
    const begins = async (pre: string): Promise<unknown> =>
      (await open(withFields({ 'tokenizer.ggml.pre': pre, 'tokenizer.ggml.add_bos_token': null }))).tokenizerConfig;
    expect(await begins('llama-bpe')).toMatchObject({ add_bos_token: true });
    expect(await begins('smollm')).toMatchObject({ add_bos_token: false });
  });

  it('ends answers with every token that says so, by a field or by its name', async () => {
    const { generation } = await open(
      withFields({ 'tokenizer.ggml.eot_token_id': 5, 'tokenizer.ggml.eom_token_id': 6, 'tokenizer.ggml.eos_token_id': 0 }),
    );
    expect(generation).toEqual({ bos_token_id: 0, pad_token_id: 2, eos_token_id: [0, 5, 6, 1] });
  });

  it('has Llama 3’s positions where its factors are those of its formula', async () => {
    const config = { 'llama.rope.freq_base': { type: 6, bytes: [...new Uint8Array(Float32Array.of(500_000).buffer)] } };
    const { frequencies } = await import('../../src/files/rope-scaling.ts');
    const scaling = { factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
    const [plain, scaled] = [frequencies(8, 500_000, null), frequencies(8, 500_000, scaling)];
    const factors = Float32Array.from(plain, (value, i) => value / (scaled[i] as number));
    const parts = (data: Float32Array<ArrayBuffer>): Parts => {
      const { fields, tensors } = withFields(config);
      return { fields, tensors: { ...tensors, 'rope_freqs.weight': floats({ shape: [data.length], data }) } };
    };
    expect((await open(parts(factors))).config).toMatchObject({ rope_theta: 500_000, rope_scaling: scaling });
    expect((await open(parts(Float32Array.of(1, 1, 1, 1)))).config.rope_scaling).toBeNull();
    for (const other of [Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 32)])
      await expect(open(parts(other))).rejects.toMatchObject({
        code: 'MODEL_UNSUPPORTED',
        detail: expect.stringContaining('rope_freqs.weight'),
      });
  });
});

describe('quantised numbers', () => {
  it.each(Object.keys(FIXTURE))('of %s are those of the Python package to the last bit', (name) => {
    const { tensor, numbers } = quantised(name);
    const [, type] = typeOf(name);
    const made = new Float32Array(numbers.length);
    if (type.plain !== null) throw new Error(name);
    for (let i = 0; i * type.numbers < numbers.length; i++) type.unpack(tensor.bytes, i * type.bytes, made, i * type.numbers);
    expect(bits(made)).toEqual(bits(numbers));
  });

  it('have a fixture for every type that is read', () => {
    expect([...BLOCKS.values()].filter(({ plain }) => plain === null).map(({ name }) => name)).toEqual(Object.keys(FIXTURE));
    expect([nameOfType(8), nameOfType(10), nameOfType(99)]).toEqual(['Q8_0', 'Q2_K', 'of type 99']);
  });

  /** The llama model with its matrices of 32 columns in random blocks of Q8_0. */
  const coarse = ggufOf(files('llama'), {
    tensorOf: (stored, name) => {
      const [rows = 0, width = 0] = stored.shape;
      if (width !== 32) return floats(stored);
      const bytes = new Uint8Array(rows * 34);
      for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31 + name.length * 7) % 251;
      for (let row = 0; row < rows; row++) bytes.set([row % 256, 0x2c], row * 34);
      return { shape: stored.shape, type: 8, bytes };
    },
  });

  it('stay in the file until they are asked for, with llama’s rows in order', async () => {
    const { weights } = await open(coarse);
    const q = weights.get('model.layers.0.self_attn.q_proj.weight') as StoredTensor;
    const v = weights.get('model.layers.0.self_attn.v_proj.weight') as StoredTensor;
    expect([isQuantised(q), q.shape, allFinite(q)]).toEqual([true, [32, 32], true]);
    expect([q, weights.get('model.norm.weight') as StoredTensor].map(typeOfTensor)).toEqual(['Q8_0', 'F32']);
    expect([packedForm(q, 'as stored'), packedForm(q, 'none'), packedForm(q, 'float16')]).toEqual(['float16', 'float32', 'float16']);
    // heads of 8 rows: row 1 of a head is row 2 of the file, row 4 is row 1
    const { bytes } = coarse.tensors['blk.0.attn_q.weight'] as Tensor;
    const scale = (row: number): number => (bytes[row * 34] as number) * 2 ** -14 + 2 ** -4;
    expect([q.data[32], q.data[4 * 32]]).toEqual([2, 1].map((row) => scale(row) * (((bytes[row * 34 + 2] as number) << 24) >> 24)));
    const joined = below([q, v]);
    expect(isQuantised(joined)).toBe(true);
    expect([...piecesOf(joined)].flatMap((piece) => [...piece])).toEqual([...q.data, ...v.data]);
    // a block and a part of one; those of heads are put in order first
    for (const tensor of [q, v]) expect(beginningOf(tensor, 40)).toEqual(tensor.data.slice(0, 40));
    expect([...encodedPieces(q, 'F32')].map(({ length }) => length)).toEqual([4 * 32 * 32]);
    expect(isQuantised(below([q, { shape: [1, 32], data: new Float32Array(32) }]))).toBe(false);
  });

  it('that are not finite are found by their scales', async () => {
    const tensor = coarse.tensors['blk.1.ffn_up.weight'] as Tensor;
    const bytes = tensor.bytes.slice();
    bytes.set([0, 0x7c], 34 * 5);
    await expect(open({ ...coarse, tensors: { ...coarse.tensors, 'blk.1.ffn_up.weight': { ...tensor, bytes } } })).rejects.toMatchObject({
      code: 'MODEL_FORMAT',
      detail: expect.stringContaining('up_proj'),
    });
  });
});

describe('a GGUF file is refused', () => {
  const one = (tensor: Tensor, name = 'x'): Parts => ({ fields: {}, tensors: { [name]: tensor } });
  const x = floats({ shape: [2], data: Float32Array.of(1, 2) });
  const long = { type: 8, bytes: [0, 0, 0, 2, 0, 0, 0, 0] };
  const file = writeGguf(LLAMA);
  it.each([
    ['MODEL_FORMAT', 'does not begin', new Uint8Array(40)],
    ['MODEL_UNSUPPORTED', 'version 1', writeGguf(LLAMA, { version: 1 })],
    ['MODEL_UNSUPPORTED', 'it is big-endian; gguf-convert-endian FILE little', writeGguf(LLAMA, { version: 50_331_648 })],
    ['MODEL_FORMAT', 'tensors, more than', writeGguf(LLAMA, { counts: [1e9, 1] })],
    ['MODEL_FORMAT', 'fields, more than', writeGguf(LLAMA, { counts: [1, 1e9] })],
    ['MODEL_FORMAT', 'count of tensors is', writeGguf(LLAMA, { counts: [2 ** 60, 1] })],
    ['MODEL_TRUNCATED', 'the header needs', file.subarray(0, 1000)],
    ['MODEL_TRUNCATED', 'ends at byte', file.subarray(0, file.length - 200)],
    ['MODEL_TRUNCATED', 'the header needs', writeGguf({ fields: {}, tensors: {} }, { counts: [0, 1] }).subarray(0, 24)],
    ['MODEL_FORMAT', 'a has 33554432 bytes', writeGguf({ fields: { a: long }, tensors: {} })],
    ['MODEL_FORMAT', 'a has type 13', writeGguf({ fields: { a: { type: 13, bytes: [] } }, tensors: {} })],
    [
      'MODEL_FORMAT',
      'a is a list of type 9',
      writeGguf({ fields: { a: { type: 9, bytes: [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] } }, tensors: {} }),
    ],
    [
      'MODEL_FORMAT',
      'more than 4194304',
      writeGguf({ fields: { a: { type: 9, bytes: [4, 0, 0, 0, 1, 0, 64, 0, 0, 0, 0, 0] } }, tensors: {} }),
    ],
    [
      'MODEL_FORMAT',
      'a is 18446744073709551615',
      writeGguf({ fields: { a: { type: 10, bytes: Array.from({ length: 8 }, () => 255) } }, tensors: {} }),
    ],
    ['MODEL_FORMAT', 'general.alignment', writeGguf({ fields: { 'general.alignment': 12 }, tensors: {} })],
    ['MODEL_FORMAT', 'dimensions', writeGguf(one({ ...x, shape: [1, 1, 1, 1, 2] }))],
    ['MODEL_FORMAT', 'has shape', writeGguf(one({ ...x, shape: [0] }))],
    ['MODEL_FORMAT', 'has shape', writeGguf(one({ ...x, shape: [2 ** 30, 2 ** 30] }))],
    ['MODEL_UNSUPPORTED', 'x is Q2_K', writeGguf(one({ ...x, type: 10 }))],
    ['MODEL_FORMAT', 'blocks of 32', writeGguf(one({ ...x, type: 8 }))],
  ] as const)('with %s: %s', (code, detail, bytes) => {
    expect(() => readGgufHeader(bytes)).toThrow(expect.objectContaining({ code, detail: expect.stringContaining(detail) }));
  });

  it('when a name stands there twice, or tensors lie over each other', () => {
    const twice = writeGguf({ fields: { ab: 1, ac: 1 }, tensors: {} });
    twice[twice.lastIndexOf('c'.charCodeAt(0))] = 'b'.charCodeAt(0);
    expect(() => readGgufHeader(twice)).toThrow(expect.objectContaining({ detail: 'ab stands there twice' }));
    const tensors = writeGguf({ fields: {}, tensors: { ab: x, ac: x } });
    const second = tensors.lastIndexOf('c'.charCodeAt(0), 24 + 80);
    expect(() => readGgufHeader(tensors.with(second, 'b'.charCodeAt(0)))).toThrow(
      expect.objectContaining({ detail: 'ab stands there twice' }),
    );
    expect(() => readGgufHeader(tensors.with(second + 1 + 4 + 8 + 4, 0))).toThrow(
      expect.objectContaining({ code: 'MODEL_FORMAT', detail: expect.stringMatching(/^a[bc] begins at byte \d+, a[bc] ends at/) }),
    );
  });

  const { 'token_embd.weight': _, ...headless } = LLAMA.tensors;
  const q = LLAMA.tensors['blk.0.attn_q.weight'] as Tensor;
  it.each([
    ['MODEL_UNSUPPORTED', 'general.type is "adapter"', withFields({ 'general.type': 'adapter' })],
    ['MODEL_MISMATCH', 'it holds a vocabulary and no weights', { ...LLAMA, tensors: {} }],
    ['MODEL_UNSUPPORTED', 'one of 3 parts', withFields({ 'split.count': 3 })],
    ['MODEL_UNSUPPORTED', 'general.architecture is "phi3"', withFields({ 'general.architecture': 'phi3' })],
    ['MODEL_FORMAT', 'general.architecture', withFields({ 'general.architecture': null })],
    ['MODEL_UNSUPPORTED', 'llama.expert_count is 8', withFields({ 'llama.expert_count': 8 })],
    ['MODEL_UNSUPPORTED', 'llama.attention.value_length', withFields({ 'llama.attention.value_length': 4 })],
    ['MODEL_UNSUPPORTED', 'llama.rope.dimension_count', withFields({ 'llama.rope.dimension_count': 4 })],
    ['MODEL_UNSUPPORTED', 'llama.attention.causal', withFields({ 'llama.attention.causal': false })],
    [
      'MODEL_UNSUPPORTED',
      'llama.rope.scaling.type is "yarn"',
      withFields({ 'llama.rope.scaling.type': 'yarn', 'llama.rope.scaling.factor': 4 }),
    ],
    ['MODEL_FORMAT', 'llama.attention.head_count_kv', withFields({ 'llama.attention.head_count_kv': [2, 2] })],
    ['MODEL_FORMAT', 'layer_norm_rms_epsilon', withFields({ 'llama.attention.layer_norm_rms_epsilon': 0 })],
    ['MODEL_FORMAT', 'tokenizer.ggml.eos_token_id', withFields({ 'tokenizer.ggml.eos_token_id': null })],
    ['MODEL_MISMATCH', 'num_key_value_heads', withFields({ 'llama.attention.head_count_kv': 3 })],
    ['MODEL_MISMATCH', 'token_embd.weight', { ...LLAMA, tensors: headless }],
    [
      'MODEL_UNSUPPORTED',
      'rope_freqs.weight is F16',
      { ...LLAMA, tensors: { ...LLAMA.tensors, 'rope_freqs.weight': { shape: [4], type: 1, bytes: new Uint8Array(8) } } },
    ],
    ['MODEL_UNSUPPORTED', 'blk.0.ssm_a', { ...LLAMA, tensors: { ...LLAMA.tensors, 'blk.0.ssm_a': x } }],
    [
      'MODEL_MISMATCH',
      'blk.0.attn_q.weight has 30 rows',
      { ...LLAMA, tensors: { ...LLAMA.tensors, 'blk.0.attn_q.weight': { ...q, shape: [30, 32] } } },
    ],
    ['TOKENIZER_FORMAT', 'tokenizer.ggml.model is "bert"', withFields({ 'tokenizer.ggml.model': 'bert' })],
    ['TOKENIZER_FORMAT', 'tokenizer.ggml.pre is "falcon"', withFields({ 'tokenizer.ggml.pre': 'falcon' })],
    ['TOKENIZER_FORMAT', 'tokenizer.ggml.pre is "smaug-bpe"', withFields({ 'tokenizer.ggml.pre': 'smaug-bpe' })],
    ['TOKENIZER_FORMAT', 'tokenizer.ggml.pre is null', withFields({ 'tokenizer.ggml.pre': null })],
    ['TOKENIZER_FORMAT', 'tokenizer.ggml.token_type', withFields({ 'tokenizer.ggml.token_type': [1, 2] })],
    ['TOKENIZER_FORMAT', 'tokenizer.ggml.tokens', withFields({ 'tokenizer.ggml.tokens': [1, 2] })],
    ['TOKENIZER_FORMAT', '"a" twice', withFields({ 'tokenizer.ggml.tokens': ['a', 'a'], 'tokenizer.ggml.token_type': null })],
    ['TOKENIZER_FORMAT', 'tokenizer.ggml.bos_token_id', withFields({ 'tokenizer.ggml.bos_token_id': 1030 }), 'tokenizer_config.json'],
  ] as const)('with %s: %s', async (code, detail, parts, ...only: readonly string[]) => {
    const read = ggufFolder(writeGguf(parts), 'my.gguf');
    const work = only[0] === undefined ? loadModel(read) : read(only[0]);
    await expect(work).rejects.toMatchObject({ code, detail: expect.stringMatching(/^(?:my|model)\.gguf: |^config\.json: /) });
    await expect(work).rejects.toMatchObject({ detail: expect.stringContaining(detail) });
  });

  it('under the name that its weights are asked by', () => {
    expect(() => readGguf(new Uint8Array(40), 'model.gguf')).toThrow(
      expect.objectContaining({ detail: 'model.gguf: it does not begin with GGUF' }),
    );
    expect(() => ggufFolder(new Uint8Array(40), 'my.gguf')).toThrow(
      expect.objectContaining({ detail: 'my.gguf: it does not begin with GGUF' }),
    );
  });
});

describe('a SentencePiece vocabulary of a GGUF file', () => {
  const tokens = ['<unk>', '<s>', '</s>', '<0x0A>', '▁', 'a', 'b', '▁a', 'ab', '▁ab', '<tool>', '\u{10000}'];
  const fields: Record<string, Value> = {
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.token_type': [2, 3, 3, 6, 1, 1, 1, 1, 1, 1, 4, 1],
    'tokenizer.ggml.scores': [0, 0, 0, 0, -5, -6, -7, -2, -1.5, -3, 0, -9],
    'tokenizer.ggml.unknown_token_id': 0,
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 2,
    'tokenizer.ggml.padding_token_id': null as never,
  };
  const of = async (changes: Readonly<Record<string, Value | null>> = {}) =>
    (await open(withFields({ ...fields, 'tokenizer.ggml.pre': null, 'tokenizer.ggml.merges': null, ...changes }))).tokenizer;

  it('joins the pieces of the highest score first, and begins a text with a space', async () => {
    const tokenizer = await of();
    expect(tokenizer.encode('ab b')).toEqual([9, 4, 6]);
    expect(tokenizer.encode('a\n')).toEqual([7, 3]);
    expect(tokenizer.encode('<tool>')).toEqual([10]);
    expect(tokenizer.decode([9, 4, 6])).toBe('ab b');
  });

  it('of equal scores joins those with the longer beginning first, and knows the unknown', async () => {
    const even = await of({ 'tokenizer.ggml.scores': tokens.map(() => -1), 'tokenizer.ggml.unknown_token_id': null });
    expect(even.encode('ab')).toEqual([9]);
    expect(even.encode('c')).toEqual([4, 0]);
    // two ways to make one piece
    const letters = ['<unk>', '<s>', '</s>', 'x', 'xx', 'xxx', 'xxxx', 'xq', 'qx']; // no q is a piece
    const twice = await of({
      'tokenizer.ggml.tokens': letters,
      'tokenizer.ggml.token_type': [2, 3, 3, 1, 1, 1, 1, 1, 1],
      'tokenizer.ggml.scores': [0, 0, 0, -9, -1, -2, -3, -4, -5],
      'tokenizer.ggml.add_space_prefix': false,
    });
    expect(['x', 'xx', 'xxx', 'xxxx', 'xxxxx'].map((text) => twice.encode(text))).toEqual([[3], [4], [5], [6], [4, 5]]);
  });

  it('has no space before a text where the file says so', async () => {
    expect((await of({ 'tokenizer.ggml.add_space_prefix': false })).encode('ab')).toEqual([8]);
  });

  it.each([
    ['tokenizer.ggml.scores has 1 items', { 'tokenizer.ggml.scores': [0.5] }],
    ['tokenizer.ggml.scores[4]', { 'tokenizer.ggml.scores': tokens }],
  ])('is refused where %s', async (detail, changes) => {
    await expect(of(changes)).rejects.toMatchObject({ code: 'TOKENIZER_FORMAT', detail: expect.stringContaining(detail) });
  });
});
