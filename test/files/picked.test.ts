/** What lies under the names of a model's files, and in which folders: every other kind of file is named for what it is, with its cure. */
import { describe, expect, it } from 'vitest';
import { trainTokenizer } from '../../scripts/bpe.ts';
import { advice, AppError, type ErrorCode } from '../../src/errors.ts';
import { CHECKPOINT_FILES } from '../../src/files/checkpoint-files.ts';
import { parseConfig, renderConfig } from '../../src/files/config.ts';
import { kindOf } from '../../src/files/kinds.ts';
import { pickedModel, type PickedFile } from '../../src/files/picked.ts';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';
import { readIndex } from '../../src/files/shards.ts';
import { loadModel } from '../../src/model/load.ts';
import { foundIn, meantOf } from '../../src/picked-folders.ts';
import { TINY, tinyModel } from '../support/tiny.ts';

const { weights } = tinyModel();
const text = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const CONFIG = text(renderConfig(TINY));
const TOKENIZER = text(trainTokenizer([], 259));
const WHOLE = writeSafetensors(weights);
const MODEL = { 'config.json': CONFIG, 'tokenizer.json': TOKENIZER, 'model.safetensors': WHOLE };
type Files = Readonly<Record<string, Uint8Array>>;

const picked = (files: Files): PickedFile[] =>
  Object.entries(files).map(([path, bytes]) => {
    const blob = new Blob([Uint8Array.from(bytes)]);
    const name = path.split('/').at(-1) ?? '';
    return { name, webkitRelativePath: path, blob, arrayBuffer: () => blob.arrayBuffer(), slice: (from, to) => blob.slice(from, to) };
  });
const load = async (files: Files, folder?: string) => loadModel(await pickedModel(picked(files), folder));
const under = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes]));
const refused = (code: ErrorCode, ...parts: string[]) =>
  expect.objectContaining({
    code,
    detail: expect.stringMatching(new RegExp(parts.map((part) => part.replaceAll(/[.()|]/g, '\\$&')).join('.*'), 's')) as string,
  });

const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (char) => char.charCodeAt(0)) : part)));
const POINTER = text('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 269060552\n');
const zeros = (count: number) => Array.from({ length: count }, () => 0);

