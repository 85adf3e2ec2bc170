/**
 * The weights of a checkpoint, from one file or from the shards that an index names. Knows no model: which tensors there should be is for
 * others to say.
 */
import { AppError } from '../errors.ts';
import { Fields } from '../fields.ts';
import { sameNumbers, type StoredTensor } from './floats.ts';
import { GGUF, INDEX, readJson, WEIGHTS, type ReadFile } from './checkpoint.ts';
import { readGguf } from './in/gguf/gguf.ts';
import { readingSafetensors, type Share } from './safetensors.ts';

const MAX_TENSORS = 200_000;
const MAX_SHARDS = 10_000;
const MAX_NAME = 256;
/** What transformers leaves out of any checkpoint of these families: old ones store what follows from config.json, and counted positions. */
const SPARE = /(?:^|\.)(?:rotary_emb\.inv_freq|position_ids)$/;

/** A file of the model's folder or of one inside it, in letters of any script: nothing hidden, nothing that leads out. */
function isShard(name: string): boolean {
  const parts = name.split('/');
  const plain = parts.every((part) => part !== '' && !part.startsWith('.') && !/[\p{Cc}\\:*?"<>|]/u.test(part) && part.trim() === part);
  return plain && parts.length <= 8 && name.length <= MAX_NAME && name.endsWith('.safetensors');
}

function refuse(detail: string): never {
  throw new AppError('MODEL_FORMAT', `${INDEX}: ${detail.slice(0, 400)}`);
}

/** Reads a parsed `model.safetensors.index.json`: the shard of every tensor. Errors: MODEL_FORMAT with the place. */
export function readIndex(json: unknown): ReadonlyMap<string, string> {
  const map = Fields.of(json, '', refuse).object('weight_map');
  const names = map.names();
  if (names.length === 0) refuse('weight_map is empty');
  if (names.length > MAX_TENSORS) refuse(`weight_map has ${names.length} tensors, more than ${MAX_TENSORS}`);
  const index = new Map<string, string>();
  for (const name of names) {
    if (SPARE.test(name)) continue;
    if (name.length > MAX_NAME) refuse(`weight_map has a name of ${name.length} characters`);
    const named = map.string(name);
    const shard = named
      .split('/')
      .filter((part) => part !== '.')
      .join('/');
    if (!isShard(shard)) refuse(`weight_map.${name} is ${JSON.stringify(named)}, which is no name of a safetensors file`);
    index.set(name, shard.normalize('NFC'));
  }
  if (index.size === 0) refuse('weight_map names nothing that a model is made of');
  return index;
}

const isSpare = (name: string): boolean => SPARE.test(name);

/** The files that an index names, in order. Errors: MODEL_FORMAT when they are more than a model can have. */
export function shardsOf(index: ReadonlyMap<string, string>): readonly string[] {
  const shards = [...new Set(index.values())].sort();
  if (shards.length > MAX_SHARDS) refuse(`weight_map names ${shards.length} files, more than ${MAX_SHARDS}`);
  return shards;
}

/**
 * Reads the tensors of `model.safetensors`, of the shards, or of a GGUF file, without what transformers leaves out. `needed` are those that the model
 * is made of. Says how far the checksum of a file that has one is. Errors: MODEL_MISSING, FILE_QUANTISED, MODEL_TRUNCATED, MODEL_FORMAT, MODEL_PARTS, MODEL_UNSUPPORTED.
 */
export async function* readWeights(
  read: ReadFile,
  needed: Iterable<string> = [],
): AsyncGenerator<Share, ReadonlyMap<string, StoredTensor>> {
  const alone = await read(WEIGHTS);
  if (alone !== null) return (yield* readingSafetensors(alone, WEIGHTS, isSpare)).tensors;
  const bytes = await read(INDEX);
  const gguf = bytes === null ? await read(GGUF) : null;
  if (gguf !== null) return readGguf(gguf, GGUF);
  if (bytes === null) throw new AppError('MODEL_MISSING', `there is no ${WEIGHTS} and no ${INDEX}`);
  const index = readIndex(readJson(bytes, INDEX, 'MODEL_FORMAT'));
  const tensors = yield* readShards(read, shardsOf(index));
  checkHoles(tensors, index, needed);
  return tensors;
}

/**
 * Everything that the shards hold: as in transformers an index says which files there are, and what is in them they say themselves. One tensor
 * in two of them must be the same in both, where transformers takes the last.
 */
async function* readShards(read: ReadFile, shards: readonly string[]): AsyncGenerator<Share, ReadonlyMap<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  const places = new Map<string, string>();
  for (const [i, shard] of shards.entries()) {
    const part = await read(shard);
    if (part === null) throw new AppError('MODEL_PARTS', `there is no ${shard}, which ${INDEX} names`);
    const reading = readingSafetensors(part, shard, isSpare);
    let step = reading.next();
    // as if all of them had a checksum and were equally large
    for (; step.done !== true; step = reading.next()) yield { done: i + step.value.done / step.value.total, total: shards.length };
    for (const [name, tensor] of step.value.tensors) {
      const there = tensors.get(name);
      if (there !== undefined && !(there.shape.join() === tensor.shape.join() && sameNumbers(there, tensor)))
        throw new AppError('MODEL_PARTS', `${name} is in ${places.get(name)} and in ${shard}, with other numbers`);
      tensors.set(name, tensor);
      places.set(name, shard);
    }
  }
  return tensors;
}

/** Refuses a tensor of the model that no shard holds. One that only the index names is of no matter, such as a tied head. */
function checkHoles(tensors: ReadonlyMap<string, unknown>, index: ReadonlyMap<string, string>, needed: Iterable<string>): void {
  for (const name of needed) {
    const bare = name.replace(/^model\./, '');
    if (tensors.has(name) || tensors.has(bare)) continue;
    const shard = index.get(name) ?? index.get(bare);
    if (shard !== undefined) throw new AppError('MODEL_PARTS', `${name} is not in ${shard}, as ${INDEX} says, nor in another of its files`);
    const lacking = unnamedParts(shardsOf(index));
    if (lacking !== null) throw new AppError('MODEL_PARTS', `no file has ${name}, and ${INDEX} ${lacking}`);
  }
}

/** What an index says of fewer parts than their names count; null where they are all there. */
function unnamedParts(shards: readonly string[]): string | null {
  const count = Number(/-of-(\d+)\.safetensors$/.exec(shards.join())?.[1] ?? 0);
  return count > shards.length ? `names only ${shards.length} of ${count} files, such as ${shards[0]}` : null;
}
