/** Normalisation, the gated activation, the embedding and the loss. */
import type * as tf from '@tensorflow/tfjs';
import {
  crossEntropy,
  embed,
  embedGrad,
  rmsNorm,
  rmsNormGradGain,
  rmsNormGradX,
  swiglu,
  swigluGrad,
  tokenLogProbs,
} from '../../../support/at-once.ts';
import * as plain from '../../../support/plain-ops.ts';
import type { Numbers } from '../../../support/plain-ops.ts';
import { drawn, integers, normal } from '../case.ts';
import type { Case } from '../case.ts';

export function rmsNormCase(M: number, D: number): Case {
  return {
    name: `rmsNorm [${M},${D}]`,
    inputs: { x: normal(`rms x ${M} ${D}`, [M, D], 3), gain: normal(`rms gain ${D}`, [D]) },
    run: ({ x, gain }) => [rmsNorm(x as tf.Tensor, gain as tf.Tensor, 1e-5)],
    plain: ({ x, gain }) => [plain.rmsNorm(x as Numbers, gain as Numbers, 1e-5)],
    gradient: {
      of: ['x', 'gain'],
      run: ({ x, gain }, dy) => [rmsNormGradX(x as tf.Tensor, gain as tf.Tensor, dy, 1e-5), rmsNormGradGain(x as tf.Tensor, dy, 1e-5)],
    },
  };
}

/** y = rmsNorm(x) + x: the gradient around the block joins that through it. */
export function residualCase(M: number, D: number): Case {
  const inner = rmsNormCase(M, D);
  return {
    ...inner,
    name: `rmsNorm with a way around [${M},${D}]`,
    run: ({ x, gain }) => [rmsNorm(x as tf.Tensor, gain as tf.Tensor, 1e-5).add(x as tf.Tensor)],
    plain: ({ x, gain }) => [plain.rmsNorm(x as Numbers, gain as Numbers, 1e-5).map((y, i) => y + ((x as Numbers)[i] ?? Number.NaN))],
    gradient: { of: ['x'], run: ({ x, gain }, dy) => [rmsNormGradX(x as tf.Tensor, gain as tf.Tensor, dy, 1e-5, dy)] },
  };
}

export function swigluCase(M: number, F: number): Case {
  return {
    name: `swiglu [${M},${2 * F}]`,
    inputs: { gateUp: normal(`gate and up ${M} ${F}`, [M, 2 * F], 3) },
    run: ({ gateUp }) => [swiglu(gateUp as tf.Tensor)],
    plain: ({ gateUp }) => [plain.swiglu(gateUp as Numbers, F)],
    gradient: { of: ['gateUp'], run: ({ gateUp }, dy) => [swigluGrad(gateUp as tf.Tensor, dy)] },
  };
}

export function embedCase(V: number, D: number, ids: readonly number[]): Case {
  return {
    name: `embed ${ids.length} of [${V},${D}]`,
    inputs: { ids: integers(ids), table: normal(`table ${V} ${D}`, [V, D]) },
    run: ({ ids: which, table }) => [embed(which as tf.Tensor, table as tf.Tensor)],
    plain: ({ ids: which, table }) => [plain.embed(which as Numbers, table as Numbers, V, D)],
    gradient: { of: ['table'], run: ({ ids: which }, dy) => [embedGrad(which as tf.Tensor, dy, V)] },
  };
}

export function crossEntropyCase(R: number, V: number, weight: number): Case {
  return {
    name: `crossEntropy [${R},${V}]`,
    inputs: { logits: normal(`logits ${R} ${V}`, [R, V], 3), targets: drawn(`targets ${R} ${V}`, R, V) },
    run: ({ logits, targets }) => [crossEntropy(logits as tf.Tensor, targets as tf.Tensor, weight)[0]],
    plain: ({ logits, targets }) => [plain.tokenLogProbs(logits as Numbers, targets as Numbers, V).map((p) => -weight * p)],
    gradient: {
      of: ['logits'],
      ones: true,
      run: ({ logits, targets }) => [crossEntropy(logits as tf.Tensor, targets as tf.Tensor, weight)[1]],
    },
  };
}

export function logProbsCase(targets: readonly number[], V: number): Case {
  return {
    name: `tokenLogProbs [${targets.length},${V}]`,
    inputs: { logits: normal(`log-probabilities ${V}`, [targets.length, V], 4), targets: integers(targets) },
    run: ({ logits, targets: at }) => [tokenLogProbs(logits as tf.Tensor, at as tf.Tensor)],
    plain: ({ logits, targets: at }) => [plain.tokenLogProbs(logits as Numbers, at as Numbers, V)],
  };
}

export const SMALL: readonly Case[] = [
  rmsNormCase(1, 1),
  rmsNormCase(3, 7),
  rmsNormCase(2, 16),
  residualCase(3, 7),
  swigluCase(1, 1),
  swigluCase(3, 7),
  swigluCase(2, 16),
  embedCase(2, 1, [1]),
  embedCase(6, 7, [5, 0, 5, 2, 5, 9, -1]),
  crossEntropyCase(1, 2, 1),
  crossEntropyCase(4, 7, 0.25),
  crossEntropyCase(5, 32, 3),
  logProbsCase([2, 0, 6], 7),
];

/** Too large for finite differences. */
export const LARGE: readonly Case[] = [
  rmsNormCase(70, 65),
  residualCase(9, 130),
  swigluCase(9, 131),
  embedCase(
    50,
    33,
    Array.from({ length: 90 }, (_, i) => (i * i) % 50),
  ),
  crossEntropyCase(40, 517, 0.01),
  logProbsCase([0, 516, 7, 99, 3], 517),
];