const KINDS: readonly (readonly [ErrorCode, string, Uint8Array])[] = [
  ['FILE_POINTER', 'a Git LFS pointer', POINTER],
  ['FILE_PAGE', 'a web page, “Sign in – Hub”', text('\ufeff\n<!DOCTYPE html>\n<html><head><title>Sign in –\n Hub</title>')],
  ['FILE_PAGE', 'a web page', text('<!-- hotspot --><HTML><body>Accept the terms')],
  ['FILE_PAGE', 'Invalid username or password.', text('Invalid username or password.')],
  ['FILE_PAGE', 'Entry not found', text('Entry not found')],
  [
    'FILE_PAGE',
    'Access to model meta-llama',
    text('Access to model meta-llama/Llama-3.2-1B is restricted and you are not in the authorized list.'),
  ],
  ['FILE_PAGE', 'Repository not found', text({ error: 'Repository not found' })],
  ['FILE_PAGE', 'AccessDenied', text('<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>')],
  ['FILE_PICKLE', 'a PyTorch pickle', bytes('PK', [3, 4], zeros(26), 'pytorch_model/data.pkl')],
  ['FILE_PICKLE', 'a PyTorch pickle', bytes([0x80, 2, 0x8a, 10], zeros(80))],
  ['FILE_OTHER', 'a GGUF file', bytes('GGUF', [3], zeros(80))],
  ['FILE_OTHER', 'a GGML file', bytes('tjgg', [3], zeros(80))],
  ['FILE_OTHER', 'an ONNX file', bytes([8, 7, 0x12, 7], 'pytorch', [0x1a, 5], '2.1.0')],
  ['FILE_OTHER', 'an ONNX file', bytes([8, 8, 0x3a, 0x90], zeros(4), 'graph')],
  ['FILE_OTHER', 'an HDF5 file', bytes([0x89], 'HDF\r\n', [0x1a, 10], zeros(80))],
  ['FILE_OTHER', 'a NumPy archive', bytes('PK', [3, 4], zeros(26), 'weights.npy')],
  ['FILE_OTHER', 'a zip archive', bytes('PK', [3, 4], zeros(26), 'SmolLM2/config.json')],
  ['FILE_OTHER', 'a gzip archive', bytes([0x1f, 0x8b, 8], zeros(80))],
  ['FILE_OTHER', 'a tar archive', bytes('model/config.json', zeros(240), 'ustar')],
  ['FILE_OTHER', 'UTF-16', bytes([0xff, 0xfe], '{\0}\0')],
  ['FILE_PAGE', '404: Not Found', text('404: Not Found')],
  ['FILE_PAGE', 'Error code: 403', text('Error code: 403 Forbidden')],
  ['FILE_PAGE', 'Please log in', text('Please log in to continue.')],
  ['FILE_PAGE', 'record not found', text({ Code: 10010205001, Message: 'record not found', Success: false })],
  ['FILE_PAGE', 'Not Found', text({ message: 'Not Found', documentation_url: 'https://a.b', status: '404' })],
  ['FILE_PAGE', 'NoSuchKey', text('<Error><Code>NoSuchKey</Code></Error>')],
  ['FILE_PAGE', 'a page', text('<p>Welcome to our hotel</p>')],
  ['FILE_OTHER', 'git annex get', text('/annex/objects/SHA256E-s269060552--4d7a.safetensors\n')],
  ['FILE_OTHER', 'git annex get', text('../.git/annex/objects/Xx/Yy/SHA256E-s1--4d7a/SHA256E-s1--4d7a')],
  ['FILE_OTHER', 'dvc pull', text('outs:\n- md5: a304afb96060aad90176268345e10355\n  path: model\n')],
  ['FILE_OTHER', 'the name of another file', text('../../blobs/4d7a9e2b')],
  ['FILE_OTHER', 'a link to a web page', text('[InternetShortcut]\r\nURL=https://a.b\r\n')],
  ['FILE_OTHER', 'a text that begins "---', text('---\nlicense: mit\n---\n# My model')],
  ['FILE_OTHER', 'UTF-16', bytes('{\0"\0a\0"\0:\0')],
  ['FILE_OTHER', 'a bzip2 archive', bytes('BZh91AY&SY', zeros(80))],
  ['FILE_OTHER', 'an SQLite database', text('SQLite format 3\0')],
  ['FILE_OTHER', 'a Parquet file', bytes('PAR1', zeros(80))],
  ['FILE_PICKLE', 'a PyTorch pickle', bytes('PK', [3, 4], zeros(26), 'archive/constants.pkl')],
  ['FILE_EMPTY', 'nothing but white space', text(' \n'.repeat(40))],
  ['FILE_EMPTY', 'empty', new Uint8Array()],
  ['FILE_EMPTY', 'nothing but zeros', new Uint8Array(5000)],
];

