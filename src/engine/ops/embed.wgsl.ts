/**
 * Embedding on WebGPU, one thread an element, from a table of floats or a packed one. The gradient adds the rows of one id in their order of occurrence and without
 * atomics: a first kernel sorts the places by id (each thread counts its own rank; stable), a second finds each id's run by
 * binary search and adds it up.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { type Ahead, blocksFor, kernel } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';

type Rows = { readonly rows: number };

/** Number `at` of the table, by its form. */
const NUMBERS = {
  single: { element: 'f32', text: 'table[at]' },
  half: { element: 'i32', text: 'unpack2x16float(bitcast<u32>(table[at / 2u]))[at % 2u]' },
} as const;

/** An id outside the table gives zeros. */
function lookUpIn(form: keyof typeof NUMBERS) {
  const { element, text } = NUMBERS[form];
  return kernel({
    key: `Embed ${form}`,
    read: { ids: 'i32', table: element },
    write: { y: 'f32' },
    params: { size: 'u32', width: 'u32', rows: 'u32' },
    body: `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let id = ids[i / params.width];
  let at = u32(id) * params.width + i % params.width;
  var value = 0.0;
  if (id >= 0 && id < i32(params.rows)) { value = ${text}; }
  y[i] = value;`,
  });
}

const LOOK_UP = lookUpIn('single');
const LOOK_UP_HALVES = lookUpIn('half');

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

export const ahead: Ahead = () => ({ answering: [LOOK_UP], rest: [RANK, SCATTER] });

type EmbedInputs = { readonly ids: Tensor; readonly table: Tensor };

registerOpKernel<EmbedInputs, Rows>('Embed', 'webgpu', ({ ids, table }, { rows }, backend) => {
  const gpu = ownBackend(backend);
  const places = ids.shape[0] as number;
  const packed = table.dtype === 'int32';
  const width = (table.shape[1] as number) * (packed ? 2 : 1);
  const y = gpu.output([places, width]);
  const size = places * width;
  const lookUp = packed ? LOOK_UP_HALVES : LOOK_UP;
  gpu.run(lookUp, { ids, table, y }, { size, width, rows }, blocksFor(lookUp, size));
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
