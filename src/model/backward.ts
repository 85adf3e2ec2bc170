/**
 * The decoder's backward pass, block by block from the last to the first. What the forward pass kept of a block is freed as soon as
 * the block is done, so that a step needs little more memory than its activations. Gradients go to the adapter, when there is one,
 * or to all weights. Knows no loss and no optimiser. Shapes as in src/model/decoder.ts; dx is the gradient of the loss in x.
 */
import * as tf from '@tensorflow/tfjs';
import { attentionGrad } from '../engine/ops/attention.ts';
import { embedGrad } from '../engine/ops/embed.ts';
import { linearGradWeight, linearGradX, loraLinearGrad } from '../engine/ops/linear.ts';
import { rmsNormGradGain, rmsNormGradX } from '../engine/ops/rms-norm.ts';
import { rope } from '../engine/ops/rope.ts';
import { swigluGrad } from '../engine/ops/swiglu.ts';
import type { Work } from '../engine/work.ts';
import {
  attendAll,
  block,
  type BlockTrace,
  type Decoder,
  embedded,
  headGains,
  headShape,
  innerNorm,
  inputNorm,
  rotation,
  weightOf,
} from './decoder.ts';
import { keyNorm, normHeadsGrad, queryNorm } from './head-norm.ts';
import { stackPath, type StackName } from './stack.ts';

/** Where gradients go: an adapter's arena, written in place, or a tensor for each weight by its name, added to as they come. */
export type Gradients = { readonly arena: tf.Variable } | { readonly weights: Map<string, tf.Tensor> };

/** A forward pass with what its gradient needs; `x` [M,D] is the last layer's output. */
type Trace = {
  readonly ids: tf.Tensor;
  readonly B: number;
  readonly T: number;
  readonly blocks: BlockTrace[];
  readonly x: tf.Tensor;
};

/** Adds a gradient of a weight, which is then owned by the map. */
export function addGradient(weights: Map<string, tf.Tensor>, name: string, gradient: tf.Tensor): void {
  const before = weights.get(name);
  weights.set(name, before === undefined ? gradient : tf.add(before, gradient));
  if (before !== undefined) tf.dispose([before, gradient]);
}

/** The result of `work`, after which `spent` are freed. */
function* freeing<T>(spent: readonly (tf.Tensor | null)[], work: Work<T>): Work<T> {
  const result = yield* work;
  tf.dispose(spent.filter((tensor) => tensor !== null));
  return result;
}

/** ids int32 [M] of B rows, with all that the backward pass needs; `backward` frees it. */
export function* forwardTraced(decoder: Decoder, ids: tf.Tensor, B: number, T: number): Work<Trace> {
  const attend = attendAll(decoder.config, B, T);
  const blocks: BlockTrace[] = [];
  let x = yield* embedded(decoder, ids);
  for (let layer = 0; layer < decoder.config.num_hidden_layers; layer++) {
    const { out, trace } = yield* block(decoder, layer, x, (projections) => attend(layer, projections));
    blocks.push(trace);
    x = out;
  }
  return { ids, B, T, blocks, x };
}

/** The gradient of a stack of linear layers in its input x [M,in], from `dy` [M,out]. */
function* projectGrad(
  decoder: Decoder,
  gradients: Gradients,
  layer: number,
  stack: StackName,
  dy: tf.Tensor,
  x: tf.Tensor,
  low: tf.Tensor | null,
): Work<tf.Tensor> {
  const path = stackPath(layer, stack);
  const W = weightOf(decoder, `${path}.weight`);
  const placement = decoder.lora?.placements.get(path);
  if ('arena' in gradients && decoder.lora !== null && placement !== undefined && low !== null) {
    return yield* loraLinearGrad(dy, x, W, low, decoder.lora.arena, gradients.arena, placement);
  }
  if ('weights' in gradients) {
    addGradient(gradients.weights, `${path}.weight`, yield* linearGradWeight(dy, x)); // [out,in]
    if (decoder.weights.has(`${path}.bias`)) addGradient(gradients.weights, `${path}.bias`, tf.sum(dy, 0)); // [out]
  }
  return yield* linearGradX(dy, W);
}

