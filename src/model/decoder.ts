/**
 * The whole decoder: RMSNorm, rotary positions, grouped-query attention, SwiGLU, tied or own head (the Llama family).
 * Weights are named as in Hugging Face checkpoints. Knows no backend, no text and no training.
 *
 * Shapes: B rows, T tokens a row, M = B*T rows flattened, D width, H heads, K key/value heads, E width of a head, F width of the
 * inner layer, V vocabulary, N cache length. Rows are padded on the right, so causality alone hides the padding.
 */
import * as tf from '@tensorflow/tfjs';
import { attention } from '../engine/ops/attention.ts';
import { appendCache, cachedAttention } from '../engine/ops/cache.ts';
import { embed } from '../engine/ops/embed.ts';
import { linear } from '../engine/ops/product.ts';
import { rmsNorm } from '../engine/ops/rms-norm.ts';
import { rope } from '../engine/ops/rope.ts';
import { swiglu } from '../engine/ops/swiglu.ts';
import { linearPath } from './config.ts';
import type { DecoderConfig, LinearName } from './config.ts';
import type { Lora } from './lora.ts';

/** The weights by their names in the checkpoint. */
export type Weights = ReadonlyMap<string, tf.Tensor>;
/** What the forward pass needs: `lora` is null for plain weights. */
export type Decoder = { readonly config: DecoderConfig; readonly weights: Weights; readonly lora: Lora | null };
/** Keys and values of every layer, each [B,N,K,E], written in place. */
export type Cache = { readonly layers: readonly { readonly keys: tf.Variable; readonly values: tf.Variable }[] };

type Attend = (layer: number, q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) => tf.Tensor;

function weight({ weights }: Decoder, name: string): tf.Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Error(`no weight ${name}`);
  return tensor;
}

/** x [M,in] -> x W^T + s (x A^T) B^T [M,out]; the full product B A is never formed, so W needs no gradient. */
function project(decoder: Decoder, layer: number, name: LinearName, x: tf.Tensor): tf.Tensor {
  const path = linearPath(layer, name);
  const y = linear(x, weight(decoder, `${path}.weight`)); // [M,out]
  const pair = decoder.lora?.pairs.get(path);
  if (decoder.lora === null || pair === undefined) return y;
  const a = tf.mul(pair.a, decoder.lora.scale); // [rank,in]; scaled here because it is the smallest of the tensors
  return tf.add(y, linear(linear(x, a), pair.b)); // [M,rank] -> [M,out]
}

/** ids, positions int32 [M] -> the last layer's output before the final norm, [M,D]. */
function run(decoder: Decoder, ids: tf.Tensor, positions: tf.Tensor, attend: Attend): tf.Tensor {
  const { rms_norm_eps: epsilon, rope_theta: theta, head_dim: E, num_attention_heads: H, num_key_value_heads: K } = decoder.config;
  const norm = (x: tf.Tensor, name: string): tf.Tensor => rmsNorm(x, weight(decoder, name), epsilon);
  const [M] = ids.shape as [number];
  let x = embed(ids, weight(decoder, 'model.embed_tokens.weight')); // [M,D]
  for (let layer = 0; layer < decoder.config.num_hidden_layers; layer++) {
    x = tf.tidy(() => {
      const h = norm(x, `model.layers.${layer}.input_layernorm.weight`); // [M,D]
      const q = rope(tf.reshape(project(decoder, layer, 'q_proj', h), [M, H, E]), positions, theta); // [M,H,E]
      const k = rope(tf.reshape(project(decoder, layer, 'k_proj', h), [M, K, E]), positions, theta); // [M,K,E]
      const v = tf.reshape(project(decoder, layer, 'v_proj', h), [M, K, E]); // [M,K,E]
      const heads = tf.reshape(attend(layer, q, k, v), [M, H * E]); // [M,H*E]
      const y = tf.add(x, project(decoder, layer, 'o_proj', heads)); // [M,D]
      const g = norm(y, `model.layers.${layer}.post_attention_layernorm.weight`); // [M,D]
      const inner = swiglu(project(decoder, layer, 'gate_proj', g), project(decoder, layer, 'up_proj', g)); // [M,F]
      return tf.add(y, project(decoder, layer, 'down_proj', inner)); // [M,D]
    });
  }
  return x;
}

/** Positions 0 .. T-1 for each of B rows, int32 [M]. */
function positionsOf(B: number, T: number): tf.Tensor {
  const positions = new Int32Array(B * T);
  for (let m = 0; m < positions.length; m++) positions[m] = m % T;
  return tf.tensor1d(positions, 'int32');
}

