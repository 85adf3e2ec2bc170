import { describe, expect, it } from 'vitest';
import type { ModelFiles } from '../../src/model/load.ts';
import { besideEachOther, takeHome, takeMeasured } from '../../src/lab/take-home.ts';
import { writeSafetensors, type FloatType, type StoredTensor } from '../../src/files/safetensors.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { initialLora } from '../../src/model/lora.ts';
import { loraOf } from '../../src/files/lora.ts';
import { sha256 } from '../../src/digest.ts';
import { Random } from '../../src/random.ts';
import { ended } from '../support/all.ts';
import { TINY, tinyModel } from '../support/tiny.ts';
import { piecesOf } from '../../src/files/out/file.ts';
import { DEFAULTS, type RunConfig } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { adapterOf, BASE, heldOutOf, resultOf, sampleOf } from '../support/ledger-data.ts';
import { folderOf } from '../../src/lab/sources.ts';
import { fetchingText } from '../../src/ui/models/hub.tsx';
import { turnsOf } from '../../src/ui/samples/transcript.tsx';

describe('the name of a picked model', () => {
  it('is that of the folder with its config.json', () => {
    expect(folderOf([{ path: 'models/SmolLM2/original/config.json' }, { path: 'models/SmolLM2/config.json' }])).toBe('SmolLM2');
    expect(folderOf([{ path: 'config.json' }])).toBe('picked model');
  });
});

describe('a download in one line', () => {
  it('says bytes and the time left from what this try has fetched', () => {
    const at = { id: 'a/b', host: '', file: 'model.safetensors', done: 60e6, total: 100e6, from: 40e6, since: 0, now: 10_000 };
    expect(fetchingText(at)).toBe('60.0 MB of 100 MB, about 20 s left · model.safetensors');
    expect(fetchingText({ ...at, total: 0 })).toContain('Asking the hub');
  });
});

describe('the transcript of a chat template', () => {
  it('shows who said what, without special tokens and without the question', () => {
    const chatml =
      '<|im_start|>system\nBe kind.\nBe brief.<|im_end|>\n<|im_start|>user\nHi?<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n' +
      '<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n';
    const wanted = [
      { who: 'rules', text: 'Be kind.\nBe brief.' },
      { who: 'user', text: 'Hi?' },
      { who: 'bot', text: 'Hello.' },
    ];
    expect(turnsOf(chatml)).toEqual(wanted);
    const llama = chatml
      .replaceAll(/<\|im_start\|>(\w+)\n/g, '<|start_header_id|>$1<|end_header_id|>\n\n')
      .replaceAll('<|im_end|>\n', '<|eot_id|>');
    expect(turnsOf(llama)).toEqual(wanted);
    const zephyr = chatml.replaceAll(/<\|im_start\|>(\w+)\n/g, '<|$1|>\n').replaceAll('<|im_end|>', '</s>');
    expect(turnsOf(zephyr)).toEqual(wanted);
  });

  it('shows what somebody wrote, also where it looks like a special token or a role', () => {
    const texts = ['What is <|x|> in\n  Rust?', 'Is <|user|> one?', 'a </s> b', 'User: hi', '1.  one\n\n\n\tcode'];
    for (const end of ['<|im_end|>\n', '<|im_end|>']) {
      const turn = (role: string, text: string): string => `<|im_start|>${role}\n${text}${end}`;
      const context = texts.map((text) => turn('user', text) + turn('assistant', text)).join('') + turn('user', 'Why?');
      expect(turnsOf(`${context}<|im_start|>assistant\n`)).toEqual(
        texts.flatMap((text) => [
          { who: 'user', text },
          { who: 'bot', text },
        ]),
      );
    }
  });
});

describe('the answers that are taken home', () => {
  it('are those of the base and of every round, with what flipped on the way to the chosen one; of an earlier version none', async () => {
    const store = new MemoryStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    await ledger.putBase(BASE, heldOutOf(0));
    for (const round of [1, 2]) await ledger.commitRound(resultOf(round), await adapterOf(round), heldOutOf(round));
    const model = {
      name: 'miniature',
      fingerprint: '',
      world: 'ladder',
      family: 'llama',
      parameters: 1,
      small: true,
      context: 256,
      note: null,
    };
    const home = { store, files: {} as ModelFiles, read: async () => null, model, said: (text: string) => text };
    const taken = async (run: string, round: number) => {
      const files = await takeHome({ ...home, run, round }, ['answers']);
      return files.map((file) => [file.name, 'text' in file ? file.text.split('\n').filter((line) => line !== '').length : -1]);
    };
    // three answers of each of three models; from the base to round 1 two of them rise, and to round 2 none
    expect(await taken(run, 1)).toEqual([
      ['answers/answers.jsonl', 9],
      ['answers/flips.jsonl', 2],
    ]);
    expect((await taken(run, 2))[1]).toEqual(['answers/flips.jsonl', 0]);
    expect(await taken(await store.createRun(DEFAULTS), 0)).toEqual([
      ['answers/answers.jsonl', 0],
      ['answers/flips.jsonl', 0],
    ]);
  });
});

