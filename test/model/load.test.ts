import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig, parameterCount, renderConfig, weightShapes } from '../../src/files/config.ts';
import { loadModel } from '../../src/model/load.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import type { StoredTensor } from '../../src/files/safetensors.ts';
import { trainTokenizer } from '../../scripts/bpe.ts';
import { TINY, tinyModel } from '../support/tiny.ts';

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const { weights } = tinyModel();

/** The three files of a good model, with some replaced; null is a missing one. */
function files(changes: Readonly<Record<string, Uint8Array | null>> = {}): (name: string) => Promise<Uint8Array | null> {
  const all: Record<string, Uint8Array | null> = {
    'config.json': new TextEncoder().encode(renderConfig(TINY)),
    'tokenizer.json': text(trainTokenizer([], 259)),
    'model.safetensors': writeSafetensors(weights),
    ...changes,
  };
  return (name) => Promise.resolve(all[name] ?? null);
}

const withWeights = (change: (weights: Map<string, StoredTensor>) => void): Uint8Array => {
  const changed = new Map(weights);
  change(changed);
  return writeSafetensors(changed);
};

describe('loading a model', () => {
  it('gives back what was saved', async () => {
    const model = await loadModel(files());
    expect(model.config).toEqual(TINY);
    expect(model.weights).toEqual(new Map([...weights].toSorted(([a], [b]) => (a < b ? -1 : 1))));
    expect(model.tokenizer.decode(model.tokenizer.encode('Hello, wörld'))).toBe('Hello, wörld');
  });

  const zero = (shape: readonly number[]): StoredTensor => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  it.each([
    ['MODEL_MISSING', 'no configuration', { 'config.json': null }],
    ['MODEL_MISSING', 'no weights', { 'model.safetensors': null }],
    ['MODEL_MISSING', 'no tokenizer', { 'tokenizer.json': null }],
    ['MODEL_TRUNCATED', 'half of the weights', { 'model.safetensors': writeSafetensors(weights).subarray(0, 9000) }],
    [
      'FILE_PAGE',
      'a page instead of weights',
      { 'model.safetensors': new TextEncoder().encode('<!doctype html><html><head></head><body>404</body></html>') },
    ],
    ['MODEL_MISMATCH', 'a configuration of another width', { 'config.json': text({ ...TINY, hidden_size: 32 }) }],
    ['MODEL_MISMATCH', 'a configuration of more layers', { 'config.json': text({ ...TINY, num_hidden_layers: 3 }) }],
    ['MODEL_MISMATCH', 'a configuration of fewer layers', { 'config.json': text({ ...TINY, num_hidden_layers: 1 }) }],
    ['MODEL_MISMATCH', 'a head of its own that is not there', { 'config.json': text({ ...TINY, tie_word_embeddings: false }) }],
    ['MODEL_MISMATCH', 'a configuration that is no JSON', { 'config.json': new TextEncoder().encode('{') }],
    ['MODEL_UNSUPPORTED', 'another family of models', { 'config.json': text({ ...TINY, model_type: 'gpt2' }) }],
    ['MODEL_MISMATCH', 'a tokenizer that is too large', { 'tokenizer.json': text(trainTokenizer(['aa aa aa'], 300)) }],
    ['MODEL_MISMATCH', 'another first token', { 'config.json': text({ ...TINY, bos_token_id: 1 }) }],
    ['TOKENIZER_FORMAT', 'a tokenizer that is no JSON', { 'tokenizer.json': new TextEncoder().encode('nonsense') }],
    ['MODEL_MISMATCH', 'a weight too many', { 'model.safetensors': withWeights((all) => all.set('model.extra.weight', zero([2]))) }],
    [
      'MODEL_MISMATCH',
      'a weight on its side',
      { 'model.safetensors': withWeights((all) => all.set('model.layers.0.mlp.up_proj.weight', zero([16, 24]))) },
    ],
    [
      'MODEL_FORMAT',
      'a weight that is not finite',
      { 'model.safetensors': withWeights((all) => all.set('model.norm.weight', { shape: [16], data: new Float32Array(16).fill(NaN) })) },
    ],
  ] as const)('%s: %s', async (code, _, changes) => {
    await expect(loadModel(files(changes))).rejects.toMatchObject({ code });
  });

  it('from a web server, and says MODEL_MISSING when it has none or cannot be reached', async () => {
    const read = files();
    const server = createServer((request, response) => {
      const [, folder, name = ''] = (request.url ?? '').split('/');
      void read(name).then((bytes) => {
        if (folder === 'model' && bytes !== null) return response.end(bytes);
        if (folder === 'app') return response.setHeader('content-type', 'text/html').end('<!doctype html>');
        return response.writeHead(404).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect((await loadModel(`http://127.0.0.1:${port}/model/`)).config).toEqual(TINY);
    await expect(loadModel(`http://127.0.0.1:${port}/other`)).rejects.toMatchObject({ code: 'MODEL_MISSING' });
    await expect(loadModel(`http://127.0.0.1:${port}/app`)).rejects.toMatchObject({ code: 'MODEL_MISSING' });
    await new Promise((resolve) => server.close(resolve));
    await expect(loadModel(`http://127.0.0.1:${port}/model`)).rejects.toMatchObject({ code: 'MODEL_MISSING' });
  });
});

describe('a configuration', () => {
  it('is the same after writing and reading', () => {
    expect(parseConfig(JSON.parse(renderConfig(TINY)))).toEqual(TINY);
  });

  it('of transformers 5 is read with its nested rope_theta', () => {
    const read = (name: string): unknown =>
      JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures', 'llama', name, 'config.json'), 'utf8'));
    expect(parseConfig(read('untied'))).toMatchObject({ rope_theta: 500, head_dim: 6, num_key_value_heads: 1, tie_word_embeddings: false });
    expect(parseConfig(read('tied'))).toMatchObject({ rope_theta: 10_000, head_dim: 4, num_key_value_heads: 2, tie_word_embeddings: true });
  });

  it.each([
    ['vocab_size', 0],
    ['vocab_size', 1e12],
    ['hidden_size', '16'],
    ['num_key_value_heads', 3],
    ['head_dim', 5],
    ['rms_norm_eps', 0],
    ['rope_theta', -1],
    ['tie_word_embeddings', 'yes'],
    ['eos_token_id', 259],
    ['num_hidden_layers', 1.5],
  ])('with %s = %j is refused and the field is named', (field, value) => {
    expect(() => parseConfig({ ...TINY, [field]: value })).toThrow(
      expect.objectContaining({ code: 'MODEL_MISMATCH', detail: expect.stringContaining(field.slice(0, 4)) }),
    );
  });

  it('counts the numbers of its weights', () => {
    expect(parameterCount(TINY)).toBe([...weights.values()].reduce((sum, { data }) => sum + data.length, 0));
    expect(weightShapes(TINY).size).toBe(weights.size);
  });
});
