/**
 * The fields of a Hugging Face `config.json` that the decoder reads, checked, and the name and shape of every weight that follows
 * from them. Knows no tensor.
 */
import { AppError } from '../errors.ts';

/** A Llama-type decoder; the names are those of `config.json`. */
export type DecoderConfig = {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly max_position_embeddings: number;
  readonly tie_word_embeddings: boolean;
  readonly bos_token_id: number;
  readonly eos_token_id: number;
  readonly pad_token_id: number;
};

/** The linear layers of a block, by their names in the checkpoint; the possible LoRA targets. */
export const LINEARS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type LinearName = (typeof LINEARS)[number];

const MAX_DIMENSION = 1_000_000;

/** What a Llama config may say that this decoder does not do; any other value is refused rather than ignored. */
const FIXED: Readonly<Record<string, readonly unknown[]>> = {
  model_type: ['llama'],
  hidden_act: ['silu'],
  attention_bias: [false],
  mlp_bias: [false],
  rope_scaling: [null],
  pretraining_tp: [1],
};

function refuse(detail: string): never {
  throw new AppError('MODEL_MISMATCH', `config.json: ${detail}`);
}

/** Reads a parsed `config.json`. Errors: MODEL_MISMATCH names the field that is missing, out of range or not supported. */
export function parseConfig(json: unknown): DecoderConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) refuse('is not an object');
  const fields = new Map<string, unknown>(Object.entries(json));
  for (const [name, allowed] of Object.entries(FIXED)) {
    const value = fields.get(name);
    if (value !== undefined && !allowed.includes(value))
      refuse(`${name} is ${JSON.stringify(value)}; only ${JSON.stringify(allowed[0])} is supported`);
  }
  const whole = (name: string, fallback?: number, min = 1): number => {
    const value = fields.get(name) ?? fallback;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > MAX_DIMENSION) {
      refuse(`${name} must be a whole number from ${min} to ${MAX_DIMENSION}, not ${JSON.stringify(value)}`);
    }
    return value;
  };
  const positive = (name: string, value: unknown): number => {
    if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value))
      refuse(`${name} must be a positive number, not ${JSON.stringify(value)}`);
    return value;
  };
  const vocab_size = whole('vocab_size');
  const token = (name: string, fallback: number): number => {
    const id = whole(name, fallback, 0);
    if (id >= vocab_size) refuse(`${name} ${id} is outside the vocabulary of ${vocab_size}`);
    return id;
  };
  const hidden_size = whole('hidden_size');
  const num_attention_heads = whole('num_attention_heads');
  const num_key_value_heads = whole('num_key_value_heads', num_attention_heads);
  const head_dim = whole('head_dim', hidden_size / num_attention_heads);
  if (num_attention_heads % num_key_value_heads !== 0) refuse('num_attention_heads is no multiple of num_key_value_heads');
  if (head_dim % 2 !== 0) refuse(`head_dim ${head_dim} is odd, rotary positions need pairs`);
  const tied = fields.get('tie_word_embeddings') ?? false;
  if (typeof tied !== 'boolean') refuse('tie_word_embeddings must be true or false');
  const eos_token_id = token('eos_token_id', 1);
  return {
    vocab_size,
    hidden_size,
    intermediate_size: whole('intermediate_size'),
    num_hidden_layers: whole('num_hidden_layers'),
    num_attention_heads,
    num_key_value_heads,
    head_dim,
    rms_norm_eps: positive('rms_norm_eps', fields.get('rms_norm_eps') ?? 1e-6),
    rope_theta: positive('rope_theta', ropeTheta(fields)),
    max_position_embeddings: whole('max_position_embeddings', 2048),
    tie_word_embeddings: tied,
    bos_token_id: token('bos_token_id', 0),
    eos_token_id,
    pad_token_id: token('pad_token_id', eos_token_id),
  };
}

/** `rope_theta` stands at the top level, or under `rope_parameters` in files of transformers 5. */
function ropeTheta(fields: ReadonlyMap<string, unknown>): unknown {
  const rope = fields.get('rope_parameters');
  if (rope === undefined || rope === null) return fields.get('rope_theta') ?? 10_000;
  if (typeof rope !== 'object') refuse('rope_parameters is not an object');
  const { rope_type: type = 'default', rope_theta: theta } = rope as { rope_type?: unknown; rope_theta?: unknown };
  if (type !== 'default') refuse(`rope_type ${JSON.stringify(type)} is not supported`);
  return theta ?? fields.get('rope_theta') ?? 10_000;
}

/** The text of a `config.json` that transformers reads as the same model. */
export function renderConfig(config: DecoderConfig): string {
  const fixed = { architectures: ['LlamaForCausalLM'], model_type: 'llama', hidden_act: 'silu', attention_bias: false, mlp_bias: false };
  const fields = Object.entries({ ...fixed, ...config, torch_dtype: 'float32' });
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

/** Name and shape of every weight, in a fixed order. A tied head has no weight of its own. */
export function weightShapes(config: DecoderConfig): ReadonlyMap<string, readonly number[]> {
  const { vocab_size: V, hidden_size: D, num_hidden_layers } = config;
  const shapes = new Map<string, readonly number[]>([['model.embed_tokens.weight', [V, D]]]);
  const linears = linearShapes(config);
  for (let layer = 0; layer < num_hidden_layers; layer++) {
    shapes.set(`model.layers.${layer}.input_layernorm.weight`, [D]);
    for (const name of LINEARS) {
      if (name === 'gate_proj') shapes.set(`model.layers.${layer}.post_attention_layernorm.weight`, [D]);
      shapes.set(`${linearPath(layer, name)}.weight`, linears[name]);
    }
  }
  shapes.set('model.norm.weight', [D]);
  if (!config.tie_word_embeddings) shapes.set('lm_head.weight', [V, D]);
  return shapes;
}

/** How many numbers the weights hold. */
export function parameterCount(config: DecoderConfig): number {
  let count = 0;
  for (const shape of weightShapes(config).values()) count += shape.reduce((product, n) => product * n, 1);
  return count;
}
