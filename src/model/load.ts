/**
 * A model from its files: config.json, tokenizer.json and the weights, and what else there is. Everything is checked before the first
 * tensor is made. Knows nothing of where the files come from: a URL or any function that reads a file by its name.
 */
import * as tf from '@tensorflow/tfjs';
import { HALF_GROUP, type NumberForm, packedMatrix, packHalves } from '../engine/packing.ts';
import { AppError } from '../errors.ts';
import { ownFile } from '../own-files.ts';
import { parseConfig, weightShapes } from '../files/config.ts';
import type { DecoderConfig } from '../files/config.ts';
import {
  allFinite,
  type FloatType,
  isQuantised,
  piecesOf,
  sameNumbers,
  sizeOf,
  type StoredTensor,
  typeOf,
  wordsOf,
} from '../files/floats.ts';
import {
  ADDED_TOKENS,
  CHAT_TEMPLATE,
  CONFIG,
  GENERATION,
  GGUF,
  OPTIONAL,
  readJson,
  readText,
  SPECIAL_TOKENS,
  TOKENIZER,
  TOKENIZER_CONFIG,
  type ReadFile,
} from '../files/checkpoint.ts';
import { refuseOther } from '../files/kinds.ts';
import type { FileBytes } from '../file-bytes.ts';
import type { Share } from '../files/safetensors.ts';
import { readWeights } from '../files/shards.ts';
import { stackWeights, unstackWeights } from './stack.ts';
import { completedTokenizer, namedConfig } from '../text/special-tokens.ts';
import { SPECIALS, Tokenizer } from '../text/tokenizer/tokenizer.ts';

export type { ReadFile };
/** A base model; `weights` are host memory. What comes with real models and the bundled one lacks is only parsed, not checked here. */
export type ModelFiles = {
  readonly config: DecoderConfig;
  readonly tokenizer: Tokenizer;
  readonly weights: ReadonlyMap<string, StoredTensor>;
  /** generation_config.json; null where there is none. */
  readonly generation?: unknown;
  /** tokenizer_config.json, with the names of special_tokens_map.json where they count; null where there is neither. */
  readonly tokenizerConfig?: unknown;
  /** chat_template.jinja; null where there is none. */
  readonly chatTemplate?: string | null;
  /** Is all of it out of one GGUF file? */
  readonly gguf?: boolean;
};

export type { Share };

/**
 * Loads and checks a model, whole or not at all. `from` is the URL of its folder, or a reader.
 * Errors name the file and the place: MODEL_MISSING, MODEL_TRUNCATED, MODEL_FORMAT, MODEL_PARTS, MODEL_MISMATCH, MODEL_UNSUPPORTED, TOKENIZER_FORMAT.
 */
export async function loadModel(from: string | ReadFile): Promise<Required<ModelFiles>> {
  const work = loading(from);
  for (;;) {
    const { done, value } = await work.next();
    if (done === true) return value;
  }
}

/** The same piece by piece: how much of the weights is read, which is what takes long. */
export async function* loading(from: string | ReadFile): AsyncGenerator<Share, Required<ModelFiles>> {
  const readFile = typeof from === 'string' ? fetchFile(from) : from;
  let gguf = false;
  const read: ReadFile = async (name) => {
    try {
      const bytes = await readFile(name);
      if (name === GGUF && bytes !== null) gguf = true; // it is asked for where there are no other weights
      // an optional file with nothing in it says nothing
      if (bytes !== null && !(bytes.length === 0 && (OPTIONAL as readonly string[]).includes(name))) refuseOther(name, bytes);
      return bytes?.length === 0 ? null : bytes;
    } catch (error) {
      throw error instanceof AppError ? error : new AppError('MODEL_MISSING', `${name}: ${String(error)}`, { cause: error });
    }
  };
  const needed = async (name: string): Promise<FileBytes> => {
    const bytes = await read(name);
    if (bytes === null) throw new AppError('MODEL_MISSING', `there is no ${name}`);
    return bytes;
  };
  const optional = async <T>(name: string, parse: typeof readJson | typeof readText): Promise<T | null> => {
    const bytes = await read(name);
    return bytes === null ? null : (parse(bytes, name, 'MODEL_FORMAT') as T);
  };
  // a model that cannot be used is refused before its weights are read
  const modelConfig = readJson(await needed(CONFIG), CONFIG, 'MODEL_MISMATCH');
  const config = parseConfig(modelConfig);
  const written = readJson(await needed(TOKENIZER), TOKENIZER, 'TOKENIZER_FORMAT');
  const alone = readTokenizer(written, config);
  // the bundled model has a format of its own and none of these, and asking for them would be an error in the browser's log
  const bundled = isBundled(alone);
  const beside = async (name: string): Promise<unknown> => (bundled ? null : optional(name, readJson));
  const named = {
    tokenizer: written,
    modelConfig,
    tokenizerConfig: await beside(TOKENIZER_CONFIG),
    specialTokensMap: await beside(SPECIAL_TOKENS),
    addedTokens: await beside(ADDED_TOKENS),
  };
  const whole = bundled ? written : completedTokenizer(written, named);
  const tokenizer = whole === written ? alone : readTokenizer(whole, config);
  checkTokenizer(config, tokenizer);
  const generation = await beside(GENERATION);
  checkEnds(generation, config);
  const chatTemplate = bundled ? null : await optional<string>(CHAT_TEMPLATE, readText);
  const tokenizerConfig = bundled ? null : namedConfig(named);
  if (config.eos_token_ids.length === 0 && endsOf(generation).length === 0 && !isEnd(tokenizerConfig, tokenizer))
    throw new AppError(
      'MODEL_MISMATCH',
      `no file names the token that ends an answer: eos_token_id is not in ${CONFIG} nor in ${GENERATION}`,
    );
  // a file with a checksum is read twice, and for that the first half
  let half: number | null = null;
  const reading = readWeights(read, weightShapes(config).keys());
  let step = await reading.next();
  for (; step.done !== true; step = await reading.next()) {
    half = step.value.total;
    yield { done: step.value.done, total: 2 * half };
  }
  const tensors = step.value;
  const weights = withoutSpare(config, tensors);
  checkShapes(config, weights);
  for (const share of checkNumbers(weights)) {
    yield half === null ? share : { done: half * (1 + share.done / share.total), total: 2 * half };
  }
  return { config, tokenizer, weights, generation, tokenizerConfig, chatTemplate, gguf };
}

