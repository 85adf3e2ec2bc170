/** Writes GGUF files for tests: any fields and tensors, or a folder of a model as llama.cpp's converter would write it. Numbers stay floats. */
import { fromF16, toF16 } from '../../src/float16.ts';
import type { StoredTensor } from '../../src/files/floats.ts';
import { parseConfig } from '../../src/files/config.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';

/** A number is a float32 where it has a fraction; `{ type, bytes }` is what a file has for a type that it is not. */
export type Value =
  | string
  | number
  | boolean
  | readonly string[]
  | readonly number[]
  | { readonly type: number; readonly bytes: readonly number[] };
export type Tensor = { readonly shape: readonly number[]; readonly type: number; readonly bytes: Uint8Array };
export type Parts = { readonly fields: Readonly<Record<string, Value>>; readonly tensors: Readonly<Record<string, Tensor>> };

const encoder = new TextEncoder();
const word = (value: number, size: 4 | 8): number[] =>
  Array.from({ length: size }, (_, i) => (i < 4 ? (value >>> (8 * i)) & 255 : (Math.floor(value / 2 ** 32) >>> (8 * (i - 4))) & 255));
const text = (value: string): number[] => {
  const bytes = [...encoder.encode(value)];
  return [...word(bytes.length, 8), ...bytes];
};
const float = (value: number): number[] => [...new Uint8Array(Float32Array.of(value).buffer)];

function typed(value: Value): readonly [type: number, bytes: readonly number[]] {
  if (typeof value === 'string') return [8, text(value)];
  if (typeof value === 'boolean') return [7, [value ? 1 : 0]];
  if (typeof value === 'number') return Number.isInteger(value) ? [5, word(value, 4)] : [6, float(value)];
  if ('type' in value) return [value.type, value.bytes];
  const type = typeof value[0] === 'string' ? 8 : value.every((item) => Number.isInteger(item)) ? 5 : 6;
  const items = value.flatMap((item) => (typeof item === 'string' ? text(item) : type === 5 ? word(item, 4) : float(item)));
  return [9, [...word(type, 4), ...word(value.length, 8), ...items]];
}

/** The bytes of a file; `counts` are what it says of itself, where that is not what it has. */
export function writeGguf(
  { fields, tensors }: Parts,
  {
    version = 3,
    alignment = 32,
    counts,
  }: { readonly version?: number; readonly alignment?: number; readonly counts?: readonly [tensors: number, fields: number] } = {},
): Uint8Array<ArrayBuffer> {
  const [named, listed] = [Object.entries(fields), Object.entries(tensors)];
  const [tensorCount, fieldCount] = counts ?? [listed.length, named.length];
  const head = [...encoder.encode('GGUF'), ...word(version, 4), ...word(tensorCount, 8), ...word(fieldCount, 8)];
  for (const [name, value] of named) {
    const [type, bytes] = typed(value);
    head.push(...text(name), ...word(type, 4));
    for (const byte of bytes) head.push(byte);
  }
  const up = (size: number): number => Math.ceil(size / alignment) * alignment;
  let offset = 0;
  for (const [name, { shape, type, bytes }] of listed) {
    head.push(
      ...text(name),
      ...word(shape.length, 4),
      ...shape.toReversed().flatMap((n) => word(n, 8)),
      ...word(type, 4),
      ...word(offset, 8),
    );
    offset += up(bytes.length);
  }
  const file = new Uint8Array(up(head.length) + offset);
  file.set(head);
  let at = up(head.length);
  for (const [, { bytes }] of listed) {
    file.set(bytes, at);
    at += up(bytes.length);
  }
  return file;
}

/** A tensor of floats. */
export const floats = ({ shape, data }: StoredTensor): Tensor => ({ shape, type: 0, bytes: new Uint8Array(data.slice().buffer) });

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^model\.embed_tokens/, 'token_embd'],
  [/^model\.norm/, 'output_norm'],
  [/^lm_head/, 'output'],
  [/^model\.layers\.(\d+)\.input_layernorm/, 'blk.$1.attn_norm'],
  [/^model\.layers\.(\d+)\.post_attention_layernorm/, 'blk.$1.ffn_norm'],
  [/^model\.layers\.(\d+)\.self_attn\.([qk])_norm/, 'blk.$1.attn_$2_norm'],
  [/^model\.layers\.(\d+)\.self_attn\.o_proj/, 'blk.$1.attn_output'],
  [/^model\.layers\.(\d+)\.self_attn\.([qkv])_proj/, 'blk.$1.attn_$2'],
  [/^model\.layers\.(\d+)\.mlp\.(gate|up|down)_proj/, 'blk.$1.ffn_$2'],
];

