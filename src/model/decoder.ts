/**
 * The whole decoder: RMSNorm, rotary positions, grouped-query attention, SwiGLU, tied or own head (the Llama family).
 * Weights are named as in Hugging Face checkpoints, those of layers that read the same input stacked (src/model/stack.ts).
 * Knows no backend, no text and no training; its gradient is src/model/backward.ts.
 *
 * Shapes: B rows, T tokens a row, M = B*T rows flattened, D width, H heads, K key/value heads, E width of a head, C = (H+2K)E,
 * F width of the inner layer, V vocabulary, N cache length. Rows are padded on the right, so causality alone hides the padding.
 */
import * as tf from '@tensorflow/tfjs';
import { attention, type HeadShape } from '../engine/ops/attention.ts';
import { cachedAttention, ropeAppend } from '../engine/ops/cache.ts';
import { embed } from '../engine/ops/embed.ts';
import { linear, loraDown, loraLinear } from '../engine/ops/linear.ts';
import { rmsNorm } from '../engine/ops/rms-norm.ts';
import { rope, type RopeAttributes } from '../engine/ops/rope.ts';
import { swiglu } from '../engine/ops/swiglu.ts';
import { tidy, type Work } from '../engine/work.ts';
import { type DecoderConfig, isTurned, ropeFrequencies } from '../files/config.ts';
import type { Cache } from './cache.ts';
import { keyNorm, normHeads, queryNorm } from './head-norm.ts';
import type { Lora } from './lora.ts';
import { stackPath, type StackName } from './stack.ts';

/** The weights by their names, stacked. */
export type Weights = ReadonlyMap<string, tf.Tensor>;
/** What the forward pass asks of weights: one by its name. */
export type WeightsByName = Pick<Weights, 'get'>;
/** What the forward pass needs: `lora` is null for plain weights. */
export type Reading = { readonly config: DecoderConfig; readonly weights: WeightsByName; readonly lora: Lora | null };
/** The same with all of its weights at hand. */
export type Decoder = Reading & { readonly weights: Weights };
/** A stack of linear layers applied; `low` is the adapter's half-way result, kept for its gradient. */
type Projected = { readonly y: tf.Tensor; readonly low: tf.Tensor | null };
type Attended = { readonly qkv: tf.Tensor; readonly heads: tf.Tensor; readonly lse: tf.Tensor | null };

/** Everything that a block made of its input x, in the order of the computation. */
export type BlockTrace = {
  readonly x: tf.Tensor; // [M,D]
  readonly h: tf.Tensor; // [M,D]
  readonly lowQkv: tf.Tensor | null;
  readonly projections: tf.Tensor | null; // [M,C] before the norms of the heads, where the model has them
  readonly qkv: tf.Tensor; // [M,C], turned
  readonly heads: tf.Tensor; // [M,H*E]
  readonly lse: tf.Tensor | null; // [M,H]
  readonly lowO: tf.Tensor | null;
  readonly y: tf.Tensor; // [M,D]
  readonly g: tf.Tensor; // [M,D]
  readonly lowGateUp: tf.Tensor | null;
  readonly gateUp: tf.Tensor; // [M,2F]
  readonly inner: tf.Tensor; // [M,F]
  readonly lowDown: tf.Tensor | null;
};

/** A weight by its name. */
export function weightOf({ weights }: Pick<Reading, 'weights'>, name: string): tf.Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Error(`no weight ${name}`);
  return tensor;
}

/** The names of a block's norm gains. */
export const inputNorm = (layer: number): string => `model.layers.${layer}.input_layernorm.weight`;
export const innerNorm = (layer: number): string => `model.layers.${layer}.post_attention_layernorm.weight`;

/** The shape of the attention for B rows. */
export function headShape({ num_attention_heads: H, num_key_value_heads: K, head_dim: E }: DecoderConfig, B: number): HeadShape {
  return { B, H, K, E };
}

