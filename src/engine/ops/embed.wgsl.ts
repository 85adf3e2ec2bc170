/**
 * Embedding on WebGPU, one thread an element, from a table of floats or a packed one. The gradient adds the rows of one id in their order of occurrence and without
 * atomics: a first kernel sorts the places by id (each thread counts its own rank; stable), a second finds each id's run by
 * binary search and adds it up.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { BYTE_GROUP } from '../packing.ts';
import { ownBackend } from '../webgpu.ts';
import { blocksFor, type Element, kernel } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';

type Rows = { readonly rows: number };

/** Number `at` of the table, by its form. */
const NUMBERS: Readonly<Record<'single' | 'half' | 'byte', string>> = {
  single: 'table[at]',
  half: 'unpack2x16float(bitcast<u32>(table[at / 2u]))[at % 2u]',
  byte: `f32(extractBits(table[at / 4u], at % 4u * 8u, 8u)) * scales[at / ${BYTE_GROUP}u]`,
};

/** An id outside the table gives zeros. */
function lookUp<Read extends string>(form: keyof typeof NUMBERS, read: Readonly<Record<Read, Element>>) {
  return kernel({
    key: `Embed ${form}`,
    read,
    write: { y: 'f32' },
    params: { size: 'u32', width: 'u32', rows: 'u32' },
    body: `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let id = ids[i / params.width];
  let at = u32(id) * params.width + i % params.width;
  var value = 0.0;
  if (id >= 0 && id < i32(params.rows)) { value = ${NUMBERS[form]}; }
  y[i] = value;`,
  });
}

const LOOK_UP = lookUp('single', { ids: 'i32', table: 'f32' });
const LOOK_UP_HALVES = lookUp('half', { ids: 'i32', table: 'i32' });
const LOOK_UP_BYTES = lookUp('byte', { ids: 'i32', table: 'i32', scales: 'f32' });

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

type EmbedInputs = { readonly ids: Tensor; readonly table: Tensor; readonly scales?: Tensor };

registerOpKernel<EmbedInputs, Rows>('Embed', 'webgpu', ({ ids, table, scales }, { rows }, backend) => {
  const gpu = ownBackend(backend);
  const places = ids.shape[0] as number;
  const words = table.shape[1] as number;
  const width = table.dtype !== 'int32' ? words : words * (scales === undefined ? 2 : 4);
  const y = gpu.output([places, width]);
  const size = places * width;
  const params = { size, width, rows };
  if (table.dtype !== 'int32') gpu.run(LOOK_UP, { ids, table, y }, params, blocksFor(LOOK_UP, size));
  else if (scales === undefined) gpu.run(LOOK_UP_HALVES, { ids, table, y }, params, blocksFor(LOOK_UP_HALVES, size));
  else gpu.run(LOOK_UP_BYTES, { ids, table, scales, y }, params, blocksFor(LOOK_UP_BYTES, size));
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
