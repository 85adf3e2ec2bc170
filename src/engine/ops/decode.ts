/**
 * A whole decoding step of a small model as one operation: it reads a token of each row and draws the next one. Where it has a kernel, the
 * step is one dispatch instead of nine a layer, for on a graphics card a dispatch costs more than such a model's arithmetic. The
 * plain version is the chain of the operations that it stands for. Knows the Llama block without biases and without norms of heads.
 */
import * as tf from '@tensorflow/tfjs';
import { now, type Work } from '../work.ts';
import type { HeadShape } from './attention.ts';
import { cachedAttention, ropeAppend } from './cache.ts';
import { embed } from './embed.ts';
import { linear } from './linear.ts';
import { defineOp, hasKernel } from './op.ts';
import { rmsNorm } from './rms-norm.ts';
import type { RopeAttributes } from './rope.ts';
import { sample, type Sampling } from './sample.ts';
import { swiglu } from './swiglu.ts';

/** What decides the kernel of a model: L layers, D width, H heads, K key/value heads, E width of a head, F inner width, V vocabulary. */
export type StepShape = Omit<HeadShape, 'B'> & {
  readonly L: number;
  readonly D: number;
  readonly F: number;
  readonly V: number;
  /** Whether logits are made with the embedding. */
  readonly tied: boolean;
  readonly epsilon: number;
};
/** A weight of the arena and its shape. */
export type Part = {
  readonly name: LayerPart | 'embedding' | 'norm' | 'head';
  readonly layer: number;
  readonly shape: readonly [number, ...number[]];
};
type LayerPart = 'inputNorm' | 'qkv' | 'o' | 'innerNorm' | 'gateUp' | 'down';

/** Everything that the arena holds, in order: the embedding, the layers one by one, the last norm, and the head where it is not the embedding. */
export function partsOf({ L, D, H, K, E, F, V, tied }: StepShape): readonly Part[] {
  const layers = Array.from({ length: L }, (_, layer): Part[] => [
    { name: 'inputNorm', layer, shape: [D] },
    { name: 'qkv', layer, shape: [(H + 2 * K) * E, D] },
    { name: 'o', layer, shape: [D, H * E] },
    { name: 'innerNorm', layer, shape: [D] },
    { name: 'gateUp', layer, shape: [2 * F, D] },
    { name: 'down', layer, shape: [D, F] },
  ]);
  return [
    { name: 'embedding', layer: 0, shape: [V, D] },
    ...layers.flat(),
    { name: 'norm', layer: 0, shape: [D] },
    ...(tied ? [] : [{ name: 'head', layer: 0, shape: [V, D] } as const]),
  ];
}

export const sizeOfPart = ({ shape }: Part): number => shape.reduce((product, side) => product * side, 1);

/** Where a weight begins in the arena. */
export function offsetOf(shape: StepShape, name: Part['name'], layer = 0): number {
  let offset = 0;
  for (const part of partsOf(shape)) {
    if (part.name === name && part.layer === layer) return offset;
    offset += sizeOfPart(part);
  }
  throw new RangeError(`no weight ${name} in layer ${layer}`);
}

/** Numbers of workgroup memory, and threads of a workgroup, that every device has. */
const MEMORY = 4096;
export const MOST_THREADS = 256;

/**
 * Whether the operation has a kernel here that can do such a step: everything is read four numbers at a time, a head by no more than 64
 * threads, and what a row computes fits into workgroup memory.
 */
export function decodesAtOnce({ D, H, K, E, F, V }: StepShape): boolean {
  const needed = D + Math.max(D, H * E) + (H + 2 * K) * E + F + 2 * V + 2 * MOST_THREADS;
  return hasKernel('Decode') && [D, F, V, E / 2].every((side) => side % 4 === 0) && E <= 256 && needed <= MEMORY;
}

export type DecodeInputs = {
  readonly ids: tf.Tensor;
  readonly start: tf.Tensor;
  readonly uniforms: tf.Tensor;
  readonly arena: tf.Tensor;
  readonly cache: tf.Tensor;
};
export type DecodeAttributes = StepShape & Sampling & Pick<RopeAttributes, 'frequencies'>;

const run = defineOp<DecodeInputs, DecodeAttributes, [tf.Tensor, tf.Tensor]>({
  name: 'Decode',
  reference: ({ ids, start, uniforms, arena, cache }, attributes) => {
    const { L, H, K, E, epsilon, tied, frequencies, temperature, topK, topP } = attributes;
    const [B, , , N] = cache.shape as [number, number, number, number];
    const weights = new Map<string, tf.Tensor>();
    let at = 0;
    for (const part of partsOf(attributes)) {
      weights.set(`${part.name} ${part.layer}`, tf.reshape(tf.slice(arena, [at], [sizeOfPart(part)]), [...part.shape]));
      at += sizeOfPart(part);
    }
    const of = (name: Part['name'], layer = 0): tf.Tensor => weights.get(`${name} ${layer}`) as tf.Tensor;
    const heads = { B, H, K, E };
    const halves: tf.Variable[] = [];
    let x = now(embed(ids, of('embedding')));
    for (let layer = 0; layer < L; layer++) {
      const [keys, values] = [0, 1].map((half) => {
        const held = tf.slice(cache, [0, layer, half, 0, 0], [B, 1, 1, N, K * E]);
        return tf.variable(tf.reshape(held, [B, N, K, E]), false);
      }) as [tf.Variable, tf.Variable];
      halves.push(keys, values);
      const h = now(rmsNorm(x, of('inputNorm', layer), epsilon));
      const qkv = now(ropeAppend(now(linear(h, of('qkv', layer))), keys, values, start, { ...heads, frequencies }));
      const y = now(linear(now(cachedAttention(qkv, keys, values, start, heads)), of('o', layer), { residual: x }));
      const g = now(rmsNorm(y, of('innerNorm', layer), epsilon));
      x = now(linear(now(swiglu(now(linear(g, of('gateUp', layer))))), of('down', layer), { residual: y }));
    }
    const whole = tf.concat(
      halves.map((half) => tf.reshape(half, [B, 1, N, K * E])),
      1,
    );
    (cache as tf.Variable).assign(tf.reshape(whole, [B, L, 2, N, K * E]));
    tf.dispose(halves);
    const logits = now(linear(now(rmsNorm(x, of('norm'), epsilon)), of(tied ? 'embedding' : 'head')));
    return now(sample(logits, uniforms, { temperature, topK, topP }));
  },
});

/**
 * Reads `ids` int32 [B] at the positions `start` int32 [B], writes their keys and values into `cache` [B,L,2,N,K*E] in place, and draws from
 * the logits with `uniforms` [B], as `sample` does and with what it gives: ids int32 [B] and report [2,B]. `arena` holds all weights one
 * after the other, as `partsOf` says.
 */
export function decode(inputs: DecodeInputs, attributes: DecodeAttributes): Work<[ids: tf.Tensor, report: tf.Tensor]> {
  return run(inputs, attributes);
}
