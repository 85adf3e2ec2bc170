/**
 * Drawing tokens on WebGPU. On a graphics card one workgroup of 64 threads a row, on a software adapter one thread. The smallest kept
 * weight is found by halving the range of float32 bit patterns, whose order is that of positive numbers, so it is exactly one of the
 * weights, always in 31 turns because a barrier may not stand behind a condition; sums are taken in an order that depends on the size of the vocabulary only.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { blocksForRows, type Kernel, rowKernel, type Variant } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';
import type { Sampling } from './sample.ts';

const SAMPLE = rowKernel({
  key: 'Sample',
  read: { logits: 'f32', uniforms: 'f32' },
  write: { ids: 'i32', report: 'f32', weights: 'f32' },
  // `count` is top-k, 0 for all; `cold` is 1 for greedy decoding; `inverse` is 1 / temperature.
  params: { columns: 'u32', count: 'u32', share: 'f32', inverse: 'f32', cold: 'u32' },
  declare: `
const ONE = 0x3f800000u; // the bits of 1, which is the largest weight`,
  body: `
  let at = row * params.columns;
  var largest = -3.4e38;
  var defect = 0.0;
  for (var i = first; i < params.columns; i += STEP) {
    largest = max(largest, logits[at + i]);
    // Infinities and NaN by their bits, because compilers may assume that there are none.
    if ((bitcast<u32>(logits[at + i]) & 0x7f800000u) == 0x7f800000u) { defect = 1.0; }
  }
  let top = maxOverLanes(lane, largest);
  let bad = maxOverLanes(lane, defect);
  var sum = 0.0;
  var place = 1e9; // the first of the largest
  for (var i = first; i < params.columns; i += STEP) {
    let x = logits[at + i];
    sum += exp(x - top);
    if (x == top) { place = min(place, f32(i)); }
    // The largest weight is 1 exactly, whatever the adapter's exp says of 0.
    weights[at + i] = select(max(exp((x - top) * params.inverse), 1e-37), 1.0, x == top);
  }
  let logSum = top + log(sumOverLanes(lane, sum));
  var id = u32(-maxOverLanes(lane, -place));
  if (id >= params.columns) { id = 0u; }
  if (params.cold == 0u) {
    var least = 1u;
    if (params.count > 0u && params.count < params.columns) {
      var most = ONE;
      for (var turn = 0u; turn < 31u; turn++) {
        let middle = least + ((most - least + 1u) >> 1u);
        var kept = 0.0;
        for (var i = first; i < params.columns; i += STEP) { kept += select(0.0, 1.0, bitcast<u32>(weights[at + i]) >= middle); }
        if (sumOverLanes(lane, kept) >= f32(params.count)) { least = middle; } else { most = middle - 1u; }
      }
    }
    var all = 0.0;
    for (var i = first; i < params.columns; i += STEP) { all += select(0.0, weights[at + i], bitcast<u32>(weights[at + i]) >= least); }
    var mass = sumOverLanes(lane, all);
    if (params.share < 1.0) {
      let wanted = params.share * mass;
      var most = ONE;
      for (var turn = 0u; turn < 31u; turn++) {
        let middle = least + ((most - least + 1u) >> 1u);
        var held = 0.0;
        for (var i = first; i < params.columns; i += STEP) { held += select(0.0, weights[at + i], bitcast<u32>(weights[at + i]) >= middle); }
        if (sumOverLanes(lane, held) >= wanted) { least = middle; } else { most = middle - 1u; }
      }
      all = 0.0;
      for (var i = first; i < params.columns; i += STEP) { all += select(0.0, weights[at + i], bitcast<u32>(weights[at + i]) >= least); }
      mass = sumOverLanes(lane, all);
    }
    settle();
    if (leader) {
      let wanted = uniforms[row] * mass;
      var passed = 0.0;
      for (var i = 0u; i < params.columns; i++) {
        if (bitcast<u32>(weights[at + i]) < least) { continue; }
        id = i;
        passed += weights[at + i];
        if (passed > wanted) { break; }
      }
    }
  }
  if (leader) {
    ids[row] = i32(id);
    report[row] = f32(id);
    // The bits of NaN are put together so that no compiler sees a constant.
    report[params.rows + row] = select(logits[at + id] - logSum, bitcast<f32>(0x7fc00000u + (id & 1u)), bad > 0.0);
  }`,
});

export const sampleKernels = (variant: Variant): readonly Kernel[] => [SAMPLE[variant]];

registerOpKernel<{ readonly logits: Tensor; readonly uniforms: Tensor }, Sampling>(
  'Sample',
  'webgpu',
  ({ logits, uniforms }, { temperature, topK, topP }, backend) => {
    const gpu = ownBackend(backend);
    const [rows, columns] = logits.shape as [number, number];
    const [ids, report, weights] = [gpu.output([rows], 'int32'), gpu.output([2, rows]), gpu.output(logits.shape)];
    const cold = temperature === 0;
    const params = { rows, columns, count: topK, share: topP, inverse: cold ? 1 : 1 / temperature, cold: cold ? 1 : 0 };
    gpu.run(SAMPLE[gpu.variant], { logits, uniforms, ids, report, weights }, params, blocksForRows(gpu.variant, rows));
    gpu.release(weights);
    return [ids, report];
  },
);
