/**
 * A model from three files: config.json, model.safetensors, tokenizer.json. Everything is checked before the first tensor is made.
 * Knows nothing of where the files come from: a URL or any function that reads a file by its name.
 */
import * as tf from '@tensorflow/tfjs';
import { AppError } from '../errors.ts';
import { parseConfig, weightShapes } from './config.ts';
import type { DecoderConfig } from './config.ts';
import { readSafetensors } from './safetensors.ts';
import type { StoredTensor } from './safetensors.ts';
import { SPECIALS, Tokenizer } from './tokenizer.ts';

/** The files of a base model; `weights` are host memory. */
export type ModelFiles = {
  readonly config: DecoderConfig;
  readonly tokenizer: Tokenizer;
  readonly weights: ReadonlyMap<string, StoredTensor>;
};
/** Reads a file of the model by its name; null when there is none. */
export type ReadFile = (name: string) => Promise<Uint8Array | null>;

/**
 * Loads and checks a model. `from` is the URL of its folder, or a reader.
 * Errors: MODEL_MISSING, MODEL_TRUNCATED, MODEL_FORMAT, MODEL_MISMATCH, TOKENIZER_FORMAT.
 */
export async function loadModel(from: string | ReadFile): Promise<ModelFiles> {
  const readFile = typeof from === 'string' ? fetchFile(from) : from;
  const read = async (name: string): Promise<Uint8Array> => {
    let bytes: Uint8Array | null;
    try {
      bytes = await readFile(name);
    } catch (error) {
      throw error instanceof AppError ? error : new AppError('MODEL_MISSING', `${name}: ${String(error)}`, { cause: error });
    }
    if (bytes === null) throw new AppError('MODEL_MISSING', `there is no ${name}`);
    return bytes;
  };
  const [configBytes, tokenizerBytes, weightBytes] = await Promise.all(['config.json', 'tokenizer.json', 'model.safetensors'].map(read));
  const config = parseConfig(parseJson(configBytes, (detail) => new AppError('MODEL_MISMATCH', `config.json: ${detail}`)));
  const tokenizer = new Tokenizer(parseJson(tokenizerBytes, (detail) => new AppError('TOKENIZER_FORMAT', detail)));
  checkTokenizer(config, tokenizer);
  const weights = readSafetensors(weightBytes as Uint8Array).tensors;
  checkWeights(config, weights);
  return { config, tokenizer, weights };
}

function fetchFile(folder: string): ReadFile {
  return async (name) => {
    const response = await fetch(`${folder.replace(/\/$/, '')}/${name}`);
    // A server of one-page apps answers a missing file with its page.
    if (!response.ok || response.headers.get('content-type')?.startsWith('text/html')) return null;
    return new Uint8Array(await response.arrayBuffer());
  };
}

function parseJson(bytes: Uint8Array | undefined, failure: (detail: string) => AppError): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw failure(String(error));
  }
}

function checkTokenizer(config: DecoderConfig, tokenizer: Tokenizer): void {
  if (tokenizer.size > config.vocab_size) {
    throw new AppError('MODEL_MISMATCH', `the tokenizer has ${tokenizer.size} ids, the model ${config.vocab_size}`);
  }
  const [bos] = SPECIALS;
  if (tokenizer.special(bos) !== config.bos_token_id) {
    throw new AppError('MODEL_MISMATCH', `${bos} is ${tokenizer.special(bos)} in the tokenizer and ${config.bos_token_id} in config.json`);
  }
}

/** Errors: MODEL_MISMATCH when a weight is missing, unknown or of another shape; MODEL_FORMAT when one is not finite. */
export function checkWeights(config: DecoderConfig, weights: ReadonlyMap<string, StoredTensor>): void {
  const shapes = weightShapes(config);
  for (const [name, shape] of shapes) {
    const found = weights.get(name);
    if (found === undefined) throw new AppError('MODEL_MISMATCH', `the weights have no ${name}`);
    if (found.shape.join() !== shape.join()) {
      throw new AppError('MODEL_MISMATCH', `${name} is [${found.shape.join()}], config.json says [${shape.join()}]`);
    }
    if (!found.data.every(Number.isFinite)) throw new AppError('MODEL_FORMAT', `${name} has a number that is not finite`);
  }
  for (const name of weights.keys())
    if (!shapes.has(name)) throw new AppError('MODEL_MISMATCH', `${name} belongs to no layer of config.json`);
}

/** The weights as tensors of the active backend; the caller disposes of them. */
export function toTensors(weights: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, tf.Tensor> {
  return new Map([...weights].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape], 'float32')]));
}

/** The weights as trainable variables. */
export function toVariables(weights: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, tf.Variable> {
  return new Map([...weights].map(([name, { shape, data }]) => [name, tf.tidy(() => tf.variable(tf.tensor(data, [...shape], 'float32')))]));
}

/** Tensors back as host memory. */
export async function toStored(tensors: ReadonlyMap<string, tf.Tensor>): Promise<ReadonlyMap<string, StoredTensor>> {
  const stored = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) stored.set(name, { shape: [...tensor.shape], data: Float32Array.from(await tensor.data()) });
  return stored;
}
