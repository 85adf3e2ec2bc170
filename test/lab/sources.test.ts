/**
 * Which model a picked folder is: its weights are told apart wherever they differ, and its prompts however they are written. And what to do
 * about one that does not open, for each way that it comes.
 */
import { describe, expect, it, vi } from 'vitest';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../../src/files/safetensors.ts';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import { openSource, refusing } from '../../src/lab/sources.ts';
import type { StoredModel } from '../../src/protocol/models.ts';
import { copiesOf } from '../../src/ui/session/copies.ts';
import { ggufOf, writeGguf } from '../support/gguf.ts';
import { randomModel } from '../support/random-model.ts';

const DATED =
  "Today is {{ strftime_now('%d %b %Y') }}. {% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}assistant:";

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
const base: Files = randomModel('llama');

async function opened(files: Files, folder = 'mine/') {
  const entries = [...files].map(([name, bytes]) => ({ path: `${folder}${name}`, file: new File([bytes], name) }));
  const opening = openSource({ kind: 'files', files: entries });
  for (;;) {
    const step = await opening.next();
    if (step.done === true) return step.value.model;
  }
}

/** The same files with other numbers in one weight. */
function trained(name: string, change: (data: Float32Array) => void): Files {
  const weights = new Map<string, StoredTensor>(readSafetensors(base.get('model.safetensors') as Uint8Array<ArrayBuffer>).tensors);
  const { shape, data } = weights.get(name) as StoredTensor;
  const changed = data.slice();
  change(changed);
  return new Map([...base, ['model.safetensors', writeSafetensors(weights.set(name, { shape, data: changed }))]]);
}

/** As an adapter that is added changes a matrix: each number a little. */
const little = (data: Float32Array): void => data.forEach((number, i) => void (data[i] = number + 1e-3 * Math.sin(i + 1)));

