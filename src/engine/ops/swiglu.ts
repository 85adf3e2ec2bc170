/** The gated activation of the feed-forward block (Shazeer 2020): silu(gate) * up. */
import * as tf from '@tensorflow/tfjs';
import { output, simd } from '../wasm.ts';
import { defineOp } from './op.ts';

type SwigluInputs = { readonly gate: tf.Tensor; readonly up: tf.Tensor };

const gradient = defineOp<SwigluInputs & { readonly dy: tf.Tensor }, object, [tf.Tensor, tf.Tensor]>({
  name: 'SwigluGrad',
  reference: ({ gate, up, dy }) => {
    const s = tf.sigmoid(gate);
    const slope = tf.mul(s, tf.add(1, tf.mul(gate, tf.sub(1, s))));
    return [tf.mul(tf.mul(dy, up), slope), tf.mul(dy, tf.mul(gate, s))];
  },
  kernels: {
    wasm: ({ gate, up, dy }) => {
      const [dGate, dUp] = [output(gate.shape), output(gate.shape)];
      simd('swigluGrad', gate, up, dy, dGate, dUp, tf.util.sizeFromShape(gate.shape));
      return [dGate, dUp];
    },
  },
});

const run = defineOp<SwigluInputs, object, [tf.Tensor]>({
  name: 'Swiglu',
  reference: ({ gate, up }) => [tf.mul(tf.mul(gate, tf.sigmoid(gate)), up)],
  saves: ['gate', 'up'],
  gradient: (dy, { inputs: { gate, up } }) => {
    const [dGate, dUp] = gradient({ gate, up, dy }, {});
    return { gate: () => dGate, up: () => dUp };
  },
  kernels: {
    wasm: ({ gate, up }) => {
      const y = output(gate.shape);
      simd('swiglu', gate, up, y, tf.util.sizeFromShape(gate.shape));
      return [y];
    },
  },
});

/** `gate` and `up` [M,F] -> gate * sigmoid(gate) * up, [M,F]. */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return run({ gate, up }, {})[0];
}
