/**
 * The metadata of a GGUF file as the `config.json` and `generation_config.json` of the same model. What asks for anything else is refused by
 * its name, never ignored. Knows no tensor but the one that stretches rotary positions, and no tokenizer.
 */
import { AppError } from '../../../errors.ts';
import type { Fields } from '../../../fields.ts';
import type { Family } from '../../config.ts';
import { frequencies, type RopeScaling } from '../../rope-scaling.ts';

/** What the file says beside its metadata: the rows of its embedding, whether it has a head of its own, and the factors of its rope_freqs. */
export type GgufShape = { readonly vocabulary: number; readonly tied: boolean; readonly ropeFactors: Float32Array | null };

/** The architectures whose fields and order of rows are known here. */
const FAMILIES = ['llama', 'qwen2', 'qwen3'] as const satisfies readonly Family[];

/** Fields of an architecture that are read, or say nothing of the arithmetic. Every other one is refused unless it is 0. */
const KNOWN: ReadonlySet<string> = new Set([
  'block_count',
  'context_length',
  'embedding_length',
  'feed_forward_length',
  'attention.head_count',
  'attention.head_count_kv',
  'attention.key_length',
  'attention.value_length',
  'attention.layer_norm_rms_epsilon',
  'attention.causal',
  'rope.freq_base',
  'rope.dimension_count',
  'rope.scaling.type',
  'rope.scaling.factor',
  'rope.scaling.original_context_length',
  'rope.scaling.finetuned',
  'vocab_size',
  'tensor_data_layout',
]);

/** Names of tokens that end an answer, where a file says so by nothing else (llama.cpp, llama-vocab.cpp). */
const ENDS: ReadonlySet<string> = new Set([
  '<|eot_id|>',
  '<|eom_id|>',
  '<|im_end|>',
  '<|end|>',
  '<end_of_turn>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '</s>',
]);

/** How closely the factors of a file must be those of Llama 3's formula, which were computed in float32. */
const CLOSE = 1e-4;

function unsupported(detail: string): never {
  throw new AppError('MODEL_UNSUPPORTED', detail.slice(0, 400));
}

/** The architecture. Errors: MODEL_UNSUPPORTED for another one, for what is no whole model, and for one part of several. */
export function ggufFamily(fields: Fields): Family {
  const kind = fields.string('general.type', 'model');
  if (kind !== 'model') unsupported(`general.type is ${JSON.stringify(kind)}; choose the file of the model itself`);
  const parts = fields.whole('split.count', { fallback: 1 });
  if (parts > 1) unsupported(`it is one of ${parts} parts; put them together with llama-gguf-split --merge, and choose the whole`);
  const architecture = fields.string('general.architecture');
  const family = FAMILIES.find((name) => name === architecture);
  return family ?? unsupported(`general.architecture is ${JSON.stringify(architecture)}; ${FAMILIES.join(', ')} are supported`);
}

/** What `parseConfig` reads. Errors: MODEL_UNSUPPORTED names the field, MODEL_FORMAT one that is missing or no value of its kind. */
export function ggufConfig(fields: Fields, { vocabulary, tied, ropeFactors }: GgufShape): Readonly<Record<string, unknown>> {
  const family = ggufFamily(fields);
  const at = (name: string): string => `${family}.${name}`;
  for (const name of fields.names()) {
    if (!name.startsWith(at('')) || KNOWN.has(name.slice(family.length + 1))) continue;
    const value = fields.raw(name);
    if (value !== 0 && value !== false) unsupported(`${name} is ${JSON.stringify(value)}, which this decoder does not do`);
  }
  const whole = (name: string, fallback?: number): number => fields.whole(at(name), fallback === undefined ? {} : { fallback });
  const only = (name: string, allowed: number | boolean | string): void => {
    const value = fields.raw(at(name)) ?? allowed;
    if (value !== allowed) unsupported(`${at(name)} is ${JSON.stringify(value)}; only ${JSON.stringify(allowed)} is supported`);
  };
  const [hidden_size, num_attention_heads] = [whole('embedding_length'), whole('attention.head_count')];
  const head_dim = whole('attention.key_length', hidden_size / num_attention_heads);
  only('attention.value_length', head_dim);
  only('rope.dimension_count', head_dim);
  only('attention.causal', true);
  const rope_theta = float(fields, at('rope.freq_base'), 10_000);
  const rope_scaling = scalingOf(fields, at('rope.scaling'), { head_dim, rope_theta, ropeFactors });
  return {
    model_type: family,
    vocab_size: vocabulary,
    hidden_size,
    intermediate_size: whole('feed_forward_length'),
    num_hidden_layers: whole('block_count'),
    num_attention_heads,
    num_key_value_heads: whole('attention.head_count_kv', num_attention_heads),
    head_dim,
    rms_norm_eps: float(fields, at('attention.layer_norm_rms_epsilon')),
    rope_theta,
    ...(rope_scaling === null ? {} : { rope_scaling: { ...rope_scaling, rope_type: 'llama3' } }),
    max_position_embeddings: whole('context_length'),
    tie_word_embeddings: tied,
    // a text without a first token begins with what ends the one before
    bos_token_id: fields.raw('tokenizer.ggml.eos_token_id'),
    ...specialIds(fields),
  };
}