describe('a round that is taken home', () => {
  const model = {
    name: 'miniature',
    fingerprint: '',
    world: 'ladder',
    family: 'llama',
    parameters: 1,
    small: true,
    context: 256,
    note: null,
  };
  const stored = async (change: Partial<RunConfig> = {}) => {
    const store = new MemoryStore();
    const run = await store.createRun({ ...DEFAULTS, ...change });
    const ledger = await store.openLedger(run);
    await ledger.putBase(BASE, heldOutOf(0));
    const hashes = [''];
    for (const round of [1, 2, 3]) {
      await ledger.putSamples([0, 1].map((index) => sampleOf(run, round, index, { verdict: 'kept' })));
      const tensors = initialLora(TINY, loraOf(DEFAULTS), Random.of(round));
      for (const [name, { data }] of tensors) if (name.includes('lora_B')) data.fill(0.1 * round);
      const bytes = writeSafetensors(tensors);
      const adapter = { bytes, hash: await sha256(bytes) };
      hashes.push(adapter.hash);
      await ledger.commitRound(resultOf(round), adapter, heldOutOf(round));
    }
    const home = { store, files: tinyModel(), read: async () => null, model, said: (text: string) => text, run };
    return { home, hashes };
  };
  const textOf = (files: readonly { readonly name: string }[], name: string): string => {
    const file = files.find((other) => other.name === name);
    return file !== undefined && 'text' in file ? String(file.text) : '';
  };

  it('has the answers up to it and none of later rounds, each with the adapter that wrote it', async () => {
    const { home, hashes } = await stored();
    for (const round of [1, 2, 3]) {
      const files = await takeHome({ ...home, round }, ['samples']);
      const rows = textOf(files, 'samples/soft.jsonl')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { soft: { round: number; adapter_hash: string } }).soft);
      expect([...new Set(rows.map((row) => row.round))]).toEqual([1, 2, 3].slice(0, round));
      // the base model wrote the first answers, each later round's were written with the adapter before it
      for (const row of rows) expect(row.adapter_hash).toBe(hashes[row.round - 1]);
      expect(rows.some((row) => row.round > 1 && row.adapter_hash === '')).toBe(false);
    }
  });

  it.each<[Partial<RunConfig>, wrote: 'itself' | 'nobody', says: string]>([
    [{ answersFrom: 'previous' }, 'itself', 'on answers that it gave itself.'],
    [{ answersFrom: 'previous', startFrom: 'base', learnsFrom: 'all' }, 'itself', 'on answers that it gave itself.'],
    [{ answersFrom: 'base' }, 'nobody', 'on answers of the base model.'],
    [{ answersFrom: 'gold', method: 'soft' }, 'nobody', 'on the right answers, which its world gave.'],
    // a base model that shows what it would say writes nothing
    [{ answersFrom: 'base', method: 'sdft' }, 'itself', 'on answers that it gave itself.'],
    [{ answersFrom: 'gold', method: 'sdft' }, 'nobody', 'on the right answers, which its world gave.'],
  ])('of a run with %j says whose answers it learnt from', async (change, wrote, says) => {
    const { home, hashes } = await stored(change);
    const files = await takeHome({ ...home, round: 3 }, ['samples', 'adapter']);
    for (const line of textOf(files, 'samples/soft.jsonl').trim().split('\n')) {
      const { soft } = JSON.parse(line) as { soft: { round: number; adapter_hash: string } };
      expect(soft.adapter_hash).toBe(wrote === 'itself' ? hashes[soft.round - 1] : '');
    }
    expect(textOf(files, 'adapter/README.md')).toContain(says);
  });

  it('has adapters of before in it only where its method begins fresh ones', async () => {
    for (const [method, adds] of [
      ['soft', true],
      ['single', false],
      ['ssd', false],
    ] as const) {
      const { home } = await stored({ method, startFrom: 'merged' });
      const about = textOf(await takeHome({ ...home, round: 2 }, ['adapter']), 'adapter/README.md');
      expect(about.includes('are added up here'), method).toBe(adds);
    }
  });

  it('has no two files of one name, in a zip or one by one', async () => {
    const { home } = await stored();
    const files = await takeHome({ ...home, round: 1 }, ['adapter', 'merged', 'samples', 'answers', 'recipes', 'adapter']);
    const names = besideEachOther(files).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['adapter-README.md', 'merged-README.md', 'adapter_config.json', 'model.safetensors']));
    expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
    expect(besideEachOther(await takeHome({ ...home, round: 1 }, ['adapter'])).map(({ name }) => name)).toContain('README.md');
  });

  it('ends its answers as the run did, beside the ends that a file of the base names, and keeps what else one says', async () => {
    const { home } = await stored();
    const files = { ...home.files, config: { ...home.files.config, eos_token_ids: [] } };
    const taken = async (generation: object | null, ends?: readonly number[]): Promise<unknown> => {
      const beside = new Map(Object.entries({ 'generation_config.json': generation, 'config.json': { pad_token_id: 2 } }));
      const read = async (name: string) => {
        const file = beside.get(name) ?? null;
        return file === null ? null : new TextEncoder().encode(JSON.stringify(file));
      };
      const from = { ...home, read, files: { ...files, generation }, round: 1, ...(ends === undefined ? {} : { ends }) };
      const file = (await takeHome(from, ['merged'])).find(({ name }) => name === 'merged/generation_config.json');
      return file === undefined ? null : JSON.parse(Buffer.concat([...piecesOf(file)]).toString());
    };
    expect(await taken(null, [7, 9])).toEqual({ eos_token_id: [7, 9], pad_token_id: 2 });
    for (const none of [{}, { eos_token_id: null }, { eos_token_id: [] }])
      expect(await taken({ top_k: 20, ...none }, [7])).toEqual({ top_k: 20, eos_token_id: 7 });
    // a base that names the end of a text alone, and whose answers end with that of its tokenizer
    expect(await taken({ eos_token_id: 3, top_k: 20 }, [7, 3])).toEqual({ eos_token_id: [3, 7], top_k: 20 });
    expect(await taken({ eos_token_id: [3, 4] }, [4, 7])).toEqual({ eos_token_id: [3, 4, 7] });
    for (const all of [3, [3], [3, 4]]) expect(await taken({ eos_token_id: all }, [3])).toEqual({ eos_token_id: all });
    expect(await taken({ eos_token_id: 3 }, [])).toEqual({ eos_token_id: 3 });
    expect(await taken({ top_k: 20 })).toEqual({ top_k: 20 });
    expect(await taken(null)).toEqual({ eos_token_id: null, pad_token_id: 2 });
  });

  it('has no empty file of the base: the ends of the run stand where its generation_config.json says nothing', async () => {
    const { home } = await stored();
    const read = async (name: string) => (/^(?:generation|tokenizer)_config\.json$/.test(name) ? new Uint8Array() : null);
    const files = await takeHome({ ...home, read, round: 1, ends: [7, 9] }, ['merged']);
    const bytes = files
      .filter(({ name }) => name === 'merged/generation_config.json')
      .map((file) => Buffer.concat([...piecesOf(file)]).toString());
    expect(bytes.map((json) => JSON.parse(json) as unknown)).toEqual([expect.objectContaining({ eos_token_id: [7, 9] })]);
    expect(files.map(({ name }) => name)).not.toContain('merged/tokenizer_config.json');
  });

  it.each([false, true])(
    'has recipes that find their data where their first lines say that they are run (one by one: %s)',
    async (beside) => {
      const { home } = await stored();
      const made = await takeHome({ ...home, round: 1, beside }, ['samples', 'recipes']);
      const files = beside ? besideEachOther(made) : made;
      const names = new Set(files.map(({ name }) => name));
      const all = files.filter(({ name }) => name.endsWith('.yaml'));
      expect(all).toHaveLength(3);
      for (const { name } of all) {
        const text = textOf(files, name);
        const [place, command] = text.split('\n');
        if (!beside) expect(place).toBe('# run in the folder that has recipes/ and samples/ in it:');
        const lie = /^# run in the folder where this file and (.+) lie:$/.exec(place ?? '')?.[1]?.split(' and ') ?? [];
        expect(lie).toHaveLength(!beside ? 0 : name === 'llamafactory.yaml' ? 2 : 1);
        for (const needed of lie) expect(names).toContain(needed);
        expect(command?.split(' ').at(-1)).toBe(name);
        const paths = [...text.matchAll(/(?:data_files|path): "([^"]+\.jsonl)"/g)].map((found) => found[1] ?? '');
        const folder = /^dataset_dir: "(.+)"$/m.exec(text)?.[1];
        if (folder !== undefined) {
          const inFolder = (path: string): string => (folder === '.' ? path : `${folder}/${path}`);
          const info = inFolder('dataset_info.json');
          expect(names).toContain(info);
          const { soft } = JSON.parse(textOf(files, info)) as { soft: { file_name: string } };
          paths.push(inFolder(soft.file_name));
        }
        expect(paths).toHaveLength(1);
        for (const path of paths) expect(names).toContain(path);
        if (beside) expect(lie).toEqual(expect.arrayContaining(paths));
        expect(text).toContain('\nadam_beta2: 0.95\n');
      }
    },
  );

  it('as a whole model says by how much its logits differ from the adapter, in the type that was asked for', async () => {
    await startWasm();
    const { home } = await stored();
    const texts = [
      [5, 6, 7],
      [8, 9],
    ];
    const seen: number[] = [];
    for (const [dtype, name] of [
      ['F32', 'float32'],
      ['F16', 'float16'],
      ['BF16', 'bfloat16'],
    ] as const) {
      const { files, note } = await ended(takeMeasured({ ...home, round: 2, dtype, texts }, ['merged']));
      expect(note).toMatch(
        new RegExp(`^As ${name}, its logits differ from those of the adapter beside the base model by at most [\\d.e-]+, on 2 texts\\.$`),
      );
      seen.push(Number(/at most ([\d.e-]+),/.exec(note ?? '')?.[1]));
      expect(textOf(files, 'merged/README.md')).toContain(note);
      expect(JSON.parse(textOf(files, 'merged/config.json'))).toMatchObject({ dtype: name, torch_dtype: name });
      const weights = files.find((file) => file.name === 'merged/model.safetensors');
      const first = new TextDecoder().decode([...piecesOf(weights as Parameters<typeof piecesOf>[0])][0]);
      expect(first).toContain(`"dtype":"${dtype}"`);
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    const { note } = await ended(takeMeasured({ ...home, round: 0, texts: texts.slice(0, 1) }, ['merged']));
    expect(note).toBe('As float32, its logits differ from those of the weights as they were trained by at most 0, on 1 text.');
    expect((await ended(takeMeasured({ ...home, round: 2 }, ['merged']))).note).toBeNull();
    // what was not measured is not passed over
    const unread = await ended(takeMeasured({ ...home, round: 2, dtype: 'F16', texts: [] }, ['merged']));
    expect(unread.note).toMatch(/^As float16, its logits were compared with none/);
    expect(textOf(unread.files, 'merged/README.md')).toContain(unread.note);
    expect((await ended(takeMeasured({ ...home, round: 2, texts }, ['adapter']))).note).toBeNull();
  });

  it.each([
    ['F16', 1e5],
    ['F16', 65_520],
    ['BF16', 3.4e38],
  ] as const)('is refused as %s where a weight is %d, measured or not, and as float32 it is taken', async (dtype, large) => {
    await startWasm();
    const { home } = await stored();
    // no text has this token, and no head reads its row
    const untied = { ...TINY, tie_word_embeddings: false };
    const embedding = new Float32Array(259 * 16).fill(0.1);
    embedding[200 * 16] = large;
    const head = home.files.weights.get('model.embed_tokens.weight') as StoredTensor;
    const weights = new Map([
      ...home.files.weights,
      ['model.embed_tokens.weight', { shape: head.shape, data: embedding }],
      ['lm_head.weight', head],
    ] as const);
    const files = { ...home.files, config: untied, weights };
    const written = async (type: FloatType, texts: readonly (readonly number[])[]) => {
      const taken = await ended(takeMeasured({ ...home, files, round: 1, dtype: type, texts }, ['merged']));
      const file = taken.files.find(({ name }) => name === 'merged/model.safetensors');
      return [...piecesOf(file as Parameters<typeof piecesOf>[0])].length;
    };
    for (const texts of [[], [[5, 6]]])
      await expect(written(dtype, texts)).rejects.toMatchObject({
        code: 'EXPORT_RANGE',
        detail: expect.stringContaining('model.embed_tokens.weight') as string,
      });
    expect(await written('F32', [[5, 6]])).toBeGreaterThan(1);
    if (dtype === 'F16') expect(await written('BF16', [])).toBeGreaterThan(1);
  });
});
