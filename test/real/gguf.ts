/**
 * What a GGUF file must have in common with the folder that transformers makes of it, and its tokenizers with the ids that the originals gave.
 * Knows neither the page nor how Python is called.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { startWasm } from '../../src/engine/wasm.ts';
import { now } from '../../src/engine/work.ts';
import { AppError } from '../../src/errors.ts';
import { Fields } from '../../src/fields.ts';
import { ggufFolder } from '../../src/files/in/gguf/gguf.ts';
import { readGgufHeader } from '../../src/files/in/gguf/header.ts';
import { ggufTokenizer } from '../../src/files/in/gguf/tokenizer.ts';
import type { Message } from '../../src/kit/dialogue.ts';
import { forward } from '../../src/model/decoder.ts';
import { loadModel, type Packing, toTensors } from '../../src/model/load.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';
import type { Checks } from './checks.ts';
import { greedy, openReal, type Real, realOf } from './engine.ts';

const TOKENS = 40;
const QUESTIONS = ['How do I remove a coffee stain from a shirt?', 'Why do cats have six legs?', 'Write two sentences about rain.'];
const CHATS = QUESTIONS.map((content): readonly Message[] => [{ role: 'user', content }]);
const BETWEEN = '\n__ggml_vocab_test__\n';

const bytesOf = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(path));

/** Every vocabulary of a folder: the ids of its pairs where it is read, else refused by the field and what stands there. */
export function compareVocabularies(checks: Checks, models: string): void {
  const files = readdirSync(models).filter((name) => name.endsWith('.gguf'));
  const read: string[] = [];
  for (const name of files) {
    const made = tokenizerOf(join(models, name));
    const [texts, ids] = ['.inp', '.out'].map((end) => join(models, `${name}${end}`)) as [string, string];
    if (made instanceof AppError) {
      const said = /^tokenizer\.ggml\.(?:model|pre) is (?:"[\w.-]+"|null)/.test(made.detail);
      checks.that(`${name} is refused by name`, made.code === 'TOKENIZER_FORMAT' && said, made.detail.slice(0, 60));
    } else if (existsSync(texts)) {
      const pairs = readFileSync(texts, 'utf8').split(BETWEEN).slice(0, -1);
      const expected = readFileSync(ids, 'utf8').split('\n');
      const same = pairs.filter((text, i) => made.encode(text).join(' ') === expected[i]?.trim()).length;
      checks.that(`${name} gives the ids of the original`, same === pairs.length && same > 40, `${same} of ${pairs.length} texts`);
      read.push(name.slice('ggml-vocab-'.length, -'.gguf'.length));
    }
  }
  const promised = ['llama-bpe', 'llama-spm', 'qwen2', 'qwen35', 'gpt-2', 'starcoder', 'refact', 'command-r'];
  checks.that(
    'the vocabularies that are promised are among them',
    promised.every((name) => read.includes(name)),
    read.join(', '),
  );
}

function tokenizerOf(path: string): Tokenizer | AppError {
  const { metadata } = readGgufHeader(bytesOf(path));
  const fields = Fields.of(Object.fromEntries(metadata), '', (detail) => {
    throw new AppError('MODEL_FORMAT', detail);
  });
  try {
    return new Tokenizer(JSON.parse(JSON.stringify(ggufTokenizer(fields).tokenizer)));
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** The file beside the folder that transformers made of it in float32. */
export async function compareGguf(checks: Checks, file: string, folder: string): Promise<void> {
  const gguf = realOf(await loadModel(ggufFolder(bytesOf(file), basename(file))));
  const plain = await openReal(folder);
  let [numbers, same] = [0, 0];
  for (const [name, { data }] of plain.files.weights) {
    const ours = bits(gguf.files.weights.get(name)?.data ?? new Float32Array());
    for (const [i, word] of bits(data).entries()) if (ours[i] === word) same++;
    numbers += data.length;
  }
  checks.that('the weights are those of transformers to the last bit', same === numbers, `${same} of ${numbers}`);
  const { idsOf } = gguf;
  checks.that(
    'prompts have the same ids',
    CHATS.every((chat) => equal(idsOf(chat, false), plain.idsOf(chat, false))),
  );
  const [ours, theirs] = [await greedy(gguf, CHATS, TOKENS), await greedy(plain, CHATS, TOKENS)];
  for (const [i, { ids }] of ours.entries())
    checks.that(
      `“${QUESTIONS[i]}” is answered alike by file and folder, both as float32`,
      equal(ids, theirs[i]?.ids),
      `${ids.length} tokens`,
    );
  const told = await packedApart(
    gguf,
    theirs.flatMap(({ ids }, i) => [[...idsOf(CHATS[i] ?? [], false), ...ids]]),
  );
  checks.that('packed as float16, as the page holds it, logits stay near', told.apart < 1, told.text);
}

/** How far logits move where the file is held as float16, over every position of the texts. */
async function packedApart(
  { files: { config, weights } }: Real,
  texts: readonly (readonly number[])[],
): Promise<{ readonly apart: number; readonly text: string }> {
  await startWasm();
  const logitsOf = async (packing: Packing): Promise<Float32Array[]> => {
    const decoder = { config, weights: toTensors(config, weights, packing), lora: null };
    const found: Float32Array[] = [];
    for (const ids of texts) {
      const logits = tf.tidy(() => now(forward(decoder, tf.tensor2d([...ids], [1, ids.length], 'int32'))));
      found.push((await logits.data()) as Float32Array);
      logits.dispose();
    }
    tf.dispose([...decoder.weights.values()]);
    return found;
  };
  const [exact, packed] = [await logitsOf('none'), await logitsOf('as stored')];
  let [apart, most] = [0, 0];
  for (const [i, logits] of exact.entries()) {
    for (const [j, value] of logits.entries()) {
      apart = Math.max(apart, Math.abs(value - (packed[i]?.[j] ?? Number.NaN)));
      most = Math.max(most, Math.abs(value));
    }
  }
  const positions = texts.reduce((sum, { length }) => sum + length, 0);
  return {
    apart,
    text: `the largest difference of a logit is ${apart.toPrecision(3)}, of logits up to ${most.toFixed(1)}, over ${positions} positions`,
  };
}

const bits = (data: Float32Array): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);
const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