describe('another kind of file', () => {
  const cures: Partial<Record<ErrorCode, RegExp>> = {
    FILE_POINTER: /git lfs pull/,
    FILE_PAGE: /log in/,
    FILE_PICKLE: /safetensors/,
    FILE_OTHER: /safetensors/,
    FILE_EMPTY: /fetch it again/,
  };
  describe.each(['model.safetensors', 'config.json', 'tokenizer.json'] as const)('under the name %s', (name) => {
    it.each(KINDS)(
      '%s: is named “%s” when it is picked and when it is fetched, and the sentence says the cure',
      async (code, what, content) => {
        await expect(load({ ...MODEL, [name]: content })).rejects.toEqual(refused(code, name, what));
        expect(() => CHECKPOINT_FILES.check(name, content)).toThrow(refused(code, name, what));
        expect(advice(code)).toMatch(cures[code] as RegExp);
      },
    );
  });

  it('is a shard too', async () => {
    const index = text({ weight_map: Object.fromEntries([...weights.keys()].map((name) => [name, 'a.safetensors'])) });
    const { 'model.safetensors': _, ...rest } = MODEL;
    await expect(load({ ...rest, 'model.safetensors.index.json': index, 'a.safetensors': POINTER })).rejects.toEqual(
      refused('FILE_POINTER', 'a.safetensors'),
    );
    await expect(load({ ...rest, 'model.safetensors.index.json': POINTER })).rejects.toEqual(refused('FILE_POINTER', 'index.json'));
  });

  it('is JSON where weights should be, and weights where JSON should be', async () => {
    await expect(load({ ...MODEL, 'model.safetensors': CONFIG })).rejects.toEqual(refused('FILE_OTHER', 'model.safetensors is JSON'));
    await expect(load({ ...MODEL, 'config.json': WHOLE })).rejects.toEqual(refused('FILE_OTHER', 'config.json is a safetensors file'));
  });

  it('is not seen where there is none', () => {
    for (const [name, content] of Object.entries(MODEL)) expect(kindOf(content, name)).toBeNull();
    expect(kindOf(text("{% for message in messages %}{{ '<|im_start|>' }}"), 'chat_template.jinja')).toBeNull();
    expect(kindOf(text("<|im_start|>{{ messages[0]['content'] }}"), 'chat_template.jinja')).toBeNull();
    expect(kindOf(text('404 {{ messages }}'), 'chat_template.jinja')).toBeNull();
    expect(kindOf(text({ message: 'a', prompt: 'b' }), 'rows.jsonl')).toBeNull();
    expect(kindOf(text({ code: 'a' }), 'rows.jsonl')).toBeNull();
    expect(kindOf(text('{"message": "a"'), 'rows.jsonl')).toBeNull();
    expect(kindOf(bytes('{"a', [1], '"}'), 'model.safetensors')?.what).toContain('JSON');
    expect(kindOf(bytes([0x41, 0, 0x42, 0, 0, 0, 0, 0], '{}'), 'model.safetensors')).toBeNull();
    expect(kindOf(text('null'), 'generation_config.json')).toBeNull();
    expect(kindOf(bytes([8, 7, 0x12, 200], zeros(9)), 'x')).toBeNull();
    expect(kindOf(bytes([8, 40, 0x12, 3]), 'x')).toBeNull();
    expect(kindOf(bytes([8]), 'x')).toBeNull();
  });

  it('is what it says where the length of its header begins as other files do', () => {
    for (let pad = 0; pad < 2600; pad += 8) {
      const file = writeSafetensors(new Map(), { metadata: { pad: 'x'.repeat(pad) } });
      expect(kindOf(file, 'model.safetensors'), `${file.length}`).toBeNull();
      expect(kindOf(file, 'tokenizer.json')).toMatchObject({ what: 'a safetensors file under another name' });
    }
  });
});