/** Rows of the last layer's output [R,D] -> logits [R,V]. */
export function head(decoder: Decoder, x: tf.Tensor): tf.Tensor {
  const { rms_norm_eps, tie_word_embeddings } = decoder.config;
  const normed = rmsNorm(x, weight(decoder, 'model.norm.weight'), rms_norm_eps); // [R,D]
  return linear(normed, weight(decoder, tie_word_embeddings ? 'model.embed_tokens.weight' : 'lm_head.weight')); // [R,V]
}

/** ids int32 [B,T] -> the last layer's output [M,D]; `head` turns those rows that are wanted into logits. */
export function hiddenStates(decoder: Decoder, ids: tf.Tensor): tf.Tensor {
  const [B, T] = ids.shape as [number, number];
  const rows = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [B, T, ...x.shape.slice(1)]);
  return tf.tidy(() => run(decoder, tf.reshape(ids, [B * T]), positionsOf(B, T), (_, q, k, v) => attention(rows(q), rows(k), rows(v))));
}

/** ids int32 [B,T] -> logits [M,V] at every position; the tape of an enclosing gradient goes through it. */
export function forward(decoder: Decoder, ids: tf.Tensor): tf.Tensor {
  return tf.tidy(() => head(decoder, hiddenStates(decoder, ids)));
}

/** An empty cache for B rows of at most N tokens. */
export function createCache({ config }: Decoder, B: number, N: number): Cache {
  const empty = (): tf.Variable => tf.tidy(() => tf.variable(tf.zeros([B, N, config.num_key_value_heads, config.head_dim]), false));
  return { layers: Array.from({ length: config.num_hidden_layers }, () => ({ keys: empty(), values: empty() })) };
}

/** A new cache with only the given rows of another one, in that order. */
export function selectCache(cache: Cache, rows: readonly number[]): Cache {
  const at = tf.tensor1d([...rows], 'int32');
  const select = (x: tf.Variable): tf.Variable => tf.tidy(() => tf.variable(tf.gather(x as tf.Tensor, at), false));
  const layers = cache.layers.map(({ keys, values }) => ({ keys: select(keys), values: select(values) }));
  at.dispose();
  return { layers };
}

export function disposeCache({ layers }: Cache): void {
  for (const { keys, values } of layers) tf.dispose([keys, values]);
}

/** Fills the cache from prompts: ids int32 [B,T], `last` the index of each row's last token -> logits there, [B,V]. */
export function prefill(decoder: Decoder, cache: Cache, ids: tf.Tensor, last: readonly number[]): tf.Tensor {
  const [B, T] = ids.shape as [number, number];
  const rows = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [B, T, ...x.shape.slice(1)]);
  return tf.tidy(() => {
    const start = tf.zeros([B], 'int32');
    const x = run(decoder, tf.reshape(ids, [B * T]), positionsOf(B, T), (layer, q, k, v) => {
      const { keys, values } = cache.layers[layer] as Cache['layers'][number];
      // What the padding leaves behind a row's end is overwritten by its next tokens before it is read.
      appendCache(keys, rows(k), start);
      appendCache(values, rows(v), start);
      return attention(rows(q), rows(k), rows(v)); // [B,T,H,E]
    });
    const at = tf.tensor1d(
      last.map((t, b) => b * T + t),
      'int32',
    );
    return head(decoder, embed(at, x)); // `embed` looks up rows: [B,D] -> [B,V]
  });
}

/** One token more for each row: ids and positions of length B -> logits [B,V]. */
export function decodeStep(decoder: Decoder, cache: Cache, ids: readonly number[], positions: readonly number[]): tf.Tensor {
  return tf.tidy(() => {
    const at = tf.tensor1d([...positions], 'int32'); // [B]
    const lengths = tf.tensor1d(
      positions.map((position) => position + 1),
      'int32',
    ); // [B]
    const x = run(decoder, tf.tensor1d([...ids], 'int32'), at, (layer, q, k, v) => {
      const { keys, values } = cache.layers[layer] as Cache['layers'][number];
      appendCache(keys, tf.expandDims(k, 1), at); // [B,1,K,E]
      appendCache(values, tf.expandDims(v, 1), at);
      return cachedAttention(q, keys, values, lengths); // [B,H,E]
    });
    return head(decoder, x);
  });
}
