/**
 * Rotary position embedding (Su et al. 2021) in the Hugging Face convention: dimension i of a head turns together with i + E/2.
 * Works on the stacked projections of a token, queries and keys and values [M,(H+2K)E], of which the values are left alone.
 */
import * as tf from '@tensorflow/tfjs';
import { addressOf, int32View, simd, table } from '../wasm.ts';
import type { Work } from '../work.ts';
import { defineSingle, sameData } from './op.ts';

/** `T` tokens of each row follow each other: row m of the matrix has position start[m / T] + m % T. */
export type RopeAttributes = {
  readonly T: number;
  /** Heads to turn: H + K. */
  readonly heads: number;
  readonly headDim: number;
  /** Radians a position for each of the E/2 pairs; theta^(-2i/E) unless the model scales them. */
  readonly frequencies: readonly number[];
  /** 1 is the rotation, -1 its inverse, which is the gradient. */
  readonly sign: 1 | -1;
};

type RopeInputs = { readonly qkv: tf.Tensor; readonly start?: tf.Tensor };

/** For each position the cosines, then the sines, of its angles; as many whole positions as fit in `floats`. */
function cosinesAndSines(floats: number, frequencies: readonly number[]): Float32Array {
  const half = frequencies.length;
  return Float32Array.from({ length: floats }, (_, i) => {
    const [position, column] = [Math.floor(i / (2 * half)), i % (2 * half)];
    const angle = position * (frequencies[column % half] as number);
    return column < half ? Math.cos(angle) : Math.sin(angle);
  });
}

/** cos and sin of the angles of positions 0, stride, 2 stride, ..., each [SPAN, half]. */
function anglesOf(stride: number, frequencies: readonly number[]): [cos: tf.Tensor, sin: tf.Tensor] {
  const half = frequencies.length;
  const angles = Array.from({ length: SPAN * half }, (_, i) => Math.floor(i / half) * stride * (frequencies[i % half] as number));
  return [tf.tensor(angles.map(Math.cos), [SPAN, half]), tf.tensor(angles.map(Math.sin), [SPAN, half])];
}

/** Positions below SPAN^2 in the reference. */
const SPAN = 256;

/** Positions int32 [M]. */
function positionsOf(M: number, T: number, start?: tf.Tensor): tf.Tensor {
  const offsets = tf.tile(tf.range(0, T, 1, 'int32'), [M / T]);
  return start === undefined ? offsets : tf.add(offsets, tf.reshape(tf.tile(tf.reshape(start, [M / T, 1]), [1, T]), [M]));
}

const keys = new WeakMap<readonly number[], string>();

/** The name of the table of some frequencies; kept, because writing out its numbers takes longer than turning a row. */
function keyOf(frequencies: readonly number[]): string {
  const key = keys.get(frequencies) ?? `rope ${frequencies.join()}`;
  keys.set(frequencies, key);
  return key;
}

/** The address of the angles of all positions of T tokens from `start` on, and of positions below `least` in any case. */
export function angleTable(frequencies: readonly number[], T: number, start?: tf.TensorInfo, least = 0): number {
  const from = start === undefined ? 0 : int32View(start).reduce((a, b) => Math.max(a, b), least - T);
  // Made for 64 positions at a time, so that decoding does not make it anew for each token.
  const floats = Math.ceil((from + T) / 64) * 64 * 2 * frequencies.length;
  return table(keyOf(frequencies), floats, (n) => cosinesAndSines(n, frequencies));
}

const run = defineSingle<RopeInputs, RopeAttributes>({
  name: 'Rope',
  reference: ({ qkv, start }, { T, heads, headDim, frequencies, sign }) => {
    const [M, C] = qkv.shape as [number, number];
    if (M === 0) return [tf.clone(qkv)];
    const half = headDim / 2;
    const positions = positionsOf(M, T, start);
    const turned = tf.reshape(tf.slice(qkv, [0, 0], [M, heads * headDim]), [M, heads, headDim]);
    // A graphics card promises sin and cos to 2^-11 only, so both come from the host: the angle of p is that of SPAN h and that of l added.
    const [high, low] = [tf.floorDiv(positions, SPAN).toInt(), tf.mod(positions, SPAN).toInt()];
    const [cosHigh, sinHigh] = anglesOf(SPAN, frequencies).map((table) => tf.gather(table, high)) as [tf.Tensor, tf.Tensor];
    const [cosLow, sinLow] = anglesOf(1, frequencies).map((table) => tf.gather(table, low)) as [tf.Tensor, tf.Tensor];
    const cos = tf.expandDims(tf.sub(tf.mul(cosHigh, cosLow), tf.mul(sinHigh, sinLow)), 1); // [M,1,half]
    const sin = tf.mul(tf.expandDims(tf.add(tf.mul(sinHigh, cosLow), tf.mul(cosHigh, sinLow)), 1), sign); // [M,1,half]
    const first = tf.slice(turned, [0, 0, 0], [M, heads, half]);
    const second = tf.slice(turned, [0, 0, half], [M, heads, half]);
    const result = tf.concat([tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))], -1);
    const rest = C - heads * headDim;
    return [tf.concat([tf.reshape(result, [M, heads * headDim]), tf.slice(qkv, [0, heads * headDim], [M, rest])], 1)];
  },
  cpu: ({ qkv, start }, { T, heads, headDim, frequencies, sign }, backend) => {
    const [M, C] = qkv.shape as [number, number];
    const run = (b: number, sequences: number): void => {
      const angles = angleTable(frequencies, T, start);
      simd('rope', addressOf(qkv, b * T * C), addressOf(start, b), angles, sequences * T, T, heads, headDim / 2, C, sign);
    };
    return { outputs: [sameData(qkv, qkv.shape, backend)], stages: [{ units: M === 0 ? 0 : M / T, cost: 8 * T * C, run, apart: true }] };
  },
});

/**
 * Turns queries and keys of `qkv` [M,(H+2K)E] by their positions, which begin at `start` int32 [M/T], none negative, or at 0. E is even.
 * A kernel works in place and returns the same data: `qkv` must not be used afterwards.
 */
export function rope(qkv: tf.Tensor, attributes: RopeAttributes, start?: tf.Tensor): Work<tf.Tensor> {
  return run({ qkv, ...(start === undefined ? {} : { start }) }, attributes);
}
