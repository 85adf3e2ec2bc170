/**
 * Writes WGSL kernels of matrix products, C = store(sum of A_p B_p over phases p), from how four numbers of each operand are read,
 * the ranges of the inner index, and what is done with an element of C. A kernel holds one product or two that do not depend on
 * each other; its first workgroups do the first. Knows no operation; the loops are in webgpu-tiles-shared.ts and -registers.ts.
 *
 * Every element is one chain of fused multiply-adds in the order of phases and of the inner index, in each tiling. So the tiling may
 * be chosen by the number of rows, and yet a row's bits do not depend on how many other rows there are: a sequence is answered
 * alike in every batch. Reductions across threads, faster for a single row on some cards, would sum in another order and are not used.
 * The exception are gradients of weights, sums over all rows of a batch (`overBatch`): graphics cards cut them into `SLICES` chains.
 */
import { type DeviceKind, type Element, type Kernel, kernel, type ParameterType } from './webgpu-kernel.ts';
import { type Part, type Tile, type Tiling, TILINGS } from './webgpu-part.ts';
import { registersPart } from './webgpu-tiles-registers.ts';
import { sharedPart, sharedTiles } from './webgpu-tiles-shared.ts';

/** The sides of a product, as numbers. */
export type Sides = { readonly rows: number; readonly columns: number; readonly matrices?: number };

/** Below this many 64 x 64 tiles the smaller tile fills a graphics card better. */
const FEW_TILES = 128;
/** Fewer tiles than this leave cores of a software adapter idle. */
const FEW_BLOCKS = 32;

const tilesOf = ({ rows, columns, matrices = 1 }: Sides, tile: Pick<Tile, 'rows' | 'columns'>): number =>
  matrices * Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);

/** The tile of one part in a tiling. */
function tileOf(tiling: Tiling, overBatch = false): Tile {
  const [kind, size] = tiling.split(' ') as [string, string];
  if (kind === 'shared') return sharedTiles(tiling, overBatch);
  return { rows: Number(size), columns: kind === 'quads' ? 16 : 4, tiles: kind === 'quads' ? 4 : 16, threads: 16 };
}

/** The tiling for a dispatch whose products have these sides; the first one counts. */
export function tilingFor({ variant, quads }: DeviceKind, sides: Sides, few = true): Tiling {
  const { rows } = sides;
  if (variant === 'shared') {
    if (few && rows <= 16) return 'shared 8';
    return tilesOf(sides, { rows: 64, columns: 64 }) < FEW_TILES ? 'shared 32' : 'shared 64';
  }
  if (!quads) return rows <= 4 ? 'registers 4' : 'registers 8';
  if (rows <= 4) return 'quads 4';
  return rows <= 8 || tilesOf(sides, { rows: 16, columns: 16 }) < FEW_BLOCKS ? 'quads 8' : 'quads 16';
}

/** The tilings that a device uses, for compiling ahead. */
export function tilingsOf({ variant, quads }: DeviceKind): readonly Tiling[] {
  const kind = variant === 'shared' ? 'shared' : quads ? 'quads' : 'registers';
  return TILINGS.filter((name) => name.startsWith(kind));
}

/** Those that it uses for more than a few rows, as in training. */
export function manyRows(gpu: DeviceKind): readonly Tiling[] {
  return tilingsOf(gpu).filter((tiling) => tiling !== 'shared 8' && !tiling.endsWith(' 4'));
}

/** Workgroups for one part. */
export function blocksOfPart(tiling: Tiling, sides: Sides, overBatch = false): number {
  const tile = tileOf(tiling, overBatch);
  return Math.ceil(tilesOf(sides, tile) / tile.tiles);
}

/** Everything of a kernel but its loops. */
type ProductSource = {
  readonly read: Readonly<Record<string, Element>>;
  readonly write: Readonly<Record<string, Element>>;
  readonly params: readonly string[];
  readonly real?: readonly string[];
  readonly declare?: string;
  readonly parts: readonly [Part] | readonly [Part, Part];
};

const made = new Map<string, Kernel>();

function write(key: string, tiling: Tiling, source: ProductSource): Kernel {
  const { parts, params, real = [] } = source;
  const types: [string, ParameterType][] = [...params, ...(parts.length === 2 ? ['firstBlocks'] : [])].map((name) => [name, 'u32']);
  const written = parts.map((part, i) => {
    const name = `part${i}`;
    if (tiling.startsWith('shared')) return sharedPart(name, part, tiling);
    return registersPart(name, part, tileOf(tiling), tiling.startsWith('quads'));
  });
  const shared = Math.max(...written.map(({ shared: floats = 0 }) => floats));
  return kernel({
    key,
    read: source.read,
    write: source.write,
    params: Object.fromEntries([...types, ...real.map((name) => [name, 'f32'] as const)]),
    workgroup: tileOf(tiling).threads,
    ...(tiling.startsWith('quads') ? { enable: 'enable subgroups;\ndiagnostic(off, subgroup_uniformity);' } : {}),
    declare: [
      ...(shared > 0 ? [`var<workgroup> tileA: array<f32, ${shared}>;\nvar<workgroup> tileB: array<f32, ${shared}>;`] : []),
      source.declare ?? '',
      ...written.map(({ declare }) => declare),
    ].join('\n'),
    body:
      parts.length === 1
        ? '  part0(block, lane);'
        : '  if (block < params.firstBlocks) { part0(block, lane); } else { part1(block - params.firstBlocks, lane); }',
  });
}

/** The kernel of a tiling, written once for each key, which must tell all that the source depends on. */
export function productKernel(tiling: Tiling, name: string, source: () => ProductSource): Kernel {
  const key = `${name} ${tiling}`;
  let result = made.get(key);
  if (result === undefined) {
    result = write(key, tiling, source());
    made.set(key, result);
  }
  return result;
}