/** Two arrays for each model, because kernels keep their tables by them. */
const frequencies = new WeakMap<DecoderConfig, { readonly turned: readonly number[]; readonly still: readonly number[] }>();

/** Radians a position for each pair; none in a layer without positions, which is then left as it is, to the bit. */
export function frequenciesOf(config: DecoderConfig, layer: number): readonly number[] {
  let made = frequencies.get(config);
  if (made === undefined) {
    const turned = ropeFrequencies(config);
    frequencies.set(config, (made = { turned, still: turned.map(() => 0) }));
  }
  return isTurned(config, layer) ? made.turned : made.still;
}

/** The rotation of a layer's queries and keys in rows of T tokens. */
export function rotation(config: DecoderConfig, layer: number, T: number, sign: 1 | -1): RopeAttributes {
  const { num_attention_heads: H, num_key_value_heads: K, head_dim } = config;
  return { T, heads: H + K, headDim: head_dim, frequencies: frequenciesOf(config, layer), sign };
}

/** x [M,in] -> x W^T + bias + s (x A^T) B^T + residual, [M,out]. */
function* project(decoder: Reading, layer: number, stack: StackName, x: tf.Tensor, residual?: tf.Tensor): Work<Projected> {
  const path = stackPath(layer, stack);
  const [W, bias] = [weightOf(decoder, `${path}.weight`), decoder.weights.get(`${path}.bias`)];
  const epilogue = { ...(bias === undefined ? {} : { bias }), ...(residual === undefined ? {} : { residual }) };
  const placement = decoder.lora?.placements.get(path);
  if (decoder.lora === null || placement === undefined) return { y: yield* linear(x, W, epilogue), low: null };
  const low = yield* loraDown(x, decoder.lora.arena, placement); // [M,G*rank]
  return { y: yield* loraLinear(x, W, low, decoder.lora.arena, placement, epilogue), low };
}

/** The gains of the heads' norms of a block (Qwen3), or null. */
export function headGains({ weights }: Pick<Reading, 'weights'>, layer: number): readonly [q: tf.Tensor, k: tf.Tensor] | null {
  const [q, k] = [weights.get(queryNorm(layer)), weights.get(keyNorm(layer))];
  return q === undefined || k === undefined ? null : [q, k];
}

/** One block: x [M,D] -> [M,D], with all that it made on the way. */
export function* block(
  decoder: Reading,
  layer: number,
  x: tf.Tensor,
  attend: (projections: tf.Tensor) => Work<Attended>,
): Work<{ readonly out: tf.Tensor; readonly trace: BlockTrace }> {
  const { rms_norm_eps: epsilon } = decoder.config;
  const h = yield* rmsNorm(x, weightOf(decoder, inputNorm(layer)), epsilon); // [M,D]
  const { y: projections, low: lowQkv } = yield* project(decoder, layer, 'qkv_proj', h); // [M,C]
  const gains = headGains(decoder, layer);
  const unturned = gains === null ? projections : yield* normHeads(projections, gains, decoder.config); // [M,C]
  const { qkv, heads, lse } = yield* attend(unturned); // [M,C], [M,H*E], [M,H]
  unturned.dispose(); // `qkv` is the same data
  const { y, low: lowO } = yield* project(decoder, layer, 'o_proj', heads, x); // x + ..., [M,D]
  const g = yield* rmsNorm(y, weightOf(decoder, innerNorm(layer)), epsilon); // [M,D]
  const { y: gateUp, low: lowGateUp } = yield* project(decoder, layer, 'gate_up_proj', g); // [M,2F]
  const inner = yield* swiglu(gateUp); // [M,F]
  const { y: out, low: lowDown } = yield* project(decoder, layer, 'down_proj', inner, y); // y + ..., [M,D]
  return {
    out,
    trace: {
      x,
      h,
      lowQkv,
      projections: gains === null ? null : projections,
      qkv,
      heads,
      lse,
      lowO,
      y,
      g,
      lowGateUp,
      gateUp,
      inner,
      lowDown,
    },
  };
}