const field = (file: unknown, name: string): unknown => (file as Readonly<Record<string, unknown>> | null | undefined)?.[name];

/** What generation_config.json names as ends. */
function endsOf(generation: unknown): readonly unknown[] {
  return [field(generation, 'eos_token_id') ?? []].flat();
}

/** Errors: MODEL_MISMATCH for an end that the model has no row for: it could neither be made nor be trained. */
function checkEnds(generation: unknown, { vocab_size }: DecoderConfig): void {
  const above = endsOf(generation).find((id): id is number => typeof id === 'number' && id >= vocab_size);
  if (above === undefined) return;
  throw new AppError('MODEL_MISMATCH', `${GENERATION}: eos_token_id ${above} is outside the vocabulary of ${vocab_size}`);
}

/** Do the tokenizer and the model have the end that tokenizer_config.json names, or its class? */
function isEnd(tokenizerConfig: unknown, tokenizer: Tokenizer): boolean {
  const token = field(tokenizerConfig, 'eos_token');
  const name = field(token, 'content') ?? token;
  return typeof name === 'string' && tokenizer.has(name);
}

function fetchFile(folder: string): ReadFile {
  return async (name) => {
    const address = `${folder.replace(/\/$/, '')}/${name}`;
    return ownFile(address, async () => {
      const response = await fetch(address);
      // A server of one-page apps answers a missing file with its page.
      if (!response.ok || response.headers.get('content-type')?.startsWith('text/html')) return null;
      return new Uint8Array(await response.arrayBuffer());
    });
  };
}

function readTokenizer(json: unknown, { vocab_size }: DecoderConfig): Tokenizer {
  try {
    return new Tokenizer(json, vocab_size);
  } catch (error) {
    if (!(error instanceof AppError) || error.detail.startsWith(TOKENIZER)) throw error;
    throw new AppError(error.code, `${TOKENIZER}: ${error.detail}`, { cause: error });
  }
}

/** Whether the tokenizer has the special tokens of the bundled model. */
function isBundled(tokenizer: Tokenizer): boolean {
  try {
    return SPECIALS.every((name) => tokenizer.special(name) >= 0);
  } catch {
    return false;
  }
}

function checkTokenizer(config: DecoderConfig, tokenizer: Tokenizer): void {
  if (tokenizer.size > config.vocab_size) {
    throw new AppError('MODEL_MISMATCH', `${TOKENIZER} has ${tokenizer.size} ids, ${CONFIG} ${config.vocab_size}`);
  }
  const [bos] = SPECIALS;
  if (isBundled(tokenizer) && tokenizer.special(bos) !== config.bos_token_id) {
    throw new AppError('MODEL_MISMATCH', `${bos} is ${tokenizer.special(bos)} in ${TOKENIZER} and ${config.bos_token_id} in ${CONFIG}`);
  }
}

/** Some checkpoints store a tied head a second time: as transformers does, left out. */
function withoutSpare(config: DecoderConfig, tensors: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  // of a model without its head, which transformers reads as one with a tied head
  const bare = tensors.has('embed_tokens.weight');
  const weights = new Map(
    [...tensors].map(([name, tensor]): [string, StoredTensor] => [bare && name !== 'lm_head.weight' ? `model.${name}` : name, tensor]),
  );
  const [head, embedding] = [weights.get('lm_head.weight'), weights.get('model.embed_tokens.weight')];
  // of two names for one matrix some programs keep the first of the alphabet
  if (config.tie_word_embeddings && head !== undefined && embedding === undefined) {
    weights.set('model.embed_tokens.weight', head);
    weights.delete('lm_head.weight');
  }
  if (config.tie_word_embeddings && head !== undefined && embedding !== undefined) {
    if (!sameNumbers(head, embedding)) {
      throw new AppError(
        'MODEL_MISMATCH',
        `lm_head.weight is not model.embed_tokens.weight, though tie_word_embeddings is true in ${CONFIG}`,
      );
    }
    weights.delete('lm_head.weight');
  }
  return weights;
}

