/**
 * A GGUF file as the folder of the same model: the files of text are made of its metadata, and the weights are its own. Knows nothing of where
 * the file comes from.
 */
import { AppError } from '../../../errors.ts';
import { Fields } from '../../../fields.ts';
import type { FileBytes } from '../../../file-bytes.ts';
import { CONFIG, GENERATION, GGUF, TOKENIZER, TOKENIZER_CONFIG, type ReadFile } from '../../checkpoint.ts';
import { parseConfig } from '../../config.ts';
import { type StoredTensor, tensorOver } from '../../floats.ts';
import { ggufConfig, ggufGeneration } from './config.ts';
import { type GgufHeader, readGgufHeader } from './header.ts';
import { ggufWeights, ROPE_FREQS } from './tensors.ts';
import { ggufTokenizer } from './tokenizer.ts';

/** Characters of an error that may quote a hostile file. */
const MAX_DETAIL = 400;

/** `work`, with the name of the file in front of what it refuses. */
function named<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${file}: ${error.detail.slice(0, MAX_DETAIL)}`, { cause: error });
  }
}

function fieldsOf({ metadata }: GgufHeader): Fields {
  return Fields.of(Object.fromEntries(metadata), '', (detail) => {
    throw new AppError('MODEL_FORMAT', detail);
  });
}

/** The bytes of `config.json`'s value. */
function configOf(file: FileBytes, header: GgufHeader): Readonly<Record<string, unknown>> {
  const embedding = header.tensors.get('token_embd.weight');
  if (embedding === undefined) {
    const { size } = header.tensors;
    throw new AppError(
      'MODEL_MISMATCH',
      size === 0
        ? 'it holds a vocabulary and no weights: there is no token_embd.weight'
        : `it is no whole model, as of its ${size} tensors none is token_embd.weight`,
    );
  }
  const freqs = header.tensors.get(ROPE_FREQS);
  if (freqs !== undefined && freqs.type.plain !== 'F32') throw new AppError('MODEL_UNSUPPORTED', `${ROPE_FREQS} is ${freqs.type.name}`);
  const ropeFactors =
    freqs === undefined ? null : tensorOver(freqs.shape, 'F32', file.subarray(freqs.begin, freqs.end) as Uint8Array<ArrayBuffer>).data;
  return ggufConfig(fieldsOf(header), {
    vocabulary: embedding.shape[0] as number,
    tied: !header.tensors.has('output.weight'),
    ropeFactors,
  });
}

/** The weights under a checkpoint's names. Errors: those of `ggufConfig` and of the header; the first part of each is `name`. */
export function readGguf(file: FileBytes, name: string): ReadonlyMap<string, StoredTensor> {
  return named(name, () => {
    const header = readGgufHeader(file);
    return ggufWeights(file, header.tensors, parseConfig(configOf(file, header)));
  });
}

/** What a model is called in its metadata; null for nothing. Errors: those of the header. */
export function nameInGguf(file: FileBytes): string | null {
  const name = readGgufHeader(file).metadata.get('general.name');
  return typeof name === 'string' && name.trim() !== '' ? name.trim().slice(0, 100) : null;
}

/**
 * A reader for `loadModel` over one file: `GGUF` is the file itself, and what a folder has beside its weights is made when it is asked for.
 * Errors: MODEL_UNSUPPORTED, MODEL_FORMAT, MODEL_TRUNCATED, MODEL_MISMATCH, TOKENIZER_FORMAT, with the file's name and the field.
 */
export function ggufFolder(file: FileBytes, called: string): ReadFile {
  const header = named(called, () => readGgufHeader(file));
  const made: Readonly<Record<string, () => unknown>> = {
    [CONFIG]: () => configOf(file, header),
    [TOKENIZER]: () => ggufTokenizer(fieldsOf(header)).tokenizer,
    [TOKENIZER_CONFIG]: () => ggufTokenizer(fieldsOf(header)).config,
    [GENERATION]: () => ggufGeneration(fieldsOf(header), ggufTokenizer(fieldsOf(header)).specials),
  };
  return (name) => {
    if (name === GGUF) return Promise.resolve(file);
    const make = Object.hasOwn(made, name) ? made[name] : undefined;
    if (make === undefined) return Promise.resolve(null);
    return new Promise((resolve) => resolve(new TextEncoder().encode(JSON.stringify(named(called, make)))));
  };
}