/** The special ids by the names of a configuration; a file without one has none of that name. */
function specialIds(fields: Fields): Readonly<Record<string, number>> {
  const kinds = { bos_token_id: 'bos', pad_token_id: 'padding' } as const;
  const found = Object.entries(kinds).flatMap(([name, kind]) => {
    const key = `tokenizer.ggml.${kind}_token_id`;
    return fields.raw(key) === undefined ? [] : [[name, fields.whole(key)] as const];
  });
  return { ...Object.fromEntries(found), eos_token_id: fields.whole('tokenizer.ggml.eos_token_id') };
}

/** What `generation_config.json` says: every token that ends an answer. `specials` are the special tokens by their names. */
export function ggufGeneration(fields: Fields, specials: ReadonlyMap<string, number>): Readonly<Record<string, unknown>> {
  const ids = specialIds(fields);
  const told = ['eot', 'eom'].flatMap((kind) => {
    const key = `tokenizer.ggml.${kind}_token_id`;
    return fields.raw(key) === undefined ? [] : [fields.whole(key)];
  });
  const named = [...specials].filter(([name]) => ENDS.has(name)).map(([, id]) => id);
  return { ...ids, eos_token_id: [...new Set([ids['eos_token_id'], ...told, ...named])] };
}

/** A number as it was written before it became a float32: the shortest one that becomes the same. */
function float(fields: Fields, name: string, fallback?: number): number {
  const value = fields.raw(name) ?? fallback;
  if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value)) return fields.fail(name, 'must be a positive number');
  const shortest = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digits) => Number(value.toPrecision(digits)));
  return shortest.find((short) => Math.fround(short) === Math.fround(value)) as number; // nine digits tell all of them apart
}

type Rope = { readonly head_dim: number; readonly rope_theta: number; readonly ropeFactors: Float32Array | null };

/** Llama 3's stretching, of which a file has the factors alone; the formula has the other numbers from its paper (arXiv 2407.21783). */
function scalingOf(fields: Fields, place: string, { head_dim, rope_theta, ropeFactors }: Rope): RopeScaling | null {
  const type = fields.string(`${place}.type`, 'none');
  const factor = fields.raw(`${place}.factor`) ?? 1;
  if (type !== 'none' && !(type === 'linear' && factor === 1))
    unsupported(`${place}.type is ${JSON.stringify(type)} with factor ${JSON.stringify(factor)}, which this decoder does not do`);
  if (ropeFactors === null || ropeFactors.every((value) => value === 1)) return null;
  const original_max_position_embeddings = 8192;
  const scaling = { factor: Math.max(...ropeFactors), low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings };
  const [plain, stretched] = [frequencies(head_dim, rope_theta, null), frequencies(head_dim, rope_theta, scaling)];
  const fits = (given: number, i: number): boolean => {
    const made = (plain[i] as number) / (stretched[i] as number);
    return Math.abs(given - made) <= CLOSE * made;
  };
  if (ropeFactors.length !== plain.length || !ropeFactors.every(fits))
    unsupported('rope_freqs.weight stretches positions in another way than Llama 3, which this decoder does not do');
  return scaling;
}
