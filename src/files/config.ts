/**
 * The fields of a Hugging Face `config.json` that the decoder reads, checked, and the name and shape of every weight that follows
 * from them. The families: llama (also SmolLM2, TinyLlama, Llama 3), qwen2 (biases on q, k and v), qwen3 (norms on q and k), smollm3 (some
 * layers without positions).
 * What asks for anything else is refused by its name, never ignored. Knows no tensor.
 */
import { AppError } from '../errors.ts';
import { Fields } from '../fields.ts';
import { quantisedBy } from './quantised.ts';
import { frequencies, positive, readRope, readTurned, type RopeScaling } from './rope-scaling.ts';

/** The architectures that the decoder computes, by their `model_type`. */
export const FAMILIES = ['llama', 'qwen2', 'qwen3', 'smollm3'] as const;
export type Family = (typeof FAMILIES)[number];

/** A decoder of the Llama type; the names are those of `config.json`. */
export type DecoderConfig = {
  readonly model_type: Family;
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly rope_scaling: RopeScaling | null;
  /** For each layer 1 where queries and keys are turned by their positions, 0 where not (SmolLM3); absent where all are. */
  readonly no_rope_layers?: readonly number[];
  readonly max_position_embeddings: number;
  readonly tie_word_embeddings: boolean;
  readonly bos_token_id: number;
  /** The first of `eos_token_ids`; where there are none, what a text begins or is filled up with. */
  readonly eos_token_id: number;
  /** Every token that ends a text, as far as the file names some. */
  readonly eos_token_ids: readonly number[];
  readonly pad_token_id: number;
};

/** The linear layers of a block, by their names in the checkpoint; the possible LoRA targets. */
export const LINEARS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type LinearName = (typeof LINEARS)[number];

/** Tokens that transformers takes a model to read where the file does not say it. */
const CONTEXTS: Readonly<Record<Family, number>> = { llama: 2048, qwen2: 32_768, qwen3: 32_768, smollm3: 32_768 };
const ARCHITECTURES: Readonly<Record<Family, string>> = {
  llama: 'LlamaForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
  smollm3: 'SmolLM3ForCausalLM',
};
/** The ends that transformers has for a family where the file has no such field; the others have none, and null is none everywhere. */
const ENDS: { readonly [family in Family]?: number } = { llama: 2, smollm3: 128_001 };
const MAX_DIMENSION = 1_000_000;
const MAX_LAYERS = 512;
const MAX_STOPS = 64;
/** Tokens; the models with the longest texts say 10 million. */
const MAX_CONTEXT = 2 ** 24;
/** No browser holds more, and up to here sizes are exact. */
const MAX_PARAMETERS = 2 ** 32;

/** What a config may say that this decoder does not do; absent or one of these values is fine. */
const FIXED: Readonly<Record<string, readonly unknown[]>> = {
  hidden_act: ['silu', 'swish'],
  mlp_bias: [false],
  pretraining_tp: [1],
  use_sliding_window: [false],
  auto_map: [],
  partial_rotary_factor: [1],
  rope_interleaved: [false],
  is_encoder_decoder: [false],
  add_cross_attention: [false],
};

/** What transformers takes no null for; elsewhere null is as if the field were not there. */
const NOT_NULL: Readonly<Record<Family | 'all', readonly string[]>> = {
  all: ['rms_norm_eps', 'max_position_embeddings', 'tie_word_embeddings', 'hidden_act'],
  llama: ['attention_bias', 'mlp_bias'],
  qwen2: ['head_dim', 'use_sliding_window'],
  qwen3: ['head_dim', 'use_sliding_window', 'attention_bias'],
  smollm3: ['head_dim', 'use_sliding_window', 'attention_bias', 'mlp_bias', 'no_rope_layer_interval'],
};

function refuse(detail: string): never {
  throw new AppError('MODEL_MISMATCH', `config.json: ${detail.slice(0, 400)}`);
}