/** Rows as llama.cpp's converter orders them: each head's two halves taken in turns. */
function permuted({ shape, data }: StoredTensor, heads: number): StoredTensor {
  const [rows = 0, width = 0] = shape;
  const half = rows / heads / 2;
  const order = Array.from({ length: rows }, (_, row) => {
    const [head, at] = [Math.floor(row / (2 * half)), row % (2 * half)];
    return head * 2 * half + (at % 2) * half + Math.floor(at / 2);
  });
  return { shape, data: Float32Array.from(order.flatMap((row) => [...data.subarray(row * width, (row + 1) * width)])) };
}

const parsed = (bytes: Uint8Array | undefined): unknown => JSON.parse(new TextDecoder().decode(bytes));

/** A folder with a byte-level tokenizer and one file of weights; `quantise` makes tensors of other types. */
export function ggufOf(
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  { pre = 'gpt-2', tensorOf = floats }: { readonly pre?: string; readonly tensorOf?: (stored: StoredTensor, name: string) => Tensor } = {},
): Parts {
  const config = parseConfig(parsed(files.get('config.json')));
  const { model, added_tokens: added } = parsed(files.get('tokenizer.json')) as {
    readonly model: { readonly vocab: Readonly<Record<string, number>>; readonly merges: readonly (string | readonly string[])[] };
    readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
  };
  const template = (parsed(files.get('tokenizer_config.json')) as { readonly chat_template?: string }).chat_template;
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(model.vocab)) tokens[id] = token;
  for (const { id, content } of added) tokens[id] = content;
  const { model_type: arch, num_attention_heads: heads, num_key_value_heads: kvHeads } = config;
  const weights = readSafetensors(files.get('model.safetensors') as Uint8Array).tensors;
  const tensors = [...weights].map(([name, stored]) => {
    const [from, to] = NAMES.find(([pattern]) => pattern.test(name)) ?? [/^/, ''];
    const part = /\.([qk])_proj\.weight$/.exec(name)?.[1];
    const turned = arch === 'llama' && part !== undefined ? permuted(stored, part === 'q' ? heads : kvHeads) : stored;
    return [name.replace(from, to), tensorOf(turned, name)] as const;
  });
  return {
    fields: {
      'general.architecture': arch,
      'general.name': 'Tiny',
      [`${arch}.block_count`]: config.num_hidden_layers,
      [`${arch}.context_length`]: config.max_position_embeddings,
      [`${arch}.embedding_length`]: config.hidden_size,
      [`${arch}.feed_forward_length`]: config.intermediate_size,
      [`${arch}.attention.head_count`]: heads,
      [`${arch}.attention.head_count_kv`]: kvHeads,
      [`${arch}.attention.key_length`]: config.head_dim,
      [`${arch}.attention.value_length`]: config.head_dim,
      [`${arch}.attention.layer_norm_rms_epsilon`]: config.rms_norm_eps,
      [`${arch}.rope.freq_base`]: { type: 6, bytes: float(config.rope_theta) },
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': pre,
      'tokenizer.ggml.tokens': tokens,
      'tokenizer.ggml.token_type': tokens.map((_, id) => (added.some((token) => token.id === id) ? 3 : 1)),
      'tokenizer.ggml.merges': model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' '))),
      'tokenizer.ggml.bos_token_id': config.bos_token_id,
      'tokenizer.ggml.eos_token_id': config.eos_token_id,
      'tokenizer.ggml.padding_token_id': config.pad_token_id,
      'tokenizer.ggml.add_bos_token': false,
      ...(template === undefined ? {} : { 'tokenizer.chat_template': template }),
    },
    tensors: Object.fromEntries(tensors),
  };
}

/** A matrix in blocks of Q8_0, where its rows are whole blocks; all else as floats. */
export function eightBits(stored: StoredTensor): Tensor {
  const { shape, data } = stored;
  if (shape.length !== 2 || (shape[1] as number) % 32 !== 0) return floats(stored);
  const bytes = new Uint8Array((data.length / 32) * 34);
  for (let block = 0; block * 32 < data.length; block++) {
    const numbers = data.subarray(block * 32, block * 32 + 32);
    const half = toF16(numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127);
    const scale = fromF16(half) || 1;
    bytes.set(
      [half & 255, half >> 8, ...numbers.map((value) => Math.round(value / scale))].map((byte) => byte & 255),
      block * 34,
    );
  }
  return { shape, type: 8, bytes };
}