/** What a block of a whole sequence does between its projections. */
export function attendAll(config: DecoderConfig, B: number, T: number): (layer: number, projections: tf.Tensor) => Work<Attended> {
  return function* (layer, projections) {
    const qkv = yield* rope(projections, rotation(config, layer, T, 1)); // [M,C]; the projections are no more
    const [heads, lse] = yield* attention(qkv, headShape(config, B)); // [M,H*E], [M,H]
    return { qkv, heads, lse };
  };
}

/** ids int32 [M] -> [M,D], the blocks' input. */
export function embedded(decoder: Reading, ids: tf.Tensor): Work<tf.Tensor> {
  return embed(ids, weightOf(decoder, 'model.embed_tokens.weight'));
}

/** ids int32 [M] -> the last layer's output before the final norm, [M,D]; `attend` is what a block does between its projections. */
export function* throughBlocks(
  decoder: Reading,
  ids: tf.Tensor,
  attend: (layer: number, projections: tf.Tensor) => Work<Attended>,
): Work<tf.Tensor> {
  let x = yield* embedded(decoder, ids);
  for (let layer = 0; layer < decoder.config.num_hidden_layers; layer++) {
    const from = x;
    const next = yield* tidy(function* () {
      return (yield* block(decoder, layer, from, (projections) => attend(layer, projections))).out;
    });
    x.dispose();
    x = next;
  }
  return x;
}

/** The matrix that turns hidden states into logits, [V,D]. */
export function headWeight(decoder: Reading): tf.Tensor {
  return weightOf(decoder, decoder.config.tie_word_embeddings ? 'model.embed_tokens.weight' : 'lm_head.weight');
}

/** Rows of the last layer's output [R,D] -> logits [R,V]. */
export function head(decoder: Reading, x: tf.Tensor): Work<tf.Tensor> {
  return tidy(function* () {
    const normed = yield* rmsNorm(x, weightOf(decoder, 'model.norm.weight'), decoder.config.rms_norm_eps); // [R,D]
    return yield* linear(normed, headWeight(decoder)); // [R,V]
  });
}

/** ids int32 [B,T] -> the last layer's output [M,D]; `head` turns those rows that are wanted into logits. */
export function hiddenStates(decoder: Reading, ids: tf.Tensor): Work<tf.Tensor> {
  const [B, T] = ids.shape as [number, number];
  const attend = attendAll(decoder.config, B, T);
  return tidy(() => throughBlocks(decoder, tf.reshape(ids, [B * T]), attend));
}

/** ids int32 [B,T] -> logits [M,V] at every position. */
export function forward(decoder: Reading, ids: tf.Tensor): Work<tf.Tensor> {
  return tidy(function* () {
    return yield* head(decoder, yield* hiddenStates(decoder, ids));
  });
}

/**
 * T tokens more for each row of a cache: ids int32 [B,T] go to positions start[b] .. start[b]+T-1 -> the last layer's output [M,D].
 * What the padding leaves behind a row's end is overwritten by its next tokens before it is read. A token's output does not depend
 * on how the tokens before it were divided into calls, nor on the other rows.
 */
export function extend(decoder: Decoder, cache: Cache, ids: tf.Tensor, start: tf.Tensor): Work<tf.Tensor> {
  const { config } = decoder;
  const [B, T] = ids.shape as [number, number];
  const heads = { ...headShape(config, B), shared: cache.shared };
  return tidy(() =>
    throughBlocks(decoder, tf.reshape(ids, [B * T]), function* (layer, projections) {
      const { keys, values } = cache.layers[layer] as Cache['layers'][number];
      const qkv = yield* ropeAppend(projections, keys, values, start, { ...heads, frequencies: frequenciesOf(config, layer) }); // [M,C]
      return { qkv, heads: yield* cachedAttention(qkv, keys, values, start, heads), lse: null };
    }),
  );
}
