/** Rotary position embedding (Su et al. 2021) in the Hugging Face convention: dimension i turns together with i + Dh/2. */
import * as tf from '@tensorflow/tfjs';
import { int32View, output, simd, table } from '../wasm.ts';
import { defineOp } from './op.ts';

/** `sign` is 1 for the rotation and -1 for its inverse, which is the gradient. */
export type RopeAttributes = { readonly theta: number; readonly sign: 1 | -1 };

type RopeInputs = { readonly x: tf.Tensor; readonly positions: tf.Tensor };

/** For each position the cosines, then the sines, of its angles; as many whole positions as fit in `floats`. */
function cosinesAndSines(floats: number, half: number, theta: number): Float32Array {
  return Float32Array.from({ length: floats }, (_, i) => {
    const [position, column] = [Math.floor(i / (2 * half)), i % (2 * half)];
    const angle = position * theta ** (-(column % half) / half);
    return column < half ? Math.cos(angle) : Math.sin(angle);
  });
}

/** cos and sin of the angles of positions 0, stride, 2 stride, ..., each [SPAN, half]. */
function anglesOf(stride: number, half: number, theta: number): [cos: tf.Tensor, sin: tf.Tensor] {
  const angles = Array.from({ length: SPAN * half }, (_, i) => Math.floor(i / half) * stride * theta ** (-(i % half) / half));
  return [tf.tensor(angles.map(Math.cos), [SPAN, half]), tf.tensor(angles.map(Math.sin), [SPAN, half])];
}

/** Positions below SPAN^2 in the reference. */
const SPAN = 256;

const run = defineOp<RopeInputs, RopeAttributes, [tf.Tensor]>({
  name: 'Rope',
  reference: ({ x, positions }, { theta, sign }) => {
    const [M, H, Dh] = x.shape as [number, number, number];
    const half = Dh / 2;
    // A graphics card promises sin and cos to 2^-11 only, so both come from the host: the angle of p is that of SPAN h and that of l added.
    const [high, low] = [tf.floorDiv(positions, SPAN).toInt(), tf.mod(positions, SPAN).toInt()];
    const [cosHigh, sinHigh] = anglesOf(SPAN, half, theta).map((table) => tf.gather(table, high)) as [tf.Tensor, tf.Tensor];
    const [cosLow, sinLow] = anglesOf(1, half, theta).map((table) => tf.gather(table, low)) as [tf.Tensor, tf.Tensor];
    const cos = tf.expandDims(tf.sub(tf.mul(cosHigh, cosLow), tf.mul(sinHigh, sinLow)), 1); // [M,1,half]
    const sin = tf.mul(tf.expandDims(tf.add(tf.mul(sinHigh, cosLow), tf.mul(cosHigh, sinLow)), 1), sign); // [M,1,half]
    const first = tf.slice(x, [0, 0, 0], [M, H, half]);
    const second = tf.slice(x, [0, 0, half], [M, H, half]);
    return [tf.concat([tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))], -1)];
  },
  saves: ['positions'],
  gradient: (dy, { inputs: { positions } }, { theta, sign }) => ({
    x: (): tf.Tensor => run({ x: dy, positions }, { theta, sign: sign === 1 ? -1 : 1 })[0],
  }),
  kernels: {
    wasm: ({ x, positions }, { theta, sign }) => {
      const [M, H, Dh] = x.shape as [number, number, number];
      const last = int32View(positions).reduce((a, b) => Math.max(a, b), 0);
      // Made for 64 positions at a time, so that decoding does not make it anew for each token.
      const angles = table(`rope ${theta} ${Dh}`, Math.ceil((last + 1) / 64) * 64 * Dh, (n) => cosinesAndSines(n, Dh / 2, theta));
      const y = output([M, H, Dh]);
      simd('rope', x, positions, angles, y, M, H, Dh / 2, sign);
      return [y];
    },
  },
});

/** Rotates `x` [M,H,Dh] by its `positions` int32 [M], none negative; Dh is even. */
export function rope(x: tf.Tensor, positions: tf.Tensor, theta: number): tf.Tensor {
  return run({ x, positions }, { theta, sign: 1 })[0];
}