describe('weights that are not there', () => {
  const { 'model.safetensors': _, ...rest } = MODEL;
  const torch = bytes('PK', [3, 4], zeros(26), 'archive/data.pkl');
  it.each([
    ['FILE_PICKLE', 'pytorch_model.bin is a PyTorch pickle', { 'pytorch_model.bin': torch }],
    ['FILE_PICKLE', 'consolidated.00.pth', { 'consolidated.00.pth': torch, 'training_args.bin': torch }],
    ['FILE_PICKLE', 'pytorch_model.bin', { 'pytorch_model.bin': bytes([1, 2, 3]) }],
    ['FILE_POINTER', 'pytorch_model.bin is a Git LFS pointer', { 'pytorch_model.bin': POINTER }],
    ['FILE_OTHER', 'model.onnx is an ONNX file', { 'onnx/model.onnx': bytes([8, 7, 0x12, 7], 'pytorch') }],
    ['FILE_OTHER', 'tf_model.h5', { 'tf_model.h5': bytes([0x89], 'HDF') }],
    ['FILE_OTHER', 'flax_model.msgpack holds no weights', { 'flax_model.msgpack': bytes([0x81, 1, 2]) }],
    ['MODEL_MISSING', 'the download of model.safetensors.crdownload has not ended', { 'model.safetensors.crdownload': WHOLE }],
    ['MODEL_MISSING', 'if model (1).safetensors holds them, rename it', { 'model (1).safetensors': WHOLE }],
    ['MODEL_MISSING', 'model-00001-of-00002.safetensors is one of several parts', { 'model-00001-of-00002.safetensors': WHOLE }],
    ['FILE_PAGE', 'model (1).safetensors is a web page', { 'model (1).safetensors': bytes('<!doctype html><title>') }],
    ['FILE_POINTER', 'weights.safetensors is a Git LFS pointer', { 'weights.safetensors': POINTER }],
    ['FILE_EMPTY', 'model (2).safetensors is empty', { 'model (2).safetensors': bytes('') }],
    ['MODEL_MISSING', 'there is no model.safetensors', { 'training_args.bin': torch, 'adapter_model.safetensors': WHOLE }],
  ] as const)('%s: %s', async (code, what, more) => {
    await expect(load({ ...rest, ...more })).rejects.toEqual(refused(code, what));
  });

  it('say of one that a browser has numbered how it is called', async () => {
    const { 'config.json': config, 'tokenizer.json': tokenizer, ...bare } = MODEL;
    const detail =
      'there is no config.json, tokenizer.json; if config (1).json is config.json, rename it; if tokenizer(2).json is tokenizer.json, rename it';
    const numbered = { ...bare, 'config (1).json': config, 'tokenizer(2).json': tokenizer, 'notes (1).json': text({}) };
    await expect(load(numbered)).rejects.toEqual(expect.objectContaining({ code: 'MODEL_MISSING', detail }));
    const inOther = {
      ...under('mine', { ...bare, 'config.json': config }),
      ...under('other', MODEL),
      'other/tokenizer (1).json': tokenizer,
    };
    await expect(load(inOther, 'mine')).rejects.toEqual(
      expect.objectContaining({ code: 'MODEL_MISSING', detail: 'there is no tokenizer.json' }),
    );
  });

  it('say how a tokenizer of the older form becomes a tokenizer.json', async () => {
    const { 'tokenizer.json': __, ...old } = MODEL;
    for (const name of ['tokenizer.model', 'vocab.json'])
      await expect(load({ ...old, [name]: bytes('x') })).rejects.toEqual(refused('MODEL_MISSING', `${name} is its older form`));
    await expect(load(old)).rejects.toEqual(expect.objectContaining({ code: 'MODEL_MISSING', detail: 'there is no tokenizer.json' }));
  });

  it('are named by their name alone where they cannot be looked into', async () => {
    const files = picked(rest);
    const gone = () => Promise.reject(new DOMException('gone', 'NotFoundError'));
    await expect(pickedModel([...files, { name: 'a.bin', arrayBuffer: gone }])).rejects.toEqual(
      refused('MODEL_MISSING', 'a.bin is of another kind'),
    );
    const whole = new Blob([Uint8Array.from(torch)]);
    await expect(pickedModel([...files, { name: 'a.bin', arrayBuffer: () => whole.arrayBuffer() }])).rejects.toEqual(
      refused('FILE_PICKLE', 'a.bin'),
    );
  });
});

/** A safetensors file with tensors of any type, filled with zeros. */
function typed(
  tensors: Readonly<Record<string, readonly [dtype: string, shape: readonly number[], bytes: number]>>,
  metadata?: unknown,
): Uint8Array {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, [dtype, shape, size]]) => [
    name,
    { dtype, shape, data_offsets: [end, (end += size)] },
  ]);
  const header = text(JSON.stringify({ ...(metadata === undefined ? {} : { __metadata__: metadata }), ...Object.fromEntries(entries) }));
  const file = new Uint8Array(8 + header.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  return file;
}

