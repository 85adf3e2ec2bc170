/**
 * The weights of a GGUF file under the names of a checkpoint, and their rows in its order. Numbers stay in the file's bytes until somebody
 * asks for them. Knows no metadata but how many heads there are.
 */
import { AppError } from '../../../errors.ts';
import type { FileBytes } from '../../../file-bytes.ts';
import { linearPath, type DecoderConfig, type LinearName } from '../../config.ts';
import { type StoredTensor, tensorOfPieces, tensorOver } from '../../floats.ts';
import type { GgufTensor } from './header.ts';

/** The linear layers by ggml's names. */
const LAYERS: Readonly<Record<string, LinearName>> = {
  attn_q: 'q_proj',
  attn_k: 'k_proj',
  attn_v: 'v_proj',
  attn_output: 'o_proj',
  ffn_gate: 'gate_proj',
  ffn_up: 'up_proj',
  ffn_down: 'down_proj',
};
/** The norms of a block. */
const NORMS: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm',
  ffn_norm: 'post_attention_layernorm',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
};
const ALONE: Readonly<Record<string, string>> = {
  'token_embd.weight': 'model.embed_tokens.weight',
  'output_norm.weight': 'model.norm.weight',
  'output.weight': 'lm_head.weight',
};
/** The stretching of rotary positions, which is part of the configuration. */
export const ROPE_FREQS = 'rope_freqs.weight';

/** Numbers that are made at a time: small beside a model, and whole blocks of every type. */
const PIECE = 2 ** 18;

/** The name of a checkpoint for one of ggml's. Errors: MODEL_UNSUPPORTED for a weight that the decoder does not have. */
function nameOf(name: string): string {
  const alone = ALONE[name];
  if (alone !== undefined) return alone;
  const [, layer = '', part = '', kind = ''] = /^blk\.(\d{1,4})\.(\w{1,40})\.(weight|bias)$/.exec(name) ?? [];
  const norm = kind === 'weight' ? NORMS[part] : undefined;
  if (norm !== undefined) return `model.layers.${Number(layer)}.${norm}.weight`;
  const linear = LAYERS[part];
  if (linear !== undefined) return `${linearPath(Number(layer), linear)}.${kind}`;
  throw new AppError('MODEL_UNSUPPORTED', `there is a weight ${JSON.stringify(name)}, which this decoder does not have`);
}

/**
 * The weights of a file, which must not change after: a tensor is read when its numbers are asked for. A llama file has the rows of q and k in an order of its
 * own, with the two halves of a head interleaved (as its converter puts them); here they are as in a checkpoint.
 */
export function ggufWeights(
  file: FileBytes,
  tensors: ReadonlyMap<string, GgufTensor>,
  { model_type, num_attention_heads, num_key_value_heads }: DecoderConfig,
): ReadonlyMap<string, StoredTensor> {
  const weights = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    if (name === ROPE_FREQS) continue;
    const whole = (most = Infinity): Uint8Array<ArrayBuffer> =>
      file.subarray(tensor.begin, Math.min(tensor.end, tensor.begin + most)) as Uint8Array<ArrayBuffer>;
    const heads = name.endsWith('.attn_q.weight') ? num_attention_heads : name.endsWith('.attn_k.weight') ? num_key_value_heads : 0;
    const turned = model_type === 'llama' && heads > 0;
    if (turned && (tensor.shape[0] as number) % (2 * heads) !== 0)
      throw new AppError('MODEL_MISMATCH', `${name} has ${tensor.shape[0]} rows for ${heads} heads`);
    weights.set(nameOf(name), storedAs(tensor, turned ? () => inOrder(whole(), tensor.shape[0] as number, heads) : whole));
  }
  return weights;
}

/** Rows h d + 2 j + s of a file at h d + s d/2 + j, for heads of d rows. */
function inOrder(from: Uint8Array<ArrayBuffer>, rows: number, heads: number): Uint8Array<ArrayBuffer> {
  const into = new Uint8Array(from.length);
  const [row, head] = [from.length / rows, rows / heads];
  for (let r = 0; r < rows; r++) {
    const [first, at] = [r - (r % head), r % head];
    const source = first + 2 * (at % (head / 2)) + Math.floor(at / (head / 2));
    into.set(from.subarray(source * row, (source + 1) * row), r * row);
  }
  return into;
}

function storedAs({ shape, type }: GgufTensor, bytes: (most?: number) => Uint8Array<ArrayBuffer>): StoredTensor {
  if (type.plain !== null) return tensorOver(shape, type.plain, bytes);
  const { name, numbers, bytes: size, scales, unpack } = type;
  return tensorOfPieces(shape, {
    type: name,
    *pieces(count = Infinity) {
      const from = bytes(Math.ceil(count / numbers) * size);
      const step = (PIECE / numbers) * size;
      for (let at = 0; at < from.length; at += step) {
        const end = Math.min(from.length, at + step);
        const piece = new Float32Array(((end - at) / size) * numbers);
        for (let block = at, to = 0; block < end; block += size, to += numbers) unpack(from, block, piece, to);
        yield piece;
      }
    },
    finite() {
      const from = bytes();
      // a float16 with an exponent of ones is an infinity or NaN
      for (let at = 0; at < from.length; at += size)
        for (const place of scales) if (((from[at + place + 1] as number) & 124) === 124) return false;
      return true;
    },
  });
}