describe('a picked model', () => {
  it('is the same each time that it is opened', async () => {
    const [first, again] = [await opened(base), await opened(new Map([...base].toReversed()))];
    expect(again).toEqual(first);
    expect(first.weights).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each(['self_attn.q_proj', 'self_attn.v_proj', 'mlp.down_proj'])(
    'is another where %s of a layer in between was trained alone, with the fingerprint of its base',
    async (name) => {
      const [mine, other] = [await opened(base), await opened(trained(`model.layers.0.${name}.weight`, little))];
      expect(other.fingerprint).toBe(mine.fingerprint);
      expect(other.weights).not.toBe(mine.weights);
      expect(other.rendering).toBe(mine.rendering);
    },
  );

  it('is another where its embeddings or its head were trained', async () => {
    const mine = await opened(base);
    for (const name of ['model.embed_tokens.weight', 'lm_head.weight'])
      expect((await opened(trained(name, little))).weights).not.toBe(mine.weights);
  });

  it('writes its prompts otherwise with another template, and has the same weights', async () => {
    const template = new TextEncoder().encode("{% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}assistant:");
    const [mine, other] = [await opened(base), await opened(new Map([...base, ['chat_template.jinja', template]]))];
    expect(other).toMatchObject({ fingerprint: mine.fingerprint, weights: mine.weights });
    expect(other.rendering).not.toBe(mine.rendering);
  });

  it('whose template writes the date says when it was opened, and is the same model with the same copy the next day', async () => {
    const dated = new Map([...base, ['chat_template.jinja', new TextEncoder().encode(DATED)]]);
    const on = async (day: number) => {
      vi.setSystemTime(new Date(2026, 10, day, 23, 59, 58));
      return opened(dated);
    };
    try {
      const { date, ...first } = await on(29);
      const { date: later, ...next } = await on(30);
      expect([date, later]).toEqual(['2026-11-29T23:59:58', '2026-11-30T23:59:58']);
      expect(next).toEqual(first);
      const { fingerprint, rendering = '', weights = '' } = first;
      const copy = { folder: 'f', id: 'mine', host: '', revision: '', commit: null, complete: true, bytes: 1, kit: false };
      const kept: StoredModel = { ...copy, fingerprint, rendering, weights };
      expect(copiesOf([kept], { ...next, date: later ?? '' })).toEqual([kept]);
      expect(await opened(base)).not.toHaveProperty('date');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a model whose files were picked without a folder', () => {
  const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
  const config = JSON.parse(new TextDecoder().decode(base.get('config.json'))) as Record<string, unknown>;
  const from = (path: unknown): Files => new Map([...base, ['config.json', bytesOf(JSON.stringify({ ...config, _name_or_path: path }))]]);
  const card = (text: string): Files => new Map([...base, ['README.md', bytesOf(text)]]);
  const nameOf = async (files: Files): Promise<string> => (await opened(files, '')).name;

  it.each<[what: string, Files, string]>([
    ['a name of a hub', from('HuggingFaceTB/SmolLM2-135M-Instruct'), 'SmolLM2-135M-Instruct'],
    ['a folder', from('./out/my-model/'), 'my-model'],
    ['a folder of Windows', from('C:\\models\\mine'), 'mine'],
    ['a place in the cache of a hub', from('/c/hub/models--Qwen--Qwen3-0.6B/snapshots/0123abcd'), 'Qwen3-0.6B'],
    ['the field of its card', card('---\nlicense: mit\nmodel_name: tuned\n---\n\n# Model Card for other\n'), 'tuned'],
    ['the heading of its card', card('---\nlicense: mit\n---\n\n# **Tiny** \n\ntext\n# Use\n'), 'Tiny'],
    ['what its card is said to be for', card('# Model Card for tiny-sft\n'), 'tiny-sft'],
  ])('has the name that its files give: %s', async (_, files, name) => {
    expect(await nameOf(files)).toBe(name);
  });

  it('is told apart from another of its family and size where nothing names it', async () => {
    const names = new Set<string>();
    for (const files of [
      base,
      from(''),
      from(7),
      from('..'),
      card('# Model Card for Model ID\n'),
      card('# Model of Step on Feet\n'),
      card('x'),
      card('# Model Card for {{ model_id | default("Model ID", true) }}\n'),
      card('# <img src="x"> Tiny\n'),
      card('Use it:\n```\n# pip install transformers\n```\n'),
    ])
      names.add(await nameOf(files));
    const [name = ''] = names;
    expect([...names]).toEqual([expect.stringMatching(/^llama-\d+K-[0-9a-f]{4}$/)]);
    const other = await nameOf(trained('model.embed_tokens.weight', little));
    expect(other).not.toBe(name);
    expect(other.slice(0, -4)).toBe(name.slice(0, -4));
  });

  it('is called by its folder where it has one, whatever its files say', async () => {
    expect((await opened(from('other'))).name).toBe('mine');
  });
});

describe('a model that does not open', () => {
  const weights = base.get('model.safetensors') as Uint8Array<ArrayBuffer>;
  const half = new Map([...base, ['model.safetensors', weights.slice(0, weights.length / 2)] as const]);
  const parts = ggufOf(randomModel('llama'));
  const gguf = (tensors: typeof parts.tensors): Files => new Map([['m.gguf', writeGguf({ ...parts, tensors })]]);
  const { 'token_embd.weight': _, ...others } = parts.tensors;
  const { 'blk.0.attn_q.weight': __, ...holed } = parts.tensors;

  it.each<[why: string, Files, ErrorCode, detail: string, advice: RegExp]>([
    ['a picked file that is cut off', half, 'MODEL_TRUNCATED', 'model.safetensors', /Download or copy it again/],
    ['a picked folder without weights', new Map([...base].slice(0, 2)), 'MODEL_MISSING', 'there is no', /Take all of them at once/],
    ['a GGUF file of a vocabulary alone', gguf({}), 'GGUF_UNFIT', 'm.gguf: it holds a vocabulary and no weights', /with all its weights/],
    ['a GGUF file of another kind', gguf(others), 'GGUF_UNFIT', 'none is token_embd.weight', /with all its weights/],
    ['a GGUF file that lacks a weight', gguf(holed), 'GGUF_UNFIT', 'q_proj', /with all its weights/],
  ])('says of %s what to do about that one', async (_, files, code, detail, advice) => {
    const error = await opened(files).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, detail: expect.stringContaining(detail) as string });
    expect((error as AppError).message).toMatch(advice);
    expect((error as AppError).message).not.toMatch(/reload|npm run/);
    expect((error as AppError).message.includes('config.json')).toBe(false);
  });

  it('says to reload where it came with the page', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('no', { status: 404 })));
    const opening = openSource({ kind: 'bundled', url: 'http://127.0.0.1/models/ladder', world: 'ladder' }).next();
    const error = (await opening.catch((thrown: unknown) => thrown)) as AppError;
    vi.unstubAllGlobals();
    expect(error).toMatchObject({ code: 'PAGE_FILE', detail: expect.stringContaining('MODEL_MISSING: ') as string });
    expect(error.message).toMatch(/Reload the page/);
  });

  it('says to delete it where this browser keeps it, and of what is not about its files nothing else', () => {
    for (const code of ['MODEL_TRUNCATED', 'MODEL_MISMATCH', 'MODEL_PARTS'] as const)
      expect(() => refusing('stored')(new AppError(code, 'why'))).toThrow(
        expect.objectContaining({ code: 'KEPT_UNFIT', detail: `${code}: why`, message: expect.stringContaining('Press Delete') as string }),
      );
    for (const way of ['bundled', 'stored', 'gguf', 'files'] as const)
      expect(() => refusing(way)(new AppError('MODEL_UNSUPPORTED', 'why'))).toThrow(expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }));
  });
});
