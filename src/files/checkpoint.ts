/**
 * The files that make a model, by the names that Hugging Face gives them, and how to read the JSON ones. Knows nothing of what they say
 * nor of where they come from.
 */
import { AppError, type ErrorCode } from '../errors.ts';
import { type FileBytes, whole } from '../file-bytes.ts';
import { JsonLimit, parsedJson } from './json.ts';

export const CONFIG = 'config.json';
export const TOKENIZER = 'tokenizer.json';
/** The weights in one file, or an index that names the files that they are divided into. */
export const WEIGHTS = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';
/** Or the one file of a model for llama.cpp, whatever its name was. */
export const GGUF = 'model.gguf';
export const GENERATION = 'generation_config.json';
export const TOKENIZER_CONFIG = 'tokenizer_config.json';
export const SPECIAL_TOKENS = 'special_tokens_map.json';
export const ADDED_TOKENS = 'added_tokens.json';
export const CHAT_TEMPLATE = 'chat_template.jinja';

/** Files that every model has, besides its weights, and those that it may have. */
export const NEEDED = [CONFIG, TOKENIZER] as const;
export const OPTIONAL = [GENERATION, TOKENIZER_CONFIG, SPECIAL_TOKENS, ADDED_TOKENS, CHAT_TEMPLATE] as const;

/** Reads a file of the model by its name; null when there is none. */
export type ReadFile = (name: string) => Promise<FileBytes | null>;

const MIB = 1024 * 1024;
/** Bytes that a file of text may have. */
const MAX_BYTES: Readonly<Record<string, number>> = { [TOKENIZER]: 32 * MIB, [INDEX]: 16 * MIB, [TOKENIZER_CONFIG]: 16 * MIB };
const MAX_OTHER = MIB;

/** The text of a file. Errors: `code`, with the file's name, when it is too large or no UTF-8. */
export function readText(bytes: FileBytes, file: string, code: ErrorCode): string {
  const max = MAX_BYTES[file] ?? MAX_OTHER;
  if (bytes.length > max) throw new AppError(code, `${file}: ${bytes.length} bytes, at most ${max} are read`);
  try {
    // a mark at the beginning of a template is part of it, as transformers reads it
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: file === CHAT_TEMPLATE }).decode(whole(bytes));
  } catch (error) {
    throw new AppError(code, `${file}: is not UTF-8`, { cause: error });
  }
}

/** The value of a JSON file. Errors: `code`, with the file's name and the place. */
export function readJson(bytes: FileBytes, file: string, code: ErrorCode): unknown {
  const text = readText(bytes, file, code);
  try {
    return parsedJson(text);
  } catch (error) {
    const why = error instanceof JsonLimit ? error.message : String(error).slice(0, 400);
    throw new AppError(code, `${file}: ${why}`, { cause: error });
  }
}
