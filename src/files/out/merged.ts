/**
 * The weights with an adapter added to them, as a model folder that `transformers` loads. The sums are plain loops over stored numbers. Knows
 * no tensor library.
 */
import { AppError } from '../../errors.ts';
import { linearPath, renderConfig, writtenEnds, type DecoderConfig } from '../config.ts';
import { BYTES, sizeOf } from '../floats.ts';
import { safetensorsPieces, type FloatType, type StoredTensor } from '../safetensors.ts';
import type { Adapter } from '../lora.ts';
import { jsonFile, type ExportFile } from './file.ts';

/** Files that go with a model as they are. */
const COPIED: ReadonlySet<string> = new Set([
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'chat_template.jinja',
  'generation_config.json',
  'LICENSE',
]);

/** What transformers calls them. */
const NAMES: Readonly<Record<FloatType, string>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/**
 * The weights W + (alpha / rank) B A, made when their numbers are asked for; those without a pair are the same objects.
 * Errors: MODEL_MISMATCH for a pair without a weight.
 */
export function mergeAdapter(
  config: DecoderConfig,
  weights: ReadonlyMap<string, StoredTensor>,
  { rank, alpha, targets, tensors }: Adapter,
): ReadonlyMap<string, StoredTensor> {
  const merged = new Map(weights);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    for (const target of targets) {
      const path = linearPath(layer, target);
      const [W, A, B] = [
        weights.get(`${path}.weight`),
        tensors.get(`base_model.model.${path}.lora_A.weight`),
        tensors.get(`base_model.model.${path}.lora_B.weight`),
      ];
      if (W === undefined || A === undefined || B === undefined)
        throw new AppError('MODEL_MISMATCH', `${path} lacks its weight or its pair`);
      merged.set(`${path}.weight`, {
        shape: W.shape,
        get data() {
          return added(W, A.data, B.data, rank, alpha / rank);
        },
      });
    }
  }
  return merged;
}

/** W + s B A, row by row; W [out, in], A [r, in], B [out, r]. */
function added({ shape, data }: StoredTensor, A: Float32Array, B: Float32Array, rank: number, scale: number): Float32Array<ArrayBuffer> {
  const [out = 0, into = 0] = shape;
  const sum = new Float32Array(out * into);
  const change = new Float64Array(into);
  for (let row = 0; row < out; row++) {
    change.fill(0);
    for (let k = 0; k < rank; k++) {
      const b = B[row * rank + k] as number;
      if (b !== 0) for (let i = 0; i < into; i++) change[i] = (change[i] as number) + b * (A[k * into + i] as number);
    }
    for (let i = 0; i < into; i++) sum[row * into + i] = (data[row * into + i] as number) + scale * (change[i] as number);
  }
  return sum;
}

/**
 * A special token as the base's config.json says it: undefined where the field is missing, for then transformers has one of its own for some
 * families; null where there is none, which Llama 2 writes as -1. `read` is the one that we go by.
 */
function saidToken(source: Readonly<Record<string, unknown>> | null, name: string, read: unknown): unknown {
  if (source === null) return read;
  const said = source[name];
  return said === undefined ? undefined : said === null || said === -1 ? null : read;
}

/**
 * The folder of a model. `copied` are the tokenizer's and other files that came with the base; names that do not belong are left out. `ends` are
 * the tokens that end its answers, `source` is the base's config.json: a first token or one for padding that it does not name is not made up.
 * Errors: EXPORT_RANGE, when the weights are written.
 */
export function modelFolder(
  config: DecoderConfig,
  weights: ReadonlyMap<string, StoredTensor>,
  {
    dtype = 'F32',
    copied = [],
    about = '',
    ends = config.eos_token_ids,
    source = null,
  }: {
    readonly dtype?: FloatType;
    readonly copied?: readonly ExportFile[];
    readonly about?: string;
    readonly ends?: readonly number[];
    readonly source?: Readonly<Record<string, unknown>> | null;
  } = {},
): readonly ExportFile[] {
  const files = copied.filter(({ name }) => COPIED.has(name));
  const { bos_token_id, pad_token_id, ...json } = JSON.parse(renderConfig(config)) as Record<string, unknown>;
  const bos = saidToken(source, 'bos_token_id', bos_token_id);
  const pad = saidToken(source, 'pad_token_id', pad_token_id);
  const type = NAMES[dtype];
  const size = [...weights.values()].reduce((sum, tensor) => sum + sizeOf(tensor), 0) * BYTES[dtype];
  // Both spellings: transformers 5 says dtype, those before it torch_dtype.
  const entries = Object.entries({ ...json, bos_token_id: bos, pad_token_id: pad, dtype: type, torch_dtype: type }).toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return [
    jsonFile('config.json', Object.fromEntries(entries)),
    { name: 'model.safetensors', pieces: () => safetensorsPieces(weights, { dtype, within: true }), size },
    ...files,
    ...(files.some(({ name }) => name === 'generation_config.json')
      ? []
      : [
          jsonFile('generation_config.json', {
            bos_token_id: bos ?? undefined,
            eos_token_id: writtenEnds(ends),
            pad_token_id: pad ?? undefined,
          }),
        ]),
    { name: 'README.md', text: `# Model of Step on Feet\n\n${about.trim() || 'Base weights with a LoRA adapter added to them.'}\n` },
  ];
}
