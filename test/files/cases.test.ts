/** Inputs that are easily read otherwise than their makers meant (test/fixtures/cases/), each opened as the files that a user picks. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startWasm } from '../../src/engine/wasm.ts';
import { readAdapterFolder } from '../../src/files/in/adapter.ts';
import { pickedModel } from '../../src/files/picked.ts';
import { ended } from '../support/all.ts';
import { readWeights } from '../../src/files/shards.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { Dialogue } from '../../src/kit/dialogue.ts';
import { pickedKit } from '../../src/lab/kits.ts';
import { formatOf } from '../../src/lab/sources.ts';
import { templateOf } from '../../src/lab/tasks.ts';
import { loadModel, toTensors } from '../../src/model/load.ts';
import { createLora } from '../../src/model/lora.ts';
import type { ChatMessage } from '../../src/text/chat.ts';
import { forward } from '../support/at-once.ts';
import { randomModel } from '../support/random-model.ts';

const CASES = join(import.meta.dirname, '../fixtures/cases');
const KIT = join(import.meta.dirname, '../../public/kits/english');
const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
/** The files of a case by their names. */
const filesOf = (name: string): ReadonlyMap<string, Uint8Array<ArrayBuffer>> =>
  new Map(readdirSync(join(CASES, name)).map((file) => [file, new Uint8Array(readFileSync(join(CASES, name, file)))]));
const expectedOf = <T>(name: string): T => JSON.parse(readFileSync(join(CASES, name, 'expected.json'), 'utf8')) as T;

