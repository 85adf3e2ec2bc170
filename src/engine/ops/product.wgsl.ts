/**
 * The matrix product on WebGPU, for all four ways the operands may be stored. tfjs' own program for long inner dimensions
 * misreads a transposed second operand; here an operand is read by an index formula, so there is no such path.
 *
 * Three tilings. Two are `shared`: a workgroup owns a square tile of the result, loads 16 inner steps of both operands into shared memory,
 * and each thread sums 4 x 4 elements, 4 apart in neither direction but one quarter of a tile, so that neighbouring threads read
 * and write neighbouring addresses. `registers`: each thread sums a 4 x 4 block straight from the buffers, without barriers,
 * which is what adapters that compute on the CPU do best. Both sum in the order of the inner index, whatever the other rows are.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { type Kernel, kernel, type Variant } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';
import type { ProductAttributes } from './product.ts';

const INNER = 16;
/** Below this many 64 x 64 tiles the smaller tile fills a graphics card better. */
const FEW_TILES = 128;

const READ = { a: 'f32', b: 'f32' } as const;
const WRITE = { c: 'f32' } as const;
/** `tiles` is the number of tiles of the result, over all matrices of the stack. */
const PARAMS = { rows: 'u32', columns: 'u32', inner: 'u32', tiles: 'u32' } as const;
type ProductKernel = Kernel<keyof typeof READ, keyof typeof WRITE, keyof typeof PARAMS>;

/** Where element (row, k) of `a` and (k, column) of `b` are stored. */
const addresses = ({ transposeA, transposeB }: ProductAttributes): string => `
fn addressA(row: u32, k: u32) -> u32 { return ${transposeA ? 'k * params.rows + row' : 'row * params.inner + k'}; }
fn addressB(k: u32, column: u32) -> u32 { return ${transposeB ? 'column * params.inner + k' : 'k * params.columns + column'}; }`;

function name({ transposeA, transposeB }: ProductAttributes, variant: string): string {
  return `Product ${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'} ${variant}`;
}

/** Splits the workgroup or thread number into a tile of one matrix of the stack. */
const place = (number: string, tile: number): string => `
  let across = (params.columns + ${tile - 1}u) / ${tile}u;
  let down = (params.rows + ${tile - 1}u) / ${tile}u;
  let column0 = (${number} % across) * ${tile}u;
  let row0 = (${number} / across % down) * ${tile}u;
  let matrix = ${number} / (across * down);
  let a0 = matrix * params.rows * params.inner;
  let b0 = matrix * params.inner * params.columns;
  let c0 = matrix * params.rows * params.columns;`;

function shared(flags: ProductAttributes, tile: 32 | 64): ProductKernel {
  const quarter = tile / 4;
  const threads = quarter * quarter;
  const stride = tile + 1; // one more than the tile, so that a column of it spreads over all memory banks
  // Consecutive threads load consecutive addresses: along k where k is the stored inner dimension, else along the tile.
  const along = (k: boolean): string =>
    k ? `let k = i % ${INNER}u; let at = i / ${INNER}u;` : `let at = i % ${tile}u; let k = i / ${tile}u;`;
  return kernel({
    key: name(flags, `shared ${tile}`),
    read: READ,
    write: WRITE,
    params: PARAMS,
    workgroup: threads,
    declare: `${addresses(flags)}
var<workgroup> tileA: array<f32, ${INNER * stride}>; // [k][row]
var<workgroup> tileB: array<f32, ${INNER * stride}>; // [k][column]`,
    body: `${place('block', tile)}
  let x = lane % ${quarter}u;
  let y = lane / ${quarter}u;
  var sums: array<vec4<f32>, 4>; // [row] of four columns
  for (var k0 = 0u; k0 < params.inner; k0 += ${INNER}u) {
    for (var i = lane; i < ${INNER * tile}u; i += ${threads}u) {
      ${along(!flags.transposeA)}
      var value = 0.0;
      if (row0 + at < params.rows && k0 + k < params.inner) { value = a[a0 + addressA(row0 + at, k0 + k)]; }
      tileA[k * ${stride}u + at] = value;
    }
    for (var i = lane; i < ${INNER * tile}u; i += ${threads}u) {
      ${along(flags.transposeB)}
      var value = 0.0;
      if (column0 + at < params.columns && k0 + k < params.inner) { value = b[b0 + addressB(k0 + k, column0 + at)]; }
      tileB[k * ${stride}u + at] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < ${INNER}u; k++) {
      let ka = k * ${stride}u + y;
      let kb = k * ${stride}u + x;
      let right = vec4<f32>(tileB[kb], tileB[kb + ${quarter}u], tileB[kb + ${2 * quarter}u], tileB[kb + ${3 * quarter}u]);
      sums[0] = fma(vec4<f32>(tileA[ka]), right, sums[0]);
      sums[1] = fma(vec4<f32>(tileA[ka + ${quarter}u]), right, sums[1]);
      sums[2] = fma(vec4<f32>(tileA[ka + ${2 * quarter}u]), right, sums[2]);
      sums[3] = fma(vec4<f32>(tileA[ka + ${3 * quarter}u]), right, sums[3]);
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) {
      let row = row0 + y + i * ${quarter}u;
      let column = column0 + x + j * ${quarter}u;
      if (row < params.rows && column < params.columns) { c[c0 + row * params.columns + column] = sums[i][j]; }
    }
  }`,
  });
}