describe('quantised weights', () => {
  const path = 'model.layers.0.self_attn.q_proj';
  it.each([
    ['GPTQ', { [`${path}.qweight`]: ['I32', [2, 4], 32], [`${path}.g_idx`]: ['I32', [4], 16], [`${path}.scales`]: ['F16', [4], 8] }],
    ['AWQ', { [`${path}.qweight`]: ['I32', [2, 4], 32], [`${path}.scales`]: ['F16', [4], 8] }],
    ['bitsandbytes', { [`${path}.weight`]: ['U8', [8, 1], 8], [`${path}.weight.absmax`]: ['F32', [1], 4] }],
    ['bitsandbytes', { [`${path}.weight`]: ['I8', [2, 4], 8], [`${path}.SCB`]: ['F32', [2], 8] }],
    ['fp8', { [`${path}.weight`]: ['F8_E4M3', [2, 4], 8], [`${path}.weight_scale_inv`]: ['F32', [1], 4] }],
    ['F8_E5M2', { [`${path}.weight`]: ['F8_E5M2', [2, 4], 8] }],
    ['MXFP4', { [`${path}_blocks`]: ['U8', [2, 4], 8], [`${path}_scales`]: ['U8', [2], 2] }],
    ['F4', { [`${path}.weight`]: ['F4', [2, 4], 4] }],
    ['MLX', { [`${path}.weight`]: ['U32', [2, 4], 32], [`${path}.scales`]: ['F16', [4], 8], [`${path}.biases`]: ['F16', [4], 8] }],
    ['compressed-tensors', { [`${path}.weight_packed`]: ['I32', [2, 1], 8], [`${path}.weight_scale`]: ['BF16', [2], 4] }],
  ] as const)('are refused as %s', async (scheme, tensors) => {
    const file = typed(tensors);
    await expect(load({ ...MODEL, 'model.safetensors': file })).rejects.toEqual(refused('FILE_QUANTISED', 'model.safetensors', scheme));
    expect(advice('FILE_QUANTISED')).toMatch(/the model that it was made from/);
  });

  it.each([
    ['gptq, 4 bits', { quantization_config: { quant_method: 'gptq', bits: 4 } }],
    ['bitsandbytes, 4 bits', { quantization_config: { quant_method: 'bitsandbytes', load_in_4bit: true } }],
    ['bitsandbytes, 8 bits', { quantization_config: { quant_method: 'bitsandbytes', load_in_8bit: true } }],
    ['fp8', { quantization_config: { quant_method: 'fp8' } }],
    ['compressed-tensors', { compression_config: { format: 'compressed-tensors' } }],
    ['a method that it does not name, 4 bits', { quantization: { group_size: 64, bits: 4 } }],
    ['"int8"', { quantization_config: 'int8' }],
    ['[4]', { quantization_config: [4] }],
  ])('are refused by config.json: %s', (by, fields) => {
    expect(() => parseConfig({ ...(JSON.parse(renderConfig(TINY)) as object), ...fields })).toThrow(refused('FILE_QUANTISED', by));
  });

  it('are not what a config means that says nothing of them', () => {
    for (const none of [null, {}]) {
      expect(parseConfig({ ...(JSON.parse(renderConfig(TINY)) as object), quantization_config: none })).toEqual(TINY);
    }
  });

  it('are not every number of another type: what is of no scheme is named by its type', () => {
    expect(() => readSafetensors(typed({ a: ['F64', [1], 8] }))).toThrow(refused('MODEL_FORMAT', 'a has type "F64"'));
    expect(() => readSafetensors(typed({ a: ['Q4', [1], 8] }))).toThrow(refused('MODEL_FORMAT', 'a has type "Q4"'));
    expect(() => readSafetensors(typed({ a: ['toString', [1], 8] }))).toThrow(refused('MODEL_FORMAT', 'a has type'));
  });
});

describe('weights that transformers leaves out', () => {
  const spare = { 'model.layers.0.self_attn.rotary_emb.inv_freq': ['F32', [2], 8], 'model.position_ids': ['I64', [1, 4], 32] } as const;

  it('are left out, of whatever type, in one file and in an index', async () => {
    expect([...readSafetensors(typed(spare), 'x', (name) => name in spare).tensors]).toEqual([]);
    const map = Object.fromEntries([
      ...[...weights.keys()].map((name) => [name, 'a.safetensors']),
      ...Object.keys(spare).map((name) => [name, 'b.safetensors']),
    ] as [string, string][]);
    const { 'model.safetensors': _, ...rest } = MODEL;
    const files = {
      ...rest,
      'a.safetensors': WHOLE,
      'b.safetensors': typed(spare),
      'model.safetensors.index.json': text({ weight_map: map }),
    };
    expect((await load(files)).weights.size).toBe(weights.size);
    expect(() => readIndex({ weight_map: { 'model.position_ids': 'a.safetensors' } })).toThrow(refused('MODEL_FORMAT', 'names nothing'));
  });

  it('do not hide that metadata may be null', () => {
    expect(readSafetensors(typed({ a: ['F32', [1], 4] }, null)).tensors.size).toBe(1);
    expect(() => readSafetensors(typed({ a: ['F32', null as unknown as readonly number[], 4] }))).toThrow(
      refused('MODEL_FORMAT', 'no valid shape'),
    );
  });

  it('do not hide names that lack what transformers puts before them', async () => {
    const bare = writeSafetensors(new Map([...weights].map(([name, tensor]) => [name.replace(/^model\./, ''), tensor])));
    const model = await load({ ...MODEL, 'model.safetensors': bare });
    expect(new Set(model.weights.keys())).toEqual(new Set(weights.keys()));
  });
});