function unsupported(detail: string): never {
  throw new AppError('MODEL_UNSUPPORTED', `config.json: ${detail.slice(0, 400)}`);
}

/**
 * Reads a parsed `config.json`. Errors: MODEL_UNSUPPORTED names the field that asks for what this program does not do, FILE_QUANTISED
 * who rounded the weights, MODEL_MISMATCH the field that is missing, out of range or does not fit the others.
 */
export function parseConfig(json: unknown): DecoderConfig {
  try {
    return parse(json);
  } catch (error) {
    // what is left is a value that is nested too deeply to be shown
    if (error instanceof AppError) throw error;
    return refuse(String(error));
  }
}

function parse(json: unknown): DecoderConfig {
  const fields = Fields.of(json, '', refuse);
  const model_type = familyOf(fields);
  fields.notNull(...NOT_NULL.all, ...NOT_NULL[model_type]);
  const whole = (name: string, fallback?: number, max = MAX_DIMENSION): number => {
    const value = fields.raw(name) ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
    return fields.mustBe(name, `a whole number from 1 to ${max}`, value);
  };
  const vocab_size = whole('vocab_size');
  const hidden_size = whole('hidden_size');
  const num_attention_heads = whole('num_attention_heads');
  // transformers has some values of its own for SmolLM3 and Qwen3 where the file has none
  const own = model_type === 'smollm3';
  const absent = own && fields.raw('num_key_value_heads') === undefined;
  const num_key_value_heads = whole('num_key_value_heads', absent ? 4 : num_attention_heads);
  const wide = model_type === 'qwen3' && fields.raw('head_dim') === undefined;
  const head_dim = whole('head_dim', wide ? 128 : hidden_size / num_attention_heads);
  if (num_attention_heads % num_key_value_heads !== 0) refuse('num_attention_heads is no multiple of num_key_value_heads');
  if (head_dim % 2 !== 0) refuse(`head_dim ${head_dim} is odd, rotary positions need pairs`);
  const num_hidden_layers = whole('num_hidden_layers', undefined, MAX_LAYERS);
  checkWindows(fields, num_hidden_layers);
  const config: DecoderConfig = {
    model_type,
    vocab_size,
    hidden_size,
    intermediate_size: whole('intermediate_size'),
    num_hidden_layers,
    num_attention_heads,
    num_key_value_heads,
    head_dim,
    rms_norm_eps: positive(fields, 'rms_norm_eps', 1e-6),
    ...readRope(fields, unsupported, own ? 2_000_000 : undefined),
    ...(own ? { no_rope_layers: readTurned(fields, num_hidden_layers) } : {}),
    max_position_embeddings: whole('max_position_embeddings', CONTEXTS[model_type], MAX_CONTEXT),
    tie_word_embeddings: fields.boolean('tie_word_embeddings', own),
    ...readTokens(fields, model_type, vocab_size),
  };
  const count = parameterCount(config);
  if (count > MAX_PARAMETERS) refuse(`its sizes make ${count} weights, more than ${MAX_PARAMETERS}`);
  return config;
}

function familyOf(fields: Fields): Family {
  fields.notNull('model_type');
  const type = fields.raw('model_type') ?? 'llama';
  const family =
    FAMILIES.find((name) => name === type) ?? unsupported(`model_type is ${JSON.stringify(type)}; ${FAMILIES.join(', ')} are supported`);
  const architectures = fields.list('architectures', [ARCHITECTURES[family]]);
  if (!architectures.includes(ARCHITECTURES[family])) {
    unsupported(`architectures is ${JSON.stringify(architectures)}; only ${ARCHITECTURES[family]} is supported`);
  }
  const quantised = quantisedBy(fields);
  if (quantised !== null) throw new AppError('FILE_QUANTISED', `config.json: the weights are quantised, ${quantised}`);
  // Qwen2 has biases whatever its config says of them, as in transformers.
  const fixed = Object.entries(family === 'qwen2' ? FIXED : { ...FIXED, attention_bias: [false] });
  for (const [name, allowed] of fixed) {
    const value = fields.raw(name) ?? null;
    if (value !== null && !allowed.includes(value)) {
      unsupported(`${name} is ${JSON.stringify(value)}; only ${JSON.stringify(allowed[0] ?? null)} is supported`);
    }
  }
  // Qwen names the width of a window that is off; in a Llama config it means one that is on.
  if (family === 'llama' && (fields.raw('sliding_window') ?? null) !== null) unsupported('sliding_window is not supported');
  return family;
}

