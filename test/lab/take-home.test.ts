import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { ExportFile } from '../../src/files/out/file.ts';
import { folderOf } from '../../src/lab/sources.ts';
import { blobOf, zipOf } from '../../src/files/out/zip.ts';
import { fetchingText } from '../../src/ui/models/hub.tsx';
import { turnsOf } from '../../src/ui/samples/transcript.tsx';

describe('one zip', () => {
  it('holds every file as it was, whatever its length, and is the same every time', async () => {
    const long = new Uint8Array(2 ** 24 + 5).map((_, i) => i * 7);
    const files: readonly ExportFile[] = [
      { name: 'adapter/README.md', text: 'grüße\n' },
      { name: 'adapter/adapter_model.safetensors', bytes: long },
      { name: 'empty', bytes: new Uint8Array() },
      { name: 'merged/model.safetensors', pieces: () => [long.subarray(0, 9), long.subarray(9)] },
    ];
    const [first, second] = [await (await zipOf(files)).arrayBuffer(), await (await zipOf(files)).arrayBuffer()];
    const found = unzipSync(new Uint8Array(first));
    expect(Object.keys(found)).toEqual(files.map(({ name }) => name));
    expect(new TextDecoder().decode(found['adapter/README.md'])).toBe('grüße\n');
    for (const name of ['adapter/adapter_model.safetensors', 'merged/model.safetensors'])
      expect(Buffer.compare(found[name] ?? new Uint8Array(), long)).toBe(0);
    expect(Buffer.compare(new Uint8Array(await (await blobOf(files[3] as ExportFile)).arrayBuffer()), long)).toBe(0);
    expect(Buffer.compare(new Uint8Array(first), new Uint8Array(second))).toBe(0);
  });
});

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
