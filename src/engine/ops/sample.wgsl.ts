/**
 * Drawing tokens on WebGPU. On a graphics card one workgroup of 64 threads a row, on a software adapter one thread. Sums are taken in
 * an order that depends on the size of the vocabulary only.
 *
 * The smallest kept weight is searched for between two numbers that close in on it. Positive floats have the order of their bits, so
 * halving the bits halves what is between; every pass also finds the weights next to the middle, to which the ends then move. So the
 * result is exactly one of the weights, after about as many passes as the vocabulary has bits.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { type Ahead, blocksForRows, rowKernel } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';
import type { Sampling } from './sample.ts';
import { forVectors, lengthOf, type Vector, vectorFor, VECTORS } from './vector-text.ts';

/** Raises `least` to the largest weight for which `amount`, summed over the weights from there on, is still at least `wanted`. */
const search = (amount: string, wanted: string): string => `
      let wanted = ${wanted};
      var low = bitcast<u32>(least);
      var high = bitcast<u32>(1.0); // no weight is larger
      for (var turn = 0u; turn < 64u; turn++) { // an end for what is not finite
        if (low >= high) { break; }
        let middle = bitcast<f32>(low + ((high - low + 1u) >> 1u));
        var sum = N();
        var above = N(1.0);
        var below = N();
        for (var i = first; i < params.columns; i += STEP) {
          let weight = weights[at + i];
          let reaches = weight >= N(middle);
          sum += select(N(), ${amount}, reaches);
          above = min(above, select(N(1.0), weight, reaches));
          below = max(below, select(weight, N(), reaches));
        }
        if (sumOverLanes(lane, sumOf(sum)) >= wanted) { low = bitcast<u32>(-maxOverLanes(lane, -smallestOf(above))); }
        else { high = bitcast<u32>(maxOverLanes(lane, largestOf(below))); }
      }
      least = bitcast<f32>(low);`;

/** The sum of the kept weights. */
const MASS = `
    var kept = N();
    for (var i = first; i < params.columns; i += STEP) { kept += select(N(), weights[at + i], weights[at + i] >= N(least)); }
    mass = sumOverLanes(lane, sumOf(kept));`;

/** One number of the walk through the kept weights, which ends where `passed` exceeds `goal`. */
const passes = (weight: string, offset: number, length: number): string => `
        if (passed <= goal && ${weight} >= least) {
          id = ${length}u * i + ${offset}u;
          passed += ${weight};
        }`;

/** `columns` counts vectors; `count` is top-k, 0 for all; `share` is top-p; `cold` is 1 for greedy decoding; `inverse` is 1 / temperature. */
export const SAMPLE_PARAMETERS = { columns: 'u32', width: 'u32', count: 'u32', share: 'f32', inverse: 'f32', cold: 'u32' } as const;

/** The parameters of a dispatch for rows of `width` logits. */
export function sampleParameters(width: number, { temperature, topK, topP }: Sampling): Record<keyof typeof SAMPLE_PARAMETERS, number> {
  const cold = temperature === 0;
  const cuts = { count: topK, share: topP, inverse: cold ? 1 : 1 / temperature, cold: cold ? 1 : 0 };
  return { columns: width / lengthOf(vectorFor(width)), width, ...cuts };
}

/** Draws from `logits`, of which row `row` begins at `at`, by way of `weights`, into `ids` and `report`; in the words of a row kernel. */
export function drawText(vector: Vector): string {
  const length = lengthOf(vector);
  const numbers = vector === 'f32' ? ['weight'] : ['weight.x', 'weight.y', 'weight.z', 'weight.w'];
  return `
  var most = N(-3.4e38);
  var defect = 0.0;
  for (var i = first; i < params.columns; i += STEP) {
    let x = logits[at + i];
    most = max(most, x);
    if (notFinite(x)) { defect = 1.0; }
  }
  let top = maxOverLanes(lane, largestOf(most));
  let bad = maxOverLanes(lane, defect);
  var sum = N();
  var all = N();
  var place = N(1e9); // the first of the largest
  for (var i = first; i < params.columns; i += STEP) {
    let x = logits[at + i];
    let largest = x == N(top);
    sum += exp(x - top);
    place = min(place, select(N(1e9), placesOf(i), largest));
    if (params.cold == 0u) {
      // The largest weight is 1 exactly, whatever the adapter's exp says of 0; none is 0 or not a normal number.
      let weight = select(max(exp((x - top) * params.inverse), N(1.2e-38)), N(1.0), largest);
      weights[at + i] = weight;
      all += weight;
    }
  }
  let logSum = log(sumOverLanes(lane, sumOf(sum)));
  var id = u32(-maxOverLanes(lane, -smallestOf(place)));
  if (id >= params.width) { id = 0u; }
  if (params.cold == 0u) {
    var mass = sumOverLanes(lane, sumOf(all));
    var least = 0.0;
    if (params.count > 0u && params.count < params.width) {${search('N(1.0)', 'f32(params.count)')}${MASS}
    }
    if (params.share < 1.0) {${search('weight', 'params.share * mass')}${MASS}
    }
    settle();
    if (leader) {
      let goal = uniforms[row] * mass;
      var passed = 0.0;
      for (var i = 0u; i < params.columns && passed <= goal; i++) {
        let weight = weights[at + i];${numbers.map((weight, offset) => passes(weight, offset, length)).join('')}
      }
    }
  }
  if (leader) {
    ids[row] = i32(id);
    report[row] = f32(id);
    let logit = logits[at + id / ${length}u]${vector === 'f32' ? '' : '[id % 4u]'};
    // The bits of NaN are put together so that no compiler sees a constant.
    report[params.rows + row] = select(logit - top - logSum, bitcast<f32>(0x7fc00000u + (id & 1u)), bad > 0.0);
  }`;
}

const draw = (vector: Vector) =>
  rowKernel({
    key: `Sample ${vector}`,
    read: { logits: vector, uniforms: 'f32' },
    write: { ids: 'i32', report: 'f32', weights: vector },
    params: SAMPLE_PARAMETERS,
    declare: VECTORS[vector],
    body: `
  let at = row * params.columns;${drawText(vector)}`,
  });

const SAMPLE = forVectors(draw);

export const ahead: Ahead = ({ variant }, { vocabulary }) => ({ answering: [SAMPLE[vectorFor(vocabulary)][variant]] });

registerOpKernel<{ readonly logits: Tensor; readonly uniforms: Tensor }, Sampling>(
  'Sample',
  'webgpu',
  ({ logits, uniforms }, sampling, backend) => {
    const gpu = ownBackend(backend);
    const [rows, width] = logits.shape as [number, number];
    const vector = vectorFor(width);
    const [ids, report, weights] = [gpu.output([rows], 'int32'), gpu.output([2, rows]), gpu.output(logits.shape)];
    const params = { rows, ...sampleParameters(width, sampling) };
    gpu.run(SAMPLE[vector][gpu.variant], { logits, uniforms, ids, report, weights }, params, blocksForRows(gpu.variant, rows));
    gpu.release(weights);
    return [ids, report];
  },
);
