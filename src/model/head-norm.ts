/**
 * The norms that Qwen3 puts on each query and key head before they are turned: RMSNorm over the E numbers of a head, one gain for all
 * query heads and one for all key heads. Works on the stacked projections [M,(H+2K)E], of which the values are left alone.
 */
import * as tf from '@tensorflow/tfjs';
import { rmsNorm, rmsNormGradGain, rmsNormGradX } from '../engine/ops/rms-norm.ts';
import { tidy, type Work } from '../engine/work.ts';
import type { DecoderConfig } from '../files/config.ts';

/** The names of a block's gains, each [E]. */
export const queryNorm = (layer: number): string => `model.layers.${layer}.self_attn.q_norm.weight`;
export const keyNorm = (layer: number): string => `model.layers.${layer}.self_attn.k_norm.weight`;

/** Columns of query, key and value heads. */
const widths = ({ num_attention_heads: H, num_key_value_heads: K, head_dim: E }: DecoderConfig): number[] => [H * E, K * E, K * E];

/** Queries, keys and values, the first two with one head a row: [M*H,E], [M*K,E] and [M,K*E]. */
function headsOf(x: tf.Tensor, config: DecoderConfig): [q: tf.Tensor, k: tf.Tensor, v: tf.Tensor] {
  const [q, k, v] = tf.split(x, widths(config), 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const rows = (part: tf.Tensor): tf.Tensor => tf.reshape(part, [-1, config.head_dim]);
  return [rows(q), rows(k), v];
}

/** The inverse of `headsOf`. */
function stacked([q, k, v]: readonly [tf.Tensor, tf.Tensor, tf.Tensor], config: DecoderConfig): tf.Tensor {
  const M = v.shape[0];
  const [wide, narrow] = widths(config) as [number, number];
  return tf.concat([tf.reshape(q, [M, wide]), tf.reshape(k, [M, narrow]), v], 1);
}

/** `projections` [M,C] with the heads of queries and keys normalised. */
export function normHeads(projections: tf.Tensor, gains: readonly [q: tf.Tensor, k: tf.Tensor], config: DecoderConfig): Work<tf.Tensor> {
  return tidy(function* () {
    const [q, k, v] = headsOf(projections, config);
    const { rms_norm_eps: epsilon } = config;
    return stacked([yield* rmsNorm(q, gains[0], epsilon), yield* rmsNorm(k, gains[1], epsilon), v], config);
  });
}

/** The gradients of `normHeads` in the projections, and in the gains where `wanted`. */
export function* normHeadsGrad(
  projections: tf.Tensor,
  gains: readonly [q: tf.Tensor, k: tf.Tensor],
  dy: tf.Tensor,
  config: DecoderConfig,
  wanted: boolean,
): Work<{ readonly dx: tf.Tensor; readonly dGains: readonly tf.Tensor[] }> {
  const { rms_norm_eps: epsilon } = config;
  const [dx, ...dGains] = yield* tidy(function* () {
    const [q, k] = headsOf(projections, config);
    const [dq, dk, dv] = headsOf(dy, config);
    const changes = [yield* rmsNormGradX(q, gains[0], dq, epsilon), yield* rmsNormGradX(k, gains[1], dk, epsilon), dv] as const;
    const dGains = wanted ? [yield* rmsNormGradGain(q, dq, epsilon), yield* rmsNormGradGain(k, dk, epsilon)] : [];
    return [stacked(changes, config), ...dGains];
  });
  return { dx, dGains };
}
