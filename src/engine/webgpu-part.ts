/** A matrix product as src/engine/webgpu-tiles.ts wants it described, and the WGSL text that all tilings share. Knows no loop. */

/**
 * How four numbers of an operand are read at once: `inner` are (o, k) .. (o, k+3), `outer` are (o, k) .. (o+3, k), where o is the row
 * of A or the column of B and k the inner index. `start` is an expression of o and `matrix`, computed once for all k. `load` is one of
 * o, k and `start` and gives a vec4<f32>. What lies beyond the inner index must read as 0. Where `outer`, there are four o or a multiple.
 */
export type Operand = { readonly along: 'inner' | 'outer'; readonly start: string; readonly load: string };

/** k runs over `from` .. `to`, expressions that may name row0, row1, column0 and column1, the first and last of the tile. */
export type Phase = { readonly a: Operand; readonly b: Operand; readonly from?: string; readonly to: string };

/** One product; sides are WGSL expressions. */
export type Part = {
  readonly rows: string;
  readonly columns: string;
  /** Products of this shape in a stack; 1 unless given. */
  readonly matrices?: string;
  readonly phases: readonly Phase[];
  /** Does something with `sum`, the element (`row`, `column`) of product `matrix`. */
  readonly store: string;
  /** The inner index counts the rows of a batch. */
  readonly overBatch?: boolean;
};

/** How a part is computed: rows and columns of a tile, tiles and threads of a workgroup. */
export type Tile = {
  readonly rows: number;
  readonly columns: number;
  /** Tiles of a workgroup. */
  readonly tiles: number;
  readonly threads: number;
};

/** A part as text: declarations with a function of the given name, which takes block and lane. */
export type WrittenPart = { readonly declare: string; readonly shared?: number };

export const TILINGS = ['shared 64', 'shared 32', 'shared 8', 'quads 16', 'quads 8', 'quads 4', 'registers 8', 'registers 4'] as const;
export type Tiling = (typeof TILINGS)[number];

/** 0 .. count-1. */
export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** The names of a vector's elements. */
export const AXES = ['x', 'y', 'z', 'w'] as const;

/**
 * The functions that read the operands, `<name>a<phase>(start, o, k)` and `<name>b<phase>`, those that say where they start,
 * `<name>a<phase>start(o, matrix)`, and `<name>store(row, column, matrix, sum)`.
 */
export function functionsOf(name: string, { phases, store }: Part): string {
  const reader = (operand: string, { start, load }: Operand): string => `
fn ${name}${operand}start(o: u32, matrix: u32) -> u32 { return ${start}; }
fn ${name}${operand}(start: u32, o: u32, k: u32) -> vec4<f32> { return ${load}; }`;
  return `${phases.map(({ a, b }, p) => reader(`a${p}`, a) + reader(`b${p}`, b)).join('')}
fn ${name}store(row: u32, column: u32, matrix: u32, sum: f32) {
  ${store}
}`;
}

/** How many tiles there are, and from `tile` the place of one. */
export const countTiles = ({ rows, columns, matrices = '1u' }: Part, tile: Tile): string => `
  let across = (${columns} + ${tile.columns - 1}u) / ${tile.columns}u;
  let down = (${rows} + ${tile.rows - 1}u) / ${tile.rows}u;
  let tiles = across * down * ${matrices};`;

export const placeTile = ({ rows, columns }: Part, tile: Tile): string => `
  let column0 = (tile % across) * ${tile.columns}u;
  let row0 = (tile / across % down) * ${tile.rows}u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + ${tile.rows}u, ${rows}) - 1u;
  let column1 = min(column0 + ${tile.columns}u, ${columns}) - 1u;`;
