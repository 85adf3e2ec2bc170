/** The gated activation of the feed-forward block (Shazeer 2020): silu(gate) * up, with gate and up side by side in one matrix. */
import * as tf from '@tensorflow/tfjs';
import { addressOf, output, simd } from '../wasm.ts';
import type { Work } from '../work.ts';
import { defineSingle } from './op.ts';

type SwigluInputs = { readonly gateUp: tf.Tensor };

/** [M,2F] -> gate and up, each [M,F]. */
const halves = (gateUp: tf.Tensor): [gate: tf.Tensor, up: tf.Tensor] => tf.split(gateUp, 2, 1) as [tf.Tensor, tf.Tensor];

const run = defineSingle<SwigluInputs, object>({
  name: 'Swiglu',
  reference: ({ gateUp }) => {
    const [gate, up] = halves(gateUp);
    return [tf.mul(tf.mul(gate, tf.sigmoid(gate)), up)];
  },
  cpu: ({ gateUp }) => {
    const [M, F] = [gateUp.shape[0] as number, (gateUp.shape[1] as number) / 2];
    const y = output([M, F]);
    const run = (m: number, rows: number): void => void simd('swiglu', addressOf(gateUp, 2 * m * F), addressOf(y, m * F), rows, F);
    return { outputs: [y], stages: [{ units: M, cost: 50 * F, run, apart: true }] };
  },
});

const gradient = defineSingle<SwigluInputs & { readonly dy: tf.Tensor }, object>({
  name: 'SwigluGrad',
  reference: ({ gateUp, dy }) => {
    const [gate, up] = halves(gateUp);
    const s = tf.sigmoid(gate);
    const slope = tf.mul(s, tf.add(1, tf.mul(gate, tf.sub(1, s))));
    return [tf.concat([tf.mul(tf.mul(dy, up), slope), tf.mul(dy, tf.mul(gate, s))], 1)];
  },
  cpu: ({ gateUp, dy }) => {
    const [M, F] = dy.shape as [number, number];
    const dGateUp = output([M, 2 * F]);
    const run = (m: number, rows: number): void =>
      void simd('swigluGrad', addressOf(gateUp, 2 * m * F), addressOf(dy, m * F), addressOf(dGateUp, 2 * m * F), rows, F);
    return { outputs: [dGateUp], stages: [{ units: M, cost: 70 * F, run, apart: true }] };
  },
});

/** `gateUp` [M,2F] = gate, then up -> gate * sigmoid(gate) * up, [M,F]. */
export function swiglu(gateUp: tf.Tensor): Work<tf.Tensor> {
  return run({ gateUp }, {});
}

/** The gradient of `swiglu`: `dy` [M,F] -> [M,2F]. */
export function swigluGrad(gateUp: tf.Tensor, dy: tf.Tensor): Work<tf.Tensor> {
  return gradient({ gateUp, dy }, {});
}