/** Errors: MODEL_MISMATCH when a weight is missing, unknown or of another shape; MODEL_FORMAT when one is not finite. */
export function checkWeights(config: DecoderConfig, weights: ReadonlyMap<string, StoredTensor>): void {
  checkShapes(config, weights);
  for (const _ of checkNumbers(weights));
}

function checkShapes(config: DecoderConfig, weights: ReadonlyMap<string, StoredTensor>): void {
  const shapes = weightShapes(config);
  for (const [name, shape] of shapes) {
    const found = weights.get(name);
    if (found === undefined) throw new AppError('MODEL_MISMATCH', `the weights have no ${name}`);
    if (found.shape.join() !== shape.join()) {
      throw new AppError('MODEL_MISMATCH', `${name} is [${found.shape.join()}], config.json says [${shape.join()}]`);
    }
  }
  for (const name of weights.keys())
    if (!shapes.has(name)) throw new AppError('MODEL_MISMATCH', `${name} belongs to no layer of config.json`);
}

/** Reads every number once. */
function* checkNumbers(weights: ReadonlyMap<string, StoredTensor>): Generator<Share, void> {
  const total = numbersOf(weights);
  let done = 0;
  for (const [name, tensor] of weights) {
    if (!allFinite(tensor)) throw new AppError('MODEL_FORMAT', `${name} has a number that is not finite`);
    done += sizeOf(tensor);
    yield { done, total };
  }
}

/** How many numbers there are in all. */
export function numbersOf(weights: ReadonlyMap<string, StoredTensor>): number {
  return [...weights.values()].reduce((sum, tensor) => sum + sizeOf(tensor), 0);
}

const FORMS: Readonly<Record<FloatType, NumberForm>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/**
 * What frozen matrices become on the device: floats; rounded to float16, two an element; or packed in the halves of their file, to the bit,
 * rounded to float16 where the file has them quantised, and floats where the file has floats.
 */
export type Packing = 'none' | 'float16' | 'as stored';

/** The form of a matrix, stacked, on the device; what is not packed, or has rows that cannot be, is float32. */
export function packedForm(tensor: StoredTensor, packing: Packing): NumberForm {
  const { shape } = tensor;
  if (packing === 'none' || shape.length !== 2 || (shape[1] as number) % HALF_GROUP !== 0) return 'float32';
  return packing === 'float16' || isQuantised(tensor) ? 'float16' : FORMS[typeOf(tensor)];
}

/** The numbers of a matrix rounded to float16, two an element. */
function halvesOf(stored: StoredTensor): Int32Array {
  if (!isQuantised(stored)) return packHalves(stored.data, HALF_GROUP);
  const words = new Int32Array(sizeOf(stored) / 2);
  let at = 0;
  for (const piece of piecesOf(stored)) {
    words.set(packHalves(piece, HALF_GROUP), at);
    at += piece.length / 2;
  }
  return words;
}

/** One of the decoder's tensors on the active backend; the caller disposes of it. */
export function toTensor(stored: StoredTensor, packing: Packing): tf.Tensor {
  const form = packedForm(stored, packing);
  if (form === 'float32') return tf.tensor(stored.data, [...stored.shape], 'float32');
  const [rows, columns] = stored.shape as [number, number];
  const asStored = FORMS[typeOf(stored)] === form;
  return packedMatrix(asStored ? wordsOf(stored) : halvesOf(stored), rows, columns, form);
}

/** All of them, stacked. One at a time: the model is never in memory as floats where it is packed. */
export function toTensors(
  config: DecoderConfig,
  weights: ReadonlyMap<string, StoredTensor>,
  packing: Packing = 'none',
): ReadonlyMap<string, tf.Tensor> {
  return new Map([...stackWeights(config, weights)].map(([name, stored]) => [name, toTensor(stored, packing)]));
}

/** The same as trainable variables. */
export function toVariables(config: DecoderConfig, weights: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, tf.Variable> {
  const variable = ({ shape, data }: StoredTensor): tf.Variable => tf.tidy(() => tf.variable(tf.tensor(data, [...shape], 'float32')));
  return new Map([...stackWeights(config, weights)].map(([name, stored]) => [name, variable(stored)]));
}

/** Tensors as host memory, under their own names. */
export async function toStored(tensors: ReadonlyMap<string, tf.Tensor>): Promise<ReadonlyMap<string, StoredTensor>> {
  const stored = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) stored.set(name, { shape: [...tensor.shape], data: Float32Array.from(await tensor.data()) });
  return stored;
}

/** The decoder's weights back as those of a checkpoint. */
export async function toCheckpoint(
  config: DecoderConfig,
  weights: ReadonlyMap<string, tf.Tensor>,
): Promise<ReadonlyMap<string, StoredTensor>> {
  return unstackWeights(config, await toStored(weights));
}
