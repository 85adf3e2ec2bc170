import { describe, expect, it } from 'vitest';
import type { ModelFiles } from '../../src/model/load.ts';
import { takeHome } from '../../src/lab/take-home.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { adapterOf, BASE, heldOutOf, resultOf } from '../support/ledger-data.ts';
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
