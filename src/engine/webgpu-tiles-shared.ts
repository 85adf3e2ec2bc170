/**
 * Matrix products through workgroup memory, for graphics cards. A workgroup owns a tile of C; its threads load some inner steps of
 * both operands, four numbers at a time, and each sums elements that lie a quarter of the tile apart, so that neighbouring threads
 * read and write neighbouring addresses. Tile 8 is for few rows, as in decoding: a thread has one column and four rows, and each
 * step loads 32 inner indices, since a card waits for memory there.
 *
 * Gradients of weights have few tiles and a long inner index: their tile is half as large, and four slices of the threads each sum
 * another quarter of the steps, added in the order of the slices at the end. Not measured on a card: written by what is known of them.
 * All threads reach every barrier: ranges depend on the tile only.
 */
import {
  AXES,
  countTiles,
  functionsOf,
  placeTile,
  range,
  type Operand,
  type Part,
  type Tile,
  type Tiling,
  type WrittenPart,
} from './webgpu-part.ts';

const SLICES = 4;

/** `down` x `across` threads of a slice; `inner` steps a slice and round. */
type SharedTile = Tile & { readonly down: number; readonly across: number; readonly inner: number; readonly slices: number };

const square = (side: number, inner: number, slices: number): SharedTile => ({
  rows: side,
  columns: side,
  tiles: 1,
  down: side / 4,
  across: side / 4,
  threads: (side / 4) ** 2 * slices,
  inner,
  slices,
});

/** The tile of a part in a shared tiling; all parts of a kernel have as many threads. */
export function sharedTiles(tiling: Tiling, overBatch: boolean): SharedTile {
  if (tiling === 'shared 8') return { rows: 8, columns: 32, tiles: 1, down: 2, across: 32, threads: 64, inner: 32, slices: 1 };
  const side = tiling === 'shared 64' ? 64 : 32;
  return overBatch ? square(side / 2, 8, SLICES) : square(side, 16, 1);
}

/** Two more than the tile: what four threads store of one row, or 32 of one step, then falls into different memory banks. */
const stride = (side: number): number => side + 2;

/** Loads `steps` inner indices from `k0` of one operand. */
function fill(
  memory: string,
  load: string,
  { along }: Operand,
  side: number,
  steps: number,
  threads: number,
  first: string,
  count: string,
): string {
  const inner = along === 'inner';
  const place = inner
    ? `let o = i / ${steps / 4}u; let k = i % ${steps / 4}u * 4u;`
    : `let o = i % ${side / 4}u * 4u; let k = i / ${side / 4}u;`;
  const address = (c: number): string => (inner ? `(k + ${c}u) * ${stride(side)}u + o` : `k * ${stride(side)}u + o + ${c}u`);
  return `
    for (var i = lane; i < ${(side * steps) / 4}u; i += ${threads}u) {
      ${place}
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(${first} + o, ${count} - ${inner ? 1 : 4}u);
        value = ${load}(${load}start(outer, matrix), outer, k0 + k);
      }
      ${range(4)
        .map((c) => `${memory}[${address(c)}] = value.${AXES[c]};`)
        .join(' ')}
    }`;
}

/** Adds the sums of the other slices to those of the first. */
function addSlices(count: number, threads: number): string {
  const at = (i: number): string => `tileA[${i * threads}u + mine]`;
  const round = (slice: number): string => `
  if (slice == ${slice}u) { ${range(count)
    .map((i) => `${at(i)} = s${i};`)
    .join(' ')} }
  workgroupBarrier();
  if (slice == 0u) { ${range(count)
    .map((i) => `s${i} += ${at(i)};`)
    .join(' ')} }
  workgroupBarrier();`;
  return range(SLICES).slice(1).map(round).join('');
}

/** The text of a part as a function `name`, and the floats of workgroup memory that each operand needs. */
export function sharedPart(name: string, part: Part, tiling: Tiling): WrittenPart {
  const tile = sharedTiles(tiling, part.overBatch ?? false);
  const { rows, columns, down, across, inner, slices, threads } = tile;
  const [steps, own] = [inner * slices, down * across];
  const [tall, wide] = [rows / down, columns / across];
  const elements = range(tall).flatMap((i) => range(wide).map((j) => ({ i, j, sum: `s${i * wide + j}` })));
  const phases = part.phases.map(
    ({ a, b, from = '0u', to }, p) => `
  {
  let to = ${to};
  for (var k0 = ${from}; k0 < to; k0 += ${steps}u) {
    ${fill('tileA', `${name}a${p}`, a, rows, steps, threads, 'row0', part.rows)}
    ${fill('tileB', `${name}b${p}`, b, columns, steps, threads, 'column0', part.columns)}
    workgroupBarrier();
    for (var k = slice * ${inner}u; k < slice * ${inner}u + ${inner}u; k++) {
      ${range(tall)
        .map((i) => `let a${i} = tileA[k * ${stride(rows)}u + y + ${i * down}u];`)
        .join(' ')}
      ${range(wide)
        .map((j) => `let b${j} = tileB[k * ${stride(columns)}u + x + ${j * across}u];`)
        .join(' ')}
      ${elements.map(({ i, j, sum }) => `${sum} = fma(a${i}, b${j}, ${sum});`).join(' ')}
    }
    workgroupBarrier();
  }
  }`,
  );
  const declare = `${functionsOf(name, part)}
fn ${name}(block: u32, lane: u32) {${countTiles(part, tile)}
  let tile = block;
  ${placeTile(part, tile)}
  let slice = lane / ${own}u;
  let mine = lane % ${own}u;
  let x = mine % ${across}u;
  let y = mine / ${across}u;
  ${elements.map(({ sum }) => `var ${sum} = 0.0;`).join(' ')}
  ${phases.join('')}
  ${slices > 1 ? `${addSlices(elements.length, own)}\n  if (slice > 0u) { return; }` : ''}
  ${elements.map(({ i, j, sum }) => `write${name}(row0 + y + ${i * down}u, column0 + x + ${j * across}u, matrix, ${sum});`).join('\n  ')}
}
fn write${name}(row: u32, column: u32, matrix: u32, sum: f32) {
  if (row < ${part.rows} && column < ${part.columns}) { ${name}store(row, column, matrix, sum); }
}`;
  return { declare, shared: Math.max(stride(Math.max(rows, columns)) * steps, slices > 1 ? elements.length * own : 0) };
}