function checkWindows(fields: Fields, layers: number): void {
  if ((fields.raw('layer_types') ?? null) === null) return;
  const types = fields.list('layer_types');
  const other = types.find((type) => type !== 'full_attention');
  if (other !== undefined) unsupported(`layer_types has ${JSON.stringify(other)}; only "full_attention" is supported`);
  if (types.length !== layers) refuse(`layer_types has ${types.length} layers, num_hidden_layers says ${layers}`);
}

type Tokens = Pick<DecoderConfig, 'bos_token_id' | 'eos_token_id' | 'eos_token_ids' | 'pad_token_id'>;

/** The special ids. A model without a first token begins with what ends the text before; one without padding pads with it. */
function readTokens(fields: Fields, family: Family, vocabulary: number): Tokens {
  const token = (name: string, value: unknown): number => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
      return fields.fail(name, `must be a token id or a list of them, not ${JSON.stringify(value)}`);
    }
    if (value >= vocabulary) refuse(`${name} ${value} is outside the vocabulary of ${vocabulary}`);
    return value;
  };
  const own = (name: 'bos_token_id' | 'pad_token_id', none: unknown): number | null => {
    const value = fields.raw(name) ?? null;
    return value === null || value === none ? null : token(name, value);
  };
  const said = fields.raw('eos_token_id');
  const eos = said === undefined ? ENDS[family] : said;
  const list: readonly unknown[] = Array.isArray(eos) ? eos : eos === undefined || eos === null ? [] : [eos];
  if (Array.isArray(eos) && list.length === 0) refuse('eos_token_id is empty');
  if (list.length > MAX_STOPS) refuse(`eos_token_id has ${list.length} tokens, more than ${MAX_STOPS}`);
  const eos_token_ids = [...new Set(list.map((id) => token('eos_token_id', id)))];
  // a config.json may leave the ends to generation_config.json and the tokenizer
  const bos = own('bos_token_id', null);
  const pad = own('pad_token_id', -1); // Llama 2 writes -1 for none
  const [eos_token_id = bos ?? pad ?? 0] = eos_token_ids;
  return {
    bos_token_id: bos ?? (family === 'llama' ? token('bos_token_id', 1) : eos_token_id),
    eos_token_id,
    eos_token_ids,
    pad_token_id: pad ?? eos_token_id,
  };
}

/** Radians a position for each pair of a head's dimensions. */
export function ropeFrequencies({ head_dim, rope_theta, rope_scaling }: DecoderConfig): readonly number[] {
  return frequencies(head_dim, rope_theta, rope_scaling);
}

/** Are queries and keys of a layer turned by their positions? */
export function isTurned({ no_rope_layers }: DecoderConfig, layer: number): boolean {
  return no_rope_layers?.[layer] !== 0;
}

/** The ends as `eos_token_id` has them in a file. */
export function writtenEnds(ids: readonly number[]): number | readonly number[] | null {
  return ids.length > 1 ? ids : (ids[0] ?? null);
}

