/** A model from files that were picked, and from shards: what is missing or does not fit is named, and nothing is loaded by halves. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trainTokenizer } from '../../scripts/bpe.ts';
import { renderConfig } from '../../src/files/config.ts';
import { loadModel } from '../../src/model/load.ts';
import { INDEX } from '../../src/files/checkpoint.ts';
import { pickedModel } from '../../src/files/picked.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import type { StoredTensor } from '../../src/files/safetensors.ts';
import { TINY, tinyModel } from '../support/tiny.ts';

const { weights } = tinyModel();
const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const code = (code: string, ...details: string[]) =>
  expect.objectContaining({
    code,
    detail: expect.stringMatching(new RegExp(details.map((part) => part.replaceAll('.', '\\.')).join('.*'), 's')),
  });
const CONFIG = new TextEncoder().encode(renderConfig(TINY));
const TOKENIZER = text(trainTokenizer([], 259));
const WHOLE = writeSafetensors(weights);

const PARTS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
const place = (i: number): string => (i < 9 ? PARTS[0] : PARTS[1]);
const part = (file: string, change: (weights: Map<string, StoredTensor>) => void = () => {}): Uint8Array => {
  const some = new Map([...weights].filter((_, i) => place(i) === file));
  change(some);
  return writeSafetensors(some);
};
const MAP = Object.fromEntries([...weights.keys()].map((name, i) => [name, place(i)]));
const SHARDED = {
  'config.json': CONFIG,
  'tokenizer.json': TOKENIZER,
  [INDEX]: text({ metadata: { total_size: 1 }, weight_map: MAP }),
  [PARTS[0]]: part(PARTS[0]),
  [PARTS[1]]: part(PARTS[1]),
};

const loadFrom = (files: Readonly<Record<string, Uint8Array | null>>) => loadModel((name) => Promise.resolve(files[name] ?? null));

const same = (read: { readonly weights: ReadonlyMap<string, StoredTensor> }): void => {
  expect(new Set(read.weights.keys())).toEqual(new Set(weights.keys()));
  for (const [name, { data }] of weights) expect(read.weights.get(name)?.data).toEqual(data);
};
const changed = ({ shape, data }: StoredTensor): StoredTensor => ({ shape, data: data.map((x, i) => (i === 3 ? x + 1 : x)) });

describe('a model in shards', () => {
  it('is the same as in one file', async () => {
    same(await loadFrom(SHARDED));
  });

  const [first = '', ...others] = weights.keys();
  const last = others.at(-1) ?? '';
  const { [last]: _, ...withoutLast } = MAP;
  it.each([
    ['MODEL_PARTS', [PARTS[1]], 'a shard is missing', { [PARTS[1]]: null }],
    ['MODEL_MISSING', ['model.safetensors', INDEX], 'there is no index', { [INDEX]: null }],
    ['MODEL_TRUNCATED', [PARTS[0]], 'a shard is cut off', { [PARTS[0]]: part(PARTS[0]).subarray(0, 5000) }],
    ['FILE_PAGE', [PARTS[0]], 'a shard is a page', { [PARTS[0]]: new TextEncoder().encode('<!doctype html><html></html>') }],
    ['MODEL_PARTS', [last, PARTS[1], INDEX], 'a shard lacks a tensor', { [PARTS[1]]: part(PARTS[1], (some) => some.delete(last)) }],
    [
      'MODEL_PARTS',
      [first, PARTS[0], PARTS[1]],
      'two shards have one tensor with other numbers',
      { [PARTS[1]]: part(PARTS[1], (some) => some.set(first, changed(weights.get(first) as StoredTensor))) },
    ],
    [
      'MODEL_PARTS',
      [first, PARTS[0], PARTS[1]],
      'two shards have one tensor in two shapes',
      { [PARTS[1]]: part(PARTS[1], (some) => some.set(first, { shape: [1], data: Float32Array.of(1) })) },
    ],
    [
      'MODEL_PARTS',
      ['no file has model.', INDEX, 'names only 1 of 2 files', PARTS[0]],
      'the index does not name all parts',
      { [INDEX]: text({ weight_map: Object.fromEntries(Object.entries(MAP).filter(([, shard]) => shard === PARTS[0])) }) },
    ],
    [
      'MODEL_MISMATCH',
      [last],
      'no file has a tensor of config.json and the index does not name it',
      { [INDEX]: text({ weight_map: withoutLast }), [PARTS[1]]: part(PARTS[1], (some) => some.delete(last)) },
    ],
    [
      'MODEL_MISMATCH',
      ['the weights have no model.'],
      'the index names other files than those of its parts, and they are not counted in their names',
      { [INDEX]: text({ weight_map: { [first]: 'some.safetensors' } }), 'some.safetensors': part(PARTS[0]) },
    ],
    [
      'MODEL_MISMATCH',
      ['vision.x'],
      'a shard has a tensor of another model',
      { [PARTS[1]]: part(PARTS[1], (some) => some.set('vision.x', { shape: [1], data: Float32Array.of(1) })) },
    ],
    [
      'MODEL_PARTS',
      ['other.safetensors'],
      'the index names a file that is not there',
      { [INDEX]: text({ weight_map: { ...MAP, x: 'other.safetensors' } }) },
    ],
    ['MODEL_FORMAT', [INDEX, 'weight_map'], 'the index has no map', { [INDEX]: text({}) }],
    ['MODEL_FORMAT', [INDEX, 'weight_map'], 'the map is empty', { [INDEX]: text({ weight_map: {} }) }],
    ['MODEL_FORMAT', [INDEX, 'weight_map must be an object'], 'the map is a list', { [INDEX]: text({ weight_map: [PARTS[0]] }) }],
    ['MODEL_FORMAT', [INDEX, 'weight_map must be an object'], 'the map is a text', { [INDEX]: text({ weight_map: PARTS[0] }) }],
    ['MODEL_FORMAT', [INDEX, 'weight_map must be an object'], 'the map is null', { [INDEX]: text({ weight_map: null }) }],
    ['MODEL_FORMAT', [INDEX, 'must be an object'], 'the index is a list', { [INDEX]: text([MAP]) }],
    ['MODEL_FORMAT', [INDEX, 'weight_map.x'], 'the map has lists', { [INDEX]: text({ weight_map: { x: [PARTS[0]] } }) }],
    [
      'MODEL_FORMAT',
      [INDEX, 'weight_map.x'],
      'the map leads out of the folder',
      { [INDEX]: text({ weight_map: { x: '../a.safetensors' } }) },
    ],
    ['MODEL_FORMAT', [INDEX, 'weight_map.x'], 'the map has numbers', { [INDEX]: text({ weight_map: { x: 1 } }) }],
    [
      'MODEL_FORMAT',
      [INDEX, '300 characters'],
      'a name is as long as a page',
      { [INDEX]: text({ weight_map: { ['x'.repeat(300)]: PARTS[0] } }) },
    ],
    [
      'MODEL_FORMAT',
      [INDEX, '200001 tensors'],
      'the map has more tensors than any model',
      { [INDEX]: text({ weight_map: Object.fromEntries(Array.from({ length: 200_001 }, (_, i) => [i, PARTS[0]])) }) },
    ],
    [
      'MODEL_FORMAT',
      [INDEX, '10001 files'],
      'the map has more files than any model',
      { [INDEX]: text({ weight_map: Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [i, `${i}.safetensors`])) }) },
    ],
    ['MODEL_FORMAT', [INDEX], 'the index is no JSON', { [INDEX]: new TextEncoder().encode('{"weight_map":') }],
  ] as const)('%s, with the name of %j, when %s', async (expected, named, _, changes) => {
    await expect(loadFrom({ ...SHARDED, ...changes })).rejects.toEqual(code(expected, ...named));
  });

  // transformers 5.24 reads all of these, with these numbers: to it an index is the list of its files
  it.each([
    ['does not name a tensor that a shard has', { [INDEX]: text({ weight_map: withoutLast }) }],
    ['says another shard than the one that has it', { [INDEX]: text({ weight_map: { ...MAP, [last]: PARTS[0] } }) }],
    ['names a tensor that no shard has and no model needs', { [INDEX]: text({ weight_map: { ...MAP, 'lm_head.weight': PARTS[0] } }) }],
    [
      'belongs to shards that both have a tensor',
      { [PARTS[1]]: part(PARTS[1], (some) => some.set(first, weights.get(first) as StoredTensor)) },
    ],
  ])('is read where the index %s', async (_, changes) => {
    same(await loadFrom({ ...SHARDED, ...changes }));
  });

  it('is the same however its tensors are divided, and whatever of them the index says', async () => {
    const names = [...weights.keys()];
    const shards = ['a.safetensors', 'b.safetensors', 'c/d.safetensors'];
    const some = fc.subarray(shards, { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(some, { minLength: names.length, maxLength: names.length }),
        fc.array(fc.option(fc.constantFrom(...shards)), { minLength: names.length, maxLength: names.length }),
        async (places, said) => {
          const files = shards.map((shard) => {
            const inside = [...weights].filter((_, i) => places[i]?.includes(shard));
            return [shard, writeSafetensors(new Map(inside))] as const;
          });
          const map = names.flatMap((name, i) => (said[i] == null ? [] : [[name, said[i]] as const]));
          const spare = shards.map((shard) => [`a name of ${shard}`, shard] as const);
          const index = text({ weight_map: Object.fromEntries([...map, ...spare]) });
          same(await loadFrom({ ...SHARDED, ...Object.fromEntries(files), [INDEX]: index }));
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('a token for padding that no row was added for', () => {
  it('is no reason to refuse a model, as transformers opens it', async () => {
    const read = await loadFrom({
      'config.json': CONFIG,
      'tokenizer.json': TOKENIZER,
      'model.safetensors': WHOLE,
      'added_tokens.json': text({ '<pad>': 259 }),
    });
    expect(read.tokenizer.encode('<pad>')).not.toContain(259);
  });
});

describe('spare tensors of real checkpoints', () => {
  const withTensor = (name: string, tensor: StoredTensor) => writeSafetensors(new Map([...weights, [name, tensor]]));
  const whole = { 'config.json': CONFIG, 'tokenizer.json': TOKENIZER };
  const embedding = weights.get('model.embed_tokens.weight') as StoredTensor;

  it('are left out: rotary frequencies, and a tied head that is stored a second time', async () => {
    const rotary = withTensor('model.layers.0.self_attn.rotary_emb.inv_freq', { shape: [2], data: Float32Array.of(1, 0.01) });
    for (const file of [rotary, withTensor('lm_head.weight', embedding)]) {
      expect((await loadFrom({ ...whole, 'model.safetensors': file })).weights.size).toBe(weights.size);
    }
  });

  it('may be the tied head alone, in place of the embedding: of two names for one matrix some programs keep the first', async () => {
    const renamed = new Map([...weights].map(([name, tensor]) => [name === 'model.embed_tokens.weight' ? 'lm_head.weight' : name, tensor]));
    same(await loadFrom({ ...whole, 'model.safetensors': writeSafetensors(renamed) }));
    const only = 'model-00001-of-00001.safetensors';
    const weight_map = Object.fromEntries([...renamed.keys()].map((name) => [name, only]));
    same(await loadFrom({ ...whole, [INDEX]: text({ weight_map }), [only]: writeSafetensors(renamed) }));
  });

  it('are refused when a tied head is another than the embedding', async () => {
    const other = withTensor('lm_head.weight', { shape: embedding.shape, data: embedding.data.map((x, i) => (i === 7 ? x + 1 : x)) });
    await expect(loadFrom({ ...whole, 'model.safetensors': other })).rejects.toEqual(code('MODEL_MISMATCH', 'lm_head.weight'));
  });
});

describe('files that the user picks', () => {
  const file = (path: string, bytes: Uint8Array) => {
    const picked = new File([bytes as Uint8Array<ArrayBuffer>], path.split('/').at(-1) ?? '');
    Object.defineProperty(picked, 'webkitRelativePath', { value: path.includes('/') ? path : '' });
    return picked;
  };
  const good = [file('config.json', CONFIG), file('tokenizer.json', TOKENIZER), file('model.safetensors', WHOLE)];

  it('are a model when they are all there, whatever else there is', async () => {
    const model = await loadModel(await pickedModel([...good, file('README.md', new Uint8Array(3))]));
    expect(model).toMatchObject({ config: TINY });
  });

  it('may lie in folders, and the upper one counts', async () => {
    const deep = [
      file('SmolLM2/onnx/config.json', text({ model_type: 'another' })),
      file('SmolLM2/config.json', CONFIG),
      file('SmolLM2/tokenizer.json', TOKENIZER),
      file('SmolLM2/original/tokenizer.json', text({})),
      file('SmolLM2/model.safetensors', WHOLE),
    ];
    expect(await loadModel(await pickedModel(deep))).toMatchObject({ config: TINY });
  });

  it('may be shards', async () => {
    const shards = Object.entries(SHARDED).map(([name, bytes]) => file(`folder/${name}`, bytes));
    expect((await loadModel(await pickedModel(shards))).weights.size).toBe(weights.size);
    await expect(pickedModel(shards.filter(({ name }) => name !== PARTS[1]))).rejects.toEqual(code('MODEL_PARTS', PARTS[1]));
  });

  it('are named all at once when they are missing', async () => {
    await expect(pickedModel([])).rejects.toEqual(code('MODEL_MISSING', 'config.json', 'tokenizer.json', 'model.safetensors'));
    await expect(pickedModel(good.slice(0, 2))).rejects.toEqual(code('MODEL_MISSING', 'model.safetensors'));
  });

  it('of two models at once are refused', async () => {
    const two = ['a', 'b'].flatMap((folder) => [file(`x/${folder}/config.json`, CONFIG), file(`x/${folder}/model.safetensors`, WHOLE)]);
    await expect(pickedModel(two)).rejects.toEqual(code('MODEL_SEVERAL', 'config.json', 'two files'));
  });

  it('that were moved since say so', async () => {
    const gone = { name: 'config.json', arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')) };
    await expect(loadModel(await pickedModel([gone, ...good.slice(1)]))).rejects.toEqual(code('MODEL_MISSING', 'config.json', 'gone'));
  });
});