describe('rotary positions that are stretched by nothing', () => {
  it.each(['linear', 'dynamic'])('are those of no stretching: %s', (type) => {
    const config = JSON.parse(renderConfig(TINY)) as object;
    for (const name of ['type', 'rope_type']) expect(parseConfig({ ...config, rope_scaling: { [name]: type, factor: 1 } })).toEqual(TINY);
    expect(() => parseConfig({ ...config, rope_scaling: { type, factor: 2 } })).toThrow(refused('MODEL_UNSUPPORTED', type));
  });
});

describe('optional files with nothing in them', () => {
  it.each(['generation_config.json', 'tokenizer_config.json', 'chat_template.jinja'])('say nothing: %s', async (name) => {
    const tokenizer = text(JSON.stringify(trainTokenizer([], 259)).replaceAll(/<\|(bos|eos|pad)\|>/g, '<|$1 of another|>'));
    const files = { ...MODEL, 'tokenizer.json': tokenizer, [name]: new Uint8Array() };
    expect(await load(files)).toMatchObject({ generation: null, tokenizerConfig: null, chatTemplate: null });
    expect(() => CHECKPOINT_FILES.check(name, new Uint8Array())).not.toThrow();
  });
});

describe('a folder', () => {
  const name = [...weights.keys()];
  const shard = (part: number) => writeSafetensors(new Map([...weights].filter((_, i) => i % 2 === part)));
  const sharded = (a: string, b: string, [inA, inB] = [a, b]): Files => {
    const { 'model.safetensors': _, ...rest } = MODEL;
    const map = Object.fromEntries(name.map((key, i) => [key, i % 2 === 0 ? a : b]));
    return { ...rest, 'model.safetensors.index.json': text({ weight_map: map }), [inA]: shard(0), [inB]: shard(1) };
  };

  it.each([
    ['with its shards in a folder', sharded('weights/a.safetensors', 'weights/b.safetensors')],
    ['with shards of one name in two folders', sharded('1/model.safetensors', '2/model.safetensors')],
    [
      'with spaces and umlauts',
      under('Süße Modelle/mein Modell', sharded('große Teile/Teil 1.safetensors', 'große Teile/Teil 2.safetensors')),
    ],
    [
      'whose umlauts are spelled in two ways',
      under(
        'Modèle'.normalize('NFD'),
        sharded('é1.safetensors', 'é2.safetensors', ['é1.safetensors'.normalize('NFD'), 'é2.safetensors'.normalize('NFD')]),
      ),
    ],
    ['whose index spells them apart', sharded('é1.safetensors'.normalize('NFD'), 'b.safetensors', ['é1.safetensors', 'b.safetensors'])],
    [
      'whose shards were picked without their folder',
      sharded('weights/a.safetensors', 'weights/b.safetensors', ['a.safetensors', 'b.safetensors']),
    ],
    [
      'with its weights in a folder below',
      { 'm/config.json': CONFIG, 'm/tokenizer.json': TOKENIZER, 'm/weights/model.safetensors': WHOLE },
    ],
  ])('%s is read', async (_, files) => {
    expect((await load(files)).weights.size).toBe(weights.size);
  });

  it.each([
    '../a.safetensors',
    '/a.safetensors',
    'a/../b.safetensors',
    '.hidden/a.safetensors',
    'a//b.safetensors',
    'C:\\a.safetensors',
    'a\u0000.safetensors',
    'a.bin',
    `${'x'.repeat(300)}.safetensors`,
  ])('is not left by an index that says %j', (place) =>
    expect(() => readIndex({ weight_map: { x: place } })).toThrow(refused('MODEL_FORMAT', 'weight_map.x')),
  );

  const ADAPTER = { 'adapter_config.json': text({}), 'adapter_model.safetensors': WHOLE };
  const other = { ...MODEL, 'config.json': text({ model_type: 'another' }) };

  it('that a trainer wrote opens as the nearest config.json says, and what else lies there is listed', async () => {
    const out = { ...under('out', MODEL), ...under('out/checkpoint-5', ADAPTER), ...under('out/checkpoint-10', other) };
    expect(await load(out)).toMatchObject({ config: TINY });
    expect(foundIn(Object.keys(out))).toEqual([
      { kind: 'model', folder: 'out' },
      { kind: 'model', folder: 'out/checkpoint-10' },
      { kind: 'adapter', folder: 'out/checkpoint-5' },
    ]);
    await expect(load(out, 'out/checkpoint-10')).rejects.toEqual(refused('MODEL_UNSUPPORTED', 'another'));
  });

  it('that holds an adapter is one, also with checkpoints and a copy of the base’s configuration', () => {
    const out = {
      ...under('out', { ...ADAPTER, 'tokenizer.json': TOKENIZER, 'config.json': CONFIG }),
      ...under('out/checkpoint-5', ADAPTER),
    };
    const found = foundIn(Object.keys(out));
    expect(found.map(({ kind, folder }) => `${kind} ${folder}`)).toEqual(['adapter out', 'adapter out/checkpoint-5']);
    expect(meantOf(found)).toEqual({ kind: 'adapter', folder: 'out' });
  });

  it('that holds the weights of an adapter alone is one, unless those of a model lie there too', () => {
    for (const weights of ['adapter_model.safetensors', 'adapter_model.bin', 'mine/adapter_model.safetensors'])
      expect(foundIn([weights, 'README.md'])).toEqual([{ kind: 'adapter', folder: weights.includes('/') ? 'mine' : '' }]);
    expect(foundIn(['adapter_model.safetensors', 'model.safetensors'])).toEqual([]);
    expect(foundIn(['out/config.json', 'adapter_model.safetensors']).map(({ kind }) => kind)).toEqual(['model']);
  });

  it('with checkpoints side by side has none that is meant; each opens when it is chosen, with the tokenizer above it', async () => {
    const { 'tokenizer.json': tokenizer, ...bare } = MODEL;
    const out = { 'out/tokenizer.json': tokenizer, ...under('out/checkpoint-10', bare), ...under('out/checkpoint-9', bare) };
    const found = foundIn(Object.keys(out));
    expect(found.map(({ folder }) => folder)).toEqual(['out/checkpoint-9', 'out/checkpoint-10']);
    expect(meantOf(found)).toBeNull();
    await expect(load(out)).rejects.toEqual(refused('MODEL_SEVERAL', 'config.json', 'out/checkpoint-9, out/checkpoint-10'));
    expect(await load(out, 'out/checkpoint-9')).toMatchObject({ config: TINY });
  });

  it('without weights gives way to one that has them, and takes no weights of another model', async () => {
    const out = { ...under('out', { 'config.json': CONFIG, 'tokenizer.json': TOKENIZER }), ...under('out/checkpoint-5', MODEL) };
    expect(foundIn(Object.keys(out))[0]).toEqual({ kind: 'model', folder: 'out/checkpoint-5' });
    expect(await load(out)).toMatchObject({ config: TINY });
    await expect(load(out, 'out')).rejects.toEqual(refused('MODEL_MISSING', 'model.safetensors'));
  });

  it('takes what it lacks from another folder, and rather from one above it or below it', async () => {
    const { 'tokenizer.json': tokenizer, ...bare } = MODEL;
    const away = { ...under('models/mine', bare), 'tokenizers/new/tokenizer.json': tokenizer };
    expect(await load(away)).toMatchObject({ config: TINY });
    for (const near of ['models', 'models/mine/tokenizer']) {
      const both = { ...under('models/mine', bare), 'tokenizers/new/tokenizer.json': text('{}'), [`${near}/tokenizer.json`]: tokenizer };
      expect(await (await pickedModel(picked(both)))('tokenizer.json'), near).toEqual(tokenizer);
    }
  });

  it('is told from files that are there twice', async () => {
    const twice = [...picked(MODEL), ...picked({ 'config.json': CONFIG })];
    await expect(pickedModel(twice)).rejects.toEqual(refused('MODEL_SEVERAL', 'config.json: two files have this name'));
    const again = [...picked(MODEL), ...picked({ 'chat_template.jinja': text('a') }), ...picked({ 'chat_template.jinja': text('b') })];
    await expect(pickedModel(again)).rejects.toEqual(refused('MODEL_SEVERAL', 'chat_template.jinja: two files have this name'));
    const notes = [...picked(MODEL), ...picked({ 'a/chat_template.jinja': text('a'), 'b/chat_template.jinja': text('b') })];
    await expect(pickedModel(notes)).resolves.toBeTypeOf('function');
    expect(await (await pickedModel(notes))('chat_template.jinja')).toBeNull();
  });

  const SAID = {
    'tokenizer_config.json': text('{"eos_token":"b"}'),
    'special_tokens_map.json': text('{}'),
    'added_tokens.json': text('{"a":9}'),
    'chat_template.jinja': text('another'),
  };
  const SAYS = [...Object.keys(SAID), 'generation_config.json', 'LICENSE'];
  const beside = { ...SAID, 'generation_config.json': text('{"eos_token_id":7}'), LICENSE: text('MIT') };

  it.each([
    [
      'the adapter of a trainer below',
      { ...under('out', MODEL), ...under('out/checkpoint-5', { ...ADAPTER, ...beside, 'tokenizer.json': TOKENIZER }) },
    ],
    ['the adapter above', { ...under('out/merged', MODEL), ...under('out', { ...ADAPTER, ...beside }) }],
    ['templates to choose from', { ...under('m', MODEL), ...under('m/templates', beside) }],
    ['what another format needs', { ...under('m', MODEL), ...under('m/onnx', beside) }],
    [
      'a project around it',
      { ...under('p/base', MODEL), ...under('p', beside), ...under('p/run/checkpoint-1', { ...ADAPTER, ...beside }) },
    ],
  ])('has no template, token or setting of %s', async (_, files) => {
    const [model] = foundIn(Object.keys(files)).filter(({ kind }) => kind === 'model');
    const read = await pickedModel(picked(files), model?.folder);
    for (const name of SAYS) expect(await read(name), name).toBeNull();
    expect(await read('tokenizer.json')).toEqual(TOKENIZER);
  });

  it('has what lies beside its tokenizer, wherever that is, unless it has some of it itself', async () => {
    const { 'tokenizer.json': tokenizer, ...bare } = MODEL;
    const apart = { ...under('m', bare), ...under('m/tokenizer', { ...beside, 'tokenizer.json': tokenizer }) };
    const read = await pickedModel(picked(apart));
    for (const [name, bytes] of Object.entries(SAID)) expect(await read(name), name).toEqual(bytes);
    // how the model is asked to write is no tokenizer's
    expect(await read('generation_config.json')).toBeNull();
    const own = await pickedModel(picked({ ...apart, 'm/chat_template.jinja': text('own') }));
    expect(await own('chat_template.jinja')).toEqual(text('own'));
    expect(await own('tokenizer_config.json')).toBeNull();
  });

  it('is meant where another as near has only its configuration', () => {
    const cache = { ...under('snapshots/abc', { 'config.json': CONFIG }), ...under('snapshots/def', MODEL) };
    const found = foundIn(Object.keys(cache));
    expect(found).toHaveLength(2);
    expect(meantOf(found)).toMatchObject({ folder: 'snapshots/def' });
  });

  it('with nothing of a model in it has nothing', () => {
    expect(foundIn(['a/b.txt', 'c.png'])).toEqual([]);
    expect(meantOf([])).toBeNull();
    expect(new AppError('FILE_OTHER', '').message).toMatch(/the details name what it is/);
  });
});