/** The text of a `config.json` that transformers reads as the same model. */
export function renderConfig(config: DecoderConfig): string {
  const { eos_token_ids, rope_scaling, ...plain } = config;
  const eos_token_id = writtenEnds(eos_token_ids);
  const fixed = { architectures: [ARCHITECTURES[config.model_type]], hidden_act: 'silu', torch_dtype: 'float32' };
  const none = { attention_bias: false, mlp_bias: false };
  const biases = { llama: none, qwen2: {}, qwen3: { attention_bias: false }, smollm3: none }[config.model_type];
  const windows = config.model_type === 'llama' ? {} : { use_sliding_window: false };
  const scaling = rope_scaling === null ? {} : { rope_scaling: { ...rope_scaling, rope_type: 'llama3' } };
  const fields = Object.entries({ ...fixed, ...biases, ...windows, ...plain, eos_token_id, ...scaling });
  return `${JSON.stringify(Object.fromEntries(fields.toSorted(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`;
}

/** [out, in] of each linear layer of a block. */
export function linearShapes(config: DecoderConfig): Readonly<Record<LinearName, readonly [out: number, into: number]>> {
  const { hidden_size: D, intermediate_size: F, head_dim } = config;
  const heads = config.num_attention_heads * head_dim;
  const kvHeads = config.num_key_value_heads * head_dim;
  return {
    q_proj: [heads, D],
    k_proj: [kvHeads, D],
    v_proj: [kvHeads, D],
    o_proj: [D, heads],
    gate_proj: [F, D],
    up_proj: [F, D],
    down_proj: [D, F],
  };
}

/** The checkpoint's name of a linear layer, without `.weight`. */
export function linearPath(layer: number, name: LinearName): string {
  return `model.layers.${layer}.${name === 'q_proj' || name === 'k_proj' || name === 'v_proj' || name === 'o_proj' ? 'self_attn' : 'mlp'}.${name}`;
}

/** The layers that have a bias, and the gains of a head's queries and keys. */
const BIASED: Readonly<Record<Family, readonly LinearName[]>> = {
  llama: [],
  qwen2: ['q_proj', 'k_proj', 'v_proj'],
  qwen3: [],
  smollm3: [],
};
const HEAD_NORMS: Readonly<Record<Family, readonly string[]>> = { llama: [], qwen2: [], qwen3: ['q_norm', 'k_norm'], smollm3: [] };

/** The weights of a block in a fixed order, named from `prefix` on. */
function blockShapes(config: DecoderConfig, layer: number): ReadonlyMap<string, readonly number[]> {
  const { hidden_size: D, model_type } = config;
  const shapes = new Map<string, readonly number[]>();
  const linears = linearShapes(config);
  shapes.set(`model.layers.${layer}.input_layernorm.weight`, [D]);
  for (const name of LINEARS) {
    if (name === 'gate_proj') shapes.set(`model.layers.${layer}.post_attention_layernorm.weight`, [D]);
    const path = linearPath(layer, name);
    shapes.set(`${path}.weight`, linears[name]);
    if (BIASED[model_type].includes(name)) shapes.set(`${path}.bias`, [linears[name][0]]);
  }
  for (const name of HEAD_NORMS[model_type]) shapes.set(`model.layers.${layer}.self_attn.${name}.weight`, [config.head_dim]);
  return shapes;
}

/** Name and shape of every weight, in a fixed order. A tied head has no weight of its own. */
export function weightShapes(config: DecoderConfig): ReadonlyMap<string, readonly number[]> {
  const { vocab_size: V, hidden_size: D, num_hidden_layers } = config;
  const shapes = new Map<string, readonly number[]>([['model.embed_tokens.weight', [V, D]]]);
  for (let layer = 0; layer < num_hidden_layers; layer++) for (const [name, shape] of blockShapes(config, layer)) shapes.set(name, shape);
  shapes.set('model.norm.weight', [D]);
  if (!config.tie_word_embeddings) shapes.set('lm_head.weight', [V, D]);
  return shapes;
}

/** How many numbers the weights hold. */
export function parameterCount(config: DecoderConfig): number {
  const { vocab_size: V, hidden_size: D } = config;
  let block = 0;
  for (const shape of blockShapes(config, 0).values()) block += shape.reduce((product, n) => product * n, 1);
  return V * D * (config.tie_word_embeddings ? 1 : 2) + config.num_hidden_layers * block + D;
}
