import { describe, expect, it } from 'vitest';
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