function registers(flags: ProductAttributes): ProductKernel {
  return kernel({
    key: name(flags, 'registers'),
    read: READ,
    write: WRITE,
    params: PARAMS,
    declare: addresses(flags),
    body: `
  let tile = block * 64u + lane;
  if (tile >= params.tiles) { return; }
  ${place('tile', 4)}
  let rows = min(vec4<u32>(row0, row0 + 1u, row0 + 2u, row0 + 3u), vec4<u32>(params.rows - 1u)); // clamped: surplus rows are not stored
  let columns = min(vec4<u32>(column0, column0 + 1u, column0 + 2u, column0 + 3u), vec4<u32>(params.columns - 1u));
  var sum0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var sum3 = vec4<f32>();
  for (var k = 0u; k < params.inner; k++) {
    let right = vec4<f32>(b[b0 + addressB(k, columns.x)], b[b0 + addressB(k, columns.y)], b[b0 + addressB(k, columns.z)], b[b0 + addressB(k, columns.w)]);
    sum0 = fma(vec4<f32>(a[a0 + addressA(rows.x, k)]), right, sum0);
    sum1 = fma(vec4<f32>(a[a0 + addressA(rows.y, k)]), right, sum1);
    sum2 = fma(vec4<f32>(a[a0 + addressA(rows.z, k)]), right, sum2);
    sum3 = fma(vec4<f32>(a[a0 + addressA(rows.w, k)]), right, sum3);
  }
  var sums = array<vec4<f32>, 4>(sum0, sum1, sum2, sum3);
  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) {
      if (row0 + i < params.rows && column0 + j < params.columns) { c[c0 + (row0 + i) * params.columns + column0 + j] = sums[i][j]; }
    }
  }`,
  });
}

type Tiling = 'shared 64' | 'shared 32' | 'registers';
type Storage = 'NN' | 'NT' | 'TN' | 'TT';
const TILINGS = {
  'shared 64': (flags: ProductAttributes) => shared(flags, 64),
  'shared 32': (flags: ProductAttributes) => shared(flags, 32),
  registers,
} as const satisfies Record<Tiling, (flags: ProductAttributes) => ProductKernel>;

function storages(tiling: Tiling): Record<Storage, ProductKernel> {
  const make = TILINGS[tiling];
  return {
    NN: make({ transposeA: false, transposeB: false }),
    NT: make({ transposeA: false, transposeB: true }),
    TN: make({ transposeA: true, transposeB: false }),
    TT: make({ transposeA: true, transposeB: true }),
  };
}

const KERNELS: Record<Tiling, Record<Storage, ProductKernel>> = {
  'shared 64': storages('shared 64'),
  'shared 32': storages('shared 32'),
  registers: storages('registers'),
};

/** Kernels to compile ahead of their first use. */
export const productKernels = (variant: Variant): readonly Kernel[] =>
  variant === 'registers'
    ? Object.values(KERNELS.registers)
    : [...Object.values(KERNELS['shared 64']), ...Object.values(KERNELS['shared 32'])];

registerOpKernel<{ readonly a: Tensor; readonly b: Tensor }, ProductAttributes>('Product', 'webgpu', ({ a, b }, flags, backend) => {
  const gpu = ownBackend(backend);
  const [matrices, rows, inner] = sides(a, flags.transposeA);
  const [, , columns] = sides(b, flags.transposeB);
  const c = gpu.output([...a.shape.slice(0, -2), rows, columns]);
  const tilesOf = (tile: number): number => matrices * Math.ceil(rows / tile) * Math.ceil(columns / tile);
  const tiling: Tiling = gpu.variant === 'registers' ? 'registers' : tilesOf(64) < FEW_TILES ? 'shared 32' : 'shared 64';
  const tiles = tilesOf(tiling === 'registers' ? 4 : tiling === 'shared 32' ? 32 : 64);
  const storage: Storage = `${flags.transposeA ? 'T' : 'N'}${flags.transposeB ? 'T' : 'N'}`;
  gpu.run(KERNELS[tiling][storage], { a, b, c }, { rows, columns, inner, tiles }, tiling === 'registers' ? Math.ceil(tiles / 64) : tiles);
  return [c];
});

/** Matrices of the stack, rows and columns of a matrix that may be stored transposed. */
function sides({ shape }: TensorInfo, transposed: boolean): [matrices: number, rows: number, columns: number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const matrices = shape.length === 3 ? (shape[0] as number) : 1;
  return transposed ? [matrices, columns, rows] : [matrices, rows, columns];
}