const picked = (files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): readonly File[] =>
  [...files].map(([path, bytes]) => {
    const file = new File([bytes], path.replace(/^.*\//, ''));
    Object.defineProperty(file, 'webkitRelativePath', { value: `model/${path}` });
    return file;
  });
/** A random model, with some of its files in other words. */
const opened = async (files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) =>
  loadModel(await pickedModel(picked(new Map([...randomModel('llama'), ...files]))));
const withExpected = (name: string) => {
  const {
    expected,
    messages,
    add_generation_prompt: addGenerationPrompt,
  } = expectedOf<{
    readonly expected: string;
    readonly messages: readonly ChatMessage[];
    readonly add_generation_prompt: boolean;
  }>(name);
  return { expected, messages, addGenerationPrompt };
};

it('every case is read below', () => {
  const text = readFileSync(import.meta.filename, 'utf8');
  for (const name of readdirSync(CASES).filter((name) => !name.endsWith('.md'))) expect(text).toContain(`'${name}'`);
});

describe.each(['01-crlf', '02-continue-after-output', '05-strftime-now', '08-plus-signs'])('the chat template of %s', (name) => {
  it('writes what transformers makes of it', async () => {
    const { expected, messages, addGenerationPrompt } = withExpected(name);
    const model = await opened(filesOf(name));
    expect(formatOf(model).render(messages, { addGenerationPrompt })).toBe(expected);
  });
});

describe('a chat template of its kind', () => {
  const CHAT =
    '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';
  const ASKED = '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n';
  const rendered = async (files: Readonly<Record<string, string>>, content = 'Hi'): Promise<string> => {
    const model = await opened(new Map(Object.entries(files).map(([name, text]) => [name, encode(text)])));
    return formatOf(model).render([{ role: 'user', content }]);
  };

  it('has line ends as Python reads them, in a file of its own and in another', async () => {
    for (const end of ['\r\n', '\r']) {
      const text = CHAT.replaceAll('\n', end);
      expect(await rendered({ 'chat_template.jinja': text })).toBe(ASKED);
      expect(await rendered({ 'tokenizer_config.json': JSON.stringify({ eos_token: '<|im_end|>', chat_template: text }) })).toBe(ASKED);
    }
    // what somebody says is left as it is
    expect(await rendered({ 'chat_template.jinja': CHAT }, 'a\r\nb')).toContain('user\na\r\nb<|im_end|>');
  });

  it('keeps a mark at its beginning, which transformers puts into every prompt', async () => {
    expect(await rendered({ 'chat_template.jinja': `\ufeff${CHAT}` })).toBe(`\ufeff${ASKED}`);
  });

  it('keeps what was written before a loop is left, however deep', async () => {
    const loop = '{% for m in messages %}[{% if true %}{{ m.content }}{% with x = 1 %}!{% break %}{% endwith %}{% endif %}]{% endfor %}';
    expect(await rendered({ 'chat_template.jinja': `${loop}.` })).toBe('[Hi!.');
  });
});

describe.each(['config.json', 'tokenizer.json', 'generation_config.json', 'chat_template.jinja', 'tokenizer_config.json'])(
  'a pointer of Git LFS in the place of %s',
  (name) => {
    it('is named as one', async () => {
      const pointer = filesOf('09-lfs-pointer').get('model.safetensors') as Uint8Array<ArrayBuffer>;
      await expect(opened(new Map([[name, pointer]]))).rejects.toMatchObject({
        code: 'FILE_POINTER',
        detail: expect.stringContaining(name) as string,
      });
    });
  },
);

describe('the model of 13-thinking-template', () => {
  type Expected = Readonly<
    Record<'question' | 'answer' | 'whole_conversation' | 'prompt_thinking_off' | 'completion_of_a_thinking_model' | 'answer_in_it', string>
  >;

  it('is trained on what its template writes, and answers without its thought', async () => {
    const right = expectedOf<Expected>('13-thinking-template');
    const files = await opened(filesOf('13-thinking-template'));
    const format = formatOf(files);
    const dialogue = new Dialogue(templateOf({ tokenizer: files.tokenizer, format }));
    const prompt = dialogue.prompt(right.question);
    expect(prompt).toBe(right.prompt_thinking_off);
    expect(right.whole_conversation.startsWith(prompt + dialogue.completion(right.answer))).toBe(true);
    expect(dialogue.said(right.completion_of_a_thinking_model)).toBe(right.answer_in_it);
  });
});

describe('the tokenizer of tokenizer-added-only', () => {
  it('has the names of turns that stand in tokenizer_config.json alone, and ends where that says', async () => {
    const right = expectedOf<{ readonly ids: readonly number[]; readonly eos_token_id: number }>('tokenizer-added-only');
    const model = randomModel('llama');
    for (const name of ['generation_config.json', 'config.json']) expect(model.has(name)).toBe(true);
    const { tokenizer, ...files } = await opened(new Map([...filesOf('tokenizer-added-only'), ['generation_config.json', encode('{}')]]));
    const format = formatOf({ tokenizer, ...files });
    expect(format.promptIds(tokenizer, [{ role: 'user', content: 'Hi' }])).toEqual(right.ids);
    expect(format.stopIds(tokenizer, [])).toEqual([right.eos_token_id]);
  });
});

describe('the weights of 09-lfs-pointer', () => {
  it('are named as a pointer', async () => {
    await expect(opened(filesOf('09-lfs-pointer'))).rejects.toMatchObject({
      code: 'FILE_POINTER',
      detail: expect.stringContaining('Git LFS') as string,
      message: expect.stringContaining('git lfs pull') as string,
    });
  });
});

describe('the shards of 11-shards-in-a-folder', () => {
  const shard = 'weights/model-00001-of-00001.safetensors';

  it('are found where the index says', async () => {
    const norm = writeSafetensors(new Map([['model.norm.weight', { shape: [2], data: Float32Array.of(1, 2) }]]));
    const files = new Map([...filesOf('11-shards-in-a-folder'), [shard, norm]]);
    const read = await pickedModel(picked(new Map([...files, ['config.json', encode('{}')], ['tokenizer.json', encode('{}')]])));
    expect([...(await ended(readWeights(read)))].map(([name, { data }]) => [name, [...data]])).toEqual([['model.norm.weight', [1, 2]]]);
  });

  it.each(['./weights/a.safetensors', 'a b/ü/c.safetensors', 'weights/./a.safetensors'])('and so are those in %s', async (place) => {
    const norm = writeSafetensors(new Map([['model.norm.weight', { shape: [1], data: Float32Array.of(7) }]]));
    const index = encode(JSON.stringify({ weight_map: { 'model.norm.weight': place } }));
    const at = place.replaceAll('./', '').normalize('NFD');
    const files = new Map([
      ['model.safetensors.index.json', index],
      [at, norm],
      ['config.json', encode('{}')],
      ['tokenizer.json', encode('{}')],
    ]);
    const weights = await ended(readWeights(await pickedModel(picked(files))));
    expect(weights.get('model.norm.weight')?.data[0]).toBe(7);
  });

  it.each(['../a.safetensors', '/a.safetensors', '.hidden/a.safetensors', 'a.bin'])('but for a place like %s', async (place) => {
    const index = encode(JSON.stringify({ weight_map: { 'model.norm.weight': place } }));
    const files = new Map([
      ['model.safetensors.index.json', index],
      ['config.json', encode('{}')],
      ['tokenizer.json', encode('{}')],
    ]);
    await expect(pickedModel(picked(files))).rejects.toMatchObject({
      code: 'MODEL_FORMAT',
      detail: expect.stringContaining(place) as string,
    });
  });

  it('make a whole model', async () => {
    const { 'model.safetensors': weights, ...rest } = Object.fromEntries(randomModel('llama'));
    const whole = await opened(new Map());
    const index = { metadata: {}, weight_map: Object.fromEntries([...whole.weights.keys()].map((name) => [name, shard])) };
    const files = { ...rest, 'model.safetensors.index.json': encode(JSON.stringify(index)), [shard]: weights as Uint8Array<ArrayBuffer> };
    const model = await loadModel(await pickedModel(picked(new Map(Object.entries(files)))));
    expect([...model.weights.keys()].toSorted()).toEqual([...whole.weights.keys()].toSorted());
  });
});

describe('the kit of 12-kit-in-folders', () => {
  it('is read with its prompts in a folder', async () => {
    const kit = filesOf('12-kit-in-folders').get('kit.json') as Uint8Array<ArrayBuffer>;
    const names = readdirSync(KIT).filter((name) => name !== 'kit.json');
    const entries = names.map((name) => {
      const path = name === 'prompts.jsonl' ? 'data/my prompts.jsonl' : name;
      return { path: `k/${path}`, file: new File([readFileSync(join(KIT, name))], path.replace(/^.*\//, '')) };
    });
    const found = await pickedKit([...entries, { path: 'k/kit.json', file: new File([kit], 'kit.json') }]);
    expect(found).toMatchObject({ name: 'k', license: 'CC0-1.0' });
    expect(found?.prompts.length).toBe(readFileSync(join(KIT, 'prompts.jsonl'), 'utf8').trim().split('\n').length);
  });
});

describe('the adapter of peft-alpha-anchored', () => {
  beforeAll(startWasm);
  const ids = [[0, 5, 9, 40, 41, 7, 300, 12]];

  it('has exactly the logits that it has without its pattern, which matches no layer', async () => {
    expect(existsSync(join(CASES, 'peft-alpha-anchored', 'adapter_model.safetensors'))).toBe(true);
    const { config, weights } = await opened(new Map());
    const files = filesOf('peft-alpha-anchored');
    const settings = JSON.parse(new TextDecoder().decode(files.get('adapter_config.json'))) as Record<string, unknown>;
    const without = new Map(files).set('adapter_config.json', encode(JSON.stringify({ ...settings, alpha_pattern: {} })));
    const logits = async (adapter: ReadonlyMap<string, Uint8Array> | null): Promise<readonly number[]> => {
      const read = adapter === null ? null : readAdapterFolder(adapter, config);
      const lora = read === null ? null : createLora(config, read, read.tensors);
      const decoder = { config, weights: toTensors(config, weights), lora };
      const made = forward(decoder, tf.tensor2d(ids, undefined, 'int32'));
      const numbers = [...(await made.data())];
      tf.dispose([made, ...decoder.weights.values(), ...(lora === null ? [] : [lora.arena])]);
      return numbers;
    };
    const [plain, anchored, bare] = [await logits(null), await logits(files), await logits(without)];
    expect(anchored).toEqual(bare);
    expect(Math.max(...anchored.map((logit, i) => Math.abs(logit - (plain[i] as number))))).toBeGreaterThan(0.01);
    expect(readAdapterFolder(files, config)).toMatchObject({ rank: 4, alpha: 8 });
  });
});