/** The gradient of a norm in its input x [M,D], plus what reaches x around the block. */
function* normGrad(
  decoder: Decoder,
  gradients: Gradients,
  name: string,
  dy: tf.Tensor,
  x: tf.Tensor,
  residual?: tf.Tensor,
): Work<tf.Tensor> {
  const { rms_norm_eps: epsilon } = decoder.config;
  if ('weights' in gradients) addGradient(gradients.weights, name, yield* rmsNormGradGain(x, dy, epsilon));
  return yield* rmsNormGradX(x, weightOf(decoder, name), dy, epsilon, residual);
}

/** The gradient of the heads' norms in the projections [M,C]. */
function* headsGrad(decoder: Decoder, gradients: Gradients, layer: number, dy: tf.Tensor, projections: tf.Tensor): Work<tf.Tensor> {
  const gains = headGains(decoder, layer);
  if (gains === null) throw new Error(`layer ${layer} has no norms of heads`);
  const { dx, dGains } = yield* normHeadsGrad(projections, gains, dy, decoder.config, 'weights' in gradients);
  if ('weights' in gradients) {
    for (const [i, name] of [queryNorm(layer), keyNorm(layer)].entries()) addGradient(gradients.weights, name, dGains[i] as tf.Tensor);
  }
  return dx;
}

/** dOut [M,D] -> dx [M,D] of one block; frees the trace and dOut. */
function* blockGrad(
  decoder: Decoder,
  gradients: Gradients,
  layer: number,
  { B, T }: Trace,
  trace: BlockTrace,
  dOut: tf.Tensor,
): Work<tf.Tensor> {
  const { config } = decoder;
  const { x, h, lowQkv, projections, qkv, heads, lse, lowO, y, g, lowGateUp, gateUp, inner, lowDown } = trace;
  if (lse === null) throw new Error('the trace of a cached pass has no gradient');
  const dInner = yield* freeing([inner, lowDown], projectGrad(decoder, gradients, layer, 'down_proj', dOut, inner, lowDown)); // [M,F]
  const dGateUp = yield* freeing([gateUp, dInner], swigluGrad(gateUp, dInner)); // [M,2F]
  const dg = yield* freeing([dGateUp, g, lowGateUp], projectGrad(decoder, gradients, layer, 'gate_up_proj', dGateUp, g, lowGateUp)); // [M,D]
  const dy = yield* freeing([dg, y, dOut], normGrad(decoder, gradients, innerNorm(layer), dg, y, dOut)); // [M,D]
  const dHeads = yield* freeing([lowO], projectGrad(decoder, gradients, layer, 'o_proj', dy, heads, lowO)); // [M,H*E]
  const dTurned = yield* freeing([qkv, heads, lse, dHeads], attentionGrad(qkv, heads, lse, dHeads, headShape(config, B))); // [M,C]
  const dNormed = yield* freeing([dTurned], rope(dTurned, rotation(config, layer, T, -1))); // [M,C]
  const dQkv =
    projections === null ? dNormed : yield* freeing([dNormed, projections], headsGrad(decoder, gradients, layer, dNormed, projections)); // [M,C]
  const dh = yield* freeing([dQkv, h, lowQkv], projectGrad(decoder, gradients, layer, 'qkv_proj', dQkv, h, lowQkv)); // [M,D]
  return yield* freeing([dh, dy, x], normGrad(decoder, gradients, inputNorm(layer), dh, x, dy)); // [M,D]
}

/** Goes back through the blocks from `dx` [M,D], the gradient in the last layer's output; frees the trace and `dx`. */
export function* backward(decoder: Decoder, gradients: Gradients, trace: Trace, dx: tf.Tensor): Work<void> {
  let d = dx;
  trace.x.dispose();
  for (let layer = trace.blocks.length - 1; layer >= 0; layer--) {
    d = yield* blockGrad(decoder, gradients, layer, trace, trace.blocks.pop() as BlockTrace, d);
  }
  if ('weights' in gradients) {
    addGradient(gradients.weights, 'model.embed_tokens.weight', yield* embedGrad(trace.ids, d, decoder.config.vocab_size)); // [V,D]
  }
  d.dispose();
}
