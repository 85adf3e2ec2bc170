/**
 * Embedding on WebGPU, one thread an element. The gradient adds the rows of one id in their order of occurrence and without
 * atomics: a first kernel sorts the places by id (each thread counts its own rank; stable), a second finds each id's run by
 * binary search and adds it up.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { blocksFor, kernel } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';

type Rows = { readonly rows: number };

/** An id outside the table gives zeros. */
const LOOK_UP = kernel({
  key: 'Embed',
  read: { ids: 'i32', table: 'f32' },
  write: { y: 'f32' },
  params: { size: 'u32', width: 'u32', rows: 'u32' },
  body: `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let id = ids[i / params.width];
  var value = 0.0;
  if (id >= 0 && id < i32(params.rows)) { value = table[u32(id) * params.width + i % params.width]; }
  y[i] = value;`,
});

/** order[rank] = place. One thread a place; all threads read the same id at a time. */
const RANK = kernel({
  key: 'EmbedRank',
  read: { ids: 'i32' },
  write: { order: 'i32' },
  params: { places: 'u32' },
  body: `
  let place = block * 64u + lane;
  if (place >= params.places) { return; }
  let mine = ids[place];
  var rank = 0u;
  for (var other = 0u; other < params.places; other++) {
    let id = ids[other];
    if (id < mine || (id == mine && other < place)) { rank++; }
  }
  order[rank] = i32(place);`,
});

/** One thread an element of the table's gradient; neighbouring threads follow the same id. */
const SCATTER = kernel({
  key: 'EmbedScatter',
  read: { ids: 'i32', order: 'i32', dy: 'f32' },
  write: { gradient: 'f32' },
  params: { size: 'u32', width: 'u32', places: 'u32' },
  body: `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let id = i32(i / params.width);
  let column = i % params.width;
  var low = 0u;
  var high = params.places;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (ids[order[middle]] < id) { low = middle + 1u; } else { high = middle; }
  }
  var sum = 0.0;
  for (var at = low; at < params.places; at++) {
    let place = u32(order[at]);
    if (ids[place] != id) { break; }
    sum += dy[place * params.width + column];
  }
  gradient[i] = sum;`,
});

export const embedKernels = [LOOK_UP, RANK, SCATTER];

registerOpKernel<{ readonly ids: Tensor; readonly table: Tensor }, Rows>('Embed', 'webgpu', ({ ids, table }, { rows }, backend) => {
  const gpu = ownBackend(backend);
  const [places, width] = [ids.shape[0] as number, table.shape[1] as number];
  const y = gpu.output([places, width]);
  const size = places * width;
  gpu.run(LOOK_UP, { ids, table, y }, { size, width, rows }, blocksFor(LOOK_UP, size));
  return [y];
});

registerOpKernel<{ readonly ids: Tensor; readonly dy: Tensor }, Rows>('EmbedGrad', 'webgpu', ({ ids, dy }, { rows }, backend) => {
  const gpu = ownBackend(backend);
  const [places, width] = dy.shape as [number, number];
  const [order, gradient] = [gpu.output([places], 'int32'), gpu.output([rows, width])];
  const size = rows * width;
  gpu.run(RANK, { ids, order }, { places }, blocksFor(RANK, places));
  gpu.run(SCATTER, { ids, order, dy, gradient }, { size, width, places }, blocksFor(SCATTER, size));
  gpu.release(order);
  return [gradient];
});
