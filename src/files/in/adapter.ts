/**
 * A folder of the PEFT library read back for a model, with every check before anything is used. Knows no tensor library: pairs are shapes
 * and numbers under PEFT's names.
 */
import { AppError } from '../../errors.ts';
import { linearPath, linearShapes, type DecoderConfig, type LinearName } from '../config.ts';
import { pairNames, type Adapter } from '../lora.ts';
import type { PickedFiles } from '../picked.ts';
import { parsedJson } from '../json.ts';
import { utf8 } from '../utf8.ts';
import { readSafetensors, type StoredTensor } from '../safetensors.ts';
import { readAdapterConfig } from './adapter-config.ts';

/** `lowestRank` is that of the smallest pair. */
type ReadAdapter = Adapter & { readonly lowestRank: number; readonly base: string; readonly notes: readonly string[] };

const MAX_HEADER = 1 << 20;

function refuse(detail: string): never {
  throw new AppError('MODEL_MISMATCH', detail);
}

/**
 * Reads a picked adapter folder for a model. Pairs of several ranks come back as one rank, filled up with zeros, which changes nothing.
 * Errors: MODEL_MISMATCH, MODEL_FORMAT, MODEL_TRUNCATED name the file and the key. `base`: the name of the model that is loaded, if known.
 */
export function readAdapterFolder(files: PickedFiles, model: DecoderConfig, base: string | null = null): ReadAdapter {
  const [configBytes, weightBytes] = [files.get('adapter_config.json'), files.get('adapter_model.safetensors')];
  if (configBytes === undefined) refuse('adapter_config.json is missing; choose it together with adapter_model.safetensors');
  const settings = parse(configBytes);
  if (isMlx(settings))
    refuse(
      'adapter_config.json is of MLX, whose adapters are not read; merge it there with mlx_lm.fuse, and choose the folder that this makes',
    );
  if (weightBytes === undefined) refuse('adapter_model.safetensors is missing; adapter_model.bin is not read, as it can run code');
  const config = readAdapterConfig(settings, model);
  if (base !== null && base !== '' && config.base !== '' && config.base !== base)
    refuse(`adapter_config.json: base_model_name_or_path is ${JSON.stringify(config.base)}, the model is ${JSON.stringify(base)}`);
  if (weightBytes.length >= 8) {
    const header = new DataView(weightBytes.buffer, weightBytes.byteOffset).getBigUint64(0, true);
    if (header > BigInt(MAX_HEADER))
      throw new AppError('MODEL_FORMAT', `adapter_model.safetensors: its header has ${header} bytes, at most ${MAX_HEADER} are read`);
  }
  const found = new Map(readSafetensors(weightBytes, 'adapter_model.safetensors').tensors);
  const notes: string[] = [];
  for (const name of [...found.keys()].filter((name) => name.includes('.base_layer.'))) {
    notes.push(`${name} is a weight of the base model and was skipped.`);
    found.delete(name);
  }
  if (found.size === 0) refuse('adapter_model.safetensors has no weights of an adapter');
  const ranks = [...config.pairs.values()].map((pair) => pair.rank);
  const [lowestRank, rank] = [Math.min(...ranks), Math.max(...ranks)];
  const scale = Math.max(...[...config.pairs.values()].map((pair) => pair.scale));
  const others = madeForOther(found.keys(), model, config.base);
  const shapes = linearShapes(model);
  const tensors = new Map<string, StoredTensor>();
  for (const [layer, target] of everyTarget(model, config.targets)) {
    const [out, into] = shapes[target];
    const path = linearPath(layer, target);
    const [pair, names] = [config.pairs.get(path), pairNames(path)];
    if (pair === undefined) {
      // this layer has none: a pair of zeros is no change
      tensors.set(names.A, { shape: [rank, into], data: new Float32Array(rank * into) });
      tensors.set(names.B, { shape: [out, rank], data: new Float32Array(out * rank) });
      continue;
    }
    const A = take(found, names.A, [pair.rank, into], others);
    const B = take(found, names.B, [out, pair.rank], others);
    tensors.set(names.A, widened(A, [rank, into], 1));
    tensors.set(names.B, widened(B, [out, rank], pair.scale / scale));
  }
  const [extra] = found.keys();
  if (extra !== undefined) refuse(`adapter_model.safetensors: ${extra} belongs to no target of this model${others(layerOf(extra))}`);
  return { rank, lowestRank, alpha: scale * rank, targets: config.targets, tensors, base: config.base, notes };
}

/** What is said of an adapter for another base; nothing where only one of the two has a pair of this layer's. Null: a shape says it. */
type OfOther = (layer: number | null) => string;

function layerOf(name: string): number {
  return Number(/\.layers\.(\d+)\./.exec(name)?.[1] ?? Number.NaN);
}

/** Of a layer that only the adapter has, or only the model, the adapter is another's; a half that is missing in a layer of both was lost. */
function madeForOther(names: Iterable<string>, model: DecoderConfig, base: string): OfOther {
  const layers = new Set([...names].map(layerOf));
  const text = `: it is an adapter made for another base model${base === '' ? '' : `, ${JSON.stringify(base)}`}`;
  // what lies in no layer, such as an embedding, says nothing of the base
  return (layer) => (layer !== null && (Number.isNaN(layer) || (layers.has(layer) && layer < model.num_hidden_layers)) ? '' : text);
}

function everyTarget(model: DecoderConfig, targets: readonly LinearName[]): readonly (readonly [number, LinearName])[] {
  return Array.from({ length: model.num_hidden_layers }, (_, layer) => targets.map((name) => [layer, name] as const)).flat();
}

/** MLX calls its settings of an adapter as PEFT does, and names other things in them. */
function isMlx(settings: unknown): boolean {
  return (
    typeof settings === 'object' &&
    settings !== null &&
    !('peft_type' in settings) &&
    ('fine_tune_type' in settings || 'lora_parameters' in settings)
  );
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_HEADER) refuse(`adapter_config.json has ${bytes.length} bytes, at most ${MAX_HEADER} are read`);
  const text = utf8(bytes) ?? refuse('adapter_config.json is not UTF-8');
  try {
    return parsedJson(text);
  } catch (error) {
    return refuse(`adapter_config.json is not JSON: ${(error as Error).message}`);
  }
}

/** Takes a half of a pair out of the file, checked. */
function take(found: Map<string, StoredTensor>, name: string, shape: readonly [number, number], others: OfOther): StoredTensor {
  const tensor = found.get(name) ?? refuse(`adapter_model.safetensors: ${name} is missing${others(layerOf(name))}`);
  found.delete(name);
  if (tensor.shape.join() !== shape.join())
    refuse(`adapter_model.safetensors: ${name} is [${tensor.shape.join()}], this model needs [${shape.join()}]${others(null)}`);
  if (!tensor.data.every(Number.isFinite)) refuse(`adapter_model.safetensors: ${name} has numbers that are not finite`);
  return tensor;
}

/** A matrix with zeros to the right and below, times a factor. */
function widened({ shape, data }: StoredTensor, [rows, columns]: readonly [number, number], factor: number): StoredTensor {
  const [height = 0, width = 0] = shape;
  if (height === rows && width === columns && factor === 1) return { shape, data };
  const wide = new Float32Array(rows * columns);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) wide[row * columns + column] = factor * (data[row * width + column] as number);
  return { shape: [rows, columns], data: wide };
}
